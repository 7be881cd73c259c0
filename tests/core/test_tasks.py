"""Background work that fails starts again; stopping leaves nothing running."""

import asyncio
from itertools import pairwise

import pytest

from core import tasks
from core.tasks import Locks, Supervisor, Turns
from tests.virtual_time import virtual_time


async def test_loop_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST_PAUSE", 0.0)
    third = asyncio.Event()
    runs: list[int] = []

    async def loop() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            raise RuntimeError("died")
        third.set()
        await asyncio.Event().wait()

    supervisor = Supervisor()
    supervisor.keep("loop", loop)
    await asyncio.wait_for(third.wait(), 30)
    await supervisor.stop()
    assert runs == [0, 1, 2]


@virtual_time
async def test_failures_long_apart_each_cost_the_first_pause_only() -> None:
    begun: list[float] = []

    async def loop() -> None:
        begun.append(asyncio.get_running_loop().time())
        await asyncio.sleep(3600)
        raise RuntimeError("once an hour")

    supervisor = Supervisor()
    supervisor.keep("loop", loop)
    await asyncio.sleep(5 * 3600)
    await supervisor.stop()
    pauses = [later - sooner - 3600 for sooner, later in pairwise(begun)]
    assert pauses == pytest.approx([tasks.FIRST_PAUSE] * 4, abs=1e-3)


async def test_stop_ends_everything_and_waits_for_it() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    supervisor = Supervisor()
    supervisor.spawn("once", work())
    supervisor.keep("loop", work)
    await asyncio.sleep(0)
    await supervisor.stop()
    assert ended == [True, True]


@pytest.mark.parametrize("goes_on", [False, True])
@virtual_time
async def test_stop_ends_what_has_lost_its_cancel_and_begins_none_of_it_again(goes_on: bool) -> None:
    begun = list[float]()

    async def loop() -> None:
        begun.append(asyncio.get_running_loop().time())
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if len(begun) > 1:
                raise
        if goes_on:
            await asyncio.Event().wait()

    supervisor = Supervisor()
    supervisor.keep("loop", loop)
    await asyncio.sleep(1)
    async with asyncio.timeout(60):
        await supervisor.stop()
    assert len(begun) == 1


@virtual_time
async def test_work_for_one_is_done_in_its_order_and_waits_for_nobody_elses() -> None:
    turns, done = Turns(), list[str]()

    async def work(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if name == "fails":
            raise RuntimeError(name)
        done.append(name)

    for key, name, seconds in (("a", "slow", 5), ("a", "fails", 0), ("a", "after it", 0), ("b", "at once", 1)):
        turns.take(key, work(name, seconds))
    await asyncio.sleep(2)
    assert done == ["at once"]
    await turns.settled()
    assert done == ["at once", "slow", "after it"]


@virtual_time
async def test_who_has_a_lock_may_take_it_again_and_others_wait_as_long_as_they_have_patience() -> None:
    locks, told = Locks(), list[str]()

    async def other(name: str, patience: float | None) -> None:
        async with locks.take("call", patience):
            told.append(name)

    async with locks.take("call"), locks.take("call"):
        others = [asyncio.create_task(other("patient", None)), asyncio.create_task(other("impatient", 2.0))]
        await asyncio.sleep(1)
        told.append("first")
        await asyncio.sleep(2)
        told.append("first again")
    await asyncio.gather(*others)
    async with locks.take("call"):
        assert told == ["first", "impatient", "first again", "patient"]
