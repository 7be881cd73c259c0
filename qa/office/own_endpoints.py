"""An agent's own quality over HTTP: finished reviews and notes, accepting a review, appealing against it."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from accounts.access import CurrentUser, Role, User, allow
from core.clock import Clock
from core.database import Database
from qa.office import deeds as office
from qa.office.answers import NoteOut, ReviewLine, ReviewOut, Told
from qa.office.inbox import own_quality
from qa.office.reading import review_view

RIGHTS = [Depends(allow(Role.AGENT))]


class OwnQualityOut(Told):
    """`mean` of the reviews finished in the last 30 days; `to_answer` wait for the agent, `unread` notes are new."""

    mean: float | None
    to_answer: int
    unread: int
    reviews: list[ReviewLine]
    notes: list[NoteOut]


class AppealIn(BaseModel):
    text: str = Field(max_length=2000, description="what is wrong with the review")


def router(db: Database, clock: Clock) -> APIRouter:
    routes = APIRouter()

    async def told(review: str, user: User) -> ReviewOut:
        async with db.reading() as session:
            return ReviewOut.of(await review_view(session, review, user, user.locale, own=True))

    @routes.get("/my-quality", dependencies=RIGHTS)
    async def my_quality(user: CurrentUser) -> OwnQualityOut:
        """The agent's finished reviews and coaching notes, the newest first."""
        async with db.reading() as session:
            return OwnQualityOut.model_validate(await own_quality(session, user, clock()))

    @routes.get("/my-quality/{review}", dependencies=RIGHTS)
    async def my_review(review: str, user: CurrentUser) -> ReviewOut:
        """One of the agent's own reviews; 404 for a colleague's and for one that is not finished."""
        return await told(review, user)

    @routes.post("/my-quality/{review}/acknowledge", dependencies=RIGHTS)
    async def acknowledge_review(review: str, user: CurrentUser) -> ReviewOut:
        """Accept a finished review, or the answer to an appeal."""
        async with db.transaction() as tx:
            await office.acknowledge(tx, review, user, clock())
        return await told(review, user)

    @routes.post("/my-quality/{review}/appeal", dependencies=RIGHTS)
    async def appeal_against_review(review: str, user: CurrentUser, wanted: AppealIn) -> ReviewOut:
        """Appeal once, until `appeal_until_at`; somebody else than the reviewer answers."""
        async with db.transaction() as tx:
            await office.appeal(tx, review, wanted.text.strip(), user, clock())
        return await told(review, user)

    @routes.post("/my-quality/notes/{note}/read", dependencies=RIGHTS, status_code=204)
    async def read_note(note: str, user: CurrentUser) -> None:
        """Say that a coaching note was read."""
        async with db.transaction() as tx:
            await office.read_note(tx, note, user, clock())

    return routes
