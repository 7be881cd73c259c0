"""The known routing policies, to choose per site and to compare ours with, and the list of all by name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

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

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        """Nothing to learn from it."""


class Fifo(PriorityFirst):
    """The longest wait first, whatever the priority."""

    name = "fifo"

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        return (contact.queued_at, contact.order)


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


class FewestCalls(_Scan):
    """The agent who has served fewest callers, then the longest idle."""

    name = "fewest-calls"

    def __init__(self) -> None:
        self._served: dict[str, int] = {}

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        return (self._served.get(member[2], 0), member[0], member[1])

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        self._served[member[2]] = self._served.get(member[2], 0) + 1


class LeastOccupied(_Scan):
    """The agent who has talked least of the time since he was first seen, then the longest idle."""

    name = "least-occupied"

    def __init__(self) -> None:
        self._talked: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def key(self, member: Member, contact: Contact, now: float) -> tuple[float, ...]:
        here = now - self._since.get(member[2], now)
        return (self._talked.get(member[2], 0.0) / here if here > 0 else 0.0, member[0], member[1])

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        self._since.setdefault(member[2], member[0])

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        self._talked[agent] = self._talked.get(agent, 0.0) + seconds


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

    def talked(self, contact: Contact, agent: str, seconds: float) -> None:
        for each in self._all:
            each.talked(contact, agent, seconds)


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
