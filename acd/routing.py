"""Who is served next and by whom: the interface of a routing policy, and ours."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Protocol

from acd.free import Free, Profile
from acd.waiting import Contact, Need, Waiting

Member = tuple[float, int, str]
"""A free agent: idle since, order, number."""


class Policy(Protocol):
    """Compares callers, and picks one of the free agents who can serve the one chosen.

    What it learns it learns from `arrived`, `served` and `talked` alone, and every choice follows from that, its
    arguments and its seed: so after a restart the same history makes the same policy (see `acd.memory`).
    """

    name: str

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        """Smaller is served first. Within one group it must follow the order of waiting."""

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        """One of `free.able_now(contact.need)` and one of its members; there is at least one."""

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        """The parts of this caller's rank by name and, when `profile` is not empty, why these skills were chosen."""

    def arrived(self, contact: Contact, now: float) -> None:
        """A caller joined for the first time: for policies that learn from traffic."""

    def served(self, contact: Contact, member: Member, alike: int, now: float) -> None:
        """An offer was made, by the policy or by a person; `alike` waited with this need, he included."""

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        """A conversation ended after so many seconds."""


class Demand:
    """How much each kind of caller asks for, as arrivals per `memory` seconds, forgetting the old exponentially.

    Known as it was at the beginning of the present `slot` seconds: it is looked at seldom and changes slowly.
    """

    def __init__(self, slot: float, memory: float = 1800.0) -> None:
        self._slot = slot
        self._fade = 2.0 ** (-slot / memory)
        self._counts: dict[Need, tuple[int, float, int]] = {}  # slot, rate at its beginning, arrivals since

    def slot(self, now: float) -> int:
        return int(now // self._slot)

    def count(self, need: Need, now: float) -> None:
        slot = max(self.slot(now), self._counts.get(need, (0, 0.0, 0))[0])
        self._counts[need] = (slot, self.rate(need, slot), self._since(need, slot) + 1)

    def rate(self, need: Need, slot: int) -> float:
        """At the beginning of `slot`; 0 for a kind nobody has asked for."""
        at, rate, since = self._counts.get(need, (slot, 0.0, 0))
        return rate if slot <= at else (rate + since) * float(self._fade ** (slot - at))

    def known(self) -> Iterable[Need]:
        return self._counts.keys()

    def _since(self, need: Need, slot: int) -> int:
        at, _, since = self._counts.get(need, (slot, 0.0, 0))
        return since if at == slot else 0


class FairAge:
    """How long the first in line would have waited under strict order of arrival.

    With `waiting` of a kind unserved, first-come-first-served would have left the latest that many arrivals of it, so
    the age of the earliest of those is the age of its first in line. The longest of all kinds when somebody was served
    counts, halved each `memory` s, for strict order looks at no kind, but at most `apart` times the longest of the
    caller's own: a kind that nobody could serve for hours is no measure for the others.
    """

    def __init__(self, memory: float = 7200.0, apart: float = 2.0) -> None:
        self._memory = memory
        self._apart = apart
        self._arrivals: dict[Need, deque[float]] = {}
        self._longest: dict[Need | None, tuple[float, float]] = {}  # None: of all kinds

    def count(self, need: Need, queued_at: float) -> None:
        self._arrivals.setdefault(need, deque(maxlen=4096)).append(queued_at)

    def serve(self, need: Need, waiting: int, now: float) -> None:
        age = self._age(need, waiting, now)
        for kind in (need, None):
            if age >= self._faded(kind, now):
                self._longest[kind] = (age, now)

    def longest(self, need: Need, waiting: int, now: float) -> float:
        """For a caller of a kind of whom so many wait."""
        age = self._age(need, waiting, now)
        return min(max(age, self._faded(None, now)), self._apart * max(age, self._faded(need, now)))

    def _age(self, need: Need, waiting: int, now: float) -> float:
        arrivals = self._arrivals.get(need)
        return now - arrivals[-min(waiting, len(arrivals))] if arrivals and waiting else 0.0

    def _faded(self, kind: Need | None, now: float) -> float:
        longest, at = self._longest.get(kind, (0.0, 0.0))
        return float(longest * 2.0 ** (-max(0.0, now - at) / self._memory))


class Lengths:
    """How long each kind of caller talks: the mean so far, drawn to the mean of all as if `doubt` more had taken it."""

    def __init__(self, doubt: float = 100.0, memory: float = 2000.0) -> None:
        self._doubt = doubt
        self._memory = memory
        self._sums: dict[Need, tuple[float, float]] = {}
        self.usual = 180.0  # mean of all
        self._count = 20.0

    def count(self, need: Need, seconds: float) -> None:
        total, number = self._sums.get(need, (0.0, 0.0))
        keep = 1 - 1 / self._memory
        self._sums[need] = (total * keep + seconds, number * keep + 1)
        self._count = min(self._count + 1, self._memory)
        self.usual += (seconds - self.usual) / self._count

    def shortness(self, need: Need) -> float:
        """Mean of all ÷ mean of this kind."""
        total, number = self._sums.get(need, (0.0, 0.0))
        return self.usual * (number + self._doubt) / max(1e-9, total + self._doubt * self.usual)


@dataclass(frozen=True, slots=True)
class Weights:
    """What `Balanced` weighs with; docs/routing.md says why and how they were found.

    `starving`: who has waited this many times the longest wait of strict order (and `least` s) goes before everybody.
    `line`: what a second that the next caller of his kind could expect to wait counts, next to one he has waited.
    `in_time`: seconds added to the wait of a caller who can still be answered within the target of his queue.
    `refresh`: seconds after which agents are valued anew.
    """

    starving: float = 1.3
    least: float = 30.0
    line: float = 2.0
    in_time: float = 50.0
    refresh: float = 30.0


class Balanced:
    """Ours.

    Next caller: by priority; within one priority by urgency = (wait + in time + passed over) × √shortness. `In time`
    counts as long as the service level can still be kept with him. `Passed over` is what it would cost his kind not to
    be taken now: the longer their line and the fewer agents can serve it. `Shortness` prefers kinds of callers with
    short calls, who delay the others least. But who has waited far longer than strict order of arrival would make him
    goes first, whatever his priority: rank helps, and nobody starves. Callers of one kind keep their order.

    Agent: the group of skills that other callers would miss least, in it the longest idle. An agent is missed by every
    kind of caller he serves in proportion to its traffic and to how few others serve it: demand ÷ agents able.
    """

    name = "balanced"

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights()
        self._demand = Demand(self._weights.refresh)
        self._fair = FairAge()
        self._lengths = Lengths()
        self._prices: dict[Need, float] = {}
        self._missed: dict[Profile, float] = {}
        self._learned = (-1, -1)

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        weights, wait = self._weights, now - contact.queued_at
        if wait > weights.least and wait > weights.starving * self._longest(contact, waiting, now):
            return (0.0, contact.queued_at, contact.order)
        return (1.0, -contact.priority, -self._urgency(contact, waiting, free, wait), contact.order)

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        self._learn(free, now)
        missed, members = self._missed, free.members
        best: tuple[float, Member] | None = None
        chosen: Profile = ()
        for profile in free.able_now(contact.need):
            how = missed.get(profile)
            if how is None:
                how = self._how_missed(profile, free)
            if best is None or how <= best[0]:
                this = (how, members(profile)[0])
                if best is None or this < best:
                    best, chosen = this, profile
        if best is None:
            raise ValueError("nobody free can serve the caller")
        return chosen, best[1]

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        weights, wait = self._weights, now - contact.queued_at
        limit = max(weights.least, weights.starving * self._longest(contact, waiting, now))
        parts: dict[str, object] = {
            "priority": contact.priority,
            "wait": round(wait, 1),
            "starves_after": round(limit, 1),
            "in_time": weights.in_time if wait <= contact.target else 0.0,
            "passed_over": round(self._passed_over(contact, waiting, free), 1),
            "shortness": round(sqrt(self._lengths.shortness(contact.need)), 3),
            "urgency": round(self._urgency(contact, waiting, free, wait), 1),
        }
        if profile:
            parts["missed"] = round(self._missed.get(profile, 0.0), 3)
            able = (each for each in free.able_now(contact.need) if each != profile)
            others = ((self._missed.get(each, 0.0), free.members(each)[0]) for each in able)
            if (other := min(others, default=None)) is not None:
                parts["next_agent"] = {"agent": other[1][2], "missed": round(other[0], 3)}
        return parts

    def arrived(self, contact: Contact, now: float) -> None:
        self._demand.count(contact.need, now)
        self._fair.count(contact.need, contact.queued_at)

    def served(self, contact: Contact, member: Member, alike: int, now: float) -> None:
        self._fair.serve(contact.need, alike, now)

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        self._lengths.count(contact.need, seconds)

    def _longest(self, contact: Contact, waiting: Waiting, now: float) -> float:
        return self._fair.longest(contact.need, waiting.count_of(contact.need), now)

    def _urgency(self, contact: Contact, waiting: Waiting, free: Free, wait: float) -> float:
        urgency = wait + self._passed_over(contact, waiting, free)
        if wait <= contact.target:
            urgency += self._weights.in_time
        return urgency * sqrt(self._lengths.shortness(contact.need))

    def _passed_over(self, contact: Contact, waiting: Waiting, free: Free) -> float:
        next_one = (waiting.count_of(contact.need) + 1) * self._lengths.usual / max(1, free.staff_for(contact.need))
        return self._weights.line * next_one

    def _learn(self, free: Free, now: float) -> None:
        """Price every kind of caller anew, in each new slot of time and whenever the staff has changed."""
        slot = self._demand.slot(now)
        if self._learned == (slot, free.staff_version):
            return
        self._missed.clear()
        self._prices = {
            need: self._demand.rate(need, slot) / max(1, free.staff_for(need)) for need in self._demand.known()
        }
        self._learned = (slot, free.staff_version)

    def _how_missed(self, profile: Profile, free: Free) -> float:
        # fsum, because the sum must not depend on the order in which the kinds were learned
        missed = fsum(self._prices.get(need, 0.0) for need in free.needs_served_by(profile))
        self._missed[profile] = missed
        return missed
