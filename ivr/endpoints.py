"""Messages left by callers over HTTP: list, listen, mark as answered. Menus: read, check, publish, go back, draw."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from accounts import audit
from accounts.access import CurrentUser, Role, allow
from core.clock import Clock, system_clock
from core.database import Database
from core.errors import NotFound
from ivr import draw, repository, service, versions
from ivr.checking import MenuChecker

ANSWERS = (Role.AGENT, Role.SUPERVISOR)
READERS = (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
DESIGNERS = (Role.SUPERVISOR, Role.ADMIN)


class MessageOut(BaseModel):
    """`contact_by`: call_back, sms, email. Times are seconds since the epoch; `state`: open or done."""

    id: str
    call: str
    caller: str
    language: str
    seconds: float
    contact_by: str
    left_at: float
    deadline_at: float
    state: str
    done_by: str
    done_at: float | None


def router(db: Database, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api/messages", tags=["messages"])

    @routes.get("", dependencies=[Depends(allow(*ANSWERS))])
    async def messages(
        state: Annotated[Literal["open", "done", ""], Query(description="empty: both")] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[MessageOut]:
        """The most urgent first."""
        async with db.reading() as session:
            found = await repository.messages(session, state, limit)
        return [MessageOut.model_validate(each, from_attributes=True) for each in found]

    @routes.get("/{message}/sound", dependencies=[Depends(allow(*ANSWERS))])
    async def listen(message: str, user: CurrentUser) -> FileResponse:
        """The message as wav; written to the audit trail."""
        async with db.transaction() as tx:
            found = await service.get_message(tx, message)
            await audit.note(tx, user.login, "message_played", f"message:{message}")
        path = Path(found.path)
        if found.state == "recording" or not await asyncio.to_thread(path.is_file):
            raise NotFound(f"the sound of message {message} is not there")
        return FileResponse(path, media_type="audio/wav", filename=f"{message}.wav")

    @routes.post("/{message}/done", dependencies=[Depends(allow(*ANSWERS))])
    async def done(message: str, user: CurrentUser) -> MessageOut:
        """The caller has been answered; 409 when somebody else was quicker."""
        async with db.transaction() as tx:
            found = await service.finish_message(tx, message, user.login, clock())
            await audit.note(tx, user.login, "message_done", f"message:{message}")
        return MessageOut.model_validate(found, from_attributes=True)

    return routes


class VersionOut(BaseModel):
    """`restores`: the number it was brought back from, 0 for a new text."""

    model_config = ConfigDict(from_attributes=True)

    menu: str
    number: int
    restores: int
    published_by: str
    published_at: float
    reason: str


class TextIn(BaseModel):
    text: str = Field(max_length=400_000)
    reason: str = Field(default="", max_length=400)


class ReasonIn(BaseModel):
    reason: str = Field(default="", max_length=400)


class FindingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    step: str
    rule: str
    problem: str


class CheckOut(BaseModel):
    """`fault`: why it cannot be read at all; `findings`: rules broken and not waived. Both empty: it may go live."""

    passed: bool
    fault: str
    findings: list[FindingOut]


def menus_router(db: Database, checker: MenuChecker, names: Collection[str], clock: Clock = system_clock) -> APIRouter:
    """`names` are the menus of this centre."""
    routes = APIRouter(prefix="/api/menus", tags=["menus"])
    _read_menus(routes, db, checker, names)
    _change_menus(routes, db, checker, names, clock)
    return routes


def _known(menu: str, names: Collection[str]) -> str:
    if menu not in names:
        raise NotFound(f"there is no menu {menu}")
    return menu


def _read_menus(routes: APIRouter, db: Database, checker: MenuChecker, names: Collection[str]) -> None:
    @routes.get("", dependencies=[Depends(allow(*READERS))])
    async def live_menus() -> list[VersionOut]:
        async with db.reading() as session:
            found = [await versions.live(session, name) for name in sorted(names)]
        return [VersionOut.model_validate(each) for each in found if each is not None]

    @routes.get("/{menu}/versions", dependencies=[Depends(allow(*READERS))])
    async def menu_versions(menu: str) -> list[VersionOut]:
        """The newest first; the first is live."""
        async with db.reading() as session:
            return [VersionOut.model_validate(each) for each in await versions.history(session, _known(menu, names))]

    @routes.get("/{menu}/versions/{number}", dependencies=[Depends(allow(*READERS))])
    async def menu_text(menu: str, number: int) -> Response:
        """The YAML of a version."""
        async with db.reading() as session:
            found = await versions.of_number(session, _known(menu, names), number)
        return Response(found.text, media_type="application/yaml")

    @routes.get("/{menu}/drawing", dependencies=[Depends(allow(*READERS))])
    async def drawing(menu: str, language: str = "") -> Response:
        """The live version as SVG."""
        async with db.reading() as session:
            found = await versions.live(session, _known(menu, names))
        if found is None:
            raise NotFound(f"menu {menu} has no version yet")
        loaded = await asyncio.to_thread(checker.read, menu, found.text)
        return Response(draw.draw(loaded, language), media_type="image/svg+xml")


def _change_menus(routes: APIRouter, db: Database, checker: MenuChecker, names: Collection[str], clock: Clock) -> None:
    @routes.post("/{menu}/check", dependencies=[Depends(allow(*DESIGNERS))])
    async def check(menu: str, wanted: TextIn) -> CheckOut:
        """What publishing this text would say; changes nothing."""
        told = await asyncio.to_thread(checker.check, _known(menu, names), wanted.text)
        found = [FindingOut.model_validate(each) for each in told.findings]
        return CheckOut(passed=told.passed, fault=told.fault, findings=found)

    @routes.post("/{menu}/publish", dependencies=[Depends(allow(*DESIGNERS))])
    async def publish(menu: str, wanted: TextIn, user: CurrentUser) -> VersionOut:
        """Check the text and make it live for new calls; 400 with the first fault, 409 when it is live already."""
        await asyncio.to_thread(checker.demand, _known(menu, names), wanted.text)
        async with db.transaction() as tx:
            found = await versions.publish(tx, menu, wanted.text, user.login, wanted.reason, clock())
        return VersionOut.model_validate(found)

    @routes.post("/{menu}/back", dependencies=[Depends(allow(*DESIGNERS))])
    async def back(menu: str, why: ReasonIn, user: CurrentUser) -> VersionOut:
        """The version before the live one; 409 when there is none."""
        async with db.transaction() as tx:
            found = await versions.back(tx, _known(menu, names), user.login, why.reason, clock())
        return VersionOut.model_validate(found)
