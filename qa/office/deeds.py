"""The quality office's deeds: reviewing a score, finishing, acknowledging, appealing, deciding, coaching.

Every deed is noted in the review's own history and in the audit trail. Who may do what is asked for here as well as at
the door: agents reach their own finished reviews only, nobody decides an appeal against the own review, and nobody
judges a call that was his own before he came to the office.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts import repository as people
from accounts.access import Role, User
from accounts.models import Person
from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound, Refused
from qa import blind, repository
from qa import review as rules
from qa.blind import Kind, RoundState
from qa.events import ReviewChanged
from qa.formula import Sum
from qa.models import Appeal, BlindCall, CoachingNote, PackVersion, Review, ReviewEvent, ScoreRow
from qa.office.owncalls import demand_other
from qa.review import Deed, ReviewState
from qa.sampling import Plan, Why
from qa.verdict import Verdict

DAY = 86400.0
OFFICE = (Role.SUPERVISOR, Role.QUALITY)


async def open_review(tx: Transaction, recording: str, user: User, why: Why, now: float) -> Review:
    """The review of a recording's score, begun if there is none yet; after two blind forms by a third person.

    Raises NotFound, Refused.
    """
    score = await tx.session.get(ScoreRow, recording, with_for_update=True)
    if score is None:
        raise NotFound("there is no score to review")
    known = await repository.review_of_recording(tx.session, recording)
    if known is not None:
        return known
    await demand_other(tx.session, score.agent, user)
    if score.call in await repository.veiled(tx.session, user.login):
        raise Refused("blind_first", "this call is marked blind first")
    double = await repository.double_of(tx.session, recording)
    if double is None:
        return await begin(tx, score, rules.opening(score.items), user, why, now)
    forms = await repository.forms_of(tx.session, double.id, recording)
    if user.login in [form.by for form in forms]:
        raise Refused("own_form", "somebody else than the two who marked this call settles it")
    call = await tx.session.get_one(BlindCall, (double.id, recording))
    done = [(form.by, rules.restored(form.rows)) for form in forms if form.done_at is not None]
    return await begin(tx, call, blind.settling(call.items, done, now), user, Why.SAMPLE, now)


async def begin(
    tx: Transaction, judged: ScoreRow | BlindCall, lines: tuple[rules.Line, ...], user: User, why: Why, now: float
) -> Review:
    """A review of what the machine has judged, with these rows. Raises Refused."""
    await _version(tx, judged.pack, judged.pack_version)
    row = Review(
        id=new_id(now), recording=judged.recording, call=judged.call, agent=judged.agent, pack=judged.pack,
        pack_version=judged.pack_version, machine_score=judged.score, why=why.value, state=ReviewState.OPEN,
        reviewer=user.login, rows=rules.stored(lines), items=judged.items, opened_at=now,
    )  # fmt: skip
    total = await _total(tx, row, lines)
    row.score, row.veto = total.score, list(total.veto)
    tx.session.add(row)
    await repository.take_up(tx.session, [judged.recording])
    await tx.session.flush()
    await record_deed(tx, row, user.login, "opened", now, {"why": why.value, "score": judged.score})
    return row


async def judge_row(
    tx: Transaction, review: str, row: str, verdict: Verdict, reason: str, user: User, now: float
) -> Sum:
    """Confirm or change one row: the reviewer while it is open, a second person during an appeal.

    Returns what the form adds up to now. Raises NotFound, Refused.
    """
    found = await review_of(tx, review)
    await demand_other(tx.session, found.agent, user)
    appeal = None
    lines = rules.restored(found.rows)
    if found.state == ReviewState.APPEALED:
        appeal = await _appeal_for(tx, found, user)
        lines = rules.merged(lines, rules.restored(appeal.rows))
    elif found.state != ReviewState.OPEN:
        raise Refused("wrong_state", "this review is finished")
    elif found.reviewer != user.login:
        raise await _others(tx, found, user)
    before = next((line.stands for line in lines if line.id == row), None)
    lines = rules.judged(lines, row, verdict, reason, user.login, now)
    total = await _total(tx, found, lines)
    if appeal is not None:
        # Whoever judged them: what a colleague has judged before must not be lost unseen.
        own = rules.restored(found.rows)
        appeal.rows = rules.stored([line for line, was in zip(lines, own, strict=True) if line != was])
    else:
        found.rows, found.score, found.veto = rules.stored(lines), total.score, list(total.veto)
    data = {"row": row, "from": before, "to": verdict.value, "reason": reason}
    await record_deed(tx, found, user.login, "judged", now, data, tell=False)
    return total


async def finish(tx: Transaction, review: str, user: User, plan: Plan, now: float) -> Review:
    """The verdicts stand from now on, and the agent sees them; what the machine was sure of stands where untouched."""
    found = await review_of(tx, review)
    await demand_other(tx.session, found.agent, user)
    if found.reviewer != user.login:
        raise await _others(tx, found, user)
    lines = rules.restored(found.rows)
    if missing := rules.unsettled(lines):
        raise Refused("undecided_rows", f"decide first: {', '.join(missing)}")
    total = await _total(tx, found, lines)
    found.state = rules.after(ReviewState(found.state), Deed.FINISH)
    double = await repository.double_of(tx.session, found.recording)
    if double is not None and double.state == RoundState.DIFFERING:
        double.state = blind.after(Kind.DOUBLE, RoundState.DIFFERING, blind.Deed.SETTLE)
        double.closed_at = now
    found.score, found.veto = total.score, list(total.veto)
    found.finished_at, found.appeal_until_at = now, now + plan.appeal_days * DAY
    await record_deed(tx, found, user.login, "finished", now, {"machine": found.machine_score, "score": total.score})
    return found


async def acknowledge(tx: Transaction, review: str, user: User, now: float) -> None:
    """The agent has read it and accepts it."""
    found = await own_review(tx, review, user)
    found.state = rules.after(ReviewState(found.state), Deed.ACKNOWLEDGE)
    found.acknowledged_at = now
    await record_deed(tx, found, user.login, "acknowledged", now, {})


async def appeal(tx: Transaction, review: str, text: str, user: User, now: float) -> None:
    """The agent says why the review is wrong. Raises Refused after the deadline or without a reason."""
    found = await own_review(tx, review, user)
    state = rules.after(ReviewState(found.state), Deed.APPEAL)
    if not text:
        raise Refused("reason_missing", "say what is wrong with the review")
    if found.appeal_until_at is None or now >= found.appeal_until_at:
        raise Refused("too_late", "the time to appeal is over")
    tx.session.add(Appeal(review=review, agent=found.agent, text=text, filed_at=now, score_before=found.score))
    found.state = state
    await record_deed(tx, found, user.login, "appealed", now, {"text": text})


async def decide(tx: Transaction, review: str, answer: str, user: User, now: float) -> Review:
    """The second reviewer's answer; rows they judged otherwise count from now on. Raises NotFound, Refused.

    Who answers has judged every such row: rows of a colleague at the same appeal are to be judged again first.
    """
    found = await review_of(tx, review)
    await demand_other(tx.session, found.agent, user)
    state = rules.after(ReviewState(found.state), Deed.DECIDE)
    filed = await _appeal_for(tx, found, user)
    if not answer:
        raise Refused("reason_missing", "give the agent an answer")
    judged = rules.restored(filed.rows)
    if others := [line.id for line in judged if line.by != user.login]:
        raise Refused("others_rows", f"a colleague has judged these, judge them yourself first: {', '.join(others)}")
    before = rules.restored(found.rows)
    lines = rules.merged(before, judged)
    total = await _total(tx, found, lines)
    changed = [new.id for old, new in zip(before, lines, strict=True) if old.stands is not new.stands]
    filed.decision = "changed" if changed else "upheld"
    filed.answer, filed.decided_by, filed.decided_at = answer, user.login, now
    was, found.score, found.veto = found.score, total.score, list(total.veto)
    found.rows, found.state = rules.stored(lines), state
    data = {"decision": filed.decision, "rows": changed, "from": was, "to": total.score, "answer": answer}
    await record_deed(tx, found, user.login, "decided", now, data)
    return found


async def coach(tx: Transaction, review: str, text: str, moment: float | None, user: User, now: float) -> None:
    """Write the agent a note about a reviewed call."""
    found = await review_of(tx, review)
    await demand_other(tx.session, found.agent, user)
    if not text:
        raise Refused("reason_missing", "write the note first")
    note = CoachingNote(
        id=new_id(now), review=review, agent=found.agent, author=user.login, text=text, moment=moment, written_at=now
    )
    tx.session.add(note)
    await record_deed(tx, found, user.login, "coached", now, {"text": text})


async def read_note(tx: Transaction, note: str, user: User, now: float) -> None:
    """The agent has read a note."""
    found = await tx.session.get(CoachingNote, note)
    if found is None or not user.number or found.agent != user.number:
        raise NotFound("there is no such note")
    row = await own_review(tx, found.review, user)
    if found.read_at is None:
        found.read_at = now
        await record_deed(tx, row, user.login, "note_read", now, {"note": note})


async def own_review(tx: Transaction, review: str, user: User) -> Review:
    """The agent's own review once it is finished; NotFound for everything else, whatever exists."""
    found = await tx.session.get(Review, review, with_for_update=True)
    if found is None or not is_own(found, user):
        raise NotFound("there is no such review")
    return found


