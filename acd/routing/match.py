"""Who of those who wait is next, and why. Pure."""

from collections.abc import Iterable
from typing import Any

from acd.free import Free, Profile
from acd.routing.ours import Policy
from acd.waiting import Contact, Group, Need, Waiting, anybody


def first_alone(
    policy: Policy, able: Iterable[tuple[Contact, Profile]], waiting: Waiting, free: Free, now: float
) -> Contact | None:
    """The most urgent of those who wait for one agent alone who does not have to leave him to somebody else.

    `able`: those whose agent is free, and his skills.
    """
    for contact, profile in sorted(able, key=lambda each: policy.rank(each[0], waiting, free, now)):
        groups = (group for need in free.needs_served_by(profile) for group in waiting.groups_of(need))
        heads = (_head(waiting, group, contact.only) for group in groups)
        if not any(head and policy.outranks(head, contact, waiting, free, now) for head in heads):
            return contact
    return None


def choose(
    policy: Policy, waiting: Waiting, free: Free, look: Iterable[Need], now: float
) -> tuple[Contact, Contact | None] | None:
    """The most urgent caller whom somebody free can and may serve, and the next after him who needs something else or
    has another priority; only the needs in `look` count."""
    best: Contact | None = None
    other: Contact | None = None
    best_rank: tuple[float, ...] = ()
    other_rank: tuple[float, ...] = ()
    for need in look:
        groups = waiting.groups_of(need)
        if not groups or not free.somebody(need):
            continue
        for group in groups:
            head: Contact | None = waiting.head(group)
            if head and head.may is not anybody:
                head = next((each for each in waiting.members(group) if free.somebody(need, each.may)), None)
            if head is None:
                continue
            rank = policy.rank(head, waiting, free, now)
            if best is None or rank < best_rank:
                best, best_rank, other, other_rank = head, rank, best, best_rank
            elif other is None or rank < other_rank:
                other, other_rank = head, rank
    return None if best is None else (best, other)


def _head(waiting: Waiting, group: Group, agent: str) -> Contact | None:
    """Who has waited longest of those in `group` whom this agent may serve."""
    return next((each for each in waiting.members(group) if each.may(agent)), None)


def reasons(
    policy: Policy, chosen: Contact, profile: Profile, other: Contact | None, waiting: Waiting, free: Free, now: float
) -> dict[str, Any]:
    """Why `chosen` goes to somebody of `profile`, which free agents may not serve him, and what the next after him,
    `other`, had."""
    why = dict(policy.explain(chosen, profile, waiting, free.among(chosen.may), now))
    if chosen.may is not anybody:
        able = [member[2] for each in free.able_now(chosen.need) for member in free.members(each)]
        why["not_permitted"] = sorted(agent for agent in able if not chosen.may(agent))
    if other is not None:
        why["next"] = {"call": other.call, **policy.explain(other, (), waiting, free, now)}
    return why
