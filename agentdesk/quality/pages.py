"""The quality office's pages over HTTP: inbox, reviewing a call by keyboard, appeals, and an agent's own page."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.taken import Live
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.quality import figures as quality_figures
from agentdesk.quality import plans as quality_plans
from agentdesk.quality import rounds as quality_rounds
from agentdesk.quality.marks import add_marking, beside, reassignment
from agentdesk.quality.notjudged import standing_still
from core.texts import Line, Text
from qa.office import deeds as office
from qa.office import reassigning
from qa.office.due import Draws
from qa.office.inbox import inbox, own_quality
from qa.office.reading import review_view
from qa.office.reassigning import Reassignment
from qa.sampling import Plan, Why

Words = Annotated[Text, Form(max_length=2000)]
Short = Annotated[Line, Form(max_length=400)]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    """`/quality` for reviewers, with its figures; `/my-quality` for agents."""
    routes = APIRouter(include_in_schema=False)
    _add_inbox(routes, desk, plans)
    _add_review(routes, desk, plans)
    _add_answers(routes)
    _add_own(routes, desk)
    _add_own_answers(routes)
    routes.include_router(quality_plans.router(desk, plans))
    routes.include_router(quality_rounds.router(desk, plans))
    routes.include_router(quality_figures.router(desk, plans))
    return routes


def _add_inbox(routes: APIRouter, desk: Desk, plans: Live[Plan]) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]
    draws = Draws()

    @routes.get("/quality", dependencies=rights)
    async def quality(
        request: Request, user: CurrentUser, why: Annotated[str, Query(max_length=16)] = ""
    ) -> HTMLResponse:
        only = Why(why) if why in set(Why) else None
        async with database(request).reading() as session:
            plan = await plans.current(session)
            found = await inbox(session, plan, draws, desk.site.zone, clock(request)(), user, only)
            names = await people.names(session)
            persons = await people.persons(session)
            still = await standing_still(desk, session, request, user)
        template = "_quality.html" if is_fragment(request) else "quality.html"
        called = {draw.name: draw.called(desk.language(request, user)) for draw in plan.draws}
        values: dict[str, Any] = {"found": found, "names": names, "persons": persons, "why": why, "plan": plan}
        return await desk.show(request, template, called=called, **values, **still)

    @routes.post("/quality/recordings/{recording}/review", dependencies=rights)
    async def begin(recording: str, request: Request, user: CurrentUser, why: Short = "asked") -> RedirectResponse:
        reason = Why(why) if why in set(Why) else Why.ASKED
        async with database(request).transaction() as tx:
            row = await office.open_review(tx, recording, user, reason, clock(request)())
        return _to(row.id)


def _add_review(routes: APIRouter, desk: Desk, plans: Live[Plan]) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/reviews/{review}", dependencies=rights)
    async def look(review: str, request: Request, user: CurrentUser) -> HTMLResponse:
        if is_fragment(request):
            return await form(request, user, review, "")
        values = await _values(desk, request, user, review)
        async with database(request).transaction() as tx:
            await audit.note(tx, user.login, "review_viewed", f"review:{review}")
        return await desk.show(request, "review.html", **values)

    async def form(request: Request, user: User, review: str, fault: str) -> HTMLResponse:
        values = await _values(desk, request, user, review)
        return await desk.show(request, "_review.html", **{**values, "fault": fault})

    add_marking(routes, "/quality/reviews", office.judge_row, form)

    @routes.post("/quality/reviews/{review}/finish", dependencies=rights)
    async def finish(review: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.finish(tx, review, user, await plans.current(tx.session), clock(request)())
        return RedirectResponse("/quality", 303)

    @routes.post("/quality/reviews/{review}/reassign", dependencies=rights)
    async def reassign(
        review: str, request: Request, user: CurrentUser, wanted: Annotated[Reassignment, Depends(reassignment)]
    ) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await reassigning.reassign_review(tx, review, wanted, user, clock(request)())
        return _to(review)


def _add_answers(routes: APIRouter) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.post("/quality/reviews/{review}/decide", dependencies=rights)
    async def decide(review: str, request: Request, user: CurrentUser, answer: Words = "") -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.decide(tx, review, answer.strip(), user, clock(request)())
        return _to(review)

    @routes.post("/quality/reviews/{review}/notes", dependencies=rights)
    async def coach(
        review: str, request: Request, user: CurrentUser, text: Words = "", moment: Short = ""
    ) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.coach(tx, review, text.strip(), seconds_of(moment), user, clock(request)())
        return _to(review)


def _add_own(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/my-quality"]))]

    @routes.get("/my-quality", dependencies=rights)
    async def mine(request: Request, user: CurrentUser) -> HTMLResponse:
        now = clock(request)()
        async with database(request).reading() as session:
            found = await own_quality(session, user, now)
        template = "_my_quality.html" if is_fragment(request) else "my_quality.html"
        return await desk.show(request, template, found=found, now=now)

    @routes.get("/my-quality/{review}", dependencies=rights)
    async def own(review: str, request: Request, user: CurrentUser) -> HTMLResponse:
        return await desk.show(request, "my_review.html", **await _values(desk, request, user, review, own=True))


def _add_own_answers(routes: APIRouter) -> None:
    rights = [Depends(allow(*PLACES["/my-quality"]))]

    @routes.post("/my-quality/{review}/acknowledge", dependencies=rights)
    async def acknowledge(review: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.acknowledge(tx, review, user, clock(request)())
        return RedirectResponse("/my-quality", 303)

    @routes.post("/my-quality/{review}/appeal", dependencies=rights)
    async def appeal(review: str, request: Request, user: CurrentUser, text: Words = "") -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.appeal(tx, review, text.strip(), user, clock(request)())
        return RedirectResponse(f"/my-quality/{review}", 303)

    @routes.post("/my-quality/notes/{note}/read", dependencies=rights)
    async def read(note: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.read_note(tx, note, user, clock(request)())
        return RedirectResponse("/my-quality", 303)


def seconds_of(moment: str) -> float | None:
    """12.5 and 1:02 as seconds of the talk; None for anything else."""
    minutes, _, seconds = moment.strip().rpartition(":")
    try:
        found = float(seconds) + 60 * int(minutes or 0)
    except ValueError:
        return None
    return found if 0 <= found < 86400 else None


def _to(review: str) -> RedirectResponse:
    return RedirectResponse(f"/quality/reviews/{review}", 303)


async def _values(desk: Desk, request: Request, user: User, review: str, *, own: bool = False) -> dict[str, Any]:
    async with database(request).reading() as session:
        page = await review_view(session, review, user, desk.language(request, user), own=own)
        around = await beside(desk, session, request, user, page.review.call, page.review.recording)
    return {
        "page": page, "rows_at": f"/quality/reviews/{review}/rows", "purpose": f"review {review}", "fault": "", **around
    }  # fmt: skip
