"""The pages as text: sign-in, language, fragments, filters, what the wallboard says."""

import re

import pytest

from accounts import displays, repository
from acd.models import AlarmRow, CallEvent, DoNotCall
from agentdesk.pages.signin import own_place
from core.bus import Bus
from core.clock import system_clock
from recordings.models import Recording
from tests.agentdesk.cast import PASSWORD, SOUND, TALK, add_calls_out, add_talks
from tests.agentdesk.conftest import House, Visitor, enter


async def test_sign_in_leads_back_to_the_wanted_page_and_sign_out_ends_it(web: Visitor) -> None:
    form = {"login": "li.na", "password": PASSWORD, "next": "/calls?queue=cards"}
    answer = await web.post("/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?queue=cards")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    await web.post("/logout", headers={"origin": "http://desk.test"})
    assert (await web.get("/calls")).status_code == 303


async def test_wrong_password_is_refused_with_words(web: Visitor) -> None:
    answer = await web.post("/login", data={"login": "li.na", "password": "no"}, headers={"accept-language": "en"})
    assert answer.status_code == 401
    assert "Login or password is wrong." in answer.text


@pytest.mark.parametrize("address", ["https://evil.test/", "//evil.test", "/\\evil.test", "calls", "/a\nb"])
def test_nobody_is_led_to_another_site_after_signing_in(address: str) -> None:
    assert own_place(address) == "/"


async def test_language_is_kept_with_the_person(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    assert "监控大屏" in (await web.get("/wallboard")).text
    form = {"language": "en", "next": "/wallboard"}
    await web.post("/language", data=form, headers={"origin": "http://desk.test"})
    assert "Longest wait" in (await web.get("/wallboard")).text
    async with house.db.reading() as session:
        assert {each.login: each.locale for each in await repository.people(session)}["li.na"] == "en"


async def test_a_page_that_answers_a_form_is_opened_again_at_the_nearest_address_that_can_be(web: Visitor) -> None:
    await enter(web, "admin")
    posted = {"/people/person/li.na/password": "/people/person/li.na", "/people/import/apply": "/people/import"}
    for address, opened in posted.items():
        page = (await web.post(address, data={"text": "x"}, headers={"origin": "http://desk.test"})).text
        assert re.findall('name="next" value="([^"]*)"', page) == [opened]


async def test_page_and_fragment_are_the_same_template(web: Visitor) -> None:
    await enter(web, "supervisor")
    page = (await web.get("/wallboard")).text
    part = (await web.get("/wallboard", headers={"hx-request": "true"})).text
    assert page.startswith("<!doctype html>")
    assert part.startswith('<div id="board"')
    assert next(line for line in part.splitlines() if "138****3333" in line) in page


async def test_people_are_called_by_their_names_and_not_by_their_logins(web: Visitor, house: House) -> None:
    await add_calls_out(house.db)
    await add_talks(house.db)
    async with house.db.transaction() as tx:
        await displays.create(tx, "大厅", "zh", ["sums"], "sun.li", 0.0)
        tx.session.add(DoNotCall(number="13800000000", added_at=1.0, added_by="sun.li"))
        tx.session.add(
            AlarmRow(id="a", kind="wait", about="cards", value=95.0, raised_at=system_clock(), seen_by="sun.li")
        )
    places = {"agent": ("/desk", f"/calls/{TALK}"), "supervisor": ("/floor", "/floor/alarms", "/screens", "/campaigns"),
              "admin": ("/menus", "/menus/main", "/settings", "/knowledge")}  # fmt: skip
    for role, addresses in places.items():
        await enter(web, role)
        pages = [(await web.get(address)).text for address in addresses]
        words = [re.sub(r"<(script|template|code).*?</\1>|<[^>]+>", " ", page, flags=re.S) for page in pages]
        assert [re.findall(r"\b(?:sun\.li|li\.na|zhou\.yan)\b", each) for each in words] == [[]] * len(pages)
        assert role == "admin" or all("孙丽" in each or "李娜" in each for each in words)


async def test_pages_hold_no_inline_code(web: Visitor) -> None:
    await enter(web, "supervisor")
    for place in ("/wallboard", "/calls", f"/calls/{TALK}", "/messages"):
        page = (await web.get(place)).text
        assert "style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 12),
        ("?queue=loans", 2),
        ("?agent=8001", 2),
        ("?outcome=abandoned", 2),
        ("?number=13812345678", 1),
        ("?number=%25", 0),
        ("?since=2001-01-01&until=2001-01-02", 0),
        ("?since=rubbish", 12),
        ("?longer=200&outcome=answered", 2),
        ("?longer=100&shorter=150&agent=8001", 1),
        ("?longer=rubbish", 12),
        ("?tier=gold", 1),
        ("?ended_by=agent", 1),
        ("?language=en", 0),
        ("?mark=scored", 1),
        ("?mark=veto", 1),
        ("?below=100", 1),
        ("?below=0", 0),
        ("?speech=ready", 1),
        ("?speech=failed", 0),
        ("?ticket=any", 0),
        ("?ticket=none", 12),
        ("?words=额度+恢复", 1),
        ("?words=额度+没有说过", 0),
        ("?words=%25", 0),
    ],
)
async def test_call_list_filters(web: Visitor, query: str, found: int) -> None:
    await enter(web, "supervisor")
    assert (await web.get(f"/calls{query}")).text.count('<td><a href="/calls/') == found


