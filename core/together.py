"""Answers that many ask for in the same moment, fetched together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Together(Generic[Key, Value]):
    """`fetch` is given all keys that were asked for since it last began, and tells what it knows of them.

    Nothing is kept: an answer is never older than its question.
    """

    def __init__(self, fetch: Callable[[Set[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        self._fetch = fetch
        self._asked: list[tuple[Key, asyncio.Future[Value | None]]] = []
        self._fetching: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """None when `fetch` does not know the key; raises what it raises."""
        answer: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._asked.append((key, answer))
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        """By turns until nobody waits any more."""
        try:
            while self._asked:
                asked, self._asked = self._asked, []
                try:
                    known = await self._fetch({key for key, _answer in asked})
                except Exception as fault:  # noqa: BLE001  # it is raised to everybody who asked
                    for _key, answer in asked:
                        if not answer.done():
                            answer.set_exception(fault)
                    continue
                for key, answer in asked:
                    if not answer.done():
                        answer.set_result(known.get(key))
        finally:
            self._fetching = None
