"""A setting's form: whatever is done in it changes the same text that the editor shows, which is then published."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.access import CurrentUser, User, allow, database
from accounts.intake import form_sent
from accounts.settings import SettingsOffice, difference, plain
from accounts.settings_endpoints import LONGEST
from agentdesk.desk import PLACES, Desk
from agentdesk.forms import endpoints, faults, steps
from agentdesk.forms.faults import Fault
from agentdesk.forms.fields import Field, form_of
from agentdesk.forms.models import MODELS
from agentdesk.forms.names import NameBook
from agentdesk.forms.settings import surroundings, text_page
from agentdesk.forms.steps import Draft
from agentdesk.forms.values import Given
from agentdesk.forms.view import Drawn, Reader, drawn, spot
from core import places, yamledit, yamlfile
from core.errors import BadInput, ConfigError, NotFound, Refused
from core.numbers import LAST, Number

RIGHTS = [Depends(allow(*PLACES["/settings"]))]
MOST_FIELDS = 5000
Place = Annotated[str, Query(max_length=400)]


def router(desk: Desk, office: SettingsOffice) -> APIRouter:
    """Below `/settings/{name}` and `/api/settings/{name}/form`."""
    both, routes = APIRouter(), APIRouter(include_in_schema=False)
    pages = _Pages(desk, office, NameBook(desk, office))

    @routes.get("/settings/{name}/form", dependencies=RIGHTS)
    @routes.get("/settings/{name}", dependencies=RIGHTS)
    async def form(name: str, request: Request, user: CurrentUser, version: Number = 0, at: Place = "") -> Response:
        """Beginning with the live text or with that of a `version`; `at` an entry of it."""
        standing = await office.standing(name)
        text = await office.read(name, version, user.login)
        return await pages.show(request, user, _Asked(name, text, standing.number, "open", at, began=version))

    @routes.post("/settings/{name}/form", dependencies=RIGHTS)
    async def step(name: str, request: Request, user: CurrentUser) -> Response:
        """What stands in the form goes into the draft; then `do` something: all of it the draft's, nothing stored
        before `publish`."""
        await office.standing(name)
        asked = _Asked.of(name, await form_sent(request, MOST_FIELDS))
        return await pages.show(request, user, asked)

    both.include_router(routes)
    both.include_router(endpoints.router(office))
    return both


@dataclass(frozen=True, slots=True)
class _Asked:
    """`text`: the draft before; `given`: the fields of the form at the place `at`, None where it was no form."""

    name: str
    text: str
    seen: int
    do: str = "open"
    target: str = ""
    at: str = ""
    reason: str = ""
    words: str = ""
    began: int = 0
    given: Given | None = None

    @classmethod
    def of(cls, name: str, form: Any) -> "_Asked":
        given: dict[str, list[str]] = {}
        for key, value in form.multi_items():
            given.setdefault(key, []).append(str(value))

        def said(field: str, most: int = 400) -> str:
            return given.get(field, [""])[-1][:most]

        if len(given.get("text", [""])[-1]) > LONGEST:
            raise BadInput("the text is too long", f"leave it below {LONGEST} characters")
        do, _, target = said("do").partition(" ")
        seen = int(said("seen")) if said("seen").isdecimal() else 0
        return cls(
            name, plain(said("text", LONGEST)), min(seen, LAST), do or "check", target, said("at"),
            said("reason").strip(), said("words").strip(), given=given if "form" in given else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What publishing, or its check, says."""

    checked: bool = False
    refusal: str = ""
    fault: BadInput | None = None
    lines: Sequence[str] | None = None
    effects: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class _Pages:
    desk: Desk
    office: SettingsOffice
    book: NameBook

    async def show(self, request: Request, user: User, asked: _Asked) -> Response:
        model = MODELS[asked.name]
        form, path = form_of(model), Path((await self.office.standing(asked.name)).setting.file)
        try:
            draft = await asyncio.to_thread(_begun, form, asked, path)
            text = await asyncio.to_thread(yamledit.said, asked.text, draft.content, path)
        except ConfigError as fault:
            return await text_page(self.desk, self.office, request, asked.name, asked.text, fault=fault)
        asked = replace(asked, text=text)
        if asked.do == "text":
            return await text_page(self.desk, self.office, request, asked.name, text)
        if draft.refusal:
            outcome = _Outcome(refusal=draft.refusal)
        elif asked.do == "publish":
            outcome = await self._published(asked, user)
            if not (outcome.refusal or outcome.fault):
                return RedirectResponse(f"/settings/{asked.name}", 303)
        else:
            outcome = await self._checked(asked) if asked.do == "check" else _Outcome()
        found = await asyncio.to_thread(faults.of_model, model, draft.content)
        if (
            outcome.fault
            and (told := faults.of_check(outcome.fault, path.name, text))
            and told.place not in (each.place for each in found)
        ):
            found = [told, *found]
        return await self._drawn(request, user, asked, form, draft, outcome, found)

    async def _checked(self, asked: _Asked) -> _Outcome:
        fault = await self.office.check(asked.name, asked.text)
        lines = difference(asked.name, await self.office.text(asked.name), asked.text)
        effects = () if fault else await self.office.effects(asked.name, asked.text)
        return _Outcome(True, fault=fault, lines=lines, effects=effects)

    async def _published(self, asked: _Asked, user: User) -> _Outcome:
        try:
            await self.office.publish(asked.name, asked.text, asked.reason, user.login, asked.seen)
        except Refused as refused:
            return _Outcome(True, refusal=refused.reason)
        except BadInput as fault:
            return _Outcome(True, fault=fault)
        return _Outcome()

    async def _drawn(
        self, request: Request, user: User, asked: _Asked, form: Field, draft: Draft, outcome: _Outcome,
        found: Sequence[Fault],
    ) -> HTMLResponse:  # fmt: skip
        language = self.desk.language(request, user)
        async with database(request).reading() as session:
            names = await self.book.names(session, asked.name, draft.content, language)
        reader = Reader(language, tuple(self.desk.site.languages), self.desk.pages.translator(language), names, found,
                        asked.words)  # fmt: skip
        where = spot(form, draft.at) or spot(form, "")
        assert where is not None
        record = draft.kept if draft.refusal else {} if where.fresh else _at(draft.content, where.at)
        parts = drawn(where.fields, record, where.at, reader)
        elsewhere = outcome.fault.path.name if isinstance(outcome.fault, ConfigError) else ""
        return await self.desk.show(
            request, "setting_form.html", asked=asked, where=where, parts=parts, outcome=outcome, found=found,
            apart=_apart(parts, found), titled=lambda place: titled(form, place, reader),
            near=lambda place: _near(form, place), many=sum(len(each.lines) for each in parts) > 20, began=asked.began,
            key=asked.given.get(steps.KEY, [""])[-1] if draft.refusal and asked.given else where.key,
            elsewhere=elsewhere if elsewhere != (await self.office.standing(asked.name)).setting.file else "",
            **await surroundings(self.desk, self.office, request, asked.name),
        )  # fmt: skip


