"""The settings' pages: what is in force, the editor with the checks of the start, the difference, one step back."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.access import CurrentUser, allow, clock, user_or_none
from accounts.settings import Effect, SettingsOffice, difference
from accounts.settings_endpoints import LONGEST
from agentdesk.desk import PLACES, Desk, persons_of
from agentdesk.forms.fields import Field, form_of
from agentdesk.forms.models import MODELS
from agentdesk.reading.textfault import fault_parts
from core.errors import BadInput, ConfigError, Refused
from core.numbers import Number
from core.texts import Line
from ivr import hours, specialdays
from ivr.specialdays import Entered

RIGHTS = [Depends(allow(*PLACES["/settings"]))]
Text = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[Line, Form(max_length=400)]


def router(desk: Desk, office: SettingsOffice) -> APIRouter:
    """`/settings` and a page for each."""
    routes = APIRouter(include_in_schema=False)
    _look(routes, desk, office)
    _change(routes, desk, office)
    return routes


def _look(routes: APIRouter, desk: Desk, office: SettingsOffice) -> None:
    @routes.get("/settings", dependencies=RIGHTS)
    async def settings(request: Request, user: CurrentUser) -> HTMLResponse:
        titles, persons = _titles(desk, desk.language(request, user)), await persons_of(request)
        return await desk.show(
            request, "settings.html", standings=await office.standings(), persons=persons, titles=titles,
            wrong=office.wrong,
        )  # fmt: skip

    @routes.get("/settings/{name}/text", dependencies=RIGHTS)
    async def setting(name: str, request: Request, user: CurrentUser, version: Number = 0) -> HTMLResponse:
        """The editor, beginning with the live text or with that of a `version`."""
        return await text_page(desk, office, request, name, await office.read(name, version, user.login), version)

    @routes.get("/settings/{name}/difference", dependencies=RIGHTS)
    async def compare(
        name: str, request: Request, user: CurrentUser, before: Number = 0, after: Number = 0
    ) -> HTMLResponse:
        lines = difference(name, await office.read(name, before, user.login), await office.text(name, after))
        return await desk.show(
            request, "setting_difference.html", standing=await office.standing(name), lines=lines, before=before,
            after=after,
        )  # fmt: skip


def _change(routes: APIRouter, desk: Desk, office: SettingsOffice) -> None:
    @routes.post("/settings/{name}/check", dependencies=RIGHTS)
    async def check(name: str, request: Request, text: Text = "") -> HTMLResponse:
        """What publishing would say, and what would be another."""
        lines, fault = difference(name, await office.text(name), text), await office.check(name, text)
        effects = () if fault else await office.effects(name, text)
        return await told(desk, request, await file_of(office, name), fault=fault, lines=lines, effects=effects)

    @routes.post("/settings/{name}/publish", dependencies=RIGHTS)
    async def publish(
        name: str, request: Request, user: CurrentUser, text: Text = "", reason: Short = "",
        seen: Annotated[Number, Form()] = 0,
    ) -> Response:  # fmt: skip
        try:
            await office.publish(name, text, reason.strip(), user.login, seen)
        except Refused as refused:
            return await told(desk, request, await file_of(office, name), refusal=refused.reason)
        except BadInput as fault:
            return await told(desk, request, await file_of(office, name), fault=fault)
        return Response(status_code=204, headers={"HX-Redirect": f"/settings/{name}"})

    @routes.post("/settings/{name}/back", dependencies=RIGHTS)
    async def back(name: str, user: CurrentUser, reason: Short = "") -> RedirectResponse:
        await office.back(name, reason.strip(), user.login)
        return RedirectResponse(f"/settings/{name}", 303)


async def text_page(
    desk: Desk, office: SettingsOffice, request: Request, name: str, text: str, began: int = 0,
    fault: BadInput | None = None,
) -> HTMLResponse:  # fmt: skip
    """`fault`: why the text cannot be shown as a form."""
    return await desk.show(
        request, "setting.html", text=text, began=began, faults=fault_parts(fault) if fault else (),
        **await surroundings(desk, office, request, name),
    )  # fmt: skip


async def surroundings(desk: Desk, office: SettingsOffice, request: Request, name: str) -> dict[str, Any]:
    """What stands around a setting's text and around its form."""
    standing = await office.standing(name)
    special = SpecialDays.of(standing.text, desk, clock(request)()) if name == "hours" and standing.live else None
    history, persons = await office.history(name), await persons_of(request)
    told = _titles(desk, desk.language(request, await user_or_none(request)))
    called = _called(desk, desk.language(request, await user_or_none(request)), standing.setting.file)
    values = {"standing": standing, "special": special, "history": history, "persons": persons}
    return {**values, "titles": told, "called": called}


def _called(desk: Desk, language: str, file: str) -> Callable[[str, str], str]:
    """A field of what changes, such as `skills.loans`, in words where there are some; `part`: its entry."""
    model, say = MODELS.get(file.removesuffix(".yaml")), desk.pages.translator(language)
    own = form_of(model).fields if model else ()
    top = {each.name: each.say.title for each in own}
    below = dict(_named([each for field in own for each in field.fields]))

    def called(field: str, part: str) -> str:
        words = {**top, **below} if part else {**below, **top}
        return " › ".join(say(words.get(each, each)) for each in field.split(".") if each)

    return called


def _named(fields: Sequence[Field]) -> Iterator[tuple[str, str]]:
    """Names and titles; what stands higher says it where two have one name."""
    for each in fields:
        yield from _named(each.fields)
    yield from ((each.name, each.say.title) for each in fields)


def _titles(desk: Desk, language: str) -> Callable[[str, Sequence[str]], str]:
    """What fields of a setting are called."""
    say = desk.pages.translator(language)

    def titles(name: str, fields: Sequence[str]) -> str:
        form = form_of(MODELS[name])
        return " · ".join(say(found.say.title) for each in fields if (found := form.part(each)))

    return titles


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Of the opening hours: those from `today` on, and the schedules there are."""

    today: dt.date
    days: list[Entered]
    schedules: tuple[str, ...]

    @classmethod
    def of(cls, text: str, desk: Desk, now: float) -> "SpecialDays":
        """Raises ConfigError."""
        table, today = hours.read(text), dt.datetime.fromtimestamp(now, desk.site.zone).date()
        return cls(today, specialdays.listed(table, today), tuple(table.schedules))


async def told(
    desk: Desk, request: Request, file: str, *, fault: BadInput | None = None, refusal: str = "",
    lines: list[str] | None = None, effects: Sequence[Effect] = (), template: str = "_setting_check.html", **more: Any,
) -> HTMLResponse:  # fmt: skip
    """What is said of a draft of `file`. `elsewhere`: the file that it does not fit, where the fault is not its own."""
    other = fault.path.name if isinstance(fault, ConfigError) else ""
    called = _called(desk, desk.language(request, await user_or_none(request)), file)
    values: dict[str, Any] = {"refusal": refusal, "lines": lines, "effects": effects, "called": called, **more}
    return await desk.show(
        request, template, faults=fault_parts(fault) if fault else (), elsewhere="" if other == file else other,
        **values,
    )  # fmt: skip


async def file_of(office: SettingsOffice, name: str) -> str:
    return (await office.standing(name)).setting.file
