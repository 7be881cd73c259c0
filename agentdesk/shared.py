"""One rendering of a fragment for all who ask in the same moment: a change makes every open wallboard ask at once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.clock import Clock

LONGEST = 0.5
"""Seconds after which a rendering is too old even if nothing was told: its clock would be visibly behind."""


@dataclass(frozen=True, slots=True)
class _Made:
    generation: int
    at: float
    html: str


class Shared:
    """Renderings by key. `generation` counts what was told; one made before the newest telling is made again."""

    def __init__(self, generation: Callable[[], int]) -> None:
        self._generation = generation
        self._made: dict[str, _Made] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: str, clock: Clock, make: Callable[[], Awaitable[str]]) -> str:
        """The rendering of `key`, at most LONGEST old and not older than the last change."""
        async with self._locks[key]:
            known = self._made.get(key)
            generation, now = self._generation(), clock()
            if known is None or known.generation != generation or not 0 <= now - known.at < LONGEST:
                # The generation is the one before reading: a change while we read makes this one old at once.
                known = self._made[key] = _Made(generation, now, await make())
            return known.html
