"""Settings over HTTP: texts, versions, a draft's check and difference, publishing, one step back."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from accounts.access import CurrentUser, Role, allow, in_words
from accounts.published_models import Published
from accounts.settings import SettingsOffice, Standing, difference
from core import numbers
from core.problem import REFUSALS
from core.texts import Line, Text

ADMINS = [Depends(allow(Role.ADMIN))]
YAML = "application/yaml"
LONGEST = 400_000
Number = Annotated[numbers.Number, Query(description="0: the live version")]


class SettingOut(BaseModel):
    """A new version counts at once, but for the fields `later`; `waits` are those of them that a start would change.
    `wrong`: what is wrong with the file as edited by hand since, '' where it was taken."""

    name: str
    file: str
    later: tuple[str, ...]
    waits: tuple[str, ...]
    version: int
    wrong: str

    @classmethod
    def of(cls, standing: Standing, wrong: str) -> "SettingOut":
        setting, number = standing.setting, standing.number
        return cls(
            name=setting.name, file=setting.file, later=setting.later, waits=standing.waits, version=number, wrong=wrong
        )


class VersionOut(BaseModel):
    """`restores`: the version it was brought back from, 0 for a new text; `previous`: what one step back restores."""

    number: int
    published_by: str
    published_at: float
    reason: str
    previous: int
    restores: int

    @classmethod
    def of(cls, version: Published) -> "VersionOut":
        return cls.model_validate(version, from_attributes=True)


class TextIn(BaseModel):
    text: Text = Field(max_length=LONGEST)


class PublishIn(TextIn):
    """`seen`: the live version that the draft began with; another one since is answered with 409."""

    reason: Line = Field(max_length=400)
    seen: numbers.Number | None = None


class ReasonIn(BaseModel):
    reason: Line = Field(max_length=400)


class EffectOut(BaseModel):
    """As `accounts.settings.Effect`."""

    part: str
    field: str
    before: str
    after: str
    callers: int | None
    agents: int | None


class CheckOut(BaseModel):
    """`fault` names file and line, '' when a centre could run by the text; `difference` a unified diff."""

    passed: bool
    fault: str
    difference: str
    effects: list[EffectOut]


def router(office: SettingsOffice) -> APIRouter:
    routes = APIRouter(prefix="/api/settings", tags=["settings"], responses=REFUSALS)
    _read(routes, office)
    _change(routes, office)
    return routes


def _read(routes: APIRouter, office: SettingsOffice) -> None:
    @routes.get("", dependencies=ADMINS)
    async def settings(request: Request) -> list[SettingOut]:
        wrong = {name: await in_words(request, fault) for name, fault in office.wrong.items()}
        return [SettingOut.of(each, wrong.get(each.setting.name, "")) for each in await office.standings()]

    @routes.get("/{name}", dependencies=ADMINS)
    async def text(name: str, user: CurrentUser, version: Number = 0) -> Response:
        """The YAML."""
        return Response(await office.read(name, version, user.login), media_type=YAML)

    @routes.get("/{name}/versions", dependencies=ADMINS)
    async def versions(name: str) -> list[VersionOut]:
        """The newest, which is live, first."""
        return [VersionOut.of(each) for each in await office.history(name)]

    @routes.get("/{name}/difference", dependencies=ADMINS)
    async def compare(name: str, user: CurrentUser, before: numbers.Number, after: Number = 0) -> Response:
        """A unified diff of two versions."""
        return _diff(name, await office.read(name, before, user.login), await office.text(name, after))


def _change(routes: APIRouter, office: SettingsOffice) -> None:
    @routes.post("/{name}/check", dependencies=ADMINS)
    async def check(name: str, wanted: TextIn, request: Request) -> CheckOut:
        """What publishing this text would say, and change."""
        fault = await office.check(name, wanted.text)
        lines = difference(name, await office.text(name), wanted.text)
        effects = [] if fault else [EffectOut(**asdict(each)) for each in await office.effects(name, wanted.text)]
        said = await in_words(request, str(fault or ""))
        return CheckOut(passed=fault is None, fault=said, difference="\n".join(lines), effects=effects)

    @routes.post("/{name}/publish", dependencies=ADMINS)
    async def publish(name: str, wanted: PublishIn, user: CurrentUser) -> VersionOut:
        """400 with file and line of the first fault; 409 without a reason or a change, or when another was first."""
        return VersionOut.of(await office.publish(name, wanted.text, wanted.reason, user.login, wanted.seen))

    @routes.post("/{name}/back", dependencies=ADMINS)
    async def back(name: str, why: ReasonIn, user: CurrentUser) -> VersionOut:
        """The version before the live one; 409 when there is none."""
        return VersionOut.of(await office.back(name, why.reason, user.login))


def _diff(name: str, before: str, after: str) -> Response:
    lines = difference(name, before, after)
    return Response("\n".join([*lines, ""]) if lines else "", media_type="text/x-diff; charset=utf-8")
