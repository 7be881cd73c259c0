"""How often which wrap-up code was chosen, and how many conversations have none: counted by the database."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, Integer, Select, and_, case, cast, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from acd.call import ACCEPTED
from acd.counting import SLOT, Calls, Condition, Span
from acd.models import Call, ChosenCode, Offer
from acd.tally import Said
from acd.wrapup.codes import Codes
from acd.wrapup.coding import has_code, queue_of_talk

LATER = aliased(Offer)
Key = tuple[str, str, int]
"""Queue, agent's number, beginning of the slot."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Narrowed to a queue, to some agents (None: all), to conversations with a code or a topic; '' for everything."""

    queue: str = ""
    agents: Collection[str] | None = None
    code: str = ""


async def said(session: AsyncSession, rules: Codes, asked: Asked, span: Span) -> dict[Key, Said]:
    """Of conversations that were offered in `span`, by queue, agent and slot of that moment."""
    times: dict[Key, Counter[str]] = {}
    for queue, agent, slot, code, count in await session.execute(_times(rules, asked, span)):
        times.setdefault((queue, agent, slot), Counter())[code] = count
    found = {}
    for queue, agent, slot, *counts in await session.execute(_sums(rules, asked, span)):
        talks, coded, resolved = counts
        found[queue, agent, slot * SLOT] = Said(talks, coded, resolved, times.get((queue, agent, slot), Counter()))
    return found


def calls_said(what: str, rules: Codes, asked: Asked, span: Span) -> Calls:
    """Calls whose conversations are counted as `what`: talks, coded, not_coded, resolved or times (with the code)."""
    kinds: dict[str, Condition] = {
        "talks": Offer.id.is_not(None), "coded": has_code(), "not_coded": ~has_code(), "times": has_code(),
        "resolved": _has(_settling(rules)),
    }  # fmt: skip
    query = select(Offer.call).join(Call, Call.id == Offer.call)
    return query.where(*_over(rules, asked, span), kinds[what])


def not_coded(rules: Codes, agent: str = "") -> Condition:
    """Calls with a conversation (of `agent`) that is over and without a code though its queue requires one."""
    query = select(Offer.call).join(Call, Call.id == Offer.call)
    mine = [Offer.agent == agent] if agent else []
    return Call.id.in_(query.where(*_ended(), queue_of_talk().in_(rules.required), ~has_code(), *mine))


def leaves(rules: Codes, code: str) -> list[str]:
    """The code itself, or all below a topic."""
    return [name for name, each in rules.choices.items() if code in each.way] or [code]


def _sums(rules: Codes, asked: Asked, span: Span) -> Select[*tuple[Any, ...]]:
    # Named in a subquery: PostgreSQL does not see that two expressions with parameters in them are the same.
    flags = (has_code().label("coded"), _has(_settling(rules)).label("settled"))
    talk = select(queue_of_talk().label("queue"), Offer.agent, _slot().label("slot"), *flags)
    line = talk.join(Call, Call.id == Offer.call).where(*_over(rules, asked, span)).subquery()
    sums = (func.sum(case((each, 1), else_=0)) for each in (line.c.coded, line.c.settled))
    key = (line.c.queue, line.c.agent, line.c.slot)
    return select(*key, func.count(), *sums).group_by(*key)


def _times(rules: Codes, asked: Asked, span: Span) -> Select[*tuple[Any, ...]]:
    talk = select(queue_of_talk().label("queue"), Offer.agent, _slot().label("slot"), ChosenCode.code)
    talk = talk.join(Call, Call.id == Offer.call).where(*_over(rules, asked, span))
    mine = and_(ChosenCode.call == Offer.call, ChosenCode.agent == Offer.agent)
    line = talk.join(ChosenCode, mine).subquery()
    key = (line.c.queue, line.c.agent, line.c.slot, line.c.code)
    return select(*key, func.count()).group_by(*key)


def _over(rules: Codes, asked: Asked, span: Span) -> Iterator[Condition]:
    yield from _ended()
    yield Offer.offered_at >= span.since
    yield Offer.offered_at < span.until
    if asked.queue:
        yield queue_of_talk() == asked.queue
    if asked.agents is not None:
        yield Offer.agent.in_(asked.agents)
    if asked.code:
        yield _has(leaves(rules, asked.code))


def _ended() -> tuple[Condition, ...]:
    """One offer of each agent and call, as there is one summary: his last talk of it that is over."""
    talks = and_(Call.agent == Offer.agent, Call.connected_at.is_not(None), Call.talk_ended_at.is_(None))
    # His are counted, not looked for: SQLite would go through all offers he ever had instead of those of the call.
    later = select(func.count(case((LATER.agent == Offer.agent, 1)))).where(
        LATER.call == Offer.call, LATER.result == ACCEPTED,
        or_(LATER.offered_at > Offer.offered_at, and_(LATER.offered_at == Offer.offered_at, LATER.id > Offer.id)),
    )  # fmt: skip
    return Offer.result == ACCEPTED, later.correlate(Offer).scalar_subquery() == case((talks, 1), else_=0)


def _has(codes: Collection[str]) -> Condition:
    mine = (ChosenCode.call == Offer.call, ChosenCode.agent == Offer.agent, ChosenCode.code.in_(codes))
    return exists().where(*mine).correlate(Offer)


def _settling(rules: Codes) -> list[str]:
    return [name for name, each in rules.choices.items() if each.resolved]


def _slot() -> Any:
    return cast(func.floor(Offer.offered_at / literal_column(f"{SLOT}.0", Float)), Integer)
