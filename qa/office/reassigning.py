"""Whoever leads the office gives what a colleague has in hand to somebody else: an open review, a double blind form.

From then on the former person saves nothing. What he judged in a review stays under his name, for the next one to
confirm or change; of a blind form nothing stays, because who goes on must mark the call unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import changes
from accounts import repository as people
from accounts.access import User
from accounts.models import Person
from core.database import Transaction
from core.errors import NotFound, Refused
from qa import blind, repository
from qa import review as rules
from qa.blind import Kind, RoundState
from qa.models import BlindCall, BlindForm, Review
from qa.office import deeds as office
from qa.office import rounds
from qa.office.owncalls import demand_other, was_agent
from qa.review import ReviewState


@dataclass(frozen=True, slots=True)
class Reassignment:
    """`to` a login, '' for the asker's own; `held_by`: who had it in hand when the asker looked."""

    held_by: str
    reason: str
    to: str = ""


async def reassign_review(tx: Transaction, review: str, wanted: Reassignment, user: User, now: float) -> Review:
    """Raises NotFound, Refused."""
    office.demand_lead(user)
    found = await office.review_of(tx, review)
    await demand_other(tx.session, found.agent, user)
    if found.call in await repository.veiled(tx.session, user.login):
        raise Refused("blind_first", "this call is marked blind first")
    if found.state != ReviewState.OPEN:
        raise Refused("wrong_state", "this review is finished")
    to = await _taker(tx.session, wanted, user, found.reviewer, await takers_of_review(tx.session, found))
    data = {"from": found.reviewer, "to": to, "reason": wanted.reason}
    found.reviewer = to
    await office.record_deed(tx, found, user.login, "reassigned", now, data)
    return found


async def reassign_form(tx: Transaction, form: str, wanted: Reassignment, user: User, now: float) -> BlindForm:
    """The form begins anew with another person. Raises NotFound, Refused."""
    office.demand_lead(user)
    found = await tx.session.get(BlindForm, form, with_for_update=True)
    if found is None:
        raise NotFound("there is no such form")
    around = await rounds.round_of(tx, found.round)
    if around.kind != Kind.DOUBLE:
        raise Refused("own_mark", "in a session everybody marks for himself: close it without this form")
    if found.done_at is not None or around.state != RoundState.MARKING:
        raise Refused("wrong_state", "this form is finished")
    call = await tx.session.get_one(BlindCall, (found.round, found.recording))
    await demand_other(tx.session, call.agent, user)
    to = await _taker(tx.session, wanted, user, found.by, await takers_of_form(tx.session, found, call))
    what = f"{found.by} → {to}. {wanted.reason}"
    found.former = [*found.former, found.by]
    found.by, found.begun_at = to, now
    found.rows = rules.stored(blind.opening(item["id"] for item in call.items))
    await rounds.record_deed(tx, around, user, "blind_reassigned", now, what)
    return found


async def takers_of_review(session: AsyncSession, found: Review) -> list[Person]:
    """Who may go on with a review: neither one of two who marked the call blind nor one who is still to mark it."""
    parts = {found.reviewer} | await repository.invited_to_mark(session, found.call)
    double = await repository.double_of(session, found.recording)
    if double is not None:
        parts |= {form.by for form in await repository.forms_of(session, double.id, found.recording)}
    return await _takers(session, found.agent, parts)


async def takers_of_form(session: AsyncSession, found: BlindForm, call: BlindCall) -> list[Person]:
    """Who may mark a call in somebody's place: not who has its other form."""
    parts = [form.by for form in await repository.forms_of(session, found.round, found.recording)]
    return await _takers(session, call.agent, parts)


async def _takers(session: AsyncSession, agent: str, parts: Iterable[str]) -> list[Person]:
    """People of the office without these and without whoever was the agent of the call when he had that number."""
    barred, gave_up = set(parts), await changes.gave_up(session)
    free = [each for each in await office.people_of(session) if each.login not in barred]
    return [each for each in free if not was_agent(each, agent, gave_up)]


async def _taker(session: AsyncSession, wanted: Reassignment, user: User, holder: str, takers: Iterable[Person]) -> str:
    if not wanted.reason:
        raise Refused("reason_missing", "say why somebody else goes on")
    if wanted.held_by != holder:
        raise Refused("holder_changed", f"{await people.called(session, holder)} has this in hand by now")
    to = wanted.to or user.login
    if to not in {each.login for each in await office.people_of(session)}:
        raise Refused("not_of_office", f"not of the quality office: {to}")
    if to not in {each.login for each in takers}:
        name = await people.called(session, to)
        raise Refused("has_part", f"{name} has a part in this call already, choose somebody else")
    return to