def is_own(found: Review, user: User) -> bool:
    """Whether this agent may know of it: it is of the own calls, and finished."""
    return bool(user.number) and found.agent == user.number and found.state != ReviewState.OPEN


async def people_of(session: AsyncSession) -> list[Person]:
    """Who works in the office at present."""
    return [each for each in await people.people(session) if each.active and each.role in OFFICE]


def demand_lead(user: User) -> None:
    """Raises Refused for who does not lead the office."""
    if not user.leads:
        raise Refused("not_lead", "supervisors and leads of the quality office change this")


async def _others(tx: Transaction, found: Review, user: User) -> Refused:
    """Why somebody who is not the reviewer changes nothing: it was taken from him, or never was his."""
    who = await people.called(tx.session, found.reviewer)
    for event in await repository.history_of(tx.session, found.id):
        if event.what == "reassigned" and event.data["from"] == user.login:
            return Refused("review_taken", f"this review was taken from you, {who} goes on with it")
    return Refused("other_reviewer", f"{who} is reviewing this call")


async def review_of(tx: Transaction, review: str) -> Review:
    found = await tx.session.get(Review, review, with_for_update=True)
    if found is None:
        raise NotFound("there is no such review")
    return found


async def _appeal_for(tx: Transaction, found: Review, user: User) -> Appeal:
    """The appeal, for somebody who may decide it."""
    if found.reviewer == user.login:
        raise Refused("own_review", "somebody else than the first reviewer decides an appeal")
    if user.login in rules.judges(rules.restored(found.rows)):
        raise Refused("own_review", "somebody who has not judged rows of this review decides an appeal")
    double = await repository.double_of(tx.session, found.recording)
    if double and user.login in [form.by for form in await repository.forms_of(tx.session, double.id, found.recording)]:
        raise Refused("own_review", "somebody who has not marked this call decides an appeal")
    return await tx.session.get_one(Appeal, found.id)


