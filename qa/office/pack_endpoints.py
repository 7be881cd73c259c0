"""The editor of rule packs (scoring forms) over HTTP: drafts, trials, publishing, one step back."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from accounts import published
from accounts.access import CurrentUser, User, allow
from core.database import Database
from core.numbers import Number
from qa import formedit
from qa.office import deeds as office
from qa.office.answers import ReasonIn, Told, VersionOut
from qa.office.drafts import Editor
from qa.shelf import KIND

RIGHTS = [Depends(allow(*office.OFFICE))]
LONGEST = 400_000
YAML = "application/yaml"
Words = Callable[[str, str], str]
"""Puts a fault into a language."""
Seen = Annotated[str, Field(max_length=64, description="`seen` of the text the change was made on")]


class DraftLine(Told):
    """Who changed the draft last, and when."""

    by: str
    at: float


class PackLine(Told):
    """A pack with the version that is live, and the draft somebody works on."""

    pack: str
    live: VersionOut | None
    draft: DraftLine | None


class NumberOut(Told):
    """A number of a check; `key` names it in a change."""

    key: str
    check: str
    name: str
    value: float


class FormRowOut(Told):
    """A row of the form; `key` names its weight in a change."""

    id: str
    key: str
    weight: float
    numbers: list[NumberOut]


class PackOut(PackLine):
    """`text`: the draft where there is one, else what is live; `seen` names it, for changes.

    `fault`: why the text cannot be read, then there are no `rows`. `tried`: what the last trial of exactly this text
    found, empty without one; its `passed` lets it be published. `running`: a trial is under way.
    """

    text: str
    seen: str
    fault: str
    rows: list[FormRowOut]
    tried: dict[str, Any]
    running: bool
    versions: list[VersionOut]


class TextIn(BaseModel):
    text: str = Field(max_length=LONGEST)
    seen: Seen


class ValuesIn(BaseModel):
    """`values` by key: `weight.A1`, the keys of numbers, `say.`, `excepted.` or `doubtful.` and a family.

    Phrases are one a line.
    """

    values: dict[str, str] = Field(max_length=2000)
    seen: Seen


Tell = Callable[[str, User], Awaitable[PackOut]]
"""A pack as somebody may have it, by its name."""


def router(db: Database, editor: Editor, words: Words) -> APIRouter:
    async def told(pack: str, user: User) -> PackOut:
        async with db.reading() as session:
            work = await editor.work(session, pack)
            history = await published.history(session, KIND, pack)
        rows = formedit.rows_of(work.rules.pack) if work.rules else ()
        tried = work.tried | {"fault": words(work.tried["fault"], user.locale)} if work.tried else {}
        return PackOut(
            **dict(PackLine.model_validate(work)), text=work.text, seen=work.seen,
            fault=words(work.fault, user.locale), tried=tried, running=work.running,
            rows=[FormRowOut.model_validate(row) for row in rows],
            versions=[VersionOut.model_validate(each) for each in history],
        )  # fmt: skip

    routes = APIRouter()
    _add_reading(routes, db, editor, told)
    _add_drafting(routes, db, editor, told)
    _add_publishing(routes, editor, told)
    return routes


def _add_reading(routes: APIRouter, db: Database, editor: Editor, told: Tell) -> None:
    @routes.get("/quality/forms", dependencies=RIGHTS)
    async def rule_packs() -> list[PackLine]:
        """Every rule pack with its live version and its draft."""
        async with db.reading() as session:
            works = await editor.works(session)
        return [PackLine.model_validate({"pack": pack, "live": live, "draft": draft}) for pack, live, draft in works]

    @routes.get("/quality/forms/{pack}", dependencies=RIGHTS)
    async def rule_pack(pack: str, user: CurrentUser) -> PackOut:
        """A pack as its editor has it: text, form, last trial, versions."""
        return await told(pack, user)

    @routes.get("/quality/forms/{pack}/versions/{number}", dependencies=RIGHTS, response_class=Response)
    async def text_of_version(pack: str, number: Number) -> Response:
        """The YAML of a published version."""
        async with db.reading() as session:
            found = await published.of_number(session, KIND, pack, number)
        return Response(found.text, media_type=YAML)


def _add_drafting(routes: APIRouter, db: Database, editor: Editor, told: Tell) -> None:
    @routes.put("/quality/forms/{pack}/text", dependencies=RIGHTS)
    async def save_draft(pack: str, user: CurrentUser, wanted: TextIn) -> PackOut:
        """Keep a text as the pack's draft; a broken one is kept too, with its `fault`. 409 when `seen` is outdated."""
        await editor.save(pack, wanted.text, wanted.seen, user)
        return await told(pack, user)

    @routes.put("/quality/forms/{pack}/values", dependencies=RIGHTS)
    async def change_values(pack: str, user: CurrentUser, wanted: ValuesIn) -> PackOut:
        """Change weights, numbers and phrases in the draft; everything else of its text stays."""
        await editor.change(pack, wanted.values, wanted.seen, user)
        return await told(pack, user)

    @routes.post("/quality/forms/{pack}/drop", dependencies=RIGHTS)
    async def drop_draft(pack: str, user: CurrentUser) -> PackOut:
        """Throw the draft away; what is live stays."""
        async with db.transaction() as tx:
            await editor.drop(tx, pack, user)
        return await told(pack, user)


def _add_publishing(routes: APIRouter, editor: Editor, told: Tell) -> None:
    @routes.post("/quality/forms/{pack}/trial", dependencies=RIGHTS, status_code=202)
    async def try_draft(pack: str, user: CurrentUser) -> PackOut:
        """Try the draft in the background: lint, unit tests, 30 days of calls judged anew; ask while `running`."""
        await editor.begin_trial(pack, user)
        return await told(pack, user)

    @routes.post("/quality/forms/{pack}/publish", dependencies=RIGHTS)
    async def publish_draft(pack: str, user: CurrentUser, wanted: ReasonIn) -> PackOut:
        """Judge calls by the draft from now on; 409 until a trial of exactly this text has passed."""
        await editor.publish(pack, wanted.reason.strip(), user)
        return await told(pack, user)

    @routes.post("/quality/forms/{pack}/back", dependencies=RIGHTS)
    async def pack_back(pack: str, user: CurrentUser, wanted: ReasonIn) -> PackOut:
        """The version before the live one is live again."""
        await editor.back(pack, wanted.reason.strip(), user)
        return await told(pack, user)
