"""The speech worker's process: transcribe, then score, until it is told to stop."""

import asyncio

from acd import queues
from app.configuration import Part
from app.publishing import live_packs
from app.scoring import Scoring
from app.settings import texts_of
from app.wiring import FROM_WORKERS
from core import site
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.relay import Outbox
from core.settings import Settings
from core.tasks import Supervisor
from recordings.jobs import SpeechJob, open_queue, work
from recordings.languages import SiteEngines
from recordings.vault import open_vault

SCORE_EVERY = 0.5


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Serve the speech queue of this centre with `settings.workers` threads until `stop` is set."""
    # Not the whole configuration: a speech model that is gone must not keep the others from being used.
    directory = settings.config_dir
    db = Database(settings.database, Bus(), Outbox(FROM_WORKERS))
    part = Part(directory, await texts_of(db))
    place, lines = part("site.yaml", site.read, site.load), part("queues.yaml", queues.read, queues.load)
    job = SpeechJob(db, open_vault(settings), SiteEngines(directory))
    huey = open_queue(settings.data_dir, settings.redis_url)
    scoring = Scoring(db, lines, live_packs(directory, place, lines), system_clock)

    async def score() -> None:
        while True:
            if not await scoring.run_due():
                await asyncio.sleep(SCORE_EVERY)

    supervisor = Supervisor()
    supervisor.keep("speech", lambda: work(job, huey, settings.workers))
    supervisor.keep("scoring", score)
    try:
        await stop.wait()
    finally:
        await supervisor.stop()
        await db.close()
