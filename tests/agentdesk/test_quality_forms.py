"""The form editor's pages: what is shown to whom, changes by form and by text, trial and publishing."""

import re

from tests.agentdesk.conftest import Visitor, enter
from tests.agentdesk.test_quality import OURS
from tests.agentdesk.test_quality_rounds import _as

PLACE = "/quality/forms/zh-telecom"


async def _seen(web: Visitor) -> str:
    found = re.search(r'name="seen" value="(\w+)"', (await web.get(PLACE)).text)
    assert found is not None
    return found[1]


async def _tried(web: Visitor) -> str:
    await web.post(f"{PLACE}/trial", headers=OURS)
    while "试跑进行中" in (page := (await web.get(PLACE)).text):
        pass
    return page


async def test_a_weight_is_changed_on_the_form_tried_and_published_with_a_reason(web: Visitor) -> None:
    await enter(web, "quality")
    assert "zh-telecom" in (await web.get("/quality/forms")).text
    page = (await web.get(PLACE)).text
    assert re.search(r'name="weight.A7"[^>]*value="4"', page)
    form = {"seen": await _seen(web), "weight.A7": "5", "weight.C1": "1"}
    assert (await web.post(f"{PLACE}/values", data=form, headers=OURS)).status_code == 303
    assert (await web.post(f"{PLACE}/publish", data={"reason": "x"}, headers=OURS)).status_code == 409
    page = await _tried(web)
    assert "试跑通过" in page
    assert "data-impact" in page
    assert (await web.post(f"{PLACE}/publish", data={"reason": "语速更重要"}, headers=OURS)).status_code == 303
    page = (await web.get(PLACE)).text
    assert "语速更重要" in page
    assert re.search(r'name="weight.A7"[^>]*value="5"', page)
    assert "weight: 5" in (await web.get(f"{PLACE}/versions/1")).text


async def test_weights_that_do_not_add_up_are_told_and_stay_in_the_form_to_be_mended(web: Visitor) -> None:
    await enter(web, "supervisor")
    page = (await web.post(f"{PLACE}/values", data={"seen": await _seen(web), "weight.A7": "50"}, headers=OURS)).text
    assert "各项权重之和为 146，应为 100" in page
    assert re.search(r'name="weight.A7"[^>]*value="50"', page)
    assert "目前没有改动" in page
    assert "目前没有改动" in (await web.get(PLACE)).text


async def test_a_broken_text_is_told_and_its_trial_does_not_pass(web: Visitor) -> None:
    await enter(web, "supervisor")
    text = "pack: zh-telecom\nbased_on: zh-bank\nversion: '2'\nlanguage: zh\nitems:\n  A7:\n    weight: 50\n"
    await web.post(f"{PLACE}/text", data={"seen": await _seen(web), "text": text}, headers=OURS)
    page = await _tried(web)
    assert "试跑未通过" in page
    assert page.count("应为 100") == 2


async def test_numbers_of_checks_are_named_in_words(web: Visitor) -> None:
    await enter(web, "quality")
    page = (await web.get(PLACE)).text
    for words in ("问候语: 多少秒之内", "保持: 须在此前多少秒内征求", "至少多少位的号码"):
        assert words in page


async def test_a_value_that_is_no_number_is_told_on_the_page(web: Visitor) -> None:
    await enter(web, "quality")
    answer = await web.post(f"{PLACE}/values", data={"seen": await _seen(web), "weight.A7": "much"}, headers=OURS)
    assert (answer.status_code, "不是数字" in answer.text) == (200, True)


async def test_the_text_of_a_pack_is_changed_and_the_draft_dropped_again(web: Visitor) -> None:
    await enter(web, "quality")
    form = {"seen": await _seen(web), "text": "pack: zh-telecom\n  wrong"}
    await web.post(f"{PLACE}/text", data=form, headers=OURS)
    assert "zh-telecom.yaml:" in (await web.get(PLACE)).text
    await web.post(f"{PLACE}/drop", headers=OURS)
    assert "zh-telecom.yaml:" not in (await web.get(PLACE)).text


async def test_who_does_not_lead_looks_only_and_agents_not_even_that(web: Visitor) -> None:
    await _as(web, "he.jing")
    page = (await web.get(PLACE)).text
    assert "存入草稿" not in page
    form = {"seen": await _seen(web), "weight.A7": "5", "weight.C1": "1"}
    answer = await web.post(f"{PLACE}/values", data=form, headers=OURS)
    assert "只有班长和质检主管可以修改" in answer.text
    assert (await web.post(f"{PLACE}/trial", headers=OURS)).status_code == 409
    await enter(web, "agent")
    assert (await web.get(PLACE)).status_code == 403


async def test_packs_that_are_not_there_are_not_found(web: Visitor) -> None:
    await enter(web, "quality")
    assert (await web.get("/quality/forms/nothing")).status_code == 404
    assert (await web.get(f"{PLACE}/versions/99")).status_code == 404
