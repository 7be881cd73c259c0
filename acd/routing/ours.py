"""Who is served next and by whom: the interface of a routing policy, and ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum, inf
from typing import Protocol

from acd.free import Free, Profile
from acd.routing.strict_order import StrictOrder
from acd.routing.tiers import Tiers
from acd.waiting import Contact, Need, Waiting

Member = tuple[float, int, str]
"""A free agent: idle since, order, number."""


class Policy(Protocol):
    """Compares callers, and picks one of the free agents who can serve the one chosen.

    What it learns it learns from `arrived`, `restaged`, `served`, `requeued`, `left` and `talked` alone, and every
    choice follows from that, its arguments and its seed: so after a restart the same history makes the same policy (see
    `acd.routing.memory`).
    """

    name: str

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        """Smaller is served first. Within one group it must follow the order of waiting."""

    def outranks(self, contact: Contact, other: Contact, waiting: Waiting, free: Free, now: float) -> bool:
        """Whether `contact` is given the agent for whom `other` waits alone, who goes before anybody else."""

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        """One of `free.able_now(contact.need)` and one of its members; there is at least one."""

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        """The parts of this caller's rank by name and, when `profile` is not empty, why these skills were chosen."""

    def arrived(self, contact: Contact, now: float) -> None:
        """A caller joined for the first time: for policies that learn from traffic."""

    def restaged(self, contact: Contact) -> None:
        """He waits on, in another queue or with another need."""

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        """An offer was made, by the policy or by a person, to an agent with the skills `profile`."""

    def requeued(self, contact: Contact, now: float) -> None:
        """His offer came to nothing, or he waits again after a talk; told of who waits already it changes nothing."""

    def left(self, contact: Contact, now: float) -> None:
        """He is gone before he talked to anybody."""

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        """A conversation has just ended after so many seconds."""


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

    `starving`, `beyond`: who has waited this many times the longest wait of strict order (and `least` s) goes before
    everybody but the highest priority, and before everybody.
    `step`: what one more of priority counts, in longest waits of strict order.
    `line`: what a second that the next caller of his kind could expect to wait counts, next to one he has waited.
    `in_time`: what it counts that a caller can still be answered within the target of his queue, in waits of the first
    in the line of strict order.
    `refresh`: seconds after which agents are valued anew.
    `absent`: agents who take no call for as long as this many calls usually last are taken to have been away.
    """

    starving: float = 1.2
    beyond: float = 1.5
    least: float = 30.0
    step: float = 0.7
    line: float = 2.0
    in_time: float = 1.0
    refresh: float = 30.0
    absent: float = 20.0


class Balanced:
    """Ours. It measures with what strict order of arrival would do (see `acd.routing.strict_order`).

    Next caller: the highest priority first. Then who starves, the longest wait first, and then by urgency = (wait + in
    time + passed over) × shortness + the worth of his priority. `In time` counts as long as the service level can still
    be kept with him. `Passed over` is what it would cost his kind not to be taken now: the longer their line and the
    fewer agents can serve it. `Shortness` prefers kinds of callers with short calls, who delay the others least. Who
    has waited beyond all measure, and is not called back, goes even before the highest priority: rank helps, and nobody
    starves. Callers of one kind keep their order.

    Agent: the group of skills that other callers would miss least, in it the longest idle. An agent is missed by every
    kind of caller he serves in proportion to its traffic and to how few others serve it: demand ÷ agents able.
    """

    name = "balanced"

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights()
        self._demand = Demand(self._weights.refresh)
        self._strict = StrictOrder()
        self._lengths = Lengths()
        self._tiers = Tiers()
        self._prices: dict[Need, float] = {}
        self._missed: dict[Profile, float] = {}
        self._learned = (-1, -1)

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        weights, wait, priority = self._weights, now - contact.queued_at, contact.priority
        longest, strict = self._strict.longest(now, free), self._tiers.strict
        starves = wait > weights.least and wait > weights.starving * longest
        if starves and strict < inf and wait > weights.beyond * longest and not contact.promised:
            return (0.0, contact.queued_at, contact.order)
        if priority >= strict:
            return (1.0, -priority, -self._urgency(contact, waiting, free, now), contact.order)
        if starves:
            return (2.0, contact.queued_at, contact.order)
        worth = weights.step * max(weights.least, longest) * priority
        return (3.0, -self._urgency(contact, waiting, free, now) - worth, contact.order)

    def outranks(self, contact: Contact, other: Contact, waiting: Waiting, free: Free, now: float) -> bool:
        """Who is of the highest priority or has waited beyond all measure."""
        mine, his = (self.rank(each, waiting, free, now) for each in (contact, other))
        return mine < his and mine[0] <= 1.0

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
        weights, wait, strict = self._weights, now - contact.queued_at, self._tiers.strict
        longest = self._strict.longest(now, free)
        starves, beyond = (max(weights.least, times * longest) for times in (weights.starving, weights.beyond))
        in_time, passed_over = self._in_time(contact, free, now), self._passed_over(contact, waiting, free)
        shortness = self._lengths.shortness(contact.need)
        parts: dict[str, object] = {
            "goes": "urgency",
            "priority": contact.priority,
            "wait": round(wait, 1),
            "starves_after": round(starves, 1),
            "in_time": round(in_time, 1),
            "passed_over": round(passed_over, 1),
            "shortness": round(shortness, 3),
            "urgency": round((wait + in_time + passed_over) * shortness, 1),
        }
        # as in `rank`, which is asked too often to be taken apart for this
        if strict < inf and wait > beyond and not contact.promised:
            parts |= {"goes": "beyond", "beyond_after": round(beyond, 1)}
        elif contact.priority >= strict:
            parts |= {"goes": "highest", "beyond_after": round(beyond, 1), "highest": int(strict)}
        elif wait > starves:
            parts["goes"] = "starving"
        elif contact.priority:
            parts["worth"] = round(weights.step * max(weights.least, longest) * contact.priority, 1)
        if profile:
            parts["missed"] = round(self._missed.get(profile, 0.0), 3)
            able = (each for each in free.able_now(contact.need) if each != profile)
            others = ((self._missed.get(each, 0.0), free.members(each)[0]) for each in able)
            if (other := min(others, default=None)) is not None:
                parts["next_agent"] = {"agent": other[1][2], "missed": round(other[0], 3)}
        return parts

    def arrived(self, contact: Contact, now: float) -> None:
        self._strict.forget(now, self._absent())
        self._strict.join(contact.call, contact.need, contact.queued_at)
        self._count(contact, now)

    def restaged(self, contact: Contact) -> None:
        self._strict.move(contact.call, contact.need)

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        self._strict.serve(contact.call, profile, now - member[0], now, self._absent())

    def requeued(self, contact: Contact, now: float) -> None:
        if self._strict.put_back(contact.call, contact.need, contact.queued_at, now):
            self._count(contact, now)

    def left(self, contact: Contact, now: float) -> None:
        self._strict.leave(contact.call, contact.queued_at)

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        self._lengths.count(contact.need, seconds)
        self._strict.talked(contact.call)

    def _count(self, contact: Contact, now: float) -> None:
        """Who comes anew, be it after a talk, is looked for an agent once more."""
        self._demand.count(contact.need, now)
        self._tiers.count(contact.priority, now)

    def _absent(self) -> float:
        return self._weights.absent * self._lengths.usual

    def _urgency(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> float:
        urgency = now - contact.queued_at + self._in_time(contact, free, now)
        urgency += self._passed_over(contact, waiting, free)
        return urgency * self._lengths.shortness(contact.need)

    def _in_time(self, contact: Contact, free: Free, now: float) -> float:
        late = now - contact.queued_at > contact.target
        return 0.0 if late else self._weights.in_time * self._strict.first(now, free)

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
