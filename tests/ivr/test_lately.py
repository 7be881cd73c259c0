"""Figures that many ask for are worked out now and then."""

import asyncio

import pytest

from core.errors import NotFound
from ivr.usage.lately import KEPT, Lately
from tests.kept import kept
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_many_who_ask_at_once_share_one_answer_and_a_dear_one_is_kept_longer() -> None:
    lately: Lately[int] = Lately(now)
    made = []

    async def make(seconds: float) -> int:
        made.append(seconds)
        await asyncio.sleep(seconds)
        return len(made)

    assert await asyncio.gather(*(lately.get("a", lambda: make(0.1)) for _ in range(5))) == [1] * 5
    await asyncio.sleep(3.8)
    assert await lately.get("a", lambda: make(0.1)) == 1
    await asyncio.sleep(0.3)
    assert await lately.get("a", lambda: make(2.0)) == 2
    await asyncio.sleep(39)
    assert await lately.get("a", lambda: make(2.0)) == 2
    await asyncio.sleep(2)
    assert await lately.get("a", lambda: make(2.0)) == 3
    for key in range(KEPT):
        await lately.get(key, lambda: make(0.0))
    assert await lately.get("a", lambda: make(0.0)) == len(made)


@virtual_time
async def test_what_cannot_be_worked_out_leaves_nothing_however_often_it_is_asked_for() -> None:
    lately: Lately[int] = Lately(now)

    async def fail() -> int:
        raise NotFound("no such menu")

    await lately.get("known", lambda: asyncio.sleep(0, 1))
    before = kept(lately)
    for key in range(100):
        with pytest.raises(NotFound):
            await lately.get(key, fail)
    assert kept(lately) == before
