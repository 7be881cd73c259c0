"""Read model of an agent's own part of the desk: state with its countdown, figures of the day, latest scores."""

from collections.abc import Callable, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from accounts.access import User
from accounts.models import Person
from acd import repository
from acd.agent_state import IN_CONTACT, WISHES, AgentState
from acd.breaks import UNSPARED, Breaks
from acd.models import AgentRow, Call, Offer
from acd.talks import calls_of, talks
from agentdesk.reading.deskviews import Colleague, Me, OwnDay, StateChoice
from agentdesk.reading.listed import row_of
from agentdesk.reading.scores import marks_of
from agentdesk.sought import sought

LATEST = 6
NOT_TAKEN = ("no_answer", "declined", "busy", "unreachable")
KEYS = {
    AgentState.READY: "1", AgentState.SHORT_BREAK: "2", AgentState.MEAL: "3", AgentState.TRAINING: "4",
    AgentState.SUPERVISOR_HELP: "5", AgentState.OUTBOUND: "6", AgentState.NOT_READY: "7", AgentState.SIGNED_OUT: "9",
}  # fmt: skip


async def me(session: AsyncSession, number: str, pauses: Breaks, now: float) -> Me:
    row = await session.get(AgentRow, number)
    state = row.state if row else AgentState.SIGNED_OUT
    until, words = row.until_at if row and state != AgentState.OUTBOUND else None, "wrap-up-left"
    if row and (rule := pauses.of(AgentState(state))):
        until, words = row.since_at + rule.each, "break-left"
    reason = row.reason if row else ""
    if row and row.state in IN_CONTACT and not row.wish:
        reason = await repository.why_ready(session, number)
    refused = reason if reason in UNSPARED else ""
    return Me(
        number=number,
        at=now,
        state=state,
        since_at=row.since_at if row else 0.0,
        until_at=until,
        until_words=words,
        reason="" if refused else reason,
        refused=refused,
        wish=row.wish if row else "",
        choices=tuple(StateChoice(state, key) for state, key in KEYS.items() if state in WISHES),
    )


async def colleagues(
    session: AsyncSession, number: str, called: Callable[[str], Sequence[str]]
) -> tuple[Colleague, ...]:  # fmt: skip
    """Everybody else who is signed in, the free ones first. `called`: what a skill may be called."""
    known = {person.number: person for person in await people.people(session) if person.number}
    rows = await session.scalars(
        select(AgentRow).where(AgentRow.number != number, AgentRow.state != AgentState.SIGNED_OUT)
    )
    found = [_colleague(row, known.get(row.number), called) for row in rows]
    return tuple(sorted(found, key=lambda each: (not each.free, each.number)))


def _colleague(row: AgentRow, person: Person | None, called: Callable[[str], Sequence[str]]) -> Colleague:
    if person is None:
        return Colleague(row.number, "", row.state)
    best = sorted(person.skills, key=lambda skill: -person.skills[skill])
    words = [row.number, person.name, person.login, *(each for skill in best for each in called(skill))]
    return Colleague(row.number, person.name, row.state, tuple(best), sought(words))


async def own_day(session: AsyncSession, user: User, since: float, now: float) -> OwnDay:
    calls = await calls_of(session, user.number, since)
    count, seconds = (await talks(session, since, now, user.number)).get(user.number, (0, 0.0))
    lost = select(func.count()).select_from(Offer).join(Call, Call.id == Offer.call).where(
        Call.direction == "inbound", Offer.agent == user.number, Offer.offered_at >= since, Offer.result.in_(NOT_TAKEN)
    )  # fmt: skip
    marks = await marks_of(session, [call.id for call in calls], user)
    latest = calls[:LATEST]
    return OwnDay(
        answered=len(calls),
        mean_talk=seconds / count if count else None,
        missed=await session.scalar(lost) or 0,
        mean_score=sum(each.score for each in marks.values()) / len(marks) if marks else None,
        latest=tuple(row_of(call, marks.get(call.id), user, now) for call in latest),
        topics=(f"agent-{user.number}", *(f"call-{call.id}" for call in latest)),
    )
