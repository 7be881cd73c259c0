"""What a setting says, by places and for programs: its content and fields, and texts in which some of it is changed."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from pydantic_core import to_jsonable_python

from accounts.access import CurrentUser, allow
from accounts.settings import SettingsOffice, plain
from accounts.settings_endpoints import LONGEST, Number
from agentdesk.desk import PLACES
from agentdesk.forms import models
from agentdesk.forms.faults import of_model
from agentdesk.forms.fields import Field as FormField
from agentdesk.forms.fields import Kind, form_of
from core import places, yamledit, yamlfile
from core.errors import BadInput
from core.problem import REFUSALS

RIGHTS = [Depends(allow(*PLACES["/settings"]))]


class FieldOut(BaseModel):
    """As in `agentdesk.forms.fields`; `fields` are those of a record, or of each entry."""

    name: str
    kind: Kind
    title: str
    help: str
    unit: str
    required: bool
    default: Any
    choices: tuple[str, ...]
    fields: tuple["FieldOut", ...]

    @classmethod
    def of(cls, field: FormField) -> "FieldOut":
        say = field.say
        return cls(
            name=field.name, kind=field.kind, title=say.title, help=say.help, unit=say.unit, required=field.required,
            default=field.default, choices=field.choices, fields=tuple(map(cls.of, field.fields)),
        )  # fmt: skip


class FormOut(BaseModel):
    """`version` is that of the live text, to be given back as `seen` when publishing."""

    version: int
    content: Any
    fields: tuple[FieldOut, ...]


class ChangeIn(BaseModel):
    """`at`: a JSON pointer (`/queues/cards/ring_seconds`; `-` appends to a list). `value`: of `put` what stands there,
    of `rename` the other key, of `move` so many places down or, negative, up."""

    do: Literal["put", "remove", "rename", "move", "copy"]
    at: Annotated[str, Field(pattern=r"^(/[^/]*)+$", max_length=400)]
    value: Any = None


class ChangesIn(BaseModel):
    """Of a draft, '' for the live text."""

    text: str = Field(default="", max_length=LONGEST)
    changes: Annotated[list[ChangeIn], Field(min_length=1, max_length=200)]


class FaultOut(BaseModel):
    place: str
    problem: str


class DraftOut(BaseModel):
    """A text to be checked and published; `faults` are those that its model finds, by place."""

    text: str
    faults: list[FaultOut]


def router(office: SettingsOffice) -> APIRouter:
    """`/api/settings/{name}/form`."""
    routes = APIRouter(tags=["settings"], responses=REFUSALS)

    @routes.get("/api/settings/{name}/form", dependencies=RIGHTS)
    async def form(name: str, user: CurrentUser, version: Number = 0) -> FormOut:
        """What the setting says, and what it may say."""
        standing = await office.standing(name)
        text = await office.read(name, version, user.login)
        found = await asyncio.to_thread(yamlfile.parse, text, Path(standing.setting.file))
        told = tuple(map(FieldOut.of, form_of(models.MODELS[name]).fields))
        return FormOut(version=standing.number, content=to_jsonable_python(found), fields=told)

    @routes.post("/api/settings/{name}/form", dependencies=RIGHTS)
    async def change(name: str, wanted: ChangesIn, user: CurrentUser) -> DraftOut:
        """The text with these changes, in which all else stays as it was written; nothing is stored. 404 for a place
        that is not there."""
        path = Path((await office.standing(name)).setting.file)
        text = plain(wanted.text) or await office.read(name, 0, user.login)
        return await asyncio.to_thread(_changed, name, text, wanted.changes, path)

    return routes


def _changed(name: str, text: str, changes: list[ChangeIn], path: Path) -> DraftOut:
    content = yamlfile.parse(text, path) or {}
    for each in changes:
        content = _done(content, each)
    made = yamledit.said(text, content, path)
    found = of_model(models.MODELS[name], yamlfile.parse(made, path))
    return DraftOut(text=made, faults=[FaultOut(place=each.place, problem=each.words) for each in found])


def _done(content: Any, change: ChangeIn) -> Any:
    match change.do, change.value:
        case "put", value:
            return places.put(content, change.at, value)
        case "remove", _:
            return places.without(content, change.at)
        case "copy", _:
            return places.copied(content, change.at)[0]
        case "rename", str(key):
            return places.renamed(content, change.at, key)
        case "move", int(by):
            return places.moved(content, change.at, by)
    raise BadInput(f"{change.do} cannot be done with {change.value!r}", "give a key to rename, a number to move")
