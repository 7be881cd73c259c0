"""The speech worker's process: transcribe, then score, until it is told to stop."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from accounts import published
from accounts.settings import KIND
from accounts.taken import Live
from acd import queues
from acd.queues import Queues
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
from core.site import Site
from core.tasks import Supervisor
from qa import shelf
from qa.standing import FORMER
from recordings.jobs import SpeechJob, open_queue, work
from recordings.speech import languages
from recordings.speech.languages import Engines, SpeechModels
from recordings.store.vault import open_vault

SCORE_EVERY = 0.5
Rules = tuple[Site, Queues, SpeechModels]


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Serve the speech queue of this centre with `settings.workers` threads until `stop` is set."""
    # Not the whole configuration: a speech model that is gone must not keep the others from being used.
    directory = settings.config_dir
    db = Database(settings.database, Bus(), Outbox(FROM_WORKERS))
    place, lines, models = rules = _rules(directory, await texts_of(db))
    async with db.reading() as session:
        texts = await published.texts_of(session, shelf.KIND)
        former = await published.former_texts(session, shelf.KIND, FORMER)
    packs = live_packs(directory, place, lines, texts, former)
    live = Live(KIND, lambda texts: _rules(directory, {f"{name}.yaml": text for name, text in texts.items()}), rules)
    job = SpeechJob(db, open_vault(settings), Engines(models))
    huey = open_queue(settings.data_dir, settings.redis_url)
    scoring = Scoring(db, lines, packs, system_clock)

    async def score() -> None:
        while True:
            async with db.reading() as session:
                fresh = await live.current(session)
            if fresh != (place, lines, models):
                for each, new in zip(rules, fresh, strict=True):
                    each.become(new)
                packs.forget()
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


def _rules(directory: Path, texts: Mapping[str, str]) -> Rules:
    """What a worker goes by, the published text of a file before the file."""
    part = Part(directory, texts)
    return (
        part("site.yaml", site.read, site.load),
        part("queues.yaml", queues.read, queues.load),
        part(languages.FILE, lambda text: languages.read(directory, text), languages.read),
    )
