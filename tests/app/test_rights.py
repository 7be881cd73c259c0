"""Every route of the complete application names who may use it, and whatever a page does a program can do."""

import re
from pathlib import Path

from fastapi import FastAPI

from accounts.access import Role
from agentdesk.roles import Rights, rights_of
from app import configuration, parts
from app.parts import Ground
from app.web import compose
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.leasing import Holding
from core.settings import ROOT, Settings
from ivr.prompts.store import PromptStore
from pbx.provision import AsteriskProgram
from pbx.server import AsteriskInfo, AsteriskServer
from recordings.store.vault import open_vault
from tests.asterisk import wanted

OPEN = {
    "/api/health", "/api/ready", "/metrics", "/login", "/login/code", "/logout", "/language", "/assets/{name}",
    "/display/{token}", "/display/{token}/live",
}  # fmt: skip
"""Nobody needs to sign in to see whether the machine is well, to sign in, or to leave."""


def ground(folder: Path) -> Ground:
    """A centre that was never started: its Asterisk is a name only."""
    program = AsteriskProgram((), (), "22", folder, (), folder, folder, folder, bundled=False)
    info = AsteriskInfo("127.0.0.1", 1, "", "", "127.0.0.1", 2, 3, 4, 5, folder, folder, "22", 1, adopted=False)
    settings = Settings(data_dir=folder)
    db = Database(f"sqlite+aiosqlite:///{folder}/test.db", Bus())
    return Ground(
        settings,
        configuration.load(ROOT / "config"),
        db,
        Holding(db),
        AsteriskServer(program, folder, wanted()),
        info,
        PromptStore(folder, folder),
        open_vault(settings),
        system_clock,
    )


ELSEWHERE = {
    "/language": "/api/me/locale",
    "/desk/calls/{}/ticket": "/api/calls/{}/ticket",
    "/desk/knowledge/{}/open": "/api/knowledge/{}/openings",
    "/quality/not-judged/again": "/api/recordings/{}/retry",
    "/password": "/api/me/password",
    "/second-factor": "/api/me/second-factor",
    "/people/new": "/api/people",
    "/people/person/{}": "/api/people/{}",
    "/people/person/{}/active": "/api/people/{}",
    "/people/person/{}/password": "/api/people/{}/password",
    "/people/person/{}/second-factor": "/api/people/{}/second-factor",
    "/people/person/{}/tokens": "/api/people/{}/tokens",
    "/people/import/apply": "/api/people/import",
    "/floor/agents/{}": "/api/agents/{}/work",
    "/campaigns/{}/list/apply": "/api/campaigns/{}/list",
    "/shifts/import": "/api/shifts",
    "/shifts/import/apply": "/api/shifts",
    "/screens/{}/remove": "/api/screens/{}",
    "/settings/hours/special-days/remove": "/api/settings/hours/special-days/{}",
}
"""Deeds of pages whose endpoint is not the page's own address below /api."""

BROWSERS_OWN = {"/login", "/login/code", "/logout", "/desk/phone"}
"""A session, and a telephone that lives in it, are a browser's; a program has a token and `/api/me/phone`."""

DEEDS = {"POST", "PUT", "PATCH", "DELETE"}


async def complete(folder: Path) -> FastAPI:
    standing = ground(folder)
    app = compose(standing, parts.build(standing))
    await standing.db.close()
    return app


async def test_every_route_names_its_roles_and_only_few_are_open(tmp_path: Path) -> None:
    rights = rights_of(await complete(tmp_path))
    assert [each for each in rights if each.roles is None] == []
    assert {each.path for each in rights if not each.roles} == OPEN
    assert len(rights) > 60


async def test_programs_can_read_how_every_route_refuses(tmp_path: Path) -> None:
    app = await complete(tmp_path)
    named = {
        f"{method} {path}": each["responses"].keys()
        for path, methods in app.openapi()["paths"].items() for method, each in methods.items()
    }  # fmt: skip
    refusals = {"401", "403", "404", "409", "503"}
    assert {place for place, said in named.items() if place.split()[1] not in OPEN and not refusals <= said} == set()


async def test_programs_can_read_that_whatever_takes_a_body_takes_none_too_large(tmp_path: Path) -> None:
    document = (await complete(tmp_path)).openapi()
    deeds = [each for methods in document["paths"].values() for each in methods.values()]
    takes = ["requestBody" in each for each in deeds]
    assert ["413" in each["responses"] for each in deeds] == takes
    assert sum(takes) > 50
    assert "Problem" in document["components"]["schemas"]


def without_endpoint(rights: list[Rights]) -> list[str]:
    """Deeds of pages that no endpoint does for at least the same roles."""
    deeds = [(_plain(each.path), each.roles or frozenset()) for each in rights if each.method in DEEDS]
    return [
        path for path, roles in deeds
        if not path.startswith("/api/") and path not in BROWSERS_OWN
        and not any(place == ELSEWHERE.get(path, f"/api{path}") and roles <= may for place, may in deeds)
    ]  # fmt: skip


def _plain(path: str) -> str:
    """Whatever its parameters are called."""
    return re.sub(r"{\w+}", "{}", path)


async def test_every_deed_of_a_page_has_an_endpoint(tmp_path: Path) -> None:
    rights = rights_of(await complete(tmp_path))
    assert without_endpoint(rights) == []
    paths = {_plain(each.path) for each in rights if each.method in DEEDS}
    assert {*ELSEWHERE, *BROWSERS_OWN} <= paths


def test_a_deed_without_an_endpoint_or_for_fewer_roles_is_found() -> None:
    office, boss = frozenset({Role.QUALITY, Role.SUPERVISOR}), frozenset({Role.SUPERVISOR})
    page, narrow = Rights("POST", "/x/{one}/do", office), Rights("PUT", "/api/x/{other}/do", boss)
    assert without_endpoint([page]) == ["/x/{}/do"]
    assert without_endpoint([page, narrow]) == ["/x/{}/do"]
    assert without_endpoint([page, Rights("PUT", "/api/x/{other}/do", office)]) == []
