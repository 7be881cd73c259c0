"""Every route names who may use it, and lets in exactly those."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from accounts.access import Allowed, Role
from agentdesk.desk import PLACES
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import House, enter

EVERYBODY = frozenset(Role)
OPEN = frozenset({"/login", "/logout", "/language", "/assets/{name}"})


def routes(house: House) -> Iterator[tuple[APIRoute, frozenset[Role] | None]]:
    """Each route with the roles it names; None when it names nobody."""
    for route in house.app.routes:
        assert isinstance(route, APIRoute), f"{route} is no route with roles"
        guards = [each.call for each in route.dependant.dependencies if isinstance(each.call, Allowed)]
        yield route, guards[0].roles if guards else None


def test_every_route_names_its_roles_and_only_signing_in_is_open(house: House) -> None:
    named = {route.path: roles for route, roles in routes(house)}
    assert [path for path, roles in named.items() if roles is None] == []
    assert {path for path, roles in named.items() if not roles} == OPEN


@pytest.mark.parametrize("role", list(Role))
async def test_pages_open_for_the_roles_of_the_navigation_only(
    house: House, web: httpx.AsyncClient, role: Role
) -> None:
    await enter(web, role)
    for place, roles in PLACES.items():
        answer = await web.get(place)
        assert answer.status_code == (200 if role in roles else 403), place
        assert (f'href="{place}"' in (await web.get("/wallboard")).text) == (role in roles)


@pytest.mark.parametrize("role", list(Role))
async def test_every_get_route_answers_a_role_as_it_declares(house: House, web: httpx.AsyncClient, role: Role) -> None:
    await enter(web, role)
    for route, roles in routes(house):
        if "GET" not in route.methods or route.path == "/live":
            continue
        address = route.path.replace("{call}", TALK).replace("{name}", "desk.css").replace("{recording}", "none")
        answer = await web.get(address)
        allowed = not roles or role in roles
        assert (answer.status_code != 403) == allowed, f"{role} at {route.path}: {answer.status_code}"


async def test_strangers_reach_nothing_but_the_login(house: House, web: httpx.AsyncClient) -> None:
    for route, roles in routes(house):
        for method in route.methods - {"HEAD"}:
            answer = await web.request(
                method, route.path.replace("{name}", "desk.css"), headers={"accept": "text/html"}
            )
            closed = (answer.status_code in (303, 401) and "location" in answer.headers) or answer.status_code == 401
            assert closed or not roles, f"{method} {route.path}: {answer.status_code}"


async def test_agent_does_not_find_the_calls_of_a_colleague(web: httpx.AsyncClient) -> None:
    await enter(web, "agent")
    assert (await web.get(f"/calls/{TALK}")).status_code == 200
    for part in ("", "/body", "/sound"):
        assert (await web.get(f"/calls/call000000000000000002{part}")).status_code == 404
    listed = (await web.get("/calls")).text
    assert TALK in listed
    assert "call000000000000000002" not in listed


@pytest.mark.parametrize(("role", "shown"), [("supervisor", True), ("quality", False), ("admin", False)])
async def test_numbers_are_masked_for_roles_that_do_not_call_back(
    web: httpx.AsyncClient, role: str, shown: bool
) -> None:
    await enter(web, role)
    for place in ("/calls", f"/calls/{TALK}"):
        page = (await web.get(place)).text
        assert ("13812345678" in page) == shown
        assert shown or "138****5678" in page
