"""Pages of blind reviews and calibration: nothing of the machine's is shown, and what comes of it."""

import re
from typing import Any

from accounts import service as accounts
from accounts.access import COOKIE
from core.clock import system_clock
from qa import repository
from qa.models import Review
from tests.agentdesk.cast import SOUND, TALK
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import FRAGMENT, OURS


async def _as(web: Visitor, login: str) -> None:
    async with web.db.transaction() as tx:
        entered = await accounts.sign_in(tx, login, True, system_clock())
    web.cookies.clear()
    web.cookies.set(COOKIE, entered.token)


async def _take(web: Visitor, login: str) -> str:
    """The address of this person's blind form of the seeded call."""
    await _as(web, login)
    answer = await web.post(f"/quality/recordings/{SOUND}/blind", headers=OURS)
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def _fill(web: Visitor, place: str, failed: str = "") -> None:
    page = (await web.get(place)).text
    for row in re.findall(r'data-row="(\w+)"', page):
        form = {"verdict": "fail" if row == failed else "pass", "reason": "听到了"}
        answer = await web.post(f"{place}/rows/{row}", data=form, headers=FRAGMENT)
        assert answer.text.startswith('<section id="review-form"')
    assert (await web.post(f"{place}/finish", headers=OURS)).status_code == 303


async def test_a_blind_form_shows_no_verdict_reason_or_evidence_of_the_machine(web: Visitor) -> None:
    page = (await web.get(await _take(web, "zhou.yan"))).text
    assert "服务忌语" in page
    assert "八号为您服务" in page
    form = page[page.index('id="review-form"') :]
    for sign in ("data-confirm", 'class="evidence"', "data-score", "verdict-fail"):
        assert sign not in form
    assert 'class="score' not in page


async def test_the_machines_score_is_veiled_everywhere_while_two_mark(web: Visitor) -> None:
    await enter(web, "supervisor")
    assert "scoring" in (await web.get(f"/calls/{TALK}")).text or "服务忌语" in (await web.get(f"/calls/{TALK}")).text
    await _take(web, "zhou.yan")
    for login in ("zhou.yan", "sun.li"):
        await _as(web, login)
        assert "服务忌语" not in (await web.get(f"/calls/{TALK}")).text
        assert 'class="score' not in (await web.get("/calls")).text
    await enter(web, "agent")
    assert "服务忌语" in (await web.get(f"/calls/{TALK}")).text


async def test_a_third_person_settles_what_two_differ_on_and_sees_what_they_said(web: Visitor, house: House) -> None:
    await _fill(web, await _take(web, "zhou.yan"), "A2")
    await _fill(web, await _take(web, "sun.li"))
    assert f'data-double="{SOUND}"' in (await web.get("/quality")).text
    refused = await web.post(f"/quality/recordings/{SOUND}/review", headers=OURS)
    assert refused.status_code == 409
    await _as(web, "he.jing")
    assert "裁定" in (await web.get("/quality")).text
    place = (await web.post(f"/quality/recordings/{SOUND}/review", headers=OURS)).headers["location"]
    page = (await web.get(place)).text
    row = page[page.index('id="row-A2"') :]
    row = row[: row.index("</li>")]
    for said in ("周燕", "孙丽", "听到了"):
        assert said in row
    await web.post(f"{place}/rows/A2", data={"verdict": "fail"}, headers=OURS)
    assert (await web.post(f"{place}/finish", headers=OURS)).status_code == 303
    async with house.db.reading() as session:
        found = await repository.review_of_recording(session, SOUND)
    assert found is not None
    assert (found.state, found.reviewer) == ("finished", "he.jing")


async def test_a_colleagues_blind_form_is_not_found(web: Visitor) -> None:
    place = await _take(web, "zhou.yan")
    await _as(web, "sun.li")
    assert (await web.get(place)).status_code == 404
    assert (await web.post(f"{place}/rows/A1", data={"verdict": "pass"}, headers=OURS)).status_code == 404
    assert (await web.post(f"{place}/finish", headers=OURS)).status_code == 404
    await enter(web, "agent")
    assert (await web.get(place)).status_code == 403


async def _session(web: Visitor) -> str:
    await _as(web, "sun.li")
    form = {"title": "十一月校准", "recordings": [SOUND], "invited": ["zhou.yan", "sun.li", "he.jing"]}
    answer = await web.post("/quality/calibrations", data=form, headers=OURS)
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def test_a_calibration_session_is_marked_blind_compared_and_discussed(web: Visitor, house: House) -> None:
    place = await _session(web)
    for login, failed in (("zhou.yan", "A2"), ("he.jing", "A2"), ("sun.li", "")):
        await _as(web, login)
        assert "十一月校准" in (await web.get("/quality")).text
        form = (await web.post(f"{place}/recordings/{SOUND}", headers=OURS)).headers["location"]
        assert "matrix" not in (await web.get(place)).text
        await _fill(web, str(form), failed)
    assert (await web.post(f"{place}/close", headers=OURS)).status_code == 303
    page = (await web.get(place)).text
    row = page[page.index('<tr class="differs" data-row="A2"') :]
    assert row[: row.index("</tr>")].count("verdict-fail") == 3
    assert re.search(r"何静 – 周燕</th>.*?1\.00", page, re.S)
    assert "data-fleiss" in page
    await web.post(f"{place}/note", data={"note": "A2 以原话为准"}, headers=OURS)
    assert "A2 以原话为准" in (await web.get(place)).text
    assert "十一月校准" in (await web.get("/quality/calibrations")).text
    async with house.db.reading() as session:
        assert await session.get(Review, SOUND) is None


async def test_sessions_are_for_those_who_are_part_of_them(web: Visitor) -> None:
    await _as(web, "sun.li")
    form: dict[str, Any] = {"title": "x", "recordings": [SOUND], "invited": ["sun.li", "zhou.yan", "li.na"]}
    assert (await web.post("/quality/calibrations", data=form, headers=OURS)).status_code == 409
    form["invited"].remove("li.na")
    place = (await web.post("/quality/calibrations", data=form, headers=OURS)).headers["location"]
    await _as(web, "he.jing")
    assert (await web.get(place)).status_code == 404
    assert (await web.post(f"{place}/recordings/{SOUND}", headers=OURS)).status_code == 404
    await enter(web, "agent")
    assert (await web.get(place)).status_code == 403


async def test_who_is_to_mark_blind_reaches_the_machines_verdicts_by_no_other_way(web: Visitor) -> None:
    await _as(web, "sun.li")
    review = (await web.post(f"/quality/recordings/{SOUND}/review", headers=OURS)).headers["location"]
    await _session(web)
    await _as(web, "zhou.yan")
    assert (await web.get(review)).status_code == 409
    assert (await web.post(f"/quality/recordings/{SOUND}/review", headers=OURS)).headers["location"] == review
    assert "服务忌语" not in (await web.get(f"/calls/{TALK}")).text
    await _as(web, "sun.li")
    assert (await web.get(review)).status_code == 200
