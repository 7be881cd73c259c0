"""The quality office over HTTP: its inbox, and reviews from the first look to the answer of an appeal."""

from collections.abc import Mapping
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from accounts import audit
from accounts.access import CurrentUser, User, allow
from accounts.taken import Live
from core.clock import Clock
from core.database import Database
from core.numbers import FAR, Moment
from qa import repository
from qa.office import deeds as office
from qa.office import reassigning
from qa.office.answers import AppealOut, HeldOut, ReassignIn, ReviewLine, ReviewOut, Told, VerdictIn
from qa.office.due import Draws
from qa.office.inbox import DoubleDue, Inbox, inbox
from qa.office.reading import review_view
from qa.review import ReviewState
from qa.sampling import Plan, Why

RIGHTS = [Depends(allow(*office.OFFICE))]


class DueOut(Told):
    """A scored call that wants a person. `plan` drew it; of a `double` one, marked blind by two, nothing is told."""

    recording: str
    call: str
    agent: str
    why: Why
    scored_at: float
    score: float | None
    veto: list[str]
    doubts: int
    plan: str
    double: bool
    wording: str


class AppealedOut(AppealOut):
    review: ReviewLine


class DoubleOut(BaseModel):
    """A call two people mark blind. `form`: the asker's own; `forms` are begun, `done` handed in.

    `settles`: they differ, and the asker may review the call as a third person. `held`: forms in colleagues' hands, for
    who leads the office.
    """

    round: str
    recording: str
    agent: str
    form: str | None
    forms: int
    done: int
    settles: bool
    held: list[HeldOut]

    @classmethod
    def of(cls, found: DoubleDue) -> "DoubleOut":
        return cls(
            round=found.round.id, recording=found.recording, agent=found.agent,
            form=found.mine.id if found.mine else None, forms=found.forms, done=found.done, settles=found.settles,
            held=[HeldOut.model_validate(each) for each in found.held],
        )  # fmt: skip


class InboxOut(BaseModel):
    """`counts`: calls that wait, by reason, however many are listed; `open`: reviews under way, of everybody.

    `sessions`: ids of calibration sessions that wait for the asker.
    """

    counts: Mapping[Why, int]
    due: list[DueOut]
    open: list[ReviewLine]
    appeals: list[AppealedOut]
    doubles: list[DoubleOut]
    sessions: list[str]

    @classmethod
    def of(cls, found: Inbox) -> "InboxOut":
        return cls(
            counts=found.counts,
            due=[DueOut.model_validate(each) for each in found.due],
            open=[ReviewLine.model_validate(each) for each in found.open],
            appeals=[
                AppealedOut(**AppealOut.model_validate(appeal).model_dump(), review=ReviewLine.model_validate(review))
                for review, appeal in found.appeals
            ],
            doubles=[DoubleOut.of(each) for each in found.doubles],
            sessions=[each.id for each in found.sessions],
        )


class WhyIn(BaseModel):
    why: Why = Why.ASKED


class AnswerIn(BaseModel):
    """Rows the second reviewer judged otherwise count from the decision on."""

    answer: str = Field(max_length=2000)


class NoteIn(BaseModel):
    text: str = Field(max_length=2000)
    moment: float | None = Field(default=None, ge=0, lt=86400, description="seconds of the talk it is about")


def router(db: Database, clock: Clock, plans: Live[Plan], zone: ZoneInfo) -> APIRouter:
    routes = APIRouter()
    _add_inbox(routes, db, clock, plans, zone)
    _add_reviewing(routes, db, clock, plans)
    _add_answers(routes, db, clock)
    return routes


async def _told(db: Database, review: str, user: User) -> ReviewOut:
    async with db.reading() as session:
        return ReviewOut.of(await review_view(session, review, user, user.locale))


