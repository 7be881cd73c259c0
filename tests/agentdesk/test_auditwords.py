"""What the audit trail says beside each deed, in both languages."""

from collections.abc import Callable

import pytest

from agentdesk.words.audit import DETAILS, Details
from agentdesk.words.deeds import DEEDS
from core.pages import load_catalogue
from tests.agentdesk.test_words import HERE

NAMES, CODES = {"8001": "李娜", "8002": "王伟"}, {"limit": "额度", "dispute": "争议"}
SKILLS = {"cards": "信用卡", "loans": "贷款"}


def details(say: Callable[[str], str]) -> Details:
    return Details(NAMES, CODES, lambda skill: SKILLS.get(skill, skill), say)


CHINESE = details(load_catalogue(HERE / "locale", "zh").gettext)
ENGLISH = details(str)


@pytest.mark.parametrize(
    ("deed", "noted", "chinese", "english"),
    [
        ("person_changed", "name: 李娜 → 李, 娜, team: – → 一组, skills: cards:9; loans:4 → cards:8",
         "姓名: 李娜 → 李, 娜, 班组: – → 一组, 技能: 信用卡 9, 贷款 4 → 信用卡 8",
         "Name: 李娜 → 李, 娜, Team: – → 一组, Skills: 信用卡 9, 贷款 4 → 信用卡 8"),
        ("person_blocked", "active: yes → no", "启用: 是 → 否", "Active: Yes → No"),
        ("person_added", "role: agent, number: 8009", "角色: 坐席, 工号: 8009", "Role: Agent, Number: 8009"),
        ("call_coded", "8001: – → limit dispute, note", "李娜 8001：– → 额度, 争议，备注有改动",
         "李娜 8001: – → 额度, 争议, note"),
        ("state_refused", "meal: signed_out", "用餐：请先签入：选择就绪或未就绪。",
         "Meal: Sign in first: choose Ready or Not ready."),
        ("supervision_started", "whisper agent 8002 phone 8003", "耳语 王伟 8002，使用话机 8003",
         "Whisper agent 王伟 8002 phone 8003"),
        ("ticket_moved", "accepted → classified", "已受理 → 已分类", "Taken up → Classified"),
        ("shift_handed_over", "2 tickets, 0 call backs to 8002", "2 张工单、0 个回拨交给 王伟 8002",
         "2 tickets, 0 call backs to 王伟 8002"),
        ("review_judged", "A2: pass → fail. 未致谢", "A2: 合格 → 扣分. 未致谢", "A2: Pass → Deducted. 未致谢"),
        ("menu_fault_over", "version 3, step main: no answer within 2 s: version 4 was taken",
         "版本 3，步骤 main：2 秒内没有应答: 第 4 版已启用",
         "version 3, step main: no answer within 2 s: version 4 was taken"),
        ("recording_deleted", "kept 90 days (queue cards); sound as stored, sha256 ab; text sha256 none",
         "保存 90 天已满（队列 cards）；录音与存储时一致，SHA-256 ab；文本 SHA-256 –",
         "kept 90 days (queue cards); sound as stored, sha256 ab; text sha256 –"),
        ("setting_published", "read from queues.yaml after a change by hand", "手工修改 queues.yaml 后读入",
         "read from queues.yaml after a change by hand"),
    ],
)  # fmt: skip
def test_what_was_changed_is_said_in_the_readers_language(deed: str, noted: str, chinese: str, english: str) -> None:
    assert (CHINESE.of(deed, noted), ENGLISH.of(deed, noted)) == (chinese, english)


@pytest.mark.parametrize(
    ("deed", "noted"),
    [
        ("person_changed", "as wished by 李娜"),
        ("person_changed", "skills: cards:9; lo"),
        ("call_coded", ""),
        ("call_priority", "0 → 10"),
        ("recording_held", "8001: a → b"),
    ],
)
def test_what_is_not_known_stays_as_it_is(deed: str, noted: str) -> None:
    assert noted.removeprefix("skills") in CHINESE.of(deed, noted)


def test_only_deeds_that_are_noted_have_details() -> None:
    assert DETAILS.keys() <= DEEDS.keys()
