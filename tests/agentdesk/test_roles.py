"""Every route names who may use it, and lets in exactly those."""

import pytest
from fastapi import FastAPI

from accounts.access import Role
from agentdesk.desk import PLACES
from agentdesk.roles import Rights, rights_of
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import House, Visitor, enter

OPEN = frozenset(
    {"/login", "/login/code", "/logout", "/language", "/assets/{name}", "/display/{token}", "/display/{token}/live"}
)


def test_every_route_names_its_roles_and_only_signing_in_is_open(house: House) -> None:
    rights = rights_of(house.app)
    assert [each for each in rights if each.roles is None] == []
    assert {each.path for each in rights if not each.roles} == OPEN


def test_a_route_that_names_nobody_is_found() -> None:
    app = FastAPI(openapi_url=None)
    app.add_api_route("/forgotten", lambda: "x")
    assert rights_of(app) == [Rights("GET", "/forgotten", None)]


async def test_pages_open_for_the_roles_of_the_navigation_only(web: Visitor) -> None:
    for role in Role:
        await enter(web, role)
        shown = (await web.get("/wallboard")).text
        for place, roles in PLACES.items():
            answer = await web.get(place)
            assert answer.status_code == (200 if role in roles else 403), (role, place)
            assert (f'href="{place}"' in shown) == (role in roles), (role, place)


async def test_every_get_route_answers_a_role_as_it_declares(house: House, web: Visitor) -> None:
    for role in Role:
        await enter(web, role)
        for route in rights_of(house.app):
            if route.method != "GET" or route.path == "/live":
                continue
            address = route.path.replace("{call}", TALK).replace("{name}", "desk.css").replace("{recording}", "none")
            answer = await web.get(address)
            allowed = not route.roles or role in route.roles
            assert (answer.status_code != 403) == allowed, f"{role} at {route.path}: {answer.status_code}"


async def test_strangers_reach_nothing_but_the_login(house: House, web: Visitor) -> None:
    for route in rights_of(house.app):
        if route.method == "WEBSOCKET":
            continue
        answer = await web.request(route.method, route.path.replace("{name}", "desk.css"))
        led = answer.status_code == 303 and answer.headers["location"].startswith("/login?")
        assert led or answer.status_code == 401 or not route.roles, f"{route}: {answer.status_code}"


async def test_agent_does_not_find_the_calls_of_a_colleague(web: Visitor) -> None:
    await enter(web, "agent")
    assert (await web.get(f"/calls/{TALK}")).status_code == 200
    for part in ("", "/body", "/sound"):
        assert (await web.get(f"/calls/call000000000000000002{part}")).status_code == 404
    listed = (await web.get("/calls")).text
    assert TALK in listed
    assert "call000000000000000002" not in listed


@pytest.mark.parametrize(("role", "shown"), [("supervisor", True), ("quality", False), ("admin", False)])
async def test_numbers_are_masked_for_roles_that_do_not_call_back(web: Visitor, role: str, shown: bool) -> None:
    await enter(web, role)
    for place in ("/calls", f"/calls/{TALK}"):
        page = (await web.get(place)).text
        assert ("13812345678" in page) == shown
        assert shown or "138****5678" in page
