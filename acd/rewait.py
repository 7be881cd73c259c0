"""What callers who wait already wait for when the rules of the queues change. Pure."""

from collections.abc import Callable, Iterable, Mapping

from acd import admission
from acd.admission import MANAGER, Meant
from acd.call import CallState
from acd.inputs import RulesChanged
from acd.queues import Queues
from acd.routing.memory import Past
from acd.waiting import OVERFLOW, RETURNED, Contact, Wait, need_of

Own = tuple[Mapping[str, int], int]
"""Skills that a caller needs, and the priority he has, besides those of his queue."""


def rules_changed(
    before: Queues, after: Queues, contacts: Iterable[Contact], own: Callable[[str], Own], past: Iterable[Past] = ()
) -> RulesChanged:
    """For the floor. A policy that is another than before learns from `past`; one that is not stays as it is.

    `own` tells what is a caller's own. `before` that says the same as `after`, of an engine that has only just come,
    need not be what those who wait have joined by.
    """
    after = after.as_now()
    policy = None if after.policies == before.policies else after.new_policy
    open_ones = (each for each in contacts if each.state in (CallState.WAITING, CallState.RINGING))
    waits = {each.call: wait for each in open_ones for wait in _rewait(before, after, each, own(each.call))}
    return RulesChanged(after.rule_of, waits, policy, tuple(past) if policy else ())


def _rewait(before: Queues, after: Queues, contact: Contact, own: Own) -> Iterable[tuple[str, Wait]]:
    """The queue and how he waits in it, as if the new rules had counted when he joined; nothing where that is no other.

    Who has flowed over is at home again by this, and flows over once more where the new rules say so.
    In place of a queue that is gone he waits in FALLBACK.
    """
    home, manager = contact.home, contact.only if contact.why == MANAGER else ""
    asked = (*own, _began(before, contact), Meant(manager, "" if manager else contact.only))
    was = admission.plan(before, home, *asked) if home in before.queues else None
    name = admission.standing(after, home)
    wait = admission.plan(after, name, *asked)
    if (home, was) != (name, wait) or not _could_be(contact, name, wait):
        yield name, wait


def _could_be(contact: Contact, home: str, wait: Wait) -> bool:
    """Whether who waits like that may by now wait as he does."""
    steps = ((each.queue, each.skills, each.more) for each in wait.stages if not each.send_back)
    found = ((queue, need_of(skills), wait.priority + more) for queue, skills, more in ((home, wait.skills, 0), *steps))
    return (contact.queue, contact.need, contact.priority) in found


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
