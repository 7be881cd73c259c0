"""Deeds of blind rounds: taking a call, marking, handing in; calibration sessions opened, closed, discussed.

The first double form waits for the second; equal ones become a finished review at once, others wait for a third person,
whose review is the ordinary one (`qa.office.deeds`). Every deed is in the audit trail under `round:<id>`.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts import repository as people
from accounts.access import User
from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound, Refused
from qa import blind, repository
from qa import review as rules
from qa.blind import Deed, Kind, RoundState
from qa.events import RoundChanged
from qa.models import BlindCall, BlindForm, BlindRound, ScoreRow
from qa.office import deeds as office
from qa.office.owncalls import demand_other
from qa.sampling import Plan, Why
from qa.verdict import Verdict

MOST_CALLS = 20


async def take_double(tx: Transaction, recording: str, user: User, now: float) -> BlindForm:
    """This person's form of a call that two mark; the first who comes begins the round. Raises NotFound, Refused."""
    score = await tx.session.get(ScoreRow, recording, with_for_update=True)
    if score is None:
        raise NotFound("there is no score to review")
    await demand_other(tx.session, score.agent, user)
    found = await repository.double_of(tx.session, recording)
    if found is None:
        if await repository.review_of_recording(tx.session, recording) is not None:
            raise Refused("already_reviewed", "this call is under review already")
        found = await _begin(tx, Kind.DOUBLE, "", [score], [], user, now)
    return await take(tx, found.id, recording, user, now)


async def open_calibration(
    tx: Transaction, title: str, recordings: Sequence[str], invited: Sequence[str], user: User, now: float
) -> BlindRound:
    """A session on these calls for these people. Raises NotFound, Refused."""
    if not title:
        raise Refused("title_missing", "give the session a title")
    if len(set(invited)) < 2:
        raise Refused("too_few_people", "invite two people or more")
    if not 1 <= len(set(recordings)) <= MOST_CALLS:
        raise Refused("no_calls", f"choose 1 to {MOST_CALLS} calls")
    if strangers := sorted(set(invited) - {each.login for each in await office.people_of(tx.session)}):
        raise Refused("not_of_office", f"not of the quality office: {', '.join(strangers)}")
    scores = await repository.scores_by_recording(tx.session, list(dict.fromkeys(recordings)))
    if len(scores) < len(set(recordings)):
        raise NotFound("there is no score to review")
    return await _begin(tx, Kind.CALIBRATION, title, scores, sorted(set(invited)), user, now)


async def take(tx: Transaction, round_id: str, recording: str, user: User, now: float) -> BlindForm:
    """This person's form of one call of a round, begun if there is none yet. Raises NotFound, Refused."""
    found = await round_of(tx, round_id)
    call = await tx.session.get(BlindCall, (round_id, recording))
    if call is None:
        raise NotFound("there is no such call in this round")
    await demand_other(tx.session, call.agent, user)
    forms = await repository.forms_of(tx.session, round_id, recording)
    mine = next((form for form in forms if form.by == user.login), None)
    if mine is not None:
        return mine
    if found.state != RoundState.MARKING:
        raise Refused("round_closed", "this round is not open for marking any more")
    if found.kind == Kind.DOUBLE and len(forms) >= 2:
        raise Refused("two_mark", "two colleagues are marking this call already")
    if found.kind == Kind.CALIBRATION and user.login not in found.invited:
        raise NotFound("there is no such round")
    rows = rules.stored(blind.opening(item["id"] for item in call.items))
    form = BlindForm(id=new_id(now), round=round_id, recording=recording, by=user.login, rows=rows, begun_at=now)
    tx.session.add(form)
    await tx.session.flush()
    await record_deed(tx, found, user, "blind_begun", now, recording)
    return form


async def mark_row(tx: Transaction, form: str, row: str, verdict: Verdict, reason: str, user: User, now: float) -> None:
    """Raises NotFound, Refused."""
    found = await own_form(tx, form, user)
    await _demand_not_own(tx, found, user)
    if found.done_at is not None:
        raise Refused("wrong_state", "this form is finished")
    if (await tx.session.get_one(BlindRound, found.round)).state != RoundState.MARKING:
        raise Refused("round_closed", "this round is not open for marking any more")
    found.rows = rules.stored(rules.judged(rules.restored(found.rows), row, verdict, reason, user.login, now))


async def finish_form(tx: Transaction, form: str, user: User, plan: Plan, now: float) -> None:
    """Hand the form in: it cannot be changed any more. Raises NotFound, Refused."""
    found = await own_form(tx, form, user)
    await _demand_not_own(tx, found, user)
    if found.done_at is not None:
        raise Refused("wrong_state", "this form is finished")
    if missing := rules.unsettled(rules.restored(found.rows)):
        raise Refused("undecided_rows", f"decide first: {', '.join(missing)}")
    around = await round_of(tx, found.round)
    if around.state != RoundState.MARKING:
        raise Refused("round_closed", "this round is not open for marking any more")
    found.done_at = now
    await tx.session.flush()
    await record_deed(tx, around, user, "blind_finished", now, found.recording)
    done = [each for each in await repository.forms_of(tx.session, around.id, found.recording) if each.done_at]
    if around.kind == Kind.DOUBLE and len(done) == 2:
        await _compare(tx, around, found.recording, done, user, plan, now)


