"""How often which wrap-up code was chosen, and how many conversations have none: counted by the database."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd import conversations
from acd.conversations import Key, ended, key, queue_of_talk, within
from acd.counting import SLOT, Calls, Condition, Span
from acd.models import Call, ChosenCode, Offer
from acd.tally import Said
from acd.wrapup.codes import Codes
from acd.wrapup.coding import has_code


@dataclass(frozen=True, slots=True)
class Asked(conversations.Asked):
    """To conversations with a code or a topic as well."""

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
    return conversations.calls(*_over(rules, asked, span), kinds[what])


def not_coded(rules: Codes, agent: str = "") -> Condition:
    """Calls with a conversation (of `agent`) that is over and without a code though its queue requires one."""
    mine = [Offer.agent == agent] if agent else []
    return Call.id.in_(conversations.calls(ended(), queue_of_talk().in_(rules.required), ~has_code(), *mine))


def leaves(rules: Codes, code: str) -> list[str]:
    """The code itself, or all below a topic."""
    return [name for name, each in rules.choices.items() if code in each.way] or [code]


def _sums(rules: Codes, asked: Asked, span: Span) -> Select[*tuple[Any, ...]]:
    flags = (has_code().label("coded"), _has(_settling(rules)).label("settled"))
    line = conversations.lines(_over(rules, asked, span), *flags).subquery()
    sums = (func.sum(case((each, 1), else_=0)) for each in (line.c.coded, line.c.settled))
    return select(*key(line), func.count(), *sums).group_by(*key(line))


def _times(rules: Codes, asked: Asked, span: Span) -> Select[*tuple[Any, ...]]:
    mine = and_(ChosenCode.call == Offer.call, ChosenCode.agent == Offer.agent)
    talk = conversations.lines(_over(rules, asked, span), ChosenCode.code.label("code"))
    line = talk.join(ChosenCode, mine).subquery()
    by = [*key(line), line.c.code]
    return select(*by, func.count()).group_by(*by)


def _over(rules: Codes, asked: Asked, span: Span) -> list[Condition]:
    return [*within(asked, span), *([_has(leaves(rules, asked.code))] if asked.code else [])]


def _has(codes: Collection[str]) -> Condition:
    mine = (ChosenCode.call == Offer.call, ChosenCode.agent == Offer.agent, ChosenCode.code.in_(codes))
    return exists().where(*mine).correlate(Offer)


def _settling(rules: Codes) -> list[str]:
    return [name for name, each in rules.choices.items() if each.resolved]
