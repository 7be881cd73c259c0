"""What queues and agents did in a time, as counts and sums: they can be added up, and every mean and rate is made last.

The measures are those of `acd.figures.DEFINITIONS`, but nothing here is a mean of means. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import reduce
from operator import add
from typing import Self

from acd.agent_state import AT_WORK, IN_CONTACT, ON_BREAK, AgentState

CONVERSING = frozenset({AgentState.TALKING, AgentState.ON_HOLD})


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in queues. `short` are part of `abandoned`, `in_time` of `answered`, `undecided` of `waiting`: these have
    not waited longer than the queue's service level yet. `talks` are the answered whose talk has ended.

    Seconds: `waited` by the answered; `talked`, `held` and `wrapped` in the `talks`, holds left out of the first;
    `longest` waited by anybody.
    """

    answered: int = 0
    abandoned: int = 0
    short: int = 0
    failed: int = 0
    sent_back: int = 0
    waiting: int = 0
    in_time: int = 0
    undecided: int = 0
    waited: float = 0.0
    talks: int = 0
    talked: float = 0.0
    held: float = 0.0
    wrapped: float = 0.0
    longest: float = 0.0

    def __add__(self, other: Self) -> "Stays":
        sums = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        return Stays(**sums | {"longest": max(self.longest, other.longest)})

    @property
    def offered(self) -> int:
        return self.answered + self.abandoned + self.failed + self.sent_back + self.waiting

    @property
    def service_level(self) -> float | None:
        return ratio(self.in_time, self.offered - self.undecided)

    @property
    def abandonment(self) -> float | None:
        return ratio(self.abandoned, self.offered)

    @property
    def answer_speed(self) -> float | None:
        return ratio(self.waited, self.answered)

    @property
    def talk(self) -> float | None:
        return ratio(self.talked, self.talks)

    @property
    def handle_time(self) -> float | None:
        return ratio(self.talked + self.held + self.wrapped, self.talks)


@dataclass(frozen=True, slots=True)
class Work:
    """Agents' work. `missed`: rang and was not taken by the agent; offers the caller ended count nowhere. `dialled`:
    calls out, `reached` of these. `seconds` by state, inside the time asked for."""

    taken: int = 0
    missed: int = 0
    dialled: int = 0
    reached: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: Self) -> "Work":
        seconds = {state: self.seconds.get(state, 0.0) + other.seconds.get(state, 0.0)
                   for state in self.seconds.keys() | other.seconds.keys()}  # fmt: skip
        return Work(
            self.taken + other.taken, self.missed + other.missed, self.dialled + other.dialled,
            self.reached + other.reached, seconds,
        )  # fmt: skip

    def within(self, states: Iterable[str]) -> float:
        """Seconds in any of `states`."""
        return sum(self.seconds.get(state, 0.0) for state in states)

    @property
    def offered(self) -> int:
        return self.taken + self.missed

    @property
    def answer_rate(self) -> float | None:
        return ratio(self.taken, self.offered)

    @property
    def signed_in(self) -> float:
        return sum(self.seconds.values()) - self.seconds.get(AgentState.SIGNED_OUT, 0.0)

    @property
    def handle_time(self) -> float | None:
        return ratio(self.within(CONVERSING | {AgentState.WRAP_UP}), self.taken + self.reached)

    @property
    def occupancy(self) -> float | None:
        return ratio(self.within(IN_CONTACT | {AgentState.WRAP_UP}), self.within(AT_WORK))

    @property
    def elsewhere(self) -> float:
        """Signed in, neither at work nor on a break."""
        return self.signed_in - self.within(AT_WORK) - self.within(ON_BREAK)


@dataclass(frozen=True, slots=True)
class Said:
    """Conversations that are over: `coded` have a code, `resolved` one that settles the matter; `times` by code."""

    talks: int = 0
    coded: int = 0
    resolved: int = 0
    times: Counter[str] = field(default_factory=Counter)

    @property
    def not_coded(self) -> int:
        return self.talks - self.coded

    @property
    def coded_rate(self) -> float | None:
        return ratio(self.coded, self.talks)

    @property
    def first_contact(self) -> float | None:
        return ratio(self.resolved, self.coded)


def all_stays(each: Iterable[Stays]) -> Stays:
    return reduce(add, each, Stays())


def all_work(each: Iterable[Work]) -> Work:
    return reduce(add, each, Work())


def all_said(each: Iterable[Said]) -> Said:
    """Not by twos: to add up two makes another count of all codes."""
    parts, times = list(each), Counter[str]()
    for part in parts:
        times.update(part.times)
    counts = (sum(part.talks for part in parts), sum(part.coded for part in parts))
    return Said(*counts, sum(part.resolved for part in parts), times)


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
