"""Read models of blind reviews: one's own form, the list of calibration sessions, and a session's comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from agentdesk.callpage import call_page
from agentdesk.qualityform import Form, blind_form_of, titles_of
from agentdesk.qualityoffice import LOOK_BACK, with_sound
from agentdesk.views import CallPage
from core.errors import NotFound
from qa import blind, repository
from qa.agreement import Agreement
from qa.blind import MACHINE, Kind, Marked, MatrixRow, PairAgreement, RoundState
from qa.models import BlindCall, BlindForm, BlindRound, ScoreRow
from qa.review import restored

MOST = 50


@dataclass(frozen=True, slots=True)
class BlindPage:
    """`edits`: the form is not handed in yet. `double`: or part of a calibration session."""

    id: str
    round: BlindRound
    recording: str
    call: CallPage
    form: Form
    edits: bool
    double: bool

    @property
    def rows_at(self) -> str:
        return f"/quality/blind/{self.id}/rows"

    @property
    def purpose(self) -> str:
        """Why its sound is played, in the audit trail."""
        return f"blind form {self.id}"


@dataclass(frozen=True, slots=True)
class Calibrations:
    """Sessions this person is part of, and calls a new one can take."""

    sessions: Sequence[BlindRound]
    calls: Sequence[ScoreRow]


@dataclass(frozen=True, slots=True)
class SessionCall:
    """One call of a session. `done`: who has handed in; `mine`: this person's form. `matrix` is empty while it is open.

    `score`: the machine's, None while it is open.
    """

    call: BlindCall
    done: tuple[str, ...]
    mine: BlindForm | None
    score: float | None
    matrix: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class CalibrationPage:
    """`judges`: those who handed a form in, the machine ('') first; `pairs` and `together` once it is closed."""

    round: BlindRound
    calls: tuple[SessionCall, ...]
    judges: tuple[str, ...]
    pairs: tuple[PairAgreement, ...]
    together: Agreement | None
    titles: Mapping[str, str]
    marks: bool
    closes: bool


async def blind_page(
    session: AsyncSession, form_id: str, user: User, language: str, now: float, queues: Mapping[str, str],
    agents: Mapping[str, str],
) -> BlindPage:  # fmt: skip
    """One's own form with the call's sound and text; NotFound for anybody else's."""
    form = await session.get(BlindForm, form_id)
    if form is None or form.by != user.login:
        raise NotFound("there is no such form")
    around = await session.get_one(BlindRound, form.round)
    call = await session.get_one(BlindCall, (form.round, form.recording))
    page = await call_page(session, call.call, user, now, queues, agents, None)
    return BlindPage(
        id=form.id,
        round=around,
        recording=form.recording,
        call=await with_sound(session, page, form.recording),
        form=await blind_form_of(session, form, call, language),
        edits=form.done_at is None and around.state == RoundState.MARKING,
        double=around.kind == Kind.DOUBLE,
    )


async def calibrations(session: AsyncSession, user: User, now: float) -> Calibrations:
    found = await repository.rounds(session, Kind.CALIBRATION, list(RoundState), MOST)
    mine = [each for each in found if _is_part(each, user)]
    scores = await repository.newest(session, "", now + 1, MOST)
    return Calibrations(mine, [each for each in scores if each.scored_at >= now - LOOK_BACK])


async def calibration_page(session: AsyncSession, round_id: str, user: User, language: str) -> CalibrationPage:
    """A session for those who are part of it; verdicts of others only once it is closed."""
    around = await session.get(BlindRound, round_id)
    if around is None or around.kind != Kind.CALIBRATION or not _is_part(around, user):
        raise NotFound("there is no such session")
    closed = around.state == RoundState.CLOSED
    forms = await repository.forms_of(session, round_id)
    done = await repository.finished_forms(session, round_id)
    calls = await repository.calls_of_round(session, round_id)
    handed_in = {form.by for each in done.values() for form in each}
    people = tuple(login for login in around.invited if login in handed_in)
    marked = {call.recording: _marked(call, done.get(call.recording, ())) for call in calls} if closed else {}
    judges = (MACHINE, *people)
    return CalibrationPage(
        round=around,
        calls=tuple(_session_call(call, forms, marked.get(call.recording), judges, user) for call in calls),
        judges=judges,
        pairs=blind.pairwise(judges, [_decided(each) for each in marked.values()]),
        together=blind.together(people, list(marked.values())),
        titles=await titles_of(session, [(call.pack, call.pack_version) for call in calls], language),
        marks=not closed and user.login in around.invited,
        closes=not closed and user.login == around.by,
    )


def _is_part(around: BlindRound, user: User) -> bool:
    return user.login in (around.by, *around.invited)


def _session_call(
    call: BlindCall, forms: Sequence[BlindForm], marked: Sequence[Marked] | None, judges: Sequence[str], user: User
) -> SessionCall:
    ours = [form for form in forms if form.recording == call.recording]
    return SessionCall(
        call=call,
        done=tuple(form.by for form in ours if form.done_at is not None),
        mine=next((form for form in ours if form.by == user.login), None),
        score=None if marked is None else call.score,
        matrix=() if marked is None else blind.matrix(judges, marked, [item["id"] for item in call.items]),
    )


def _marked(call: BlindCall, done: Sequence[BlindForm]) -> list[Marked]:
    machine = Marked(MACHINE, {item["id"]: item["verdict"] for item in call.items})
    people = [Marked(form.by, {line.id: line.stands.value for line in restored(form.rows)}) for form in done]
    return [machine, *people]


def _decided(marked: Sequence[Marked]) -> list[Marked]:
    """Without the rows on which the machine gave no verdict of its own."""
    own = ("pass", "fail", "na")
    return [Marked(each.by, {row: said for row, said in each.verdicts.items() if said in own}) for each in marked]