async def test_programs_search_calls_by_the_same_filters(web: Visitor) -> None:
    await enter(web, "quality")
    found = (await web.get("/api/call-search?words=额度&tier=gold")).json()
    assert (found["total"], [row["id"] for row in found["rows"]]) == (1, [TALK])
    assert found["rows"][0]["caller"] == "138****5678"


async def test_an_agent_finds_nothing_out_by_searching_in_what_colleagues_said(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    assert TALK in (await web.get("/calls?words=额度")).text
    async with house.db.transaction() as tx:
        sound = await tx.session.get_one(Recording, SOUND)
        assert sound.facts is not None
        sound.facts = {**sound.facts, "agent": "8003"}
    for query in ("words=额度", "speech=ready"):
        assert TALK not in (await web.get(f"/calls?{query}")).text
    assert TALK in (await web.get("/calls")).text


async def test_masked_numbers_cannot_be_guessed_piece_by_piece(web: Visitor) -> None:
    await enter(web, "quality")
    found = {
        number: (await web.get(f"/calls?number={number}")).text.count('<td><a href="/calls/')
        for number in ("5678", "12345678", "1381234", "13812345678")
    }
    assert found == {"5678": 1, "12345678": 0, "1381234": 0, "13812345678": 1}


async def test_call_page_shows_path_offers_and_their_reasons(web: Visitor) -> None:
    await enter(web, "supervisor")
    page = (await web.get(f"/calls/{TALK}")).text
    for words in ("welcome", "⌨ 2", "8002 王伟", "无人接听", "3 人等待，2 名坐席空闲", "您好，八号为您服务"):
        assert words in page


async def test_call_page_tells_the_end_of_a_mute_from_its_beginning_and_what_a_priority_was_before(
    web: Visitor, house: House
) -> None:
    said = (("muted", {"by": "li.na", "muted": True}), ("muted", {"by": "li.na", "muted": False}),
            ("priority", {"by": "sun.li", "was": 0, "priority": 10}))  # fmt: skip
    async with house.db.transaction() as tx:
        tx.session.add_all(CallEvent(call=TALK, at=system_clock(), kind=kind, agent="", data=data)
                           for kind, data in said)  # fmt: skip
    await enter(web, "supervisor")
    page = (await web.get(f"/calls/{TALK}")).text
    muted, spoken, ranked = (page.index(words) for words in ("<b>静音</b>", "<b>取消静音</b>", "<b>优先级已改</b>"))
    assert muted < spoken < ranked < page.index("0 → 10")


async def test_looking_at_a_call_is_noted(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    await web.get(f"/calls/{TALK}")
    async with house.db.reading() as session:
        trail = await repository.trail(session, f"call:{TALK}")
    assert [(entry.who, entry.what) for entry in trail] == [("zhou.yan", "call_viewed")]


async def test_faults_are_pages_for_people_and_json_for_programs(web: Visitor) -> None:
    await enter(web, "supervisor")
    page = await web.get("/calls/nothing")
    assert (page.status_code, "页面不存在" in page.text) == (404, True)
    program = await web.get("/api/recordings/nothing/peaks")
    assert (program.status_code, list(program.json())) == (404, ["detail"])
    assert "/api/recordings/{recording}/peaks" in (await web.get("/api/openapi.json")).json()["paths"]


async def test_unknown_assets_and_paths_are_not_found(web: Visitor) -> None:
    for name in ("nothing.js", "..%2Fweb.py", "%2e%2e/web.py"):
        assert (await web.get(f"/assets/{name}")).status_code == 404
    assert "immutable" in (await web.get("/assets/htmx.js?v=1")).headers["cache-control"]


def test_desk_hears_the_bus_once(house: House) -> None:
    assert isinstance(house.bus, Bus)
    assert house.desk.live.watchers == 0


async def test_score_is_shown_with_reasons_and_evidence_that_leads_to_the_moment(web: Visitor) -> None:
    await enter(web, "quality")
    page = (await web.get(f"/calls/{TALK}")).text
    row = page[page.index('<span class="rule">A2</span>') :]
    assert '<span class="verdict">扣分</span>' in row[: row.index("</li>")]
    assert re.search(r'data-seek="1[34]\.\d+"', row[: row.index("</li>")])
    assert 'class="score' in (await web.get("/calls?agent=8001")).text
