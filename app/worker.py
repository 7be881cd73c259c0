"""The speech worker's process: transcribe, then score, until it is told to stop."""

import asyncio

from app import configuration
from app.publishing import live_packs
from app.scoring import Scoring
from app.wiring import FROM_WORKERS
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.relay import Outbox
from core.settings import Settings
from core.tasks import Supervisor
from recordings.jobs import SpeechJob, open_queue, work
from recordings.languages import Engines
from recordings.vault import open_vault

SCORE_EVERY = 0.5


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Serve the speech queue of this centre with `settings.workers` threads until `stop` is set."""
    config = configuration.load(settings.config_dir)
    db = Database(settings.database, Bus(), Outbox(FROM_WORKERS))
    engines = Engines(config.models)
    job = SpeechJob(db, open_vault(settings), engines)
    huey = open_queue(settings.data_dir, settings.redis_url)
    scoring = Scoring(db, config.queues, live_packs(config), system_clock)

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
