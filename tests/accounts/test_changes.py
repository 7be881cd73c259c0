"""What was changed of people is taken back: one person's fields, a list as a whole, and not what was changed since."""

from typing import Any

from accounts import personnel
from accounts.models import Person
from accounts.people import PersonEntry
from core.clock import system_clock
from tests.accounts.test_personnel import NEW, Admin, admin  # noqa: F401


async def _entry(admin: Admin, login: str) -> PersonEntry:  # noqa: F811
    async with admin.db.reading() as session:
        return (await personnel.member(session, login, system_clock())).entry


async def _lately(admin: Admin, login: str = "") -> list[dict[str, Any]]:  # noqa: F811
    found: list[dict[str, Any]] = (await admin.ask("GET", f"/people-changes?login={login}")).json()
    return found


async def test_a_change_is_looked_at_undone_and_the_undoing_is_undone(admin: Admin) -> None:  # noqa: F811
    await admin.ask("POST", "/people", json=NEW)
    await admin.ask("PATCH", "/people/wang.wei", json={"skills": {"loans": 3}, "team": "二组"})
    change = (await _lately(admin, "wang.wei"))[0]
    assert [each["field"] for each in change["people"][0]["changes"]] == ["skills", "team"]
    plan = (await admin.ask("GET", f"/people-changes/{change['number']}/undo")).json()
    back = [
        {"field": "skills", "before": "loans:3", "after": "cards:7"},
        {"field": "team", "before": "二组", "after": "一组"},
    ]
    assert plan == [{"login": "wang.wei", "changes": back, "late": []}]
    undone = (await admin.ask("POST", f"/people-changes/{change['number']}/undo")).json()
    assert (undone["undoes"], (await _entry(admin, "wang.wei")).skills) == (change["number"], {"cards": 7})
    assert (await admin.deeds("wang.wei"))[-1] == "person_restored"
    again = await admin.ask("POST", f"/people-changes/{change['number']}/undo")
    assert (again.status_code, again.json()["reason"]) == (409, "undone_already")
    await admin.ask("POST", f"/people-changes/{undone['number']}/undo")
    assert (await _entry(admin, "wang.wei")).team == "二组"


async def test_what_was_changed_again_since_is_not_undone(admin: Admin) -> None:  # noqa: F811
    await admin.ask("POST", "/people", json=NEW)
    await admin.ask("PATCH", "/people/wang.wei", json={"team": "二组"})
    await admin.ask("PATCH", "/people/wang.wei", json={"name": "王小伟"})
    await admin.ask("PATCH", "/people/wang.wei", json={"team": "三组"})
    third, _, first, _ = [each["number"] for each in await _lately(admin, "wang.wei")]
    assert (await admin.ask("GET", f"/people-changes/{first}/undo")).json()[0]["late"] == ["team"]
    refused = await admin.ask("POST", f"/people-changes/{first}/undo")
    assert (refused.status_code, refused.json()["reason"]) == (409, "changed_since")
    assert (await admin.ask("POST", f"/people-changes/{third}/undo")).status_code == 200
    assert (await admin.ask("POST", f"/people-changes/{first}/undo")).status_code == 200
    entry = await _entry(admin, "wang.wei")
    assert (entry.team, entry.name) == ("一组", "王小伟")


async def test_a_list_is_undone_as_a_whole_and_who_came_with_it_is_blocked(admin: Admin) -> None:  # noqa: F811
    await admin.ask("POST", "/people", json=NEW)
    table = "login,name,role,number,skills\nwang.wei,王伟,agent,8002,loans:9\nzhao.lei,赵磊,agent,8077,cards:1\n"
    await admin.ask("POST", "/people/import?apply=true", content=table.encode())
    change = (await _lately(admin))[0]
    assert [each["login"] for each in change["people"]] == ["wang.wei", "zhao.lei"]
    assert (await admin.ask("POST", f"/people-changes/{change['number']}/undo")).status_code == 200
    assert (await _entry(admin, "wang.wei")).skills == {"cards": 7}
    assert not (await _entry(admin, "zhao.lei")).active


async def test_undoing_leaves_nobody_without_an_administrator_and_no_number_to_two(admin: Admin) -> None:  # noqa: F811
    await admin.ask("POST", "/people", json=NEW)
    await admin.ask("PATCH", "/people/wang.wei", json={"number": "8055"})
    async with admin.db.transaction() as tx:  # as it could be given before numbers kept to their first holder
        tx.session.add(Person(**{**NEW, "login": "zhao.lei"}))
    change = (await _lately(admin, "wang.wei"))[0]
    refused = await admin.ask("POST", f"/people-changes/{change['number']}/undo")
    assert (refused.status_code, refused.json()["reason"]) == (409, "number_taken")
    assert (await admin.ask("POST", "/people-changes/999/undo")).status_code == 404
