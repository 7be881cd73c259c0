"""The same way through PostgreSQL and Redis: recording, queue, worker, and the engine that hears of the text."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from core.bus import Bus
from core.database import Database
from core.relay import Outbox, Relay, Wire
from recordings.events import TranscriptChanged
from recordings.jobs import SpeechJob, SpeechQueue, open_queue, work
from recordings.models import TranscriptState
from tests.recordings.conftest import ENGINES, House
from tests.speech import Turn, call


@pytest.mark.real
async def test_a_call_becomes_text_over_postgresql_and_redis(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    house = House(tmp_path, postgres_url)
    await house.db.create_all()
    wire = Wire([TranscriptChanged])
    relay = Relay(house.db, house.bus, wire)
    await relay.open()
    row = await house.record("call1", call([Turn("agent", "您好，请问有什么可以帮您？")])[0])
    SpeechQueue(open_queue(tmp_path, redis_url)).add(row.id)
    worker_db = Database(house.url, Bus(), Outbox(wire))
    worker = asyncio.create_task(
        work(SpeechJob(worker_db, house.vault, ENGINES), open_queue(tmp_path, redis_url), workers=2)
    )
    async with asyncio.timeout(120):
        while not any(isinstance(event, TranscriptChanged) for event in house.told):
            await asyncio.sleep(0.05)
            await relay.poll()
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker
    text = await house.transcript("call1")
    assert (text.state, text.tries) == (TranscriptState.READY, 1)
    await house.recorder.recover(set(), _nothing)
    await worker_db.close()
    await house.db.close()


async def _nothing(_call: str, _at: float) -> None:
    return None
