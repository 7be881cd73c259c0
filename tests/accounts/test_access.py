"""Who gets in: strangers, wrong roles, tokens, cookies, posts from other sites."""

import httpx
import pytest
from starlette.datastructures import Headers

from accounts import handsets, personnel, repository, service
from accounts.access import COOKIE, Role, allow
from accounts.guard import is_foreign
from core.clock import system_clock
from core.database import Database


async def token_of(db: Database, login: str) -> dict[str, str]:
    async with db.transaction() as tx:
        return {"authorization": f"Bearer {await service.issue_token(tx, login, 0.0)}"}


async def cookie_of(db: Database, login: str) -> dict[str, str]:
    async with db.transaction() as tx:
        entered = await service.sign_in(tx, login, True, system_clock())
    return {"cookie": f"{COOKIE}={entered.token}"}


async def test_stranger_is_led_from_a_page_to_the_login_and_back(web: httpx.AsyncClient) -> None:
    answer = await web.get("/floor?queue=cards")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Ffloor%3Fqueue%3Dcards"


async def test_stranger_gets_401_from_the_api_and_fragments_reload_to_the_login(web: httpx.AsyncClient) -> None:
    assert (await web.get("/api/me")).status_code == 401
    fragment = await web.get("/floor", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/login")


async def test_wrong_role_is_forbidden_and_right_role_enters_by_token_or_cookie(
    web: httpx.AsyncClient, db: Database
) -> None:
    assert (await web.get("/floor", headers=await token_of(db, "li.na"))).status_code == 403
    assert (await web.get("/floor", headers=await token_of(db, "sun.li"))).json() == "sun.li"
    assert (await web.get("/floor", headers=await cookie_of(db, "sun.li"))).json() == "sun.li"


async def test_invented_token_is_refused_and_open_routes_are_open(web: httpx.AsyncClient) -> None:
    assert (await web.get("/api/me", headers={"authorization": "Bearer guess"})).status_code == 401
    assert (await web.get("/open")).status_code == 200


async def test_post_with_a_cookie_needs_our_own_origin(web: httpx.AsyncClient, db: Database) -> None:
    cookie = await cookie_of(db, "sun.li")
    codes = [
        (await web.post("/floor", headers=cookie | extra)).status_code
        for extra in ({}, {"origin": "http://evil.test"}, {"origin": "null"}, {"origin": "http://desk.test"})
    ]
    assert codes == [403, 403, 403, 200]


def test_program_with_a_bearer_token_is_never_foreign() -> None:
    assert not is_foreign(Headers({"authorization": "Bearer x", "origin": "http://elsewhere"}))
    assert not is_foreign(Headers({"cookie": f"{COOKIE}=1", "sec-fetch-site": "same-origin"}))
    assert is_foreign(Headers({"cookie": f"{COOKIE}=1", "sec-fetch-site": "cross-site"}))


async def test_every_answer_carries_a_policy_without_inline_code(web: httpx.AsyncClient) -> None:
    policy = (await web.get("/open")).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


async def test_agent_reads_the_own_phone_and_only_admin_that_of_others(web: httpx.AsyncClient, db: Database) -> None:
    agent, admin = await token_of(db, "li.na"), await token_of(db, "boss")
    own = (await web.get("/api/me/phone", headers=agent)).json()
    assert (own["user"], own["server"], own["port"]) == ("phone-8001", "127.0.0.1", 5060)
    assert (await web.get("/api/agents/8001/phone", headers=agent)).status_code == 403
    assert (await web.get("/api/agents/8001/phone", headers=admin)).json() == own
    assert (await web.get("/api/agents/8099/phone", headers=admin)).status_code == 404


async def test_who_talks_in_his_browser_keeps_the_desk_until_its_end_though_he_has_been_given_another_password(
    web: httpx.AsyncClient, db: Database
) -> None:
    cookie = await cookie_of(db, "li.na")
    async with db.transaction() as tx:
        token = cookie["cookie"].partition("=")[2]
        await handsets.issue(tx, token, "8001", "li.na", system_clock())
        await personnel.give_password(tx, "li.na", "hash", "boss")
    assert (await web.get("/api/me", headers=cookie)).status_code == 200
    fresh = await cookie_of(db, "li.na")
    assert (await web.get("/api/me", headers=fresh)).status_code == 403, "he must choose a password of his own first"
    async with db.transaction() as tx:
        await service.end_after_talk(tx, "li.na", system_clock())
    assert (await web.get("/api/me", headers=cookie)).status_code == 401


def test_a_route_must_name_a_role() -> None:
    with pytest.raises(ValueError, match="role"):
        allow()
    assert allow(Role.ADMIN).roles == {Role.ADMIN}


async def test_everybody_chooses_the_own_language(db: Database, web: httpx.AsyncClient) -> None:
    agent = await token_of(db, "li.na")
    assert (await web.put("/api/me/locale", json={"locale": "en"}, headers=agent)).status_code == 204
    assert (await web.get("/api/me", headers=agent)).json()["locale"] == "en"
    assert (await web.put("/api/me/locale", json={"locale": "fr"}, headers=agent)).status_code == 422
    assert (await web.get("/api/me", headers=await token_of(db, "sun.li"))).json()["locale"] == "zh"


async def test_an_administrator_puts_people_into_teams_and_the_office_has_leads(
    web: httpx.AsyncClient, db: Database
) -> None:
    place, wanted = "/api/people/li.na/place", {"team": " 二组 ", "lead": False}
    admin = await token_of(db, "boss")
    told = (await web.put(place, json=wanted, headers=admin)).json()
    assert (told["team"], told["lead"]) == ("二组", False)
    async with db.reading() as session:
        assert (await repository.teams(session))["8001"] == "二组"
        assert (await repository.trail(session, "person:li.na"))[-1].what == "person_changed"
    assert (await web.put(place, json=wanted, headers=await token_of(db, "sun.li"))).status_code == 403
    lead = await web.put("/api/people/sun.li/place", json={"lead": True}, headers=admin)
    assert lead.json()["lead"]
