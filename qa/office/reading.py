"""What may be read of a review, a blind form and a calibration session, each by whom.

What somebody may not know is not found, whatever exists; and nobody reads what the machine or colleagues say of a call
before the own blind form is in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import changes
from accounts.access import User
from accounts.models import Person
from core.errors import NotFound, Refused
from qa import blind, repository
from qa.agreement import Agreement
from qa.blind import MACHINE, Kind, Marked, MatrixRow, PairAgreement, RoundState
from qa.models import Appeal, BlindCall, BlindForm, BlindRound, CoachingNote, Review, ReviewEvent, ScoreRow
from qa.office import deeds as office
from qa.office import reassigning, rounds
from qa.office.form import Form, blind_form_of, form_of, titles_of
from qa.office.inbox import LOOK_BACK
from qa.office.owncalls import is_own_call, was_agent
from qa.review import ReviewState, judges, restored

FOR_AGENTS = ("finished", "acknowledged", "appealed", "decided", "note_read")
"""What an agent reads of a review's history."""
MOST = 50


@dataclass(frozen=True, slots=True)
class ReviewView:
    """`edits`: this person may judge rows now; `decides`: and then answers the appeal. `was_own`: neither, because the
    call was his own before he came to the office.

    `wording`: turns to be heard (`qa.manner`), for the office only. `takers`: to whom this person may give it.
    """

    review: Review
    form: Form
    appeal: Appeal | None
    notes: Sequence[CoachingNote]
    history: Sequence[ReviewEvent]
    edits: bool
    decides: bool
    wording: Sequence[Mapping[str, Any]]
    takers: Sequence[Person]
    was_own: bool


@dataclass(frozen=True, slots=True)
class BlindView:
    """`edits`: the form is not handed in yet. `was_own`: nor may it be by this person, who was the agent of the call.
    `double`: or part of a calibration session.
    """

    id: str
    round: BlindRound
    recording: str
    call: str
    form: Form
    edits: bool
    double: bool
    was_own: bool


