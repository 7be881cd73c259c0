"""A speech worker killed in the middle of a job: the next one does it again, and needs no queue entry for that."""

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from core.clock import system_clock
from recordings.jobs import SpeechQueue, open_queue
from recordings.models import TranscriptRow, TranscriptState
from tests.recordings.conftest import House
from tests.speech import Turn, call

ROOT = Path(__file__).resolve().parents[2]
LEASE = 2.0


async def start_worker(house: House) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.recordings.worker_process", house.url, str(house.home), str(LEASE), cwd=ROOT
    )


async def text_when(house: House, state: TranscriptState, tries: int) -> TranscriptRow:
    """The transcript once it is in `state` after so many tries; raises TimeoutError."""
    async with asyncio.timeout(240):
        while True:
            text = await house.transcript("call1")
            if (text.state, text.tries) == (state, tries):
                return text
            await asyncio.sleep(0.02)


@pytest.mark.real
async def test_a_job_taken_by_a_killed_worker_is_done_by_the_next(house: House) -> None:
    house.clock.now = system_clock()
    sound, _ = call([Turn("agent", "您好，请问有什么可以帮您？"), Turn("customer", "我想查一下信用卡账单。")])
    row = await house.record("call1", np.concatenate([sound] * 12))
    SpeechQueue(open_queue(house.home, "")).add(row.id)
    first = await start_worker(house)
    await text_when(house, TranscriptState.PENDING, 1)
    first.kill()
    await first.wait()
    for file in house.home.glob("jobs.db*"):
        file.unlink()  # whatever the queue still knows must not be what saves the job
    second = await start_worker(house)
    text = await text_when(house, TranscriptState.READY, 2)
    second.kill()
    await second.wait()
    assert text.content is not None
    assert len(text.content["segments"]) == 24