def _add_inbox(routes: APIRouter, db: Database, clock: Clock, plans: Live[Plan], zone: ZoneInfo) -> None:
    draws = Draws()

    @routes.get("/quality", dependencies=RIGHTS)
    async def quality_inbox(user: CurrentUser, why: Why | None = None) -> InboxOut:
        """What waits: calls to review by risk, appeals, reviews under way, blind forms and sessions; as the page."""
        async with db.reading() as session:
            plan = await plans.current(session)
            return InboxOut.of(await inbox(session, plan, draws, zone, clock(), user, why))

    @routes.get("/quality/reviews", dependencies=RIGHTS)
    async def reviews(
        user: CurrentUser, state: ReviewState | None = None, reviewer: Annotated[str, Query(max_length=64)] = "",
        agent: Annotated[str, Query(max_length=16)] = "", before: Moment = FAR,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> list[ReviewLine]:  # fmt: skip
        """Reviews, the newest first; `before` is the `opened_at` of the last one seen. Not of calls to mark blind."""
        async with db.reading() as session:
            found = await repository.reviews_like(session, state, reviewer, agent, before, limit)
            veiled = await repository.veiled(session, user.login)
        return [ReviewLine.model_validate(row) for row in found
                if row.call not in veiled or row.reviewer == user.login]  # fmt: skip

    @routes.post("/quality/recordings/{recording}/review", dependencies=RIGHTS)
    async def begin_review(recording: str, user: CurrentUser, wanted: WhyIn = WhyIn()) -> ReviewOut:
        """Take a scored recording up for review; the review there is already, where there is one."""
        async with db.transaction() as tx:
            row = await office.open_review(tx, recording, user, wanted.why, clock())
        return await _told(db, row.id, user)


def _add_reviewing(routes: APIRouter, db: Database, clock: Clock, plans: Live[Plan]) -> None:
    @routes.get("/quality/reviews/{review}", dependencies=RIGHTS)
    async def review_of_call(review: str, user: CurrentUser) -> ReviewOut:
        """A review with its form, appeal, notes and history. Who looks is in the audit trail."""
        found = await _told(db, review, user)
        async with db.transaction() as tx:
            await audit.note(tx, user.login, "review_viewed", f"review:{review}")
        return found

    @routes.put("/quality/reviews/{form}/rows/{row}", dependencies=RIGHTS)
    async def judge_row(form: str, row: str, user: CurrentUser, wanted: VerdictIn) -> ReviewOut:
        """Decide one row: the reviewer while it is open, a second person during an appeal."""
        async with db.transaction() as tx:
            await office.judge_row(tx, form, row, wanted.verdict, wanted.reason.strip(), user, clock())
        return await _told(db, form, user)

    @routes.post("/quality/reviews/{review}/finish", dependencies=RIGHTS)
    async def finish_review(review: str, user: CurrentUser) -> ReviewOut:
        """Let the verdicts stand and show them to the agent; 409 while rows are undecided."""
        async with db.transaction() as tx:
            await office.finish(tx, review, user, await plans.current(tx.session), clock())
        return await _told(db, review, user)

    @routes.post("/quality/reviews/{review}/reassign", dependencies=RIGHTS)
    async def reassign_review(review: str, user: CurrentUser, wanted: ReassignIn) -> ReviewOut:
        """Give an open review to somebody else, or take it; for who leads the office, with a reason."""
        async with db.transaction() as tx:
            await reassigning.reassign_review(tx, review, wanted.wanted, user, clock())
        return await _told(db, review, user)


def _add_answers(routes: APIRouter, db: Database, clock: Clock) -> None:
    @routes.post("/quality/reviews/{review}/decide", dependencies=RIGHTS)
    async def decide_appeal(review: str, user: CurrentUser, wanted: AnswerIn) -> ReviewOut:
        """Answer the agent's appeal; not for who reviewed the call or marked it blind."""
        async with db.transaction() as tx:
            await office.decide(tx, review, wanted.answer.strip(), user, clock())
        return await _told(db, review, user)

    @routes.post("/quality/reviews/{review}/notes", dependencies=RIGHTS)
    async def write_note(review: str, user: CurrentUser, wanted: NoteIn) -> ReviewOut:
        """Write the agent a coaching note; he reads it once the review is finished."""
        async with db.transaction() as tx:
            await office.coach(tx, review, wanted.text.strip(), wanted.moment, user, clock())
        return await _told(db, review, user)
