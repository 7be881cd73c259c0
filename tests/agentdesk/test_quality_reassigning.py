"""What a colleague who is away has in hand is given on: on the pages, and by program."""

import re

from tests.agentdesk.cast import SOUND, TALK
from tests.agentdesk.conftest import House, Visitor
from tests.agentdesk.test_quality import FRAGMENT, OURS
from tests.agentdesk.test_quality_by_program import BOSS, HE, ZHOU, Program, ask
from tests.agentdesk.test_quality_rounds import _as, _session, _take

assert ask  # a fixture

ILL = {"held_by": HE, "to": ZHOU, "reason": "她病了"}


def _takers(page: str) -> list[str]:
    return re.findall(r'<option value="([\w.]+)"', page[page.index('<select name="to">') :].split("</select>")[0])


async def _reviewed(web: Visitor, login: str = HE) -> str:
    await _as(web, login)
    answer = await web.post(f"/quality/recordings/{SOUND}/review", headers=OURS)
    return str(answer.headers["location"])


async def test_a_lead_gives_a_review_on_and_the_former_reviewer_is_told_when_he_saves(web: Visitor) -> None:
    place = await _reviewed(web)
    assert "改派" not in (await web.get(place)).text
    assert (await web.post(f"{place}/reassign", data=ILL, headers=OURS)).status_code == 409
    await _as(web, "sun.li")
    page = (await web.get(place)).text
    assert _takers(page) == [ZHOU, BOSS]
    assert f'name="held_by" value="{HE}"' in page
    assert (await web.post(f"{place}/reassign", data={**ILL, "reason": " "}, headers=OURS)).status_code == 409
    answer = await web.post(f"{place}/reassign", data=ILL, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    page = (await web.get(place)).text
    assert "复核已改派" in page
    assert "何静 → 周燕" in page
    assert "她病了" in page
    await _as(web, HE)
    told = await web.post(f"{place}/rows/A2", data={"verdict": "pass", "reason": "x"}, headers=FRAGMENT)
    assert "此复核已改派他人" in told.text
    assert "data-finish" not in told.text
    await _as(web, ZHOU)
    assert "data-finish" in (await web.get(place)).text


async def test_a_blind_form_is_given_on_empty_and_who_had_it_is_told(web: Visitor) -> None:
    place = await _take(web, HE)
    await web.post(f"{place}/rows/A2", data={"verdict": "fail", "reason": "听到了"}, headers=OURS)
    assert "/reassign" not in (await web.get("/quality")).text
    assert (await web.get(f"{place}/reassign")).status_code == 409
    await _as(web, "sun.li")
    assert f'href="{place}/reassign"' in (await web.get("/quality")).text
    page = (await web.get(f"{place}/reassign")).text
    assert "何静" in page
    assert "听到了" not in page
    assert _takers(page) == [ZHOU, BOSS]
    answer = await web.post(f"{place}/reassign", data=ILL, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/quality")
    await _as(web, HE)
    for answer in (await web.get(place), await web.post(f"{place}/finish", headers=OURS)):
        assert answer.status_code == 409
        assert "此评分表已从您处改派，由 周燕 重新盲评" in answer.text
    saved = await web.post(f"{place}/rows/A1", data={"verdict": "pass"}, headers=FRAGMENT)
    assert saved.status_code == 409
    await _as(web, ZHOU)
    assert f'href="{place}"' in (await web.get("/quality")).text
    page = (await web.get(place)).text
    assert "听到了" not in page
    assert ' aria-pressed="true"' not in page
    assert "服务忌语" not in (await web.get(f"/calls/{TALK}")).text


async def test_a_lead_closes_a_session_whose_opener_is_away(web: Visitor) -> None:
    place = await _session(web)
    await _as(web, HE)
    assert "说明理由后结束" not in (await web.get(place)).text
    await _as(web, ZHOU)
    assert "说明理由后结束" in (await web.get(place)).text
    assert (await web.post(f"{place}/close", headers=OURS)).status_code == 409
    assert (await web.post(f"{place}/close", data={"reason": "发起人离职"}, headers=OURS)).status_code == 303
    page = (await web.get(place)).text
    assert "发起人离职" in page
    assert "说明理由后结束" not in page


async def test_programs_give_on_what_the_pages_do(ask: Program, house: House) -> None:
    form = await ask.told(HE, "POST", f"/quality/recordings/{SOUND}/blind")
    place = f"/quality/blind/{form['id']}"
    (double,) = (await ask.told(BOSS, "GET", "/quality"))["doubles"]
    assert [(each["id"], each["by"]) for each in double["held"]] == [(form["id"], HE)]
    assert (await ask.told(HE, "GET", "/quality"))["doubles"][0]["held"] == []
    assert await ask.refused(HE, "GET", f"{place}/reassign") == (409, "not_lead")
    held = await ask.told(BOSS, "GET", f"{place}/reassign")
    assert (held["by"], held["takers"], "rows" in held) == (HE, [ZHOU, BOSS], False)
    assert await ask.refused(HE, "POST", f"{place}/reassign", **ILL) == (409, "not_lead")
    assert await ask.refused(BOSS, "POST", f"{place}/reassign", held_by=HE) == (409, "reason_missing")
    given = await ask.told(BOSS, "POST", f"{place}/reassign", **ILL)
    assert (given["by"], given["takers"]) == (ZHOU, [HE, BOSS])
    assert await ask.refused(HE, "PUT", f"{place}/rows/A1", verdict="pass") == (409, "form_taken")
    assert {row["verdict"] for row in (await ask.told(ZHOU, "GET", place))["rows"]} == {None}


async def test_programs_give_reviews_on_and_close_sessions(ask: Program, house: House) -> None:
    review = await ask.told(HE, "POST", f"/quality/recordings/{SOUND}/review")
    place = f"/quality/reviews/{review['id']}"
    assert review["takers"] == []
    assert (await ask.told(BOSS, "GET", place))["takers"] == [ZHOU, BOSS]
    assert await ask.refused(HE, "POST", f"{place}/reassign", **ILL) == (409, "not_lead")
    assert (await ask.told(BOSS, "POST", f"{place}/reassign", held_by=HE, reason="她病了"))["reviewer"] == BOSS
    assert await ask.refused(HE, "POST", f"{place}/finish") == (409, "review_taken")
    session = await ask.told(
        HE, "POST", "/quality/calibrations", title="十一月", recordings=[SOUND], invited=[HE, ZHOU]
    )
    place = f"/quality/calibrations/{session['id']}"
    assert (session["closes"], session["ends"]) == (True, False)
    assert await ask.refused(BOSS, "POST", f"{place}/close") == (409, "not_yours")
    closed = await ask.told(BOSS, "POST", f"{place}/close", reason="她病了")
    assert (closed["state"], closed["ends"], closed["judges"]) == ("closed", False, [""])
