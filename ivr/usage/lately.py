"""Answers of a moment ago: figures that many pages ask for again and again are worked out now and then."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Answer = TypeVar("Answer")

LEAST_SECONDS = 4.0
TIMES_ITS_COST = 20
"""An answer is kept so many times as long as it took: at most a twentieth of the time is spent on it."""
KEPT = 32


@dataclass(slots=True)
class Lately(Generic[Answer]):
    clock: Callable[[], float]
    _known: dict[Hashable, tuple[float, Answer]] = field(default_factory=dict)
    _locks: defaultdict[Hashable, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer for `key`; who asks while it is being made waits for the same one."""
        async with self._locks[key]:
            begun = self.clock()
            until, answer = self._known.get(key, (0.0, None))
            if answer is not None and begun < until:
                return answer
            try:
                answer = await make()
            except BaseException:
                self._forget(key)
                raise
            now = self.clock()
            self._known.pop(key, None)
            self._known[key] = (now + max(LEAST_SECONDS, TIMES_ITS_COST * (now - begun)), answer)
            for oldest in list(self._known)[:-KEPT]:
                self._forget(oldest)
            return answer

    def _forget(self, key: Hashable) -> None:
        self._known.pop(key, None)
        self._locks.pop(key, None)
