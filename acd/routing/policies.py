"""The known routing policies, to choose per site and to compare ours with, and the list of all by name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import log

from acd.free import Free, Profile
from acd.routing.ours import Balanced, Member, Policy
from acd.routing.peers import MODELS, PEERS, chance
from acd.waiting import Contact, Waiting
from core.errors import BadInput


class PriorityFirst:
    """Callers by priority, within one priority the longest wait; the agent idle longest."""

    name = "longest-idle"

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        return (-contact.priority, contact.queued_at, contact.order)

    def outranks(self, contact: Contact, other: Contact, waiting: Waiting, free: Free, now: float) -> bool:
        return contact.priority > other.priority

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        profile = min(free.able_now(contact.need), key=lambda each: free.members(each)[0])
        return profile, free.members(profile)[0]

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        return {"rank": [round(part, 1) for part in self.rank(contact, waiting, free, now)[:-1]]}

    def arrived(self, contact: Contact, now: float) -> None:
        """Nothing to learn from it."""

    def restaged(self, contact: Contact) -> None:
        """Nothing to learn from it."""

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        """Nothing to learn from it."""

    def requeued(self, contact: Contact, now: float) -> None:
        """Nothing to learn from it."""

    def left(self, contact: Contact, now: float) -> None:
        """Nothing to learn from it."""

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        """Nothing to learn from it."""


class Fifo(PriorityFirst):
    """The longest wait first, whatever the priority."""

    name = "fifo"

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        return (contact.queued_at, contact.order)

    def outranks(self, contact: Contact, other: Contact, waiting: Waiting, free: Free, now: float) -> bool:
        return False


class SkillLevel(PriorityFirst):
    """The agent with the highest mean level on what the caller needs, then the longest idle."""

    name = "skill-level"

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        def worse(profile: Profile) -> tuple[float, Member]:
            levels = dict(profile)
            return (-sum(levels[skill] for skill, _ in contact.need), free.members(profile)[0])

        profile = min(free.able_now(contact.need), key=worse)
        return profile, free.members(profile)[0]


class _Scan(PriorityFirst, ABC):
    """Compares every free agent who can serve; costs more than the others with many free agents."""

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        able = ((profile, member) for profile in free.able_now(contact.need) for member in free.members(profile))
        return min(able, key=lambda each: self.key(each[1], contact, now))

    @abstractmethod
    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        """The agent with the smallest is taken."""


class Linear(_Scan):
    """Always the first free agent of the list."""

    name = "linear"

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        return (member[1],)


class RoundRobin(_Scan):
    """The next free agent of the list after the one who served last."""

    name = "round-robin"

    def __init__(self) -> None:
        self._last = -1

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        return (member[1] <= self._last, member[1])

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        self._last = member[1]


class _Sums:
    """By agent. Half is forgotten in each `HALF` s: what a new engine no longer reads of the past weighs nothing."""

    HALF = 3600.0

    def __init__(self) -> None:
        self._sums: dict[str, tuple[float, float]] = {}

    def add(self, agent: str, amount: float, now: float) -> None:
        self._sums[agent] = (self.of(agent, now) + amount, now)

    def of(self, agent: str, now: float) -> float:
        total, at = self._sums.get(agent, (0.0, now))
        return total * self._left_after(now - at)

    def lasted(self, seconds: float) -> float:
        """What is left of seconds that were counted one by one until now."""
        return self.HALF / log(2.0) * (1.0 - self._left_after(seconds))

    def _left_after(self, seconds: float) -> float:
        return float(2.0 ** (-max(0.0, seconds) / self.HALF))


class FewestCalls(_Scan):
    """The agent who has talked with fewest callers lately, then the longest idle."""

    name = "fewest-calls"

    def __init__(self) -> None:
        self._calls = _Sums()

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        return (self._calls.of(member[2], now), member[0], member[1])

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        self._calls.add(agent, 1.0, now)


class LeastOccupied(_Scan):
    """The agent who has talked least of the time he was free or talked lately, then the longest idle."""

    name = "least-occupied"

    def __init__(self) -> None:
        self._talked, self._free = _Sums(), _Sums()
        self._until: dict[str, float] = {}  # his last ring: one that fails leaves his free time as it was

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        agent = member[2]
        talked, free = self._talked.of(agent, now), self._free.of(agent, now) + self._more(member, now)
        return (talked / (talked + free) if talked else 0.0, member[0], member[1])

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        self._free.add(member[2], self._more(member, now), now)
        self._until[member[2]] = now

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        self._talked.add(agent, self._talked.lasted(seconds), now)

    def _more(self, member: Member, now: float) -> float:
        """Of the time he is free, what is not in the sum yet."""
        return self._free.lasted(now - max(member[0], self._until.get(member[2], member[0])))


class Random(_Scan):
    """Any free agent who can serve."""

    name = "random"

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        return (chance(self._seed, contact.call, now, member[2]),)


class PerQueue:
    """The site's policy says which caller is next; each queue may have its own way to choose the agent."""

    def __init__(self, site: Policy, queues: Mapping[str, Policy]) -> None:
        self.name = site.name
        self._site = site
        self._queues = queues
        self._all = (site, *queues.values())

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        return self._site.rank(contact, waiting, free, now)

    def outranks(self, contact: Contact, other: Contact, waiting: Waiting, free: Free, now: float) -> bool:
        return self._site.outranks(contact, other, waiting, free, now)

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        return self._queues.get(contact.queue, self._site).pick(contact, free, now)

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        chosen = self._queues.get(contact.queue)
        if chosen is None:
            return self._site.explain(contact, profile, waiting, free, now)
        return {**self._site.explain(contact, (), waiting, free, now), "agent_by": chosen.name}

    def arrived(self, contact: Contact, now: float) -> None:
        for each in self._all:
            each.arrived(contact, now)

    def restaged(self, contact: Contact) -> None:
        for each in self._all:
            each.restaged(contact)

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        for each in self._all:
            each.served(contact, profile, member, now)

    def requeued(self, contact: Contact, now: float) -> None:
        for each in self._all:
            each.requeued(contact, now)

    def left(self, contact: Contact, now: float) -> None:
        for each in self._all:
            each.left(contact, now)

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        for each in self._all:
            each.talked(contact, agent, seconds, now)


POLICIES: dict[str, Callable[[int], Policy]] = {
    "balanced": lambda seed: Balanced(),
    "longest-idle": lambda seed: PriorityFirst(),
    "fifo": lambda seed: Fifo(),
    "skill-level": lambda seed: SkillLevel(),
    "round-robin": lambda seed: RoundRobin(),
    "fewest-calls": lambda seed: FewestCalls(),
    "least-occupied": lambda seed: LeastOccupied(),
    "linear": lambda seed: Linear(),
    "random": Random,
    **PEERS,
}
"""Name → a new policy for a seed: what a site may choose."""


def policy_named(name: str, seed: int = 0) -> Policy:
    """Raises BadInput for a name that is neither in POLICIES nor in MODELS."""
    maker = POLICIES.get(name) or MODELS.get(name)
    if maker is None:
        raise BadInput(f"there is no policy {name!r}", f"choose one of {', '.join(POLICIES)}")
    return maker(seed)
