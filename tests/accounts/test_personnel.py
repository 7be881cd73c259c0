"""What administrators do with people over HTTP: add, change, block, new passwords, lists, and who hears of it."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from accounts import audit, repository, service
from accounts.events import PeopleChanged, PhonesChanged
from accounts.models import BrowserPhone, Person, SessionRow
from core.clock import system_clock
from core.database import Database
from tests.accounts.test_access import cookie_of, token_of

NEW = {"login": "wang.wei", "name": "王伟", "role": "agent", "number": "8002", "skills": {"cards": 7}, "team": "一组"}
ORIGIN = {"origin": "http://desk.test"}
PASSWORD = "correct horse 9"


class Admin:
    """Asks as the administrator, and keeps what the house was told."""

    def __init__(self, web: httpx.AsyncClient, db: Database, headers: dict[str, str]) -> None:
        self.web, self.db, self.headers = web, db, headers
        self.told: list[object] = []
        for kind in (PeopleChanged, PhonesChanged):
            db.bus.subscribe("test", kind, self._hear)

    async def _hear(self, event: object) -> None:
        self.told.append(event)

    async def ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        answer = await self.web.request(method, f"/api{path}", headers=self.headers, **what)
        await self.db.bus.drain()
        return answer

    async def deeds(self, login: str) -> list[str]:
        async with self.db.reading() as session:
            return [entry.what for entry in await repository.trail(session, f"person:{login}")]


@pytest.fixture
async def admin(web: httpx.AsyncClient, db: Database) -> Admin:
    return Admin(web, db, await token_of(db, "boss"))


async def test_a_new_agent_has_a_telephone_and_no_way_in_before_a_password_is_given(admin: Admin) -> None:
    answer = await admin.ask("POST", "/people", json=NEW)
    assert (answer.status_code, answer.json()["skills"], answer.json()["has_password"]) == (201, {"cards": 7}, False)
    assert admin.told == [PeopleChanged(), PhonesChanged()]
    async with admin.db.reading() as session:
        phone = await repository.phone(session, "8002")
    assert phone is not None
    assert len(phone.secret) == 24
    assert await admin.deeds("wang.wei") == ["person_added"]


@pytest.mark.parametrize(
    ("other", "reason"),
    [({"login": "li.na"}, "login_taken"), ({"number": "8001"}, "number_taken"), ({"number": ""}, "number_needed"),
     ({"role": "quality"}, "number_needed")],
)  # fmt: skip
async def test_nobody_is_added_with_what_is_somebody_elses(admin: Admin, other: dict[str, str], reason: str) -> None:
    answer = await admin.ask("POST", "/people", json=NEW | other)
    assert answer.status_code == 409
    assert reason in answer.text
    assert admin.told == []


async def test_other_skills_are_told_to_the_distributor_and_not_to_the_telephones(admin: Admin) -> None:
    answer = await admin.ask("PATCH", "/people/li.na", json={"skills": {"zh": 8, "loans": 3}})
    assert answer.json()["skills"] == {"zh": 8, "loans": 3}
    assert admin.told == [PeopleChanged()]
    async with admin.db.reading() as session:
        noted = (await repository.trail(session, "person:li.na"))[-1]
    assert (noted.who, noted.what, noted.reason) == ("boss", "person_changed", "skills: zh:9 → zh:8; loans:3")
    await admin.ask("PATCH", "/people/li.na", json={"skills": {"loans": 3, "zh": 8}})
    assert (admin.told, await admin.deeds("li.na")) == ([PeopleChanged()], ["person_changed"])


@pytest.mark.parametrize(("own", "status"), [("", 200), ("one", 200), ("two", 409)])
async def test_a_supervisor_changes_skills_and_team_of_his_own_agents_alone(
    admin: Admin, own: str, status: int
) -> None:
    async with admin.db.transaction() as tx:
        (await tx.session.get_one(Person, "li.na")).team = "one"
        (await tx.session.get_one(Person, "sun.li")).team = own
    admin.headers = await token_of(admin.db, "sun.li")
    answer = await admin.ask("PUT", "/agents/8001/work", json={"skills": {"zh": 8}, "team": "three"})
    assert answer.status_code == status
    if status == 200:
        assert (answer.json()["skills"], answer.json()["team"], answer.json()["name"]) == ({"zh": 8}, "three", "李娜")
        assert (admin.told, await admin.deeds("li.na")) == ([PeopleChanged()], ["person_changed"])
    else:
        assert (answer.json()["reason"], admin.told) == ("other_team", [])
    assert (await admin.ask("PUT", "/agents/8999/work", json={})).status_code == 404


async def test_another_number_gets_another_secret_and_the_browser_of_the_old_one_is_withdrawn(admin: Admin) -> None:
    async with admin.db.transaction() as tx:
        entered = await service.sign_in(tx, "li.na", True, system_clock())
        before = await repository.phone(tx.session, "8001")
        row = (await tx.session.scalars(select(SessionRow))).one()
        tx.session.add(BrowserPhone(number="8001", session=row.token_hash, secret="s", issued_at=1.0))
    assert entered.token
    await admin.ask("PATCH", "/people/li.na", json={"number": "8009"})
    async with admin.db.reading() as session:
        after = await repository.phone(session, "8009")
        assert (await session.scalars(select(BrowserPhone))).all() == []
    assert before is not None
    assert after is not None
    assert before.secret != after.secret


@pytest.mark.parametrize("left", [{"number": "8009"}, {"role": "supervisor", "number": ""}])
async def test_number_an_agent_gave_up_goes_to_nobody_else_and_back_to_him(admin: Admin, left: dict[str, str]) -> None:
    await admin.ask("PATCH", "/people/li.na", json=left)
    added = await admin.ask("POST", "/people", json=NEW | {"number": "8001"})
    assert (added.status_code, added.json()["reason"]) == (409, "number_held")
    await admin.ask("POST", "/people", json=NEW)
    moved = await admin.ask("PATCH", "/people/wang.wei", json={"number": "8001"})
    listed = await admin.ask("POST", "/people/import", content=b"login,number\nwang.wei,8001\n")
    assert (moved.json()["reason"], listed.json()["lines"][0]["fault"]) == ("number_held", "number_held")
    back = await admin.ask("PATCH", "/people/li.na", json={"role": "agent", "number": "8001"})
    assert (back.status_code, back.json()["number"]) == (200, "8001")


async def test_undoing_gives_a_number_back_though_somebody_had_it_since(admin: Admin) -> None:
    await admin.ask("PATCH", "/people/li.na", json={"number": "8009"})
    change = (await admin.ask("GET", "/people-changes?login=li.na")).json()[0]["number"]
    async with admin.db.transaction() as tx:  # as an older centre let him have it
        tx.session.add(Person(**NEW | {"number": "8001"}))
    await admin.ask("PATCH", "/people/wang.wei", json={"number": "8002"})
    assert (await admin.ask("PATCH", "/people/li.na", json={"number": "8001"})).status_code == 409
    assert (await admin.ask("POST", f"/people-changes/{change}/undo")).status_code == 200


async def test_who_has_a_number_that_another_gave_up_long_ago_is_changed_as_ever(admin: Admin) -> None:
    await admin.ask("PATCH", "/people/li.na", json={"number": "8009"})
    async with admin.db.transaction() as tx:  # as an older centre let him have it
        tx.session.add(Person(**NEW | {"number": "8001"}))
    assert (await admin.ask("PATCH", "/people/wang.wei", json={"team": "二组"})).status_code == 200


async def test_whoever_is_blocked_is_signed_out_and_may_come_back_later(
    admin: Admin, web: httpx.AsyncClient, db: Database
) -> None:
    cookie = await cookie_of(db, "sun.li")
    assert (await web.get("/api/me", headers=cookie)).status_code == 200
    await admin.ask("PATCH", "/people/sun.li", json={"active": False})
    assert (await web.get("/api/me", headers=cookie)).status_code == 401
    assert [each["login"] for each in (await admin.ask("GET", "/people?state=blocked")).json()] == ["sun.li"]
    await admin.ask("PATCH", "/people/sun.li", json={"active": True})
    assert (await web.get("/api/me", headers=cookie)).status_code == 401
    assert (await web.get("/api/me", headers=await cookie_of(db, "sun.li"))).status_code == 200
    assert (await admin.deeds("sun.li"))[1:3] == ["person_blocked", "person_unblocked"]


@pytest.mark.parametrize("change", [{"active": False}, {"role": "supervisor"}])
async def test_the_last_administrator_cannot_go(admin: Admin, change: dict[str, Any]) -> None:
    refused = await admin.ask("PATCH", "/people/boss", json=change)
    assert (refused.status_code, "last_admin" in refused.text) == (409, True)
    async with admin.db.transaction() as tx:
        await service.set_password(tx, "sun.li", PASSWORD)
    await admin.ask("PATCH", "/people/sun.li", json={"role": "admin"})
    assert (await admin.ask("PATCH", "/people/boss", json=change)).status_code == 200


async def test_people_are_found_by_what_is_known_of_them(admin: Admin, db: Database) -> None:
    await admin.ask("POST", "/people", json=NEW)
    await cookie_of(db, "sun.li")
    for asked, found in (
        ("words=8002", ["wang.wei"]), ("words=王", ["wang.wei"]), ("role=agent", ["li.na", "wang.wei"]),
        ("team=一组", ["wang.wei"]), ("skill=zh", ["li.na"]), ("signed_in=yes", ["sun.li"]),
        ("role=agent&signed_in=yes", []),
    ):  # fmt: skip
        assert [each["login"] for each in (await admin.ask("GET", f"/people?{asked}")).json()] == found, asked


async def test_a_password_for_one_sign_in_opens_nothing_but_the_choice_of_an_own_one(
    admin: Admin, web: httpx.AsyncClient, db: Database
) -> None:
    once = (await admin.ask("POST", "/people/sun.li/password")).json()["password"]
    async with db.reading() as session:
        assert await service.password_matches(session, "sun.li", once)
    mine = await cookie_of(db, "sun.li") | ORIGIN
    assert (await web.get("/api/me", headers=mine)).status_code == 403
    led = await web.get("/floor", headers=mine)
    assert (led.status_code, led.headers["location"]) == (303, "/password?next=%2Ffloor")
    wanted = {"old": once, "new": PASSWORD}
    assert (await web.put("/api/me/password", json=wanted, headers=mine)).status_code == 204
    assert (await web.get("/floor", headers=mine)).status_code == 200
    assert (await admin.deeds("sun.li"))[-3:] == ["password_reset", "signed_in", "password_changed"]


async def test_a_reset_ends_the_sessions_and_the_programs_of_that_person(
    admin: Admin, web: httpx.AsyncClient, db: Database
) -> None:
    cookie, token = await cookie_of(db, "sun.li"), await token_of(db, "sun.li")
    await admin.ask("POST", "/people/sun.li/password")
    assert (await web.get("/api/me", headers=cookie)).status_code == 401
    assert (await web.get("/api/me", headers=token)).status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [(PASSWORD, "short", "password_short"), (PASSWORD, "x sun.li x y", "password_login"),
     (PASSWORD, PASSWORD, "password_same"), ("a guess", "another good one", "password_wrong")],
)  # fmt: skip
async def test_an_own_password_is_refused_with_the_reason(
    web: httpx.AsyncClient, db: Database, old: str, new: str, reason: str
) -> None:
    async with db.transaction() as tx:
        await service.set_password(tx, "sun.li", PASSWORD)
    mine = await token_of(db, "sun.li")
    answer = await web.put("/api/me/password", json={"old": old, "new": new}, headers=mine)
    assert (answer.status_code, reason in answer.text) == (409, True)
    async with db.reading() as session:
        assert await service.password_matches(session, "sun.li", PASSWORD)


async def test_guessing_the_old_password_locks_as_signing_in_does(web: httpx.AsyncClient, db: Database) -> None:
    async with db.transaction() as tx:
        await service.set_password(tx, "sun.li", PASSWORD)
    mine, wanted = await token_of(db, "sun.li"), {"old": "guess", "new": "another good one"}
    answers = [(await web.put("/api/me/password", json=wanted, headers=mine)).text for _ in range(5)]
    assert ["password_locked" in each for each in answers] == [False] * 4 + [True]
    right = await web.put("/api/me/password", json=wanted | {"old": PASSWORD}, headers=mine)
    assert "password_locked" in right.text


async def test_another_password_ends_ones_other_sessions_only(web: httpx.AsyncClient, db: Database) -> None:
    async with db.transaction() as tx:
        await service.set_password(tx, "sun.li", PASSWORD)
    here, there = await cookie_of(db, "sun.li"), await cookie_of(db, "sun.li")
    changed = await web.put(
        "/api/me/password", json={"old": PASSWORD, "new": "another good one"}, headers=here | ORIGIN
    )
    assert changed.status_code == 204
    assert (await web.get("/api/me", headers=here)).status_code == 200
    assert (await web.get("/api/me", headers=there)).status_code == 401


async def test_a_list_is_looked_at_first_and_then_taken_as_a_whole(admin: Admin) -> None:
    lines = (
        "登录名,姓名,角色,工号,技能",
        "li.na,李娜,坐席,8001,zh:7",
        "mei.hua,梅花,坐席,8003,zh:5",
        "sun.li,孙丽,班长,,",
    )
    text = "\n".join(lines).encode("gb18030")
    plan = (await admin.ask("POST", "/people/import", content=text)).json()
    assert (plan["applied"], plan["counts"]) == (False, {"changed": 1, "new": 1, "same": 1})
    assert admin.told == []
    done = (await admin.ask("POST", f"/people/import?apply=true&seen={plan['digest']}", content=text)).json()
    assert (done["applied"], admin.told) == (True, [PeopleChanged(), PhonesChanged()])
    again = (await admin.ask("POST", "/people/import", content=text)).json()
    assert again["counts"] == {"same": 3}
    late = await admin.ask("POST", f"/people/import?apply=true&seen={plan['digest']}", content=text)
    assert (late.status_code, "plan_changed" in late.text) == (409, True)


async def test_a_list_with_a_wrong_line_changes_nobody(admin: Admin) -> None:
    text = "login,name,role\nmei.hua,梅花,quality\nbad login,x,quality\n".encode()
    refused = await admin.ask("POST", "/people/import?apply=true", content=text)
    assert (refused.status_code, "file_faulty" in refused.text) == (409, True)
    assert (await admin.ask("GET", "/people/mei.hua")).status_code == 404


async def test_the_trail_is_read_newest_first_by_page_and_masks_customers_numbers(admin: Admin, db: Database) -> None:
    for skill in range(1, 10):
        await admin.ask("PATCH", "/people/li.na", json={"skills": {"zh": skill + 1 if skill < 9 else 1}})
    async with db.transaction() as tx:
        await audit.note(tx, "sun.li", "number_barred", "number:13812345678", "customer of 02161234567 asked")
    first = (await admin.ask("GET", "/audit?about=person:li")).json()
    assert {each["what"] for each in first["entries"]} == {"person_changed"}
    assert [each["id"] for each in first["entries"]] == sorted((e["id"] for e in first["entries"]), reverse=True)
    barred = (await admin.ask("GET", "/audit?who=sun.li&what=number_barred")).json()["entries"][0]
    assert (barred["about"], barred["reason"]) == ("number:138****5678", "customer of 021****4567 asked")
    assert (await admin.ask("GET", "/audit?until=1")).json() == {"entries": [], "older": None}


async def test_a_program_s_token_is_counted_and_withdrawn(admin: Admin) -> None:
    program = await token_of(admin.db, "li.na")
    assert (await admin.ask("GET", "/people/li.na")).json()["tokens"] == 1
    assert (await admin.ask("DELETE", "/people/li.na/tokens")).status_code == 204
    assert (await admin.web.get("/api/me", headers=program)).status_code == 401
    assert (await admin.ask("GET", "/people/li.na")).json()["tokens"] == 0
    await admin.ask("DELETE", "/people/li.na/tokens")
    assert (await admin.deeds("li.na")).count("tokens_withdrawn") == 1
    assert (await admin.ask("DELETE", "/people/nobody/tokens")).status_code == 404


async def test_a_blocked_person_s_programs_stay_out_when_he_is_back(admin: Admin) -> None:
    program = await token_of(admin.db, "li.na")
    await admin.ask("PATCH", "/people/li.na", json={"active": False})
    await admin.ask("PATCH", "/people/li.na", json={"active": True})
    assert (await admin.web.get("/api/me", headers=program)).status_code == 401
    assert await admin.deeds("li.na") == ["token_issued", "tokens_withdrawn", "person_blocked", "person_unblocked"]


async def test_the_token_that_alone_can_administer_is_not_withdrawn(admin: Admin) -> None:
    answer = await admin.ask("DELETE", "/people/boss/tokens")
    assert (answer.status_code, answer.json()["reason"]) == (409, "last_admin")
    assert (await admin.ask("GET", "/people/boss")).json()["tokens"] == 1
