"""The quality office's pages: the inbox, reviewing, appeals, the agent's own page, and who reaches what."""

import re

import pytest

from accounts import repository as people
from accounts import service as accounts
from accounts.access import COOKIE
from agentdesk.quality.pages import seconds_of
from agentdesk.show import points
from core.clock import system_clock
from qa import repository
from qa.models import Review
from tests.agentdesk.cast import ROLES, SOUND, TALK
from tests.agentdesk.conftest import House, Visitor, enter

OURS = {"origin": "http://desk.test"}
FRAGMENT = {**OURS, "hx-request": "true"}


async def _opened(web: Visitor, role: str = "quality") -> str:
    """The address of the review of the seeded call, begun by that role."""
    await enter(web, role)
    answer = await web.post(f"/quality/recordings/{SOUND}/review", data={"why": "low"}, headers=OURS)
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def _settle(web: Visitor, place: str) -> None:
    page = (await web.get(place)).text
    for row in re.findall(r'<li id="row-(\w+)" class="form-row [^"]*undecided', page):
        await web.post(f"{place}/rows/{row}", data={"verdict": "pass"}, headers=OURS)


async def _finished(web: Visitor) -> str:
    """The id of a review that is with the agent."""
    place = await _opened(web)
    await _settle(web, place)
    assert (await web.post(f"{place}/finish", headers=OURS)).status_code == 303
    return place.rpartition("/")[2]


async def _stored(house: House, review: str) -> Review:
    async with house.db.reading() as session:
        return await session.get_one(Review, review)


async def test_the_inbox_shows_what_wants_a_person_and_a_review_takes_it_out(web: Visitor) -> None:
    await enter(web, "quality")
    assert f'data-recording="{SOUND}"' in (await web.get("/quality")).text
    await _opened(web)
    page = (await web.get("/quality")).text
    assert f'data-recording="{SOUND}"' not in page
    assert "继续" in page


async def test_only_one_reason_is_listed_when_it_is_asked_for(web: Visitor) -> None:
    await enter(web, "supervisor")
    assert SOUND in (await web.get("/quality?why=veto")).text
    assert SOUND not in (await web.get("/quality?why=low")).text
    assert (await web.get("/quality?why=rubbish")).status_code == 200


async def test_the_form_shows_the_machines_verdicts_with_evidence_that_leads_to_the_moment(web: Visitor) -> None:
    page = (await web.get(await _opened(web))).text
    row = page[page.index('id="row-A2"') :]
    row = row[: row.index("</li>")]
    assert "扣分" in row
    assert re.search(r'data-seek="1[34]\.\d+"', row)
    assert "您好，八号为您服务" in page
    assert "138****5678" in page


async def test_a_change_without_a_reason_is_refused_in_the_form_and_with_one_it_moves_the_score(
    web: Visitor, house: House
) -> None:
    place = await _opened(web)
    before = await _stored(house, place.rpartition("/")[2])
    refused = await web.post(f"{place}/rows/F1", data={"verdict": "pass"}, headers=FRAGMENT)
    assert (refused.status_code, "请先填写理由" in refused.text) == (200, True)
    told = await web.post(f"{place}/rows/F1", data={"verdict": "pass", "reason": "工单在别的系统"}, headers=FRAGMENT)
    assert told.text.startswith('<section id="review-form"')
    after = await _stored(house, before.id)
    assert after.score > before.score
    assert f"data-score>{points(after.score)}<" in told.text


@pytest.mark.parametrize("verdict", ["manual", "review", "rubbish", ""])
async def test_only_verdicts_of_a_person_are_taken(web: Visitor, house: House, verdict: str) -> None:
    place = await _opened(web)
    answer = await web.post(f"{place}/rows/A2", data={"verdict": verdict, "reason": "x"}, headers=OURS)
    assert answer.status_code in (409, 422)
    assert (await _stored(house, place.rpartition("/")[2])).rows[1]["verdict"] is None


async def test_a_colleague_may_look_but_not_judge(web: Visitor, house: House) -> None:
    place = await _opened(web)
    await enter(web, "supervisor")
    page = (await web.get(place)).text
    assert "正在复核" in page
    assert 'class="judging"' not in page
    answer = await web.post(f"{place}/rows/A2", data={"verdict": "pass", "reason": "x"}, headers=OURS)
    assert answer.status_code == 409


async def test_the_agent_sees_the_review_when_it_is_finished_and_accepts_it(web: Visitor, house: House) -> None:
    place = await _opened(web)
    review = place.rpartition("/")[2]
    await enter(web, "agent")
    assert (await web.get(f"/my-quality/{review}")).status_code == 404
    assert (await web.post(f"/my-quality/{review}/acknowledge", headers=OURS)).status_code == 404
    await _finished(web)
    await enter(web, "agent")
    assert review in (await web.get("/my-quality")).text
    page = (await web.get(f"/my-quality/{review}")).text
    assert "我认可该复核结果" in page
    assert 'class="judging"' not in page
    await web.post(f"/my-quality/{review}/acknowledge", headers=OURS)
    assert (await _stored(house, review)).state == "acknowledged"


