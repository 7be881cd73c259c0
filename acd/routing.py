"""Who is served next and by whom: the interface of a routing policy, and ours."""

from typing import Protocol

from acd.free import Free, Profile
from acd.waiting import Contact, Need

Member = tuple[float, int, str]
"""A free agent: idle since, order, number."""


class Policy(Protocol):
    """Compares callers, and picks one of the free agents who can serve the one chosen."""

    name: str

    def rank(self, contact: Contact, now: float) -> tuple[float, ...]:
        """Smaller is served first. Within one group it must follow the order of waiting."""

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        """One of `free.able_now(contact.need)` and one of its members; there is at least one."""

    def arrived(self, contact: Contact, now: float) -> None:
        """A caller joined for the first time: for policies that learn from traffic."""

    def served(self, contact: Contact, agent: str, now: float) -> None:
        """An offer was made."""


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


class Balanced:
    """Ours. Next caller: longest wait, where each step of priority counts as `step` seconds already waited, so
    that rank helps and nobody starves. Agent: the group of skills that other callers would miss least, in it the
    longest idle. An agent is missed by every kind of caller he serves in proportion to its traffic and to how few
    others serve it: demand ÷ staff able.
    """

    name = "balanced"

    def __init__(self, step: float = 120.0, refresh: float = 10.0) -> None:
        self._step = step
        self._refresh = refresh
        self._demand = Demand()
        self._missed: dict[Profile, float] = {}
        self._staff_version = -1
        self._learned_at = 0.0

    def rank(self, contact: Contact, now: float) -> tuple[float, ...]:
        return (contact.queued_at - contact.priority * self._step, contact.order)

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        if free.staff_version != self._staff_version or now - self._learned_at > self._refresh:
            self._missed.clear()
            self._staff_version, self._learned_at = free.staff_version, now
        profile = min(
            free.able_now(contact.need),
            key=lambda each: (self._how_missed(each, free, now), free.members(each)[0]),
        )
        return profile, free.members(profile)[0]

    def arrived(self, contact: Contact, now: float) -> None:
        self._demand.count(contact.need, now)

    def served(self, contact: Contact, agent: str, now: float) -> None:
        """Nothing to learn from it."""

    def _how_missed(self, profile: Profile, free: Free, now: float) -> float:
        known = self._missed.get(profile)
        if known is None:
            known = sum(
                (self._demand.rate(need, now) + 0.01) / max(1, self._able_staff(need, free))
                for need in free.needs_served_by(profile)
            )
            self._missed[profile] = known
        return known

    @staticmethod
    def _able_staff(need: Need, free: Free) -> int:
        return sum(free.staff.get(profile, 0) for profile in free.able(need))