def _begun(form: Field, asked: _Asked, path: Path) -> Draft:
    """The draft with what stands in the form, and with what is to be done; raises ConfigError."""
    content = yamlfile.remembered(asked.text, path)
    draft = Draft(content if isinstance(content, Mapping) else {}, asked.at)
    if asked.given is not None:
        draft = steps.filled_in(form, draft, asked.given)
    return draft if draft.refusal else steps.stepped(form, draft, asked.do, asked.target)


def _at(content: Any, place: str) -> Any:
    try:
        return places.at(content, place)
    except NotFound:
        return {}


def _near(form: Field, place: str) -> str:
    """The record in whose form a fault is shown."""
    while spot(form, place) is None:
        place = place.rpartition("/")[0]
    return place


def titled(form: Field, place: str, reader: Reader) -> str:
    """A place as people read it: the titles of fields, and the keys of entries."""
    told, fields = [], form.fields
    for part in places.parts(place):
        found = next((each for each in fields if each.name == part), None)
        told.append(reader.translate(found.say.title) if found else part)
        fields = found.fields if found else fields
    return " › ".join(told)


def _apart(parts: Sequence[Drawn], found: Sequence[Fault]) -> list[Fault]:
    """Faults that no field of the form shows."""
    shown = {id(fault) for each in _flat(parts) for fault in each.faults}
    return [each for each in found if id(each) not in shown]


def _flat(parts: Sequence[Drawn]) -> list[Drawn]:
    return [one for each in parts for one in (each, *_flat(each.parts))]
