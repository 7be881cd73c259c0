"""Conversations that are over, a line each, for whoever counts something of them: what, is a column beside an `Offer`
and its `Call`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from acd.call import ACCEPTED
from acd.counting import SLOT, Calls, Condition, Span
from acd.models import Call, Offer, QueueVisit

LATER = aliased(Offer)
Key = tuple[str, str, int]
"""Queue, agent's number, beginning of the slot."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Narrowed to a queue, to some agents (None: all); '' for everything."""

    queue: str = ""
    agents: Collection[str] | None = None


def queue_of_talk() -> ColumnElement[str]:
    """The queue the caller had come to before he was offered."""
    visit = select(QueueVisit.queue).where(QueueVisit.call == Offer.call, QueueVisit.queued_at <= Offer.offered_at)
    latest = visit.order_by(QueueVisit.queued_at.desc(), QueueVisit.id.desc()).limit(1).correlate(Offer)
    return func.coalesce(latest.scalar_subquery(), Call.queue)


def ended() -> Condition:
    """One offer of each agent and call, as there is one summary: his last talk of it that is over."""
    talks = and_(Call.agent == Offer.agent, Call.connected_at.is_not(None), Call.talk_ended_at.is_(None))
    # His are counted, not looked for: SQLite would go through all offers he ever had instead of those of the call.
    later = select(func.count(case((LATER.agent == Offer.agent, 1)))).where(
        LATER.call == Offer.call, LATER.result == ACCEPTED,
        or_(LATER.offered_at > Offer.offered_at, and_(LATER.offered_at == Offer.offered_at, LATER.id > Offer.id)),
    )  # fmt: skip
    is_last = later.correlate(Offer).scalar_subquery() == case((talks, 1), else_=0)
    return and_(Offer.result == ACCEPTED, is_last)


def within(asked: Asked, span: Span) -> list[Condition]:
    """That are over and were offered in `span`."""
    found = [ended(), Offer.offered_at >= span.since, Offer.offered_at < span.until]
    if asked.queue:
        found.append(queue_of_talk() == asked.queue)
    if asked.agents is not None:
        found.append(Offer.agent.in_(asked.agents))
    return found


def calls(*conditions: Condition) -> Calls:
    return select(Offer.call).join(Call, Call.id == Offer.call).where(*conditions)


def lines(conditions: Collection[Condition], *what: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Queue, agent and number of the slot by name, and `what`, which has names as well."""
    slot = cast(func.floor(Offer.offered_at / literal_column(f"{SLOT}.0", Float)), Integer).label("slot")
    talk = select(queue_of_talk().label("queue"), Offer.agent, slot, *what)
    return talk.join(Call, Call.id == Offer.call).where(*conditions)


def key(line: Subquery) -> list[ColumnElement[Any]]:
    """What lines are grouped by. Named in a subquery: PostgreSQL does not see that two expressions with parameters in
    them are the same."""
    return [line.c.queue, line.c.agent, line.c.slot]
