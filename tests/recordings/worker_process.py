"""A speech worker as a process of its own, to be killed: `python -m tests.recordings.worker_process URL HOME LEASE`."""

import asyncio
import sys
from pathlib import Path

from core.bus import Bus
from core.database import Database
from recordings.jobs import SpeechJob, open_queue, work
from recordings.store.files import LocalStore
from recordings.store.vault import Vault
from tests.recordings.conftest import ENGINES


async def main(url: str, home: Path, lease: float) -> None:
    db = Database(url, Bus())
    job = SpeechJob(db, Vault(LocalStore(home / "store")), ENGINES, lease=lease)
    await work(job, open_queue(home, ""), workers=1, sweep_seconds=0.2)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
