"""What strict order of arrival would do with the same agents at the same moments: the measure of waits. Pure."""

from bisect import bisect_left, insort
from itertools import chain
from math import inf

from acd.free import Profile, serves
from acd.waiting import Need

Place = tuple[float, str]
"""A caller in a line: waiting since, call."""


class StrictOrder:
    """The line it would have, kept beside the real one.

    Whenever an agent takes a caller, strict order would have given him whoever has waited longest of those he can
    serve, so the two lines are equally long. Who hangs up leaves both; one whom strict order has served already takes
    along another who has waited about as long and is served in truth, for as many would have hung up. The longest wait
    it came to is forgotten by half each `memory` s.
    """

    def __init__(self, memory: float = 7200.0) -> None:
        self._memory = memory
        self._lines: dict[Need, list[Place]] = {}
        self._where: dict[str, tuple[Need, float]] = {}
        self._really: set[str] = set()
        self._able: dict[Profile, list[list[Place]]] = {}
        self._longest = (0.0, 0.0)
        self._oldest: float | None = inf  # None: to be looked up

    def join(self, call: str, need: Need, queued_at: float) -> None:
        if need not in self._lines:
            self._lines[need] = []
            self._able.clear()
        self._remove(call)
        insort(self._lines[need], (queued_at, call))
        self._where[call] = (need, queued_at)
        self._really.add(call)
        if self._oldest is not None:
            self._oldest = min(self._oldest, queued_at)

    def serve(self, call: str, profile: Profile, idle: float, now: float) -> None:
        """An agent with these skills, free for `idle` s, takes `call`."""
        self._really.discard(call)
        lines = self._lines_of(profile)
        if idle > 0:  # while he was free nobody he can serve would have waited
            for _, served in [place for line in lines for place in line]:
                self._remove(served)
        elif first := min((line[0] for line in lines if line), default=None):
            if (wait := now - first[0]) >= self._faded(now):
                self._longest = (wait, now)
            self._remove(first[1])

    def leave(self, call: str, queued_at: float) -> None:
        """He hung up unserved."""
        waited = call in self._really
        self._really.discard(call)
        if call in self._where:
            self._remove(call)
        elif waited:
            places = (place for place in chain(*self._lines.values()) if place[1] not in self._really)
            if other := min(places, key=lambda place: (abs(place[0] - queued_at), place), default=None):
                self._remove(other[1])

    def first(self, now: float) -> float:
        """Seconds the first in its line has waited; 0 when nobody waits."""
        if self._oldest is None:
            self._oldest = min((line[0][0] for line in self._lines.values() if line), default=inf)
        return max(0.0, now - self._oldest)

    def longest(self, now: float) -> float:
        """Seconds it lets anybody wait."""
        return max(self.first(now), self._faded(now))

    def _lines_of(self, profile: Profile) -> list[list[Place]]:
        if profile not in self._able:
            self._able[profile] = [line for need, line in self._lines.items() if serves(profile, need)]
        return self._able[profile]

    def _remove(self, call: str) -> None:
        if call not in self._where:
            return
        need, queued_at = self._where.pop(call)
        line = self._lines[need]
        del line[bisect_left(line, (queued_at, call))]
        if queued_at == self._oldest:
            self._oldest = None

    def _faded(self, now: float) -> float:
        longest, at = self._longest
        return float(longest * 2.0 ** (-max(0.0, now - at) / self._memory))