async def close_calibration(tx: Transaction, round_id: str, user: User, now: float, reason: str = "") -> BlindRound:
    """Lay the finished forms side by side; unfinished ones do not count. Raises NotFound, Refused.

    Who leads the office closes it for an opener who is away, and where nobody is left to mark, with a reason.
    """
    found = await _closing(tx, round_id, user, reason)
    state = blind.after(Kind(found.kind), RoundState(found.state), Deed.CLOSE)
    finished = await repository.finished_forms(tx.session, round_id)
    if not (user.leads and reason) and not any(len(forms) > 1 for forms in finished.values()):
        raise Refused("nothing_to_compare", "no call has been marked by two people yet")
    found.state, found.closed_at = state, now
    await record_deed(tx, found, user, "calibration_closed", now, reason)
    return found


async def discuss(tx: Transaction, round_id: str, note: str, user: User, now: float) -> None:
    """What the session came to; anybody who may see it may write on. Raises NotFound, Refused."""
    found = await round_of(tx, round_id)
    if found.kind != Kind.CALIBRATION or not may_see(found, user):
        raise NotFound("there is no such round")
    if found.state != RoundState.CLOSED:
        raise Refused("round_open", "the session is still open: close it before you discuss it")
    found.note = note
    await record_deed(tx, found, user, "calibration_discussed", now, note)


async def own_form(tx: Transaction, form: str, user: User) -> BlindForm:
    """NotFound for a colleague's: a blind form is nobody else's to see. Refused for one that was taken from him."""
    return await owned(tx.session, await tx.session.get(BlindForm, form, with_for_update=True), user)


async def owned(session: AsyncSession, found: BlindForm | None, user: User) -> BlindForm:
    """A form that was looked for, to its owner; raises as `own_form`."""
    if found is None or user.login not in (found.by, *found.former):
        raise NotFound("there is no such form")
    if found.by != user.login:
        who = await people.called(session, found.by)
        raise Refused("form_taken", f"this form was taken from you, {who} marks the call anew")
    return found


def may_see(found: BlindRound, user: User) -> bool:
    """Whether a session is this person's to see: he is part of it, or leads the office."""
    return user.leads or user.login in (found.by, *found.invited)


async def round_of(tx: Transaction, round_id: str) -> BlindRound:
    found = await tx.session.get(BlindRound, round_id, with_for_update=True)
    if found is None:
        raise NotFound("there is no such round")
    return found


async def _demand_not_own(tx: Transaction, form: BlindForm, user: User) -> None:
    call = await tx.session.get_one(BlindCall, (form.round, form.recording))
    await demand_other(tx.session, call.agent, user)


async def _compare(
    tx: Transaction, around: BlindRound, recording: str, done: Sequence[BlindForm], user: User, plan: Plan, now: float
) -> None:
    apart = blind.differing(*(rules.restored(form.rows) for form in done))
    around.state = blind.after(Kind.DOUBLE, RoundState(around.state), Deed.DIFFER if apart else Deed.AGREE)
    await record_deed(tx, around, user, "blind_differing" if apart else "blind_agreed", now, ", ".join(apart))
    if not apart:
        around.closed_at = now
        call = await tx.session.get_one(BlindCall, (around.id, recording))
        lines = blind.settling(call.items, [(form.by, rules.restored(form.rows)) for form in done], now)
        row = await office.begin(tx, call, lines, user, Why.SAMPLE, now)
        await office.finish(tx, row.id, user, plan, now)


async def _closing(tx: Transaction, round_id: str, user: User, reason: str) -> BlindRound:
    found = await round_of(tx, round_id)
    if found.kind != Kind.CALIBRATION:
        raise NotFound("there is no such round")
    opener = await people.called(tx.session, found.by)
    if found.by != user.login and not user.leads:
        raise Refused("not_yours", f"{opener} opened this session and closes it")
    if found.by != user.login and not reason:
        raise Refused("not_yours", f"{opener} opened this session and closes it: say why you do it instead")
    return found


async def _begin(
    tx: Transaction, kind: Kind, title: str, scores: Sequence[ScoreRow], invited: Sequence[str], user: User, now: float
) -> BlindRound:
    found = BlindRound(
        id=new_id(now), kind=kind, state=RoundState.MARKING, title=title, by=user.login, invited=list(invited),
        note="", opened_at=now, closed_at=None,
    )  # fmt: skip
    tx.session.add(found)
    await tx.session.flush()
    for score in scores:
        tx.session.add(
            BlindCall(
                round=found.id, recording=score.recording, call=score.call, agent=score.agent, pack=score.pack,
                pack_version=score.pack_version, score=score.score, items=score.items,
            )
        )  # fmt: skip
    if kind is Kind.DOUBLE:
        await repository.take_up(tx.session, [score.recording for score in scores])
    await tx.session.flush()
    await record_deed(tx, found, user, f"{kind}_opened", now, title)
    return found


async def record_deed(tx: Transaction, found: BlindRound, user: User, what: str, now: float, reason: str) -> None:
    await audit.note(tx, user.login, what, f"round:{found.id}", reason)
    tx.publish(RoundChanged(now, found.id, str(found.state)))
