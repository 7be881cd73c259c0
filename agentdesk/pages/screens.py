"""The wallboard: for people who are signed in, and for screens on walls, which show it by a token of their own."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from markupsafe import Markup

from accounts import displays
from accounts import repository as people
from accounts.access import CurrentUser, Role, allow, anyone, clock, database
from accounts.displays import Tile
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.listening import Heard
from core.errors import BadInput
from core.texts import Line

TILES = tuple(Tile)
KEEPERS = [Depends(allow(Role.SUPERVISOR, Role.ADMIN))]
OPEN = [Depends(anyone())]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    _add_board(routes, desk)
    _add_keeping(routes, desk)
    return routes


def _add_board(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/wallboard", dependencies=[Depends(allow(*PLACES["/wallboard"]))])
    async def wallboard(request: Request, user: CurrentUser) -> HTMLResponse:
        fragment = await _fragment(desk, request, desk.language(request, user), TILES, "/wallboard")
        if is_fragment(request):
            return HTMLResponse(fragment)
        return await desk.show(request, "wallboard.html", fragment=Markup(fragment), screen="")

    @routes.get("/display/{token}", dependencies=OPEN)
    async def screen(token: str, request: Request) -> HTMLResponse:
        """The token is who asks; nobody signs in, no session ends in the night."""
        async with database(request).reading() as session:
            shown = await displays.of_token(session, token)
        address = f"/display/{token}"
        fragment = await _fragment(desk, request, shown.language, shown.tiles, address)
        if is_fragment(request):
            return HTMLResponse(fragment)
        return await desk.show(
            request, "wallboard.html", language=shown.language, fragment=Markup(fragment), screen=address
        )

    @routes.get("/display/{token}/live", dependencies=OPEN)
    async def live(token: str, request: Request, heard: Annotated[Heard, Depends()]) -> StreamingResponse:
        async with database(request).reading() as session:
            shown = await displays.of_token(session, token)
        return heard.answer(desk.live, shown.token_hash)


async def _fragment(desk: Desk, request: Request, language: str, tiles: Sequence[str], address: str) -> str:
    async def make() -> str:
        now = clock(request)()
        board = await database(request).read(lambda session: desk.board.read(session, language, now))
        return await desk.pages.rendered("_board.html", language, board=board, tiles=tiles, address=address)

    return await desk.shared.get(f"{language} {address}", clock(request), make)


def _add_keeping(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/screens", dependencies=KEEPERS)
    async def screens(request: Request) -> HTMLResponse:
        return await _screens(desk, request)

    @routes.post("/screens", dependencies=KEEPERS)
    async def create(
        request: Request, user: CurrentUser, name: Annotated[Line, Form(min_length=1, max_length=80)],
        language: Annotated[str, Form()], tiles: Annotated[list[str], Form()],
    ) -> HTMLResponse:  # fmt: skip
        """Answers with the address, which is told this once."""
        if language not in desk.site.languages or not set(tiles) <= set(TILES):
            raise BadInput("no such language or tile", "choose from the form")
        async with database(request).transaction() as tx:
            token = await displays.create(tx, name, language, tiles, user.login, clock(request)())
        return await _screens(desk, request, f"{str(request.base_url).rstrip('/')}/display/{token}")

    @routes.post("/screens/{mark}/remove", dependencies=KEEPERS)
    async def remove(mark: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await displays.remove(tx, mark, user.login)
        return RedirectResponse("/screens", 303)


async def _screens(desk: Desk, request: Request, address: str = "") -> HTMLResponse:
    async with database(request).reading() as session:
        known, called = await displays.everyone(session), await people.persons(session)
    return await desk.show(
        request, "screens.html", screens=known, address=address, tiles=TILES, languages=desk.site.languages,
        persons=called,
    )  # fmt: skip