async def _as_other_agent(web: Visitor, house: House) -> None:
    async with house.db.transaction() as tx:
        entered = await accounts.sign_in(tx, "wang.wei", True, system_clock())
    web.cookies.clear()
    web.cookies.set(COOKIE, entered.token)


async def test_nobody_reaches_the_review_of_a_colleague_by_its_address(web: Visitor, house: House) -> None:
    review = await _finished(web)
    await _as_other_agent(web, house)
    known, unknown = await web.get(f"/my-quality/{review}"), await web.get(f"/my-quality/{'0' * 22}")
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert known.text.replace(review, "") == unknown.text.replace("0" * 22, "")
    for deed in ("acknowledge", "appeal"):
        answer = await web.post(f"/my-quality/{review}/{deed}", data={"text": "x"}, headers=OURS)
        assert answer.status_code == 404
    assert review not in (await web.get("/my-quality")).text
    assert (await _stored(house, review)).state == "finished"


@pytest.mark.parametrize("role", ["agent", "admin"])
async def test_reviewers_pages_are_closed_to_others(web: Visitor, role: str) -> None:
    review = await _finished(web)
    await enter(web, role)
    for place in ("/quality", f"/quality/reviews/{review}"):
        assert (await web.get(place)).status_code == 403
    for deed in ("finish", "decide", "notes", "rows/A2"):
        form = {"verdict": "pass", "answer": "x", "text": "x"}
        assert (await web.post(f"/quality/reviews/{review}/{deed}", data=form, headers=OURS)).status_code == 403


async def test_an_appeal_is_answered_by_a_second_reviewer_and_the_agent_reads_it(web: Visitor, house: House) -> None:
    review = await _finished(web)
    await enter(web, "agent")
    await web.post(f"/my-quality/{review}/appeal", data={"text": "工单已经建了"}, headers=OURS)
    await enter(web, "quality")
    assert "须他人裁定" in (await web.get("/quality")).text
    place = f"/quality/reviews/{review}"
    assert (await web.post(f"{place}/decide", data={"answer": "不"}, headers=OURS)).status_code == 409
    await enter(web, "supervisor")
    assert "工单已经建了" in (await web.get("/quality")).text
    await web.post(f"{place}/rows/F1", data={"verdict": "pass", "reason": "确有工单"}, headers=OURS)
    before = (await _stored(house, review)).score
    await enter(web, "agent")
    assert "确有工单" not in (await web.get(f"/my-quality/{review}")).text
    await enter(web, "supervisor")
    assert (await web.post(f"{place}/decide", data={"answer": "F1 改判"}, headers=OURS)).status_code == 303
    assert (await _stored(house, review)).score > before
    await enter(web, "agent")
    page = (await web.get(f"/my-quality/{review}")).text
    for words in ("F1 改判", "改判", "确有工单", "孙丽"):
        assert words in page


async def test_coaching_is_read_by_its_agent(web: Visitor, house: House) -> None:
    review = await _finished(web)
    form = {"text": "下次请主动核实", "moment": "0:13"}
    await web.post(f"/quality/reviews/{review}/notes", data=form, headers=OURS)
    await enter(web, "agent")
    page = (await web.get("/my-quality")).text
    assert "下次请主动核实" in page
    note = re.search(r"/my-quality/notes/(\w+)/read", page)
    assert note is not None
    await web.post(note[0], headers=OURS)
    async with house.db.reading() as session:
        notes = await repository.notes_of_agent(session, "8001", 5)
    assert [(each.moment, each.read_at is not None) for each in notes] == [(13.0, True)]


@pytest.mark.parametrize(
    ("said", "seconds"), [("12.5", 12.5), ("1:02", 62.0), ("", None), ("soon", None), ("-4", None), ("nan", None)]
)
def test_moments_are_minutes_and_seconds(said: str, seconds: float | None) -> None:
    assert seconds_of(said) == seconds


async def test_looking_and_judging_are_in_the_audit_trail(web: Visitor, house: House) -> None:
    place = await _opened(web)
    await web.get(place)
    await web.post(f"{place}/rows/A2", data={"verdict": "fail"}, headers=OURS)
    async with house.db.reading() as session:
        trail = await people.trail(session, f"review:{place.rpartition('/')[2]}")
    assert [(entry.who, entry.what) for entry in trail] == [
        (ROLES["quality"], "review_opened"),
        (ROLES["quality"], "review_viewed"),
        (ROLES["quality"], "review_judged"),
    ]


async def test_what_is_not_there_is_not_found(web: Visitor) -> None:
    await enter(web, "quality")
    assert (await web.get("/quality/reviews/none")).status_code == 404
    assert (await web.post("/quality/recordings/none/review", headers=OURS)).status_code == 404
    assert (await web.post(f"/quality/recordings/{TALK}/review", headers=OURS)).status_code == 404


async def test_pages_of_the_office_hold_no_inline_code(web: Visitor) -> None:
    review = await _finished(web)
    for place in ("/quality", f"/quality/reviews/{review}"):
        page = (await web.get(place)).text
        assert "style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page
