"""How long a caller will wait, and what he is told of it. Pure.

While all agents who can serve him are busy, one of them becomes free every `handle` ÷ `staff` seconds on average, and
the next caller in line goes: with `ahead` before him a caller is served after (ahead + 1) × handle ÷ staff seconds (the
delay of an M/M/s queue given the number waiting: D. Gross and others, *Fundamentals of Queueing Theory*).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil

from acd.free import Free, serves
from acd.waiting import Contact, Group, Need

STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30)
"""Minutes that are said; an expectation is rounded up to one of them."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`ahead`: callers who will be served before him. `seconds` None: nobody is at work who can serve him."""

    ahead: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller has been told: his place in line, counted from 1, and minutes; None for nothing."""

    place: int | None = None
    minutes: int | None = None


class HandleTimes:
    """Mean seconds of talk and wrap-up of each kind of caller, drawn to that of all until `doubt` calls are known."""

    def __init__(self, first: float = 180.0, doubt: float = 20.0) -> None:
        self._doubt = doubt
        self._all = (first * doubt, doubt)
        self._of: dict[Need, tuple[float, float]] = {}

    def count(self, need: Need, seconds: float) -> None:
        total, number = self._of.get(need, (0.0, 0.0))
        self._of[need] = (total + seconds, number + 1)
        self._all = (self._all[0] + seconds, self._all[1] + 1)

    def mean(self, need: Need) -> float:
        total, number = self._of.get(need, (0.0, 0.0))
        usual = self._all[0] / self._all[1]
        return (total + self._doubt * usual) / (number + self._doubt)


def expected(contact: Contact, ahead: float, free: Free, handle: float) -> Expected:
    """For a caller who waits, or would, with so many `ahead` of him."""
    staff = free.staff_for(contact.need)
    if staff == 0:
        return Expected(round(ahead), None)
    if free.somebody(contact.need) and ahead < 1:
        return Expected(0, 0.0)
    return Expected(round(ahead), (ahead + 1) * handle / staff)


def ahead_of(
    contact: Contact, others: Iterable[Contact], free: Free, claims: Callable[[Contact], Iterable[Group]]
) -> float:
    """Those who go before him by one of their `claims`; who shares a part of his agents is that part of one."""
    shared = cache(lambda need: _shared(need, contact.need, free))
    mine = (-contact.priority, contact.queued_at, contact.order)

    def part(each: Contact) -> float:
        earlier = (need for need, priority in claims(each) if (-priority, each.queued_at, each.order) < mine)
        return max(map(shared, earlier), default=0.0)

    return sum(map(part, others))


def tell(told: Told, now: Expected) -> Told:
    """Never more than before: a caller who is overtaken, or whose agents go home, is not told that his wait grew."""
    place = now.ahead + 1
    minutes = None if now.seconds is None else rounded(now.seconds)
    return Told(_least(told.place, place), _least(told.minutes, minutes))


def rounded(seconds: float) -> int:
    """Minutes, up to the next that is said."""
    minutes = max(1, ceil(seconds / 60))
    return next((step for step in STEPS if step >= minutes), STEPS[-1])


def _shared(other: Need, mine: Need, free: Free) -> float:
    """The part of those who serve `other` who serve `mine` too."""
    if other == mine:
        return 1.0
    all_ = both = 0
    for profile, number in free.staff.items():
        if number and serves(profile, other):
            all_ += number
            both += number * serves(profile, mine)
    return both / all_ if all_ else 0.0


def _least(before: int | None, now: int | None) -> int | None:
    return now if before is None else before if now is None else min(before, now)
