"""Who waits: callers grouped by what they need and their priority, each group in order of the wait's start."""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from acd.call import CallState

Need = tuple[tuple[str, int], ...]
"""Required skills with least levels, sorted."""

Group = tuple[Need, int]
"""Need and priority: callers of one group differ only in how long they wait, whatever their queue."""


May = Callable[[str], bool]
"""Whether this agent may serve somebody, if his skills do."""


def anybody(_agent: str) -> bool:
    return True


def need_of(skills: Mapping[str, int]) -> Need:
    return tuple(sorted(skills.items()))


@dataclass(frozen=True, slots=True)
class Stage:
    """From `at` on the caller waits like this; `more` is added to his priority. `send_back` is a step of the menu that
    takes him instead."""

    at: float
    queue: str
    skills: Mapping[str, int]
    more: int
    why: str
    send_back: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """How he waits at first, and from when on differently. `only`: for this agent alone, because of `why`."""

    skills: Mapping[str, int]
    priority: int
    stages: tuple[Stage, ...] = ()
    only: str = ""
    why: str = ""

    @property
    def all_skills(self) -> Iterator[Mapping[str, int]]:
        """What he needs at first, and what will be enough as time goes by."""
        yield self.skills
        yield from (each.skills for each in self.stages if not each.send_back)


@dataclass(slots=True)
class Contact:
    """A caller on the floor; `order` breaks ties in order of arrival, `due` ends an offer nobody reported on.

    `talk_since` is when the present conversation began, None when that is not known. `target`: seconds within which he
    should be answered. `only`: the agent he waits for alone until his next stage, and `why` that one. `may`: see there.
    """

    call: str
    queue: str
    need: Need
    priority: int
    queued_at: float
    order: int
    state: CallState = CallState.WAITING
    agent: str = ""
    due: float = 0.0
    talked: bool = False
    talk_since: float | None = None
    target: float = 20.0
    stages: tuple[Stage, ...] = ()
    only: str = ""
    why: str = ""
    may: May = anybody
    group: Group = field(init=False)

    def __post_init__(self) -> None:
        self.group = (self.need, self.priority)

    def stages_after(self, now: float) -> list[float]:
        """When the time of each that is to come will have come."""
        return [each.at for each in self.stages if each.at > now]

    def due_stage(self, now: float, staff_for: Callable[[Need], int]) -> Stage | None:
        """What begins next, where its time has come; he flows over only to where somebody at work serves him."""
        begun = takewhile(lambda each: each.at <= now, self.stages)
        served = (
            each for each in begun if each.send_back or each.queue == self.queue or staff_for(need_of(each.skills))
        )
        return next(served, None)

    def still_after(self, stage: Stage) -> tuple[Stage, ...]:
        """What may come when `stage` has begun: of a queue that he leaves only its longest wait."""
        left = "" if stage.queue == self.queue else self.queue
        return tuple(each for each in self.stages if each is not stage and (each.send_back or each.queue != left))

    def change(self, need: Need, priority: int) -> None:
        """Only while he is not among those who wait."""
        self.need, self.priority, self.group = need, priority, (need, priority)


class Waiting:
    """The callers to whom nobody is offered now. Joining costs a binary search, the head of a group nothing."""

    def __init__(self) -> None:
        self._groups: dict[Group, list[tuple[float, int, Contact]]] = {}
        self._of_need: dict[Need, set[Group]] = {}
        self.count = 0

    def add(self, contact: Contact) -> None:
        if contact.group not in self._groups:
            self._groups[contact.group] = []
            self._of_need.setdefault(contact.need, set()).add(contact.group)
        insort(self._groups[contact.group], (contact.queued_at, contact.order, contact))
        self.count += 1

    def remove(self, contact: Contact) -> None:
        group = self._groups[contact.group]
        group.remove((contact.queued_at, contact.order, contact))
        self.count -= 1
        if not group:
            del self._groups[contact.group]
            of_need = self._of_need[contact.need]
            of_need.discard(contact.group)
            if not of_need:
                del self._of_need[contact.need]

    def head(self, group: Group) -> Contact:
        """Who has waited longest in a group that is not empty."""
        return self._groups[group][0][2]

    def needs(self) -> Iterable[Need]:
        return self._of_need.keys()

    def members(self, group: Group) -> Iterator[Contact]:
        """Those who wait in a group, longest first."""
        return (contact for _, _, contact in self._groups[group])

    def groups_of(self, need: Need) -> Collection[Group]:
        """The groups of those who wait with this need."""
        return self._of_need.get(need, ())

    def count_of(self, need: Need) -> int:
        """How many wait with this need, whatever their priority."""
        return sum(len(self._groups[group]) for group in self._of_need.get(need, ()))

    def __iter__(self) -> Iterator[Contact]:
        for callers in self._groups.values():
            for _, _, contact in callers:
                yield contact
