"""Who is served next and by whom: the interface of a routing policy, and ours."""

from collections import deque
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

from acd.free import Free, Profile
from acd.waiting import Contact, Need, Waiting

Member = tuple[float, int, str]
"""A free agent: idle since, order, number."""


class Policy(Protocol):
    """Compares callers, and picks one of the free agents who can serve the one chosen."""

    name: str

    def rank(self, contact: Contact, waiting: Waiting, now: float) -> tuple[float, ...]:
        """Smaller is served first. Within one group it must follow the order of waiting."""

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        """One of `free.able_now(contact.need)` and one of its members; there is at least one."""

    def arrived(self, contact: Contact, now: float) -> None:
        """A caller joined for the first time: for policies that learn from traffic."""

    def served(self, contact: Contact, agent: str, now: float) -> None:
        """An offer was made."""

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        """A conversation ended after so many seconds."""


class Demand:
    """How much each kind of caller asks for, as arrivals per `memory` seconds, forgetting the old exponentially."""

    def __init__(self, memory: float = 1800.0) -> None:
        self._memory = memory
        self._rates: dict[Need, tuple[float, float]] = {}

    def count(self, need: Need, now: float) -> None:
        self._rates[need] = (self.rate(need, now) + 1.0, now)

    def rate(self, need: Need, now: float) -> float:
        rate, at = self._rates.get(need, (0.0, now))
        age = max(0.0, now - at) / self._memory
        return float(rate * 2.0 ** (-age))


class FairAge:
    """How long the first in line would have waited if each kind of caller were served strictly in order of arrival.

    With `waiting` of a kind unserved, first-come-first-served would have left the latest that many arrivals of it, so
    the age of the earliest of those is the age of its first in line. The longest seen counts, halved each `memory` s.
    """

    def __init__(self, memory: float = 7200.0) -> None:
        self._memory = memory
        self._arrivals: dict[Need, deque[float]] = {}
        self._longest = 0.0
        self._seen_at = 0.0

    def count(self, need: Need, queued_at: float) -> None:
        self._arrivals.setdefault(need, deque(maxlen=4096)).append(queued_at)

    def longest(self, need: Need, waiting: int, now: float) -> float:
        arrivals = self._arrivals.get(need)
        age: float = now - arrivals[-min(waiting, len(arrivals))] if arrivals and waiting else 0.0
        faded: float = self._longest * 2.0 ** (-max(0.0, now - self._seen_at) / self._memory)
        if age >= faded:
            self._longest, self._seen_at = age, now
            return age
        return faded


class Lengths:
    """How long each kind of caller talks: the mean so far, drawn to the mean of all as if `doubt` more had taken it."""

    def __init__(self, doubt: float = 100.0, memory: float = 2000.0) -> None:
        self._doubt = doubt
        self._memory = memory
        self._sums: dict[Need, tuple[float, float]] = {}
        self._all = 180.0
        self._count = 20.0

    def count(self, need: Need, seconds: float) -> None:
        total, number = self._sums.get(need, (0.0, 0.0))
        keep = 1 - 1 / self._memory
        self._sums[need] = (total * keep + seconds, number * keep + 1)
        self._count = min(self._count + 1, self._memory)
        self._all += (seconds - self._all) / self._count

    def shortness(self, need: Need) -> float:
        """Mean of all ÷ mean of this kind."""
        total, number = self._sums.get(need, (0.0, 0.0))
        return self._all * (number + self._doubt) / max(1e-9, total + self._doubt * self._all)


@dataclass(frozen=True, slots=True)
class Weights:
    """What `Balanced` weighs with; docs/routing.md says why and how they were found.

    `starving`: who has waited this many times the longest wait of strict order (and `least` s) goes before everybody.
    `passed_over`: seconds of wait that being passed over counts for where only one agent can serve.
    `in_time`: seconds added to the wait of a caller who can still be answered within `threshold` seconds.
    `refresh`: seconds after which agents are valued anew.
    """

    starving: float = 1.3
    least: float = 30.0
    passed_over: float = 720.0
    in_time: float = 20.0
    threshold: float = 20.0
    refresh: float = 30.0


class Balanced:
    """Ours.

    Next caller: by priority; within one priority by urgency = (wait + in time + passed over) × √shortness. `In time`
    counts as long as the service level can still be kept with him. `Passed over` is what it would cost him not to be
    taken now: the fewer agents can serve him, the longer until the next. `Shortness` prefers kinds of callers with
    short calls, who delay the others least. But who has waited far longer than strict order of arrival would make him
    goes first, whatever his priority: rank helps, and nobody starves. Callers of one kind keep their order.

    Agent: the group of skills that other callers would miss least, in it the longest idle. An agent is missed by every
    kind of caller he serves in proportion to its traffic and to how few others serve it: demand ÷ agents able.
    """

    name = "balanced"

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights()
        self._demand = Demand()
        self._fair = FairAge()
        self._lengths = Lengths()
        self._staff: dict[Need, int] = {}
        self._prices: dict[Need, float] = {}
        self._missed: dict[Profile, float] = {}
        self._staff_version = -1
        self._learned_at = 0.0

    def rank(self, contact: Contact, waiting: Waiting, now: float) -> tuple[float, ...]:
        weights, need, wait = self._weights, contact.need, now - contact.queued_at
        if wait > weights.least:
            longest = self._fair.longest(need, waiting.count_of(need), now)
            if wait > weights.starving * longest:
                return (0.0, contact.queued_at, contact.order)
        urgency = wait + weights.passed_over / max(1, self._staff.get(need, 1))
        if wait <= weights.threshold:
            urgency += weights.in_time
        return (1.0, -contact.priority, -urgency * sqrt(self._lengths.shortness(need)), contact.order)

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        if free.staff_version != self._staff_version or now - self._learned_at > self._weights.refresh:
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

    def arrived(self, contact: Contact, now: float) -> None:
        self._demand.count(contact.need, now)
        self._fair.count(contact.need, contact.queued_at)

    def served(self, contact: Contact, agent: str, now: float) -> None:
        """Nothing to learn from it."""

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        self._lengths.count(contact.need, seconds)

    def _learn(self, free: Free, now: float) -> None:
        """Price every kind of caller anew."""
        self._missed.clear()
        self._staff = {need: free.staff_for(need) for need in free.needs()}
        self._prices = {
            need: (self._demand.rate(need, now) + 0.01) / max(1, staff) for need, staff in self._staff.items()
        }
        self._staff_version, self._learned_at = free.staff_version, now

    def _how_missed(self, profile: Profile, free: Free) -> float:
        prices = self._prices
        missed = sum(prices.get(need, 0.01) for need in free.needs_served_by(profile))
        self._missed[profile] = missed
        return missed
