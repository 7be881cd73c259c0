"""Blind forms and calibration sessions over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from accounts import audit
from accounts.access import CurrentUser, User, allow
from accounts.taken import Live
from core.clock import Clock
from core.database import Database
from qa.agreement import Agreement
from qa.blind import RoundState
from qa.models import BlindRound
from qa.office import deeds as office
from qa.office import reassigning, rounds
from qa.office.answers import BlindOut, HeldFormOut, ReasonIn, ReassignIn, Told, VerdictIn
from qa.office.reading import SessionCall, SessionView, blind_view, held_form, session_view, sessions_of
from qa.sampling import Plan
from qa.verdict import Verdict

RIGHTS = [Depends(allow(*office.OFFICE))]
Name = Annotated[str, Field(max_length=64)]


class SessionLine(Told):
    """A calibration session: who opened it, who was `invited` (logins), and what its discussion came to."""

    id: str
    title: str
    state: RoundState
    by: str
    invited: list[str]
    opened_at: float
    closed_at: float | None
    note: str


class CandidateOut(Told):
    """A call that a session can take; nothing of its score."""

    recording: str
    call: str
    agent: str
    scored_at: float


class SessionsOut(Told):
    """Sessions the asker may see, recently scored calls and the people who can be invited."""

    sessions: list[SessionLine]
    calls: list[CandidateOut]
    people: list[str]


class SessionIn(BaseModel):
    title: str = Field(max_length=120)
    recordings: list[Name] = Field(max_length=100)
    invited: list[Name] = Field(max_length=200, description="logins of people of the office, two or more")


class MatrixRowOut(Told):
    """What each of the session's `judges` said, in their order; `same`: the people do not differ."""

    row: str
    verdicts: list[Verdict | None]
    same: bool


class SessionCallOut(BaseModel):
    """`done`: who has handed in; `form`: the asker's own. `score` and `matrix` only once the session is closed."""

    recording: str
    call: str
    agent: str
    done: list[str]
    form: str | None
    score: float | None
    matrix: list[MatrixRowOut]

    @classmethod
    def of(cls, found: SessionCall) -> "SessionCallOut":
        return cls(
            recording=found.call.recording, call=found.call.call, agent=found.call.agent, done=list(found.done),
            form=found.mine.id if found.mine else None, score=found.score,
            matrix=[MatrixRowOut.model_validate(row) for row in found.matrix],
        )  # fmt: skip


class AgreementOut(Told):
    """`share`: both said the same ÷ all; `kappa` None when undefined; `count` rows."""

    count: int
    share: float | None
    expected: float | None
    kappa: float | None


class PairOut(Told):
    """Cohen's kappa of two judges; '' is the machine."""

    first: str
    second: str
    agreement: AgreementOut


class SessionOut(SessionLine):
    """`judges`: '' is the machine. `together`: Fleiss' kappa of all people. `marks`, `closes`: the asker may now.

    `ends`: he may close it with a reason, though others have not handed in or another person opened it.
    """

    calls: list[SessionCallOut]
    judges: list[str]
    pairs: list[PairOut]
    together: AgreementOut | None
    titles: dict[str, str]
    marks: bool
    closes: bool
    ends: bool

    @classmethod
    def of(cls, view: SessionView) -> "SessionOut":
        return cls(
            **SessionLine.model_validate(view.round).model_dump(),
            calls=[SessionCallOut.of(each) for each in view.calls], judges=list(view.judges),
            pairs=[PairOut.model_validate(each) for each in view.pairs], together=_agreement(view.together),
            titles=dict(view.titles), marks=view.marks, closes=view.closes, ends=view.ends,
        )  # fmt: skip


class DiscussionIn(BaseModel):
    note: str = Field(max_length=4000)


def router(db: Database, clock: Clock, plans: Live[Plan]) -> APIRouter:
    routes = APIRouter()
    _add_forms(routes, db, clock, plans)
    _add_sessions(routes, db, clock)
    _add_session(routes, db, clock)
    return routes


def _agreement(found: Agreement | None) -> AgreementOut | None:
    return None if found is None else AgreementOut.model_validate(found)


async def _form(db: Database, form: str, user: User) -> BlindOut:
    async with db.reading() as session:
        return BlindOut.of(await blind_view(session, form, user, user.locale))


async def _session(db: Database, found: BlindRound | str, user: User) -> SessionOut:
    name = found if isinstance(found, str) else found.id
    async with db.reading() as session:
        return SessionOut.of(await session_view(session, name, user, user.locale))


