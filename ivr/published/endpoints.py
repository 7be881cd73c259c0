"""Menus over HTTP: read, draw, figures; check, try, publish, go back; trials of two versions side by side."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from accounts.access import CurrentUser, Role, allow, in_words
from core.numbers import Number
from core.problem import REFUSALS
from ivr import draw
from ivr.published.answers import (
    BackIn,
    CheckOut,
    PublishIn,
    TextIn,
    TrialEndIn,
    TrialIn,
    TrialOut,
    VersionOut,
    WalkIn,
    trial_document,
    use_document,
)
from ivr.published.deeds import MenuOffice
from ivr.refusing import reasons
from ivr.usage import period
from ivr.usage.period import Period
from ivr.walk import document

READERS = (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
TRIERS = (Role.SUPERVISOR, Role.ADMIN)
DESIGNERS = (Role.ADMIN,)
Day = Annotated[str, Query(max_length=10, description="2026-03-02; empty: today")]
Version = Annotated[Number, Query(description="0: the newest with calls that day, no challenger; else the live one")]
YAML = "application/yaml"


def menus_router(office: MenuOffice) -> APIRouter:
    routes = APIRouter(prefix="/api/menus", tags=["menus"], responses=REFUSALS)
    _read(routes, office)
    _learn(routes, office)
    _change(routes, office)
    _try(routes, office)
    return routes


def asked_period(office: MenuOffice, day: str) -> Period:
    zone = office.rules().zone
    return period.day_of(day, zone) if day else period.today(office.clock(), zone)


async def told_versions(office: MenuOffice, menu: str) -> list[VersionOut]:
    """Every version, the newest first."""
    found, dropped = await office.history(menu), await office.dropped(menu)
    told = [VersionOut.model_validate(each) for each in found]
    return [each.model_copy(update={"dropped": each.number in dropped}) for each in told]


def _read(routes: APIRouter, office: MenuOffice) -> None:
    @routes.get("", dependencies=[Depends(allow(*READERS))])
    async def live_menus() -> list[VersionOut]:
        return [VersionOut.model_validate(each) for each in await office.live()]

    @routes.get("/{menu}/versions", dependencies=[Depends(allow(*READERS))])
    async def menu_versions(menu: str) -> list[VersionOut]:
        """The newest first; the first that is no challenger is live."""
        return await told_versions(office, menu)

    @routes.get("/{menu}/versions/{number}", dependencies=[Depends(allow(*READERS))])
    async def menu_text(menu: str, number: Number) -> Response:
        """The YAML of a version; 0 is the live one."""
        return Response((await office.version(menu, number)).text, media_type=YAML)

    @routes.get("/{menu}/difference", dependencies=[Depends(allow(*READERS))])
    async def difference(menu: str, before: Version, after: Version = 0) -> Response:
        """A unified diff of two versions; 0 is the live one."""
        lines = await office.difference(menu, before, after)
        return Response("\n".join([*lines, ""]) if lines else "", media_type="text/x-diff; charset=utf-8")


def _learn(routes: APIRouter, office: MenuOffice) -> None:
    @routes.get("/{menu}/use", dependencies=[Depends(allow(*READERS))])
    async def use(menu: str, day: Day = "", version: Version = 0) -> dict[str, Any]:
        """Counts by step and by way, rates, times to a person, and the order of options by use."""
        return use_document(await office.figures_of_day(menu, asked_period(office, day), version))

    @routes.get("/{menu}/drawing", dependencies=[Depends(allow(*READERS))])
    async def drawing(menu: str, language: str = "", day: Day = "", version: Version = 0) -> Response:
        """A version as SVG with the counts of a day on its steps and ways, and marks where faults stand open."""
        found = await office.figures_of_day(menu, asked_period(office, day), version)
        wrong = await office.faulty_steps(found.menu)
        return Response(draw.draw(found.menu, language, found.use, wrong), media_type="image/svg+xml")

    @routes.get("/{menu}/reordered", dependencies=[Depends(allow(*READERS))])
    async def reordered(
        menu: str, days: Annotated[float, Query(gt=0, le=400)] = 30, version: Version = 0,
        step: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:  # fmt: skip
        """A draft from a version (0: the live one) with options in the order of their use; it changes nothing."""
        span = period.last_days(days, office.clock())
        return Response(await office.reordered(menu, span, version, step), media_type=YAML)


def _change(routes: APIRouter, office: MenuOffice) -> None:
    @routes.post("/{menu}/publish", dependencies=[Depends(allow(*DESIGNERS))])
    async def publish(menu: str, wanted: PublishIn, user: CurrentUser) -> VersionOut:
        """Check the text and make it live for new calls; 400 with all that is wrong.

        409 when it is live already, or when another was first.
        """
        return VersionOut.of(await office.publish(menu, wanted.text, user.login, wanted.reason, wanted.seen))

    @routes.post("/{menu}/back", dependencies=[Depends(allow(*DESIGNERS))])
    async def back(menu: str, why: BackIn, user: CurrentUser) -> VersionOut:
        """The version before the live one; 409 when there is none, or when another was first."""
        return VersionOut.model_validate(await office.back(menu, user.login, why.reason, why.seen))


def _try(routes: APIRouter, office: MenuOffice) -> None:
    @routes.post("/{menu}/check", dependencies=[Depends(allow(*TRIERS))])
    async def check(menu: str, wanted: TextIn, request: Request) -> CheckOut:
        """What publishing this text would say; changes nothing."""
        found = CheckOut.model_validate(await office.check(menu, wanted.text))
        for fault in found.faults:
            fault.what, fault.remedy = [await in_words(request, each) for each in (fault.what, fault.remedy)]
        for finding in found.findings:
            finding.problem = await in_words(request, finding.problem)
        return found

    @routes.post("/{menu}/changes", dependencies=[Depends(allow(*TRIERS))])
    async def changes(menu: str, wanted: TextIn) -> list[str]:
        """What this text says otherwise than the live version, as lines of a unified difference; changes nothing."""
        return await office.changes(menu, wanted.text)

    @routes.post("/{menu}/walk", dependencies=[Depends(allow(*TRIERS))])
    async def walk(menu: str, wanted: WalkIn, user: CurrentUser) -> dict[str, Any]:
        """What a caller of this text would hear, and where he would end."""
        caller = (wanted.keys, wanted.caller, wanted.at, user.login, wanted.answers)
        return document((await office.walk(menu, wanted.text, *caller, refused=reasons(wanted.refused)))[1])

    @routes.get("/{menu}/trial", dependencies=[Depends(allow(*READERS))])
    async def trial(menu: str) -> dict[str, Any]:
        """The trial that runs, else the last one, with both sides' figures; 404 when there was none."""
        return trial_document(*await office.trial(menu))

    @routes.post("/{menu}/trial", dependencies=[Depends(allow(*DESIGNERS))])
    async def start(menu: str, wanted: TrialIn, user: CurrentUser) -> TrialOut:
        """Check the text and give it a share of the new calls; 409 while another trial runs."""
        trial = await office.start_trial(menu, wanted.text, wanted.share, user.login, wanted.reason, wanted.seen)
        return TrialOut.model_validate(trial)

    @routes.post("/{menu}/trial/end", dependencies=[Depends(allow(*DESIGNERS))])
    async def end(menu: str, how: TrialEndIn, user: CurrentUser) -> TrialOut:
        """Take the challenger as the live version, or drop it; 409 when there is none, or another than was seen."""
        ended = await office.end_trial(menu, user.login, how.reason, take=how.take, seen=how.seen)
        return TrialOut.model_validate(ended)