async def _version(tx: Transaction, pack: str, version: str) -> PackVersion:
    found = await tx.session.get(PackVersion, (pack, version))
    if found is None:
        raise Refused("unknown_version", f"the rules {pack} {version} are not in the history: score the call again")
    return found


async def _total(tx: Transaction, found: Review, lines: tuple[rules.Line, ...]) -> Sum:
    content: dict[str, Any] = (await _version(tx, found.pack, found.pack_version)).content
    weights = {row: item["weight"] for row, item in content["items"].items()}
    return rules.total(lines, weights, content["veto_section"])


async def record_deed(
    tx: Transaction, found: Review, who: str, what: str, now: float, data: dict[str, Any], *, tell: bool = True
) -> None:
    tx.session.add(ReviewEvent(review=found.id, at=now, by=who, what=what, data=data))
    reason = str(data.get("reason") or data.get("answer") or data.get("text") or "")
    about = f"{data['row']}: {data['from']} → {data['to']}. {reason}" if "row" in data else reason
    if what == "reassigned":
        about = f"{data['from']} → {data['to']}. {reason}"
    await audit.note(tx, who, f"review_{what}", f"review:{found.id}", about)
    if tell:
        tx.publish(ReviewChanged(now, found.id, found.call, found.agent, str(found.state)))
