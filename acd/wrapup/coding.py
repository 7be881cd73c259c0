"""What agents say their conversations were about: chosen codes and a note, who changed them, and what is still open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from acd.agent_state import AgentState
from acd.call import ACCEPTED
from acd.conversations import queue_of_talk
from acd.events import CallCoded
from acd.models import AgentRow, Call, ChosenCode, Offer, Summary
from acd.queues import Queues
from acd.repository import DAY
from acd.wrapup.codes import Codes
from core.database import Transaction
from core.errors import NotFound, Refused
from tickets.models import Ticket

MOST_OPEN, MOST_CODES, REMEMBERED = 50, 8, 60


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: an offer that was taken. `queue` is the one that it came from, `at` when it was offered."""

    call: str
    agent: str
    queue: str
    at: float
    caller: str = ""
    arrived_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Coded:
    """A summary with its codes in the order of choice; `changed_by` '' where nothing was said yet."""

    call: str
    agent: str
    queue: str
    at: float
    codes: tuple[str, ...] = ()
    note: str = ""
    changed_at: float = 0.0
    changed_by: str = ""
    missing: tuple[str, ...] = ()


def has_code() -> ColumnElement[bool]:
    """Beside an `Offer`: whether its agent has chosen a code."""
    return exists().where(ChosenCode.call == Offer.call, ChosenCode.agent == Offer.agent).correlate(Offer)


async def talk_of(session: AsyncSession, call: str, agent: str) -> Talk:
    """Raises NotFound."""
    row = (await session.execute(_talks().where(Offer.call == call, Offer.agent == agent).limit(1))).first()
    if row is None:
        raise NotFound(f"agent {agent} had no conversation in call {call}")
    return Talk(*row)


async def latest_talk(session: AsyncSession, agent: str) -> Talk | None:
    """That goes on, or was over last."""
    row = (await session.execute(_talks().where(Offer.agent == agent).limit(1))).first()
    return Talk(*row) if row else None


async def talks_of_call(session: AsyncSession, call: str) -> list[Talk]:
    """One per agent, in the order in which they had the call."""
    rows = [Talk(*row) for row in await session.execute(_talks().where(Offer.call == call))]
    return list({each.agent: each for each in reversed(rows)}.values())


async def of_calls(session: AsyncSession, rules: Codes, calls: Collection[str]) -> dict[str, list[Coded]]:
    """What was said of these calls, by call, in the order of the conversations."""
    found: dict[str, list[Coded]] = {}
    if not calls:
        return found
    rows = list(await session.scalars(select(Summary).where(Summary.call.in_(calls)).order_by(Summary.at)))
    if not rows:
        return found
    chosen: dict[tuple[str, str], list[str]] = {}
    codes = select(ChosenCode).where(ChosenCode.call.in_(calls)).order_by(ChosenCode.place)
    for each in await session.scalars(codes):
        chosen.setdefault((each.call, each.agent), []).append(each.code)
    ticketed = set(await session.scalars(select(Ticket.call).where(Ticket.call.in_(calls))))
    for row in rows:
        names = tuple(chosen.get((row.call, row.agent), ()))
        missing = rules.missing(row.queue, names, row.note, ticket=row.call in ticketed)
        found.setdefault(row.call, []).append(
            Coded(row.call, row.agent, row.queue, row.at, names, row.note, row.changed_at, row.changed_by, missing)
        )
    return found


async def of_talk(session: AsyncSession, rules: Codes, talk: Talk) -> Coded:
    """With what is missing, also where nothing was said yet."""
    return _said_of(talk, await of_calls(session, rules, [talk.call]), rules)


async def used_by(session: AsyncSession, agent: str) -> list[str]:
    """The codes that an agent chose, the last first."""
    query = select(ChosenCode.code).join(Summary, and_(Summary.call == ChosenCode.call,
                                                       Summary.agent == ChosenCode.agent))  # fmt: skip
    mine = query.where(Summary.agent == agent).order_by(Summary.at.desc(), ChosenCode.place.desc())
    return list(await session.scalars(mine.limit(REMEMBERED)))


