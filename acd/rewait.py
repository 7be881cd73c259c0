"""What callers who wait already wait for when the rules of the queues change. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from acd import admission
from acd.admission import MANAGER, Meant
from acd.call import CallState
from acd.inputs import RulesChanged
from acd.queues import Queues
from acd.routing.memory import Past
from acd.waiting import OVERFLOW, RETURNED, Contact, Wait


def rules_changed(
    before: Queues, after: Queues, contacts: Iterable[Contact], spoken: Callable[[str], str], past: Iterable[Past] = ()
) -> RulesChanged:
    """For the floor. A policy that is another than before learns from `past`; one that is not stays as it is.

    `spoken` gives of a call what `LiveCall.spoken` is.
    """
    after = after.as_now()
    policy = None if after.policies == before.policies else after.new_policy
    open_ones = (each for each in contacts if each.state in (CallState.WAITING, CallState.RINGING))
    waits = {each.call: wait for each in open_ones for wait in _rewait(before, after, each, spoken(each.call))}
    return RulesChanged(after.rule_of, waits, policy, tuple(past) if policy else ())


def _rewait(before: Queues, after: Queues, contact: Contact, spoken: str) -> Iterable[tuple[str, Wait]]:
    """The queue and how he waits in it, as if the new rules had counted when he joined; nothing where that is no other.

    Who has flowed over is at home again by this, and flows over once more where the new rules say so.
    In place of a queue that is gone he waits in FALLBACK.
    """
    home, asked = contact.home, _Asked.of(before, contact, spoken)
    was = admission.plan(before, home, *asked.terms) if home in before.queues else None
    name = admission.standing(after, home)
    wait = admission.plan(after, name, *asked.terms)
    if (home, was) != (name, wait) or contact.queue not in after.queues:
        yield name, wait


@dataclass(frozen=True, slots=True)
class _Asked:
    """What he needs besides his queue's rules, and since when."""

    skills: Mapping[str, int]
    priority: int
    began: float
    meant: Meant

    @property
    def terms(self) -> tuple[Mapping[str, int], int, float, Meant]:
        return self.skills, self.priority, self.began, self.meant

    @classmethod
    def of(cls, rules: Queues, contact: Contact, spoken: str) -> "_Asked":
        queue = rules.queues.get(contact.queue)
        own = admission.own_of(queue, dict(contact.need), spoken)
        manager = contact.only if contact.why == MANAGER else ""
        meant = Meant(manager, "" if manager else contact.only)
        return cls(own, contact.priority - (queue.priority if queue else 0), _began(rules, contact), meant)


def _began(rules: Queues, contact: Contact) -> float:
    """When he joined, from what is still to come; who has nothing to come, from his place."""
    source = rules.queues.get(contact.home)
    for stage in contact.stages:
        if source is not None and stage.why == "longest" and source.longest is not None:
            return stage.at - source.longest.after
        if source is not None and stage.why in (OVERFLOW, RETURNED) and source.overflow is not None:
            return stage.at - source.overflow.after
        if source is not None and stage.why == "relaxed" and source.relax:
            left = sum(each.why == "relaxed" for each in contact.stages)
            return stage.at - sorted(each.after for each in source.relax)[-min(left, len(source.relax))]
    return contact.queued_at
