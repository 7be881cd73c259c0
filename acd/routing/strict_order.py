"""What strict order of arrival would do with the same agents at the same moments: the measure of waits. Pure."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from math import inf

from acd.free import Free, Profile, serves
from acd.waiting import Need

Place = tuple[float, str]
"""A caller in a line: waiting since, call."""


@dataclass(slots=True)
class _Line:
    """Callers of one need. `since`: when agents who can serve them began to take calls without a long pause, `taken`
    the last; who takes none for long may be away."""

    places: list[Place] = field(default_factory=list)
    since: float = inf
    taken: float = -inf


class StrictOrder:
    """The line it would have, kept beside the real one.

    Whenever an agent takes a caller, strict order would have given him whoever has waited longest of those he can
    serve, so the two lines are equally long. Who hangs up leaves both; one whom strict order has served already takes
    along another who has waited about as long and is served in truth, for as many would have hung up. The longest wait
    it came to is forgotten by half each `memory` s. An offer that comes to nothing gives back to the line as many as it
    took. A wait counts only while somebody at work could have ended it, and
    who is gone in truth does not stay here for ever.
    """

    def __init__(self, memory: float = 7200.0) -> None:
        self._memory = memory
        self._lines: dict[Need, _Line] = {}
        self._where: dict[str, tuple[Need, float]] = {}
        self._really: set[str] = set()
        self._gone: dict[str, float] = {}  # served in truth, not yet here: when
        self._taken: dict[str, list[tuple[Need, float, str]]] = {}  # out of the line for a call that is served in truth
        self._able: dict[Profile, list[_Line]] = {}
        self._longest = (0.0, 0.0)
        self._staff = -1  # the version that `_oldest` holds for
        self._oldest: float | None = inf  # None: to be looked up

    def join(self, call: str, need: Need, queued_at: float) -> None:
        if need not in self._lines:
            self._lines[need] = _Line()
            self._able.clear()
        self._remove(call)
        line = self._lines[need]
        insort(line.places, (queued_at, call))
        self._where[call] = (need, queued_at)
        self._really.add(call)
        if self._oldest is not None and max(queued_at, line.since) < self._oldest:
            self._oldest = None

    def move(self, call: str, need: Need) -> None:
        """He waits on, but needs something else."""
        if call in self._really and call in self._where and self._where[call][0] != need:
            self.join(call, need, self._where[call][1])

    def serve(self, call: str, profile: Profile, idle: float, now: float, absent: float) -> None:
        """An agent with these skills, free for `idle` s, takes `call`; in `absent` s an agent at work takes a call."""
        lines = self._lines_of(profile)
        for line in lines:
            if now - line.taken > absent:
                line.since, self._oldest = now, None
            line.taken = now
        first = min((line.places[0] for line in lines if line.places), default=None)
        if first is None:  # a person gave him the call, whatever his skills, or strict order has served these before
            served = [call] if call in self._where else []
        elif idle > 0:  # while he was free nobody he can serve would have waited
            served = [each for line in lines for _, each in line.places]
        else:
            wait = now - max(first[0], self._lines[self._where[first[1]][0]].since)
            if wait >= self._faded(now):
                self._longest = (wait, now)
            served = [first[1]]
        self._taken[call] = [(*self._where[each], each) for each in served]
        for each in served:
            self._remove(each)
        self._really.discard(call)
        if call in self._where:
            self._gone[call] = now

    def talked(self, call: str) -> None:
        """He was served for good."""
        self._taken.pop(call, None)

    def put_back(self, call: str, need: Need, queued_at: float, now: float) -> None:
        """He waits again after an offer that came to nothing, or a talk."""
        taken = self._taken.pop(call, [])
        missing = [] if call in self._where else [(need, queued_at, call)]
        others = [each for each in taken if each[2] != call and each[2] not in self._where]
        for wish, since, each in [*missing, *others][: max(len(missing), len(taken))]:
            waits = each == call or each in self._really
            self.join(each, wish, since)
            if not waits:
                self._really.discard(each)
                self._gone[each] = now
        self._gone.pop(call, None)
        self._really.add(call)
        self.move(call, need)

    def forget(self, now: float, absent: float) -> None:
        """Those it has not served though they were gone `absent` s ago."""
        while self._gone and now - next(iter(self._gone.values())) > absent:
            self._remove(next(iter(self._gone)))

    def leave(self, call: str, queued_at: float) -> None:
        """He hung up unserved."""
        self._taken.pop(call, None)
        if call in self._where:
            self._remove(call)
        elif call in self._really:
            places = (place for line in self._lines.values() for place in line.places)
            gone = (place for place in places if place[1] not in self._really)
            if other := min(gone, key=lambda place: (abs(place[0] - queued_at), place), default=None):
                self._remove(other[1])
        self._really.discard(call)

    def first(self, now: float, free: Free) -> float:
        """Seconds the first in its line has waited; 0 when nobody waits whom somebody at work can serve."""
        if self._staff != free.staff_version:
            self._staff, self._oldest = free.staff_version, None
        if self._oldest is None:
            lines = (line for need, line in self._lines.items() if line.places and free.staff_for(need))
            self._oldest = min((max(line.places[0][0], line.since) for line in lines), default=inf)
        return max(0.0, now - self._oldest)

    def longest(self, now: float, free: Free) -> float:
        """Seconds it lets anybody wait."""
        return max(self.first(now, free), self._faded(now))

    def _lines_of(self, profile: Profile) -> list[_Line]:
        if profile not in self._able:
            self._able[profile] = [line for need, line in self._lines.items() if serves(profile, need)]
        return self._able[profile]

    def _remove(self, call: str) -> None:
        if call not in self._where:
            return
        need, queued_at = self._where.pop(call)
        self._gone.pop(call, None)
        places = self._lines[need].places
        del places[bisect_left(places, (queued_at, call))]
        if self._oldest is not None and queued_at <= self._oldest:
            self._oldest = None

    def _faded(self, now: float) -> float:
        longest, at = self._longest
        return float(longest * 2.0 ** (-max(0.0, now - at) / self._memory))
