"""What strict order of arrival would do with the same agents at the same moments: the measure of waits. Pure."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from itertools import count
from math import inf

from acd.free import Free, Profile, serves
from acd.waiting import Need


@dataclass(slots=True, eq=False)
class _Place:
    """Of one wait of a caller: who comes again has another. `waits`: so he does in truth. `gone`: when he was served
    in truth, if that was before he was here."""

    need: Need
    queued_at: float
    number: int
    waits: bool = True
    in_line: bool = False
    gone: float = 0.0


@dataclass(slots=True)
class _Line:
    """Callers of one need: waiting since, number, place. `since`: when agents who can serve them began to take calls
    without a long pause, `taken` the last; who takes none for long may be away."""

    places: list[tuple[float, int, _Place]] = field(default_factory=list)
    since: float = inf
    taken: float = -inf


class StrictOrder:
    """The line it would have, kept beside the real one.

    Whenever an agent takes a caller, strict order would have given him whoever has waited longest of those he can
    serve, so the two lines are equally long. Who hangs up leaves both; one whom strict order has served already takes
    along another who has waited about as long and is served in truth, for as many would have hung up. An offer that
    comes to nothing gives back those it took; who waits again after a talk has another place beside that of the talk.
    The longest wait it came to is forgotten by half each `memory` s. A wait counts only while somebody at work could
    have ended it, and who is gone in truth does not stay here for ever.
    """

    def __init__(self, memory: float = 7200.0) -> None:
        self._memory = memory
        self._lines: dict[Need, _Line] = {}
        self._numbers = count()
        self._waits: dict[str, _Place] = {}
        self._ghosts: dict[int, _Place] = {}  # in a line, and served in truth
        self._offers: dict[str, tuple[_Place | None, list[_Place]]] = {}  # his own place, and those it took
        self._able: dict[Profile, list[_Line]] = {}
        self._present: dict[Profile, tuple[float, float]] = {}  # `since` and `taken` as in a line, of all they serve
        self._longest = (0.0, 0.0)
        self._staff = -1  # the version that `_oldest` holds for
        self._oldest: float | None = inf  # None: to be looked up

    def join(self, call: str, need: Need, queued_at: float) -> None:
        if known := self._waits.get(call):
            known.waits = False
            self._take_out(known)
        self._waits[call] = _Place(need, queued_at, next(self._numbers))
        self._put_in(self._waits[call])

    def move(self, call: str, need: Need) -> None:
        """He waits on, but needs something else."""
        place = self._waits.get(call)
        if place is not None and place.need != need:
            in_line = place.in_line
            self._take_out(place)
            place.need = need
            if in_line:
                self._put_in(place)

    def serve(self, call: str, profile: Profile, idle: float, now: float, absent: float) -> None:
        """An agent with these skills, free for `idle` s, takes `call`; in `absent` s an agent at work takes a call."""
        lines, own = self._lines_of(profile), self._waits.pop(call, None)
        since, taken = self._present.get(profile, (now, now))
        self._present[profile] = (now if now - taken > absent else since, now)
        for line in lines:
            if now - line.taken > absent:
                line.since, self._oldest = now, None
            line.taken = now
        first = min((line.places[0] for line in lines if line.places), default=None)
        if first is None:  # a person gave him the call, whatever his skills, or strict order has served these before
            places = [own] if own is not None and own.in_line else []
        elif idle > 0:  # while he was free nobody he could serve would have waited; now, it may be, he can serve others
            line_up = [place for _, _, place in sorted(each for line in lines for each in line.places)]
            waiting = [place for place in line_up if place.waits]
            places = [*(place for place in line_up if not place.waits), *waiting[:1]]
        else:
            wait = now - max(first[0], self._lines[first[2].need].since)
            if wait >= self._faded(now):
                self._longest = (wait, now)
            places = [first[2]]
        for place in places:
            self._take_out(place)
        self._offers[call] = (own, places)
        if own is not None:
            own.waits, own.gone = False, now
            if own.in_line:
                self._ghosts[own.number] = own

    def talked(self, call: str) -> None:
        """He was served for good."""
        self._offers.pop(call, None)

    def put_back(self, call: str, need: Need, queued_at: float, now: float) -> bool:
        """He waits again: after an offer that came to nothing, which gives back those it took, or after a talk: then
        he comes anew, which is returned."""
        if anew := call not in self._waits and call not in self._offers:
            self.join(call, need, queued_at)
        elif call not in self._waits:
            own, taken = self._offers.pop(call)
            self._waits[call] = own = own or _Place(need, queued_at, next(self._numbers))
            self._ghosts.pop(own.number, None)
            own.waits = True
            for place in taken:
                self._put_in(place)
                if not place.waits:
                    place.gone = now
                    self._ghosts[place.number] = place
        self.move(call, need)
        return anew

    def forget(self, now: float, absent: float) -> None:
        """Those it has not served though they were gone `absent` s ago."""
        while self._ghosts and now - (oldest := next(iter(self._ghosts.values()))).gone > absent:
            self._take_out(oldest)

    def leave(self, call: str, queued_at: float) -> None:
        """He hung up unserved."""
        self._offers.pop(call, None)
        own = self._waits.pop(call, None)
        if own is None:
            return
        own.waits = False
        if own.in_line:
            self._take_out(own)
        elif self._ghosts:
            ghosts = self._ghosts.values()
            other = min(ghosts, key=lambda each: (abs(each.queued_at - queued_at), each.queued_at, each.number))
            self._take_out(other)

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

    def _presence(self, need: Need) -> tuple[float, float]:
        """`since` and `taken` of a line that is new, by what those who can serve it have taken of other lines."""
        able = [(taken, since) for profile, (since, taken) in self._present.items() if serves(profile, need)]
        last, begun = max(able, default=(-inf, inf))
        for taken, since in sorted(able, reverse=True):
            begun = min(begun, since) if taken >= begun else begun
        return begun, last

    def _put_in(self, place: _Place) -> None:
        if place.need not in self._lines:
            self._lines[place.need] = _Line([], *self._presence(place.need))
            self._able.clear()
        line = self._lines[place.need]
        insort(line.places, (place.queued_at, place.number, place))
        place.in_line = True
        if self._oldest is not None and max(place.queued_at, line.since) < self._oldest:
            self._oldest = None

    def _take_out(self, place: _Place) -> None:
        if not place.in_line:
            return
        place.in_line = False
        self._ghosts.pop(place.number, None)
        places = self._lines[place.need].places
        del places[bisect_left(places, (place.queued_at, place.number))]
        if self._oldest is not None and place.queued_at <= self._oldest:
            self._oldest = None

    def _faded(self, now: float) -> float:
        longest, at = self._longest
        return float(longest * 2.0 ** (-max(0.0, now - at) / self._memory))
