"""Screens on walls over HTTP: which show the wallboard, by an address of their own."""

from typing import Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from accounts import displays
from accounts.access import CurrentUser, Role, allow, clock, database
from accounts.displays import Tile
from core.problem import REFUSALS
from core.texts import Line


class ScreenIn(BaseModel):
    """`tiles` in the order they stand."""

    name: Line = Field(min_length=1, max_length=80)
    language: Literal["zh", "en"]
    tiles: list[Tile] = Field(min_length=1, max_length=len(Tile))


class ScreenOut(BaseModel):
    """`token_hash` names the screen when it is removed."""

    model_config = ConfigDict(from_attributes=True)

    token_hash: str
    name: str
    language: str
    tiles: list[Tile]


class ScreenMade(BaseModel):
    """`address` is told this once: who has it sees the wallboard."""

    address: str


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/screens", tags=["people"], responses=REFUSALS)
    keepers = [Depends(allow(Role.SUPERVISOR, Role.ADMIN))]

    @routes.get("", dependencies=keepers)
    async def screens(request: Request) -> list[ScreenOut]:
        async with database(request).reading() as session:
            return [ScreenOut.model_validate(each) for each in await displays.everyone(session)]

    @routes.post("", status_code=201, dependencies=keepers)
    async def create(wanted: ScreenIn, request: Request, user: CurrentUser) -> ScreenMade:
        async with database(request).transaction() as tx:
            token = await displays.create(tx, wanted.name, wanted.language, wanted.tiles, user.login, clock(request)())
        return ScreenMade(address=f"{str(request.base_url).rstrip('/')}/display/{token}")

    @routes.delete("/{token_hash}", status_code=204, dependencies=keepers)
    async def remove(token_hash: str, request: Request, user: CurrentUser) -> None:
        """The screen shows nothing more from then on."""
        async with database(request).transaction() as tx:
            await displays.remove(tx, token_hash, user.login)

    return routes
