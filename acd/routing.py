"""Who is served next and by whom: the interface of a routing policy, and ours."""

from collections import deque
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


class Balanced:
    """Ours.

    Next caller: by priority, then by the wait, to which is added what it would cost to be passed over now: the time
    until the next agent who can serve him is likely to be free (mean time of a call ÷ agents able). But who has waited
    `patience` times as long as the longest wait strict order of arrival would give (at least `least` s) goes first,
    whatever his priority: rank helps, and nobody starves.

    Agent: the group of skills that other callers would miss least, in it the longest idle. An agent is missed by every
    kind of caller he serves in proportion to its traffic and to how few others serve it: demand ÷ agents able.
    """

    name = "balanced"

    def __init__(
        self, patience: float = 1.2, least: float = 30.0, scarcity: float = 4.0, call: float = 180.0,
        refresh: float = 30.0,
    ) -> None:  # fmt: skip
        self._patience = patience
        self._least = least
        self._passed_over = scarcity * call
        self._refresh = refresh
        self._demand = Demand()
        self._fair = FairAge()
        self._staff: dict[Need, int] = {}
        self._missed: dict[Profile, float] = {}
        self._staff_version = -1
        self._learned_at = 0.0

    def rank(self, contact: Contact, waiting: Waiting, now: float) -> tuple[float, ...]:
        longest = self._fair.longest(contact.need, waiting.count_of(contact.need), now)
        if now - contact.queued_at > max(self._least, self._patience * longest):
            return (0.0, contact.queued_at, contact.order)
        passed_over = self._passed_over / max(1, self._staff.get(contact.need, 1))
        return (1.0, -contact.priority, contact.queued_at - passed_over, contact.order)

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        if free.staff_version != self._staff_version or now - self._learned_at > self._refresh:
            self._missed.clear()
            self._staff = {need: free.staff_for(need) for need in free.needs()}
            self._staff_version, self._learned_at = free.staff_version, now
        profile = min(
            free.able_now(contact.need),
            key=lambda each: (self._how_missed(each, free, now), free.members(each)[0]),
        )
        return profile, free.members(profile)[0]

    def arrived(self, contact: Contact, now: float) -> None:
        self._demand.count(contact.need, now)
        self._fair.count(contact.need, contact.queued_at)

    def served(self, contact: Contact, agent: str, now: float) -> None:
        """Nothing to learn from it."""

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        """Nothing to learn from it."""

    def _how_missed(self, profile: Profile, free: Free, now: float) -> float:
        known = self._missed.get(profile)
        if known is None:
            known = sum(
                (self._demand.rate(need, now) + 0.01) / max(1, free.staff_for(need))
                for need in free.needs_served_by(profile)
            )
            self._missed[profile] = known
        return known