@dataclass(frozen=True, slots=True)
class HeldForm:
    """A colleague's blind form that is not handed in, without anything in it. `takers`: to whom it may be given."""

    form: BlindForm
    agent: str
    takers: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions this person may see, and calls a new one can take."""

    sessions: Sequence[BlindRound]
    calls: Sequence[ScoreRow]


@dataclass(frozen=True, slots=True)
class SessionCall:
    """One call of a session. `done`: who has handed in; `mine`: this person's form. `matrix` is empty while it is open.

    `score`: the machine's, None while it is open. `was_own`: this person does not mark it, because he was its agent.
    """

    call: BlindCall
    done: tuple[str, ...]
    mine: BlindForm | None
    score: float | None
    matrix: tuple[MatrixRow, ...]
    was_own: bool


@dataclass(frozen=True, slots=True)
class SessionView:
    """`judges`: those who handed a form in, the machine ('') first; `pairs` and `together` once it is closed.

    `marks` and `closes`: whether this person may; `ends`: close it with a reason, as who leads the office.
    """

    round: BlindRound
    calls: tuple[SessionCall, ...]
    judges: tuple[str, ...]
    pairs: tuple[PairAgreement, ...]
    together: Agreement | None
    titles: Mapping[str, str]
    marks: bool
    closes: bool
    ends: bool


async def review_view(
    session: AsyncSession, review: str, user: User, language: str, *, own: bool = False
) -> ReviewView:
    """One review; with `own` for its agent, once it is finished. Raises NotFound, Refused (blind_first)."""
    row = await session.get(Review, review)
    if row is None or (own and not office.is_own(row, user)):
        raise NotFound("there is no such review")
    first = row.reviewer == user.login
    if not own and not first and row.call in await repository.veiled(session, user.login):
        raise Refused("blind_first", "this call is marked blind first")
    appeal = await repository.appeal_of(session, review)
    judged = user.login in judges(restored(row.rows))
    was_own = not own and await is_own_call(session, row.agent, user)
    works = not own and not was_own
    decides = works and row.state == ReviewState.APPEALED and not first and not judged
    gives = works and user.leads and row.state == ReviewState.OPEN
    history = await repository.history_of(session, review)
    score = await session.get(ScoreRow, row.recording)
    return ReviewView(
        review=row,
        form=await form_of(session, row, appeal if decides else None, language),
        appeal=appeal,
        notes=await repository.notes_of_review(session, review),
        history=[each for each in history if not own or each.what in FOR_AGENTS],
        edits=works and ((row.state == ReviewState.OPEN and first) or decides),
        decides=decides,
        wording=score.wording if score is not None and not own else (),
        takers=await reassigning.takers_of_review(session, row) if gives else (),
        was_own=was_own,
    )


async def blind_view(session: AsyncSession, form_id: str, user: User, language: str) -> BlindView:
    """One's own form; NotFound for anybody else's, Refused (form_taken) for one that was taken from him."""
    form = await rounds.owned(session, await session.get(BlindForm, form_id), user)
    around = await session.get_one(BlindRound, form.round)
    call = await session.get_one(BlindCall, (form.round, form.recording))
    was_own = await is_own_call(session, call.agent, user)
    return BlindView(
        id=form.id,
        round=around,
        recording=form.recording,
        call=call.call,
        form=await blind_form_of(session, form, call, language),
        edits=form.done_at is None and around.state == RoundState.MARKING and not was_own,
        double=around.kind == Kind.DOUBLE,
        was_own=was_own,
    )


async def held_form(session: AsyncSession, form_id: str, user: User) -> HeldForm:
    """A form of a double round for who leads the office, while it can be given to somebody else."""
    office.demand_lead(user)
    form = await session.get(BlindForm, form_id)
    around = await session.get(BlindRound, form.round) if form is not None else None
    if form is None or around is None or around.kind != Kind.DOUBLE:
        raise NotFound("there is no such form")
    if form.done_at is not None:
        raise Refused("wrong_state", "this form is finished")
    call = await session.get_one(BlindCall, (form.round, form.recording))
    return HeldForm(form, call.agent, await reassigning.takers_of_form(session, form, call))


async def sessions_of(session: AsyncSession, user: User, now: float) -> Sessions:
    found = await repository.rounds(session, Kind.CALIBRATION, list(RoundState), MOST)
    scores = await repository.newest(session, "", now + 1, MOST)
    recent = [each for each in scores if each.scored_at >= now - LOOK_BACK]
    return Sessions([each for each in found if rounds.may_see(each, user)], recent)


async def session_view(session: AsyncSession, round_id: str, user: User, language: str) -> SessionView:
    """A session for who may see it; verdicts of others only once it is closed."""
    around = await session.get(BlindRound, round_id)
    if around is None or around.kind != Kind.CALIBRATION or not rounds.may_see(around, user):
        raise NotFound("there is no such session")
    closed = around.state == RoundState.CLOSED
    forms = await repository.forms_of(session, round_id)
    done = await repository.finished_forms(session, round_id)
    calls = await repository.calls_of_round(session, round_id)
    gave_up = await changes.gave_up(session)
    handed_in = {form.by for each in done.values() for form in each}
    people = tuple(login for login in around.invited if login in handed_in)
    marked = {call.recording: _marked(call, done.get(call.recording, ())) for call in calls} if closed else {}
    judges = (MACHINE, *people)
    return SessionView(
        round=around,
        calls=tuple(
            _session_call(
                call, forms, marked.get(call.recording), judges, user, was_own=was_agent(user, call.agent, gave_up)
            )
            for call in calls
        ),
        judges=judges,
        pairs=blind.pairwise(judges, [_decided(each) for each in marked.values()]),
        together=blind.together(people, list(marked.values())),
        titles=await titles_of(session, [(call.pack, call.pack_version) for call in calls], language),
        marks=not closed and user.login in around.invited,
        closes=not closed and user.login == around.by,
        ends=not closed and user.leads,
    )


def _session_call(
    call: BlindCall, forms: Sequence[BlindForm], marked: Sequence[Marked] | None, judges: Sequence[str], user: User,
    *, was_own: bool,
) -> SessionCall:  # fmt: skip
    ours = [form for form in forms if form.recording == call.recording]
    return SessionCall(
        call=call,
        done=tuple(form.by for form in ours if form.done_at is not None),
        mine=next((form for form in ours if form.by == user.login), None),
        score=None if marked is None else call.score,
        matrix=() if marked is None else blind.matrix(judges, marked, [item["id"] for item in call.items]),
        was_own=was_own,
    )


def _marked(call: BlindCall, done: Sequence[BlindForm]) -> list[Marked]:
    machine = Marked(MACHINE, {item["id"]: item["verdict"] for item in call.items})
    people = [Marked(form.by, {line.id: line.stands.value for line in restored(form.rows)}) for form in done]
    return [machine, *people]


def _decided(marked: Sequence[Marked]) -> list[Marked]:
    """Without the rows on which the machine gave no verdict of its own."""
    own = ("pass", "fail", "na")
    return [Marked(each.by, {row: said for row, said in each.verdicts.items() if said in own}) for each in marked]
