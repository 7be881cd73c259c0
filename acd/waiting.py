"""Who waits: callers grouped by what they need and their priority, each group in order of the wait's start."""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import takewhile

from acd.call import CallState

Need = tuple[tuple[str, int], ...]
"""Required skills with least levels, sorted."""

Group = tuple[Need, int]
"""Need and priority: callers of one group differ only in how long they wait, whatever their queue."""

OVERFLOW, RETURNED = "overflow", "returned"
"""Why somebody waits in another queue from now on: he has flowed over, or come back from there."""
May = Callable[[str], bool]
"""Whether this agent may serve somebody, if his skills do."""


def anybody(_agent: str) -> bool:
    return True


def need_of(skills: Mapping[str, int]) -> Need:
    return tuple(sorted(skills.items()))


@dataclass(frozen=True, slots=True)
class Stage:
    """From `at` on the caller waits like this; `more` is added to the priority he has before. `send_back` is a step of
    the menu that takes him instead."""

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

    def all_skills(self, closed: Set[str]) -> Iterator[Mapping[str, int]]:
        """What he needs at first, and what will be enough as time goes by, but for queues that are `closed`."""
        yield self.skills
        yield from (each.skills for each in self.stages if not each.send_back and each.queue not in closed)


@dataclass(slots=True)
class Contact:
    """A caller on the floor; `order` breaks ties in order of arrival, `due` ends an offer nobody reported on.

    `talk_since` is when the present conversation began, None when that is not known. `target`: seconds within which he
    should be answered. `only`: the agent he waits for alone until his next stage, and `why` that one. `may`: see there.
    `promised`: he is called back, and waits on no line.
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
    promised: bool = False
    group: Group = field(init=False)

    def __post_init__(self) -> None:
        self.group = (self.need, self.priority)

    def stages_after(self, now: float) -> list[float]:
        """When the time of each that is to come will have come."""
        return [each.at for each in self.stages if each.at > now]

    @property
    def home(self) -> str:
        """The queue whose rules he waits by, also when he has flowed over from there."""
        left = (each.queue for each in self.stages if each.why != OVERFLOW and each.queue != self.queue)
        return next(left, self.queue)

    def claims(self) -> Iterator[Group]:
        """Among whom he waits, and among whom he would, at his old place, if he came home."""
        yield self.group
        home = next((each for each in self.stages if each.why == RETURNED), None)
        if home is not None:
            yield need_of(home.skills), self.priority + home.more

    def due_stage(self, now: float, staff_for: Callable[[Need], int], closed: Set[str]) -> Stage | None:
        """What begins next, where its time has come.

        He flows over only to an open queue where somebody at work serves him; when that is no such queue any more he
        goes home if somebody serves him there, as he would wait there by now.
        """
        elsewhere: Stage | None = None
        for each in takewhile(lambda each: each.at <= now, self.stages):
            if each.send_back or each.queue == self.queue:
                return each
            elsewhere = each
        if elsewhere is None or not staff_for(need_of(elsewhere.skills)):
            return None
        if elsewhere.why == OVERFLOW:
            return None if elsewhere.queue in closed else elsewhere
        return elsewhere if self.queue in closed or not staff_for(self.need) else None

    def still_after(self, stage: Stage) -> tuple[Stage, ...]:
        """What may come when `stage` has begun; when he leaves his queue for another, also the way back."""
        begun = self.stages.index(stage)
        rest = [each for each in self.stages[:begun] if each.send_back or each.queue != stage.queue]
        rest += self.stages[begun + 1 :]
        if stage.queue != self.queue:
            why = RETURNED if stage.why == OVERFLOW else OVERFLOW
            at = next(each.at for each in self.stages if each.queue == stage.queue and not each.send_back)
            rest.insert(0, Stage(at, self.queue, dict(self.need), 0, why))
        return tuple(replace(each, more=each.more - stage.more) for each in rest)

    def why_of(self, stage: Stage) -> str:
        """In a word, what its beginning means for him."""
        return stage.why if stage.queue == self.queue or stage.why == OVERFLOW else RETURNED

    def change(self, need: Need, priority: int) -> None:
        """Only while he is not among those who wait."""
        self.need, self.priority, self.group = need, priority, (need, priority)


class Waiting:
    """The callers to whom nobody is offered now. Joining costs a binary search, the head of a group nothing.

    `kept` are those who wait for one agent alone; all else is about the others.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Contact] = {}
        self._groups: dict[Group, list[tuple[float, int, Contact]]] = {}
        self._of_need: dict[Need, set[Group]] = {}
        self.count = 0

    def add(self, contact: Contact) -> None:
        if contact.only:
            self.kept[contact.call] = contact
            return
        if contact.group not in self._groups:
            self._groups[contact.group] = []
            self._of_need.setdefault(contact.need, set()).add(contact.group)
        insort(self._groups[contact.group], (contact.queued_at, contact.order, contact))
        self.count += 1

    def remove(self, contact: Contact) -> None:
        if self.kept.pop(contact.call, None):
            return
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
