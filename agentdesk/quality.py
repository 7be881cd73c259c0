"""The quality office's pages over HTTP: inbox, reviewing a call by keyboard, appeals, and an agent's own page."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, Role, User, allow, clock, database
from accounts.taken import Live
from agentdesk import qualityfigures, qualityplans, qualityrounds
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.qualityoffice import inbox, own_quality, review_page
from core.errors import NotFound, Refused
from qa import office, repository
from qa.due import Draws
from qa.models import Review
from qa.sampling import Plan, Why
from qa.verdict import Verdict

SOUND_BASE = "/api/recordings"
Words = Annotated[str, Form(max_length=2000)]
Short = Annotated[str, Form(max_length=400)]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    """`/quality` for reviewers, with its figures; `/my-quality` for agents."""
    routes = APIRouter(include_in_schema=False)
    _add_inbox(routes, desk, plans)
    _add_review(routes, desk, plans)
    _add_answers(routes)
    _add_own(routes, desk)
    _add_own_answers(routes)
    routes.include_router(qualityplans.router(desk, plans))
    routes.include_router(qualityrounds.router(desk, plans))
    routes.include_router(qualityfigures.router(desk, plans))
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
        template = "_quality.html" if is_fragment(request) else "quality.html"
        return await desk.show(request, template, found=found, names=names, why=why, plan=plan)

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
            return await _form(desk, request, user, review)
        values = await _values(desk, request, user, review)
        async with database(request).transaction() as tx:
            await audit.note(tx, user.login, "review_viewed", f"review:{review}")
        return await desk.show(request, "review.html", **values)

    @routes.post("/quality/reviews/{review}/rows/{row}", dependencies=rights)
    async def judge(
        review: str, row: str, request: Request, user: CurrentUser, verdict: Verdict = Form(), reason: Short = ""
    ) -> Response:
        """The form anew for the page's script, with the refusal in it where there is one."""
        fault = ""
        try:
            async with database(request).transaction() as tx:
                await office.judge_row(tx, review, row, verdict, reason.strip(), user, clock(request)())
        except Refused as refusal:
            fault = refusal.reason
            if not is_fragment(request):
                raise
        return await _form(desk, request, user, review, fault) if is_fragment(request) else _to(review)

    @routes.post("/quality/reviews/{review}/finish", dependencies=rights)
    async def finish(review: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await office.finish(tx, review, user, await plans.current(tx.session), clock(request)())
        return RedirectResponse("/quality", 303)


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


async def _form(desk: Desk, request: Request, user: User, review: str, fault: str = "") -> HTMLResponse:
    values = await _values(desk, request, user, review)
    return await desk.show(request, "_review.html", **{**values, "fault": fault})


async def _unveiled(session: AsyncSession, review: str, user: User) -> None:
    """Raises Refused for a review of a call that this person is to mark blind."""
    row = await session.get(Review, review)
    if row is None or user.role is Role.AGENT or row.reviewer == user.login:
        return
    if row.call in await repository.veiled(session, user.login):
        raise Refused("blind_first", "this call is marked blind first")


async def _values(desk: Desk, request: Request, user: User, review: str, *, own: bool = False) -> dict[str, Any]:
    language = desk.language(request, user)
    queues = desk.board.titles(language)
    now = clock(request)()
    async with database(request).reading() as session:
        names = await people.names(session)
        persons = {person.login: person.name for person in await people.people(session)}
        try:
            await _unveiled(session, review, user)
            page = await review_page(session, review, user, language, now, queues, names, own=own)
        except NotFound as fault:
            raise HTTPException(404, fault.problem) from None
    return {
        "page": page, "call": page.call, "names": names, "persons": persons, "queues": queues, "now": now,
        "sound_base": SOUND_BASE, "fault": "",
    }  # fmt: skip