def _add_forms(routes: APIRouter, db: Database, clock: Clock, plans: Live[Plan]) -> None:
    @routes.post("/quality/recordings/{recording}/blind", dependencies=RIGHTS)
    async def begin_blind_form(recording: str, user: CurrentUser) -> BlindOut:
        """Take a call that two mark blind; the asker's form there is already, where there is one."""
        async with db.transaction() as tx:
            form = await rounds.take_double(tx, recording, user, clock())
        return await _form(db, form.id, user)

    @routes.get("/quality/blind/{form}", dependencies=RIGHTS)
    async def blind_form(form: str, user: CurrentUser) -> BlindOut:
        """The asker's own blind form; 404 for a colleague's. Who looks is in the audit trail."""
        found = await _form(db, form, user)
        async with db.transaction() as tx:
            await audit.note(tx, user.login, "blind_viewed", f"round:{found.round}", found.recording)
        return found

    @routes.put("/quality/blind/{form}/rows/{row}", dependencies=RIGHTS)
    async def mark_row(form: str, row: str, user: CurrentUser, wanted: VerdictIn) -> BlindOut:
        """Decide one row of one's blind form."""
        async with db.transaction() as tx:
            await rounds.mark_row(tx, form, row, wanted.verdict, wanted.reason.strip(), user, clock())
        return await _form(db, form, user)

    @routes.post("/quality/blind/{form}/finish", dependencies=RIGHTS)
    async def hand_in_blind_form(form: str, user: CurrentUser) -> BlindOut:
        """Hand the form in, for good; 409 while rows are undecided. Two equal ones become a finished review."""
        async with db.transaction() as tx:
            await rounds.finish_form(tx, form, user, await plans.current(tx.session), clock())
        return await _form(db, form, user)

    @routes.get("/quality/blind/{form}/reassign", dependencies=RIGHTS)
    async def held_blind_form(form: str, user: CurrentUser) -> HeldFormOut:
        """Whose a blind form is that is not handed in, and who may have it instead; for who leads the office."""
        async with db.reading() as session:
            return HeldFormOut.of(await held_form(session, form, user))

    @routes.post("/quality/blind/{form}/reassign", dependencies=RIGHTS)
    async def reassign_blind_form(form: str, user: CurrentUser, wanted: ReassignIn) -> HeldFormOut:
        """Give the form, emptied, to somebody else, or take it; for who leads the office, with a reason."""
        async with db.transaction() as tx:
            await reassigning.reassign_form(tx, form, wanted.wanted, user, clock())
        async with db.reading() as session:
            return HeldFormOut.of(await held_form(session, form, user))


def _add_sessions(routes: APIRouter, db: Database, clock: Clock) -> None:
    @routes.get("/quality/calibrations", dependencies=RIGHTS)
    async def calibration_sessions(user: CurrentUser) -> SessionsOut:
        """The asker's sessions, all for who leads the office, and what a new one can be made of."""
        async with db.reading() as session:
            found = await sessions_of(session, user, clock())
            invitable = await office.people_of(session)
        return SessionsOut(
            sessions=[SessionLine.model_validate(each) for each in found.sessions],
            calls=[CandidateOut.model_validate(each) for each in found.calls],
            people=[each.login for each in invitable],
        )

    @routes.post("/quality/calibrations", dependencies=RIGHTS, status_code=201)
    async def open_session(user: CurrentUser, wanted: SessionIn) -> SessionOut:
        """Invite people of the office to mark these calls blind."""
        async with db.transaction() as tx:
            title = wanted.title.strip()
            found = await rounds.open_calibration(tx, title, wanted.recordings, wanted.invited, user, clock())
        return await _session(db, found, user)


def _add_session(routes: APIRouter, db: Database, clock: Clock) -> None:
    @routes.get("/quality/calibrations/{session}", dependencies=RIGHTS)
    async def calibration_session(session: str, user: CurrentUser) -> SessionOut:
        """A session for those who are part of it or lead the office; verdicts and agreement once it is closed."""
        return await _session(db, session, user)

    @routes.post("/quality/calibrations/{session}/recordings/{recording}", dependencies=RIGHTS)
    async def begin_form_in_session(session: str, recording: str, user: CurrentUser) -> BlindOut:
        """The asker's blind form of one of the session's calls."""
        async with db.transaction() as tx:
            form = await rounds.take(tx, session, recording, user, clock())
        return await _form(db, form.id, user)

    @routes.post("/quality/calibrations/{session}/close", dependencies=RIGHTS)
    async def close_session(session: str, user: CurrentUser, wanted: ReasonIn = ReasonIn()) -> SessionOut:
        """Lay the forms side by side; for who opened it. Forms that are not handed in do not count.

        Who leads the office closes any session, marked or not, with a reason.
        """
        async with db.transaction() as tx:
            await rounds.close_calibration(tx, session, user, clock(), wanted.reason.strip())
        return await _session(db, session, user)

    @routes.put("/quality/calibrations/{session}/note", dependencies=RIGHTS)
    async def discuss_session(session: str, user: CurrentUser, wanted: DiscussionIn) -> SessionOut:
        """Write down what a closed session came to; anybody who may see it may write on."""
        async with db.transaction() as tx:
            await rounds.discuss(tx, session, wanted.note.strip(), user, clock())
        return await _session(db, session, user)