async def open_talks(session: AsyncSession, rules: Codes, agent: str, now: float) -> list[tuple[Talk, Coded]]:
    """Conversations that are over, and complete neither by code nor note nor ticket; the oldest first.

    The one that goes on, or is being wrapped up, is not among them.
    """
    if not rules.codes:
        return []
    said = and_(ChosenCode.call == Offer.call, ChosenCode.agent == Offer.agent)
    of_note = exists().where(said, ChosenCode.code.in_(rules.demanding("note"))).correlate(Offer)
    of_ticket = exists().where(said, ChosenCode.code.in_(rules.demanding("ticket"))).correlate(Offer)
    noted = exists().where(Summary.call == Offer.call, Summary.agent == Offer.agent, Summary.note != "")
    ticketed = exists().where(Ticket.call == Offer.call)
    lacking = or_(
        and_(queue_of_talk().in_(rules.required), ~has_code()),
        and_(of_note, ~noted.correlate(Offer)),
        and_(of_ticket, ~ticketed.correlate(Offer)),
    )
    query = _talks().where(Offer.agent == agent, Offer.offered_at >= now - rules.open_days * DAY, lacking)
    rows = [Talk(*row) for row in await session.execute(query.limit(MOST_OPEN))]
    row, latest = await session.get(AgentRow, agent), await latest_talk(session, agent)
    busy = row is not None and row.state in (AgentState.TALKING, AgentState.ON_HOLD, AgentState.WRAP_UP)
    once = {each.call: each for each in reversed(rows)}
    talks = [each for each in once.values() if not (busy and latest and each.call == latest.call)]
    found = await of_calls(session, rules, {each.call for each in talks})
    return [(each, _said_of(each, found, rules)) for each in talks]


async def put(
    tx: Transaction, rules: Codes, queues: Queues, talk: Talk, codes: Sequence[str], note: str, by: str, now: float
) -> Coded:  # fmt: skip
    """What was said of a conversation becomes this. Raises Refused: unknown_code, too_many_codes.

    A code that was chosen before may stay though it is retired since.
    """
    before = await of_talk(tx.session, rules, talk)
    chosen, queue = tuple(dict.fromkeys(codes)), queues.queues.get(talk.queue)
    allowed = {each.name for each in rules.offered(talk.queue, queue.skills if queue else ())} | set(before.codes)
    if unknown := [each for each in chosen if each not in allowed]:
        raise Refused("unknown_code", f"{unknown[0]} is no code of this call's queue")
    if len(chosen) > MOST_CODES:
        raise Refused("too_many_codes", f"at most {MOST_CODES} codes for a call")
    clean = note.strip()
    if (chosen, clean) != (before.codes, before.note):
        await tx.session.merge(Summary(call=talk.call, agent=talk.agent, queue=talk.queue, at=talk.at, note=clean,
                                       changed_at=now, changed_by=by))  # fmt: skip
        mine = (ChosenCode.call == talk.call, ChosenCode.agent == talk.agent)
        await tx.session.execute(delete(ChosenCode).where(*mine))
        tx.session.add_all(
            ChosenCode(call=talk.call, agent=talk.agent, code=each, place=place) for place, each in enumerate(chosen)
        )
        told = f"{talk.agent}: {' '.join(before.codes) or '–'} → {' '.join(chosen) or '–'}"
        await audit.note(tx, by, "call_coded", f"call:{talk.call}", told + ("" if clean == before.note else ", note"))
        tx.publish(CallCoded(now, talk.call, talk.agent))
    return await of_talk(tx.session, rules, talk)


async def used(session: AsyncSession) -> dict[str, int]:
    """By how many calls each code is used."""
    query = select(ChosenCode.code, func.count(ChosenCode.call.distinct())).group_by(ChosenCode.code)
    return dict((await session.execute(query)).all())


async def refusal(session: AsyncSession, rules: Codes, agent: str) -> tuple[str, str] | None:
    """Why an agent may not end his wrap-up yet by his own wish, as reason and problem."""
    talk = await latest_talk(session, agent) if rules.codes else None
    if talk is None:
        return None
    missing = (await of_talk(session, rules, talk)).missing
    return (f"{missing[0]}_missing", WHY[missing[0]]) if missing else None


WHY = {
    "code": "choose a wrap-up code first; when the time ends you are ready all the same",
    "note": "this code needs a note: write one first",
    "ticket": "this code needs a ticket: open one first",
}


def _said_of(talk: Talk, said: Mapping[str, Sequence[Coded]], rules: Codes) -> Coded:
    mine = [each for each in said.get(talk.call, ()) if each.agent == talk.agent]
    missing = rules.missing(talk.queue, (), "", ticket=False)
    return mine[0] if mine else Coded(talk.call, talk.agent, talk.queue, talk.at, missing=missing)


def _talks() -> Select[str, str, str, float, str, float]:
    """The newest first."""
    query = select(Offer.call, Offer.agent, queue_of_talk(), Offer.offered_at, Offer.caller, Call.arrived_at)
    query = query.join(Call, Call.id == Offer.call).where(Offer.result == ACCEPTED)
    return query.order_by(Offer.offered_at.desc())
