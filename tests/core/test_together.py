"""Answers asked for in the same moment are fetched together, and none is older than its question."""

import asyncio
from collections.abc import Mapping, Set

import pytest

from core.together import Together


class Shelf:
    def __init__(self) -> None:
        self.known = {"a": 1, "b": 2}
        self.asked: list[set[str]] = []
        self.begun = asyncio.Event()
        self.together = Together(self.fetch)

    async def fetch(self, keys: Set[str]) -> Mapping[str, int]:
        self.asked.append(set(keys))
        self.begun.set()
        found = dict(self.known)
        await asyncio.sleep(0)
        if "bad" in keys:
            raise LookupError("bad")
        return found


async def test_all_who_ask_in_one_moment_are_answered_by_one_fetch() -> None:
    shelf = Shelf()
    answers = await asyncio.gather(*(shelf.together.get(key) for key in ("a", "b", "a", "c")))
    assert (answers, shelf.asked) == ([1, 2, 1, None], [{"a", "b", "c"}])


async def test_who_asks_while_a_fetch_is_under_way_is_answered_by_the_next() -> None:
    shelf = Shelf()
    first = asyncio.create_task(shelf.together.get("a"))
    await shelf.begun.wait()
    shelf.known["a"] = 5
    assert (await shelf.together.get("a"), await first) == (5, 1)


async def test_a_failure_is_told_to_those_who_asked_and_forgotten() -> None:
    shelf = Shelf()
    with pytest.raises(LookupError):
        await asyncio.gather(shelf.together.get("a"), shelf.together.get("bad"))
    assert await shelf.together.get("a") == 1


async def test_who_gives_up_does_not_take_the_answer_from_others() -> None:
    shelf = Shelf()
    impatient, patient = (asyncio.create_task(shelf.together.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 1
