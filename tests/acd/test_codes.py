"""Wrap-up codes by rule: what is offered where, what a call still needs, and which catalogues are refused."""

import pytest

from acd.wrapup import codes
from acd.wrapup.codes import by_use, demand_kept
from core.errors import ConfigError

QUEUES = ("general", "cards", "loans", "complaints")
TEXT = """
required: [cards]
codes:
  card:
    name: {zh: 银行卡, en: Cards}
    queues: [cards]
    codes:
      loss:
        name: {zh: 挂失, en: Loss}
        codes:
          blocked: {name: {zh: 已挂失, en: Blocked}, resolved: true}
          dispute: {name: {zh: 争议, en: Dispute}, note: true, ticket: true}
  loan: {name: {zh: 贷款, en: Loan}, skills: [loans]}
  old: {name: {zh: 旧, en: Old}, retired: true}
  other: {name: {zh: 其他, en: Other}}
"""
RULES = codes.read(TEXT, QUEUES)


@pytest.mark.parametrize(
    ("queue", "skills", "offered"),
    [
        ("cards", (), ["blocked", "dispute", "other"]),
        ("loans", ("loans",), ["loan", "other"]),
        ("general", ("loans", "en"), ["loan", "other"]),
        ("general", (), ["other"]),
    ],
)
def test_codes_are_offered_by_queue_or_skill_and_retired_ones_nowhere(
    queue: str, skills: tuple[str, ...], offered: list[str]
) -> None:
    assert [each.name for each in RULES.offered(queue, skills)] == offered


@pytest.mark.parametrize(
    ("queue", "chosen", "note", "ticket", "missing"),
    [
        ("cards", (), "a note alone", False, ("code",)),
        ("general", (), "", False, ()),
        ("cards", ("blocked",), "", False, ()),
        ("general", ("dispute",), "  ", False, ("note", "ticket")),
        ("cards", ("dispute", "blocked"), "paid twice", True, ()),
    ],
)
def test_a_call_needs_what_its_queue_and_its_codes_demand(
    queue: str, chosen: tuple[str, ...], note: str, ticket: bool, missing: tuple[str, ...]
) -> None:
    assert RULES.missing(queue, chosen, note, ticket=ticket) == missing


def test_a_code_is_told_from_its_topic_down_and_by_its_name_when_the_file_has_it_no_more() -> None:
    assert RULES.titles("blocked", "en") == ("Cards", "Loss", "Blocked")
    assert RULES.titles("gone", "zh") == ("gone",)


def test_often_and_lately_used_codes_come_first_and_the_others_keep_their_order() -> None:
    offered = list(RULES.choices.values())
    used = ["other", "loan", "loan", "other"]
    assert [each.name for each in by_use(offered, used)][:2] == ["other", "loan"]
    assert [each.name for each in by_use(offered, ["loan", *used])][:4] == ["loan", "other", "blocked", "dispute"]


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("required: [cards]", "required: [card]", r"codes\.yaml:2: there is no queue 'card'"),
        ("queues: [cards]", "queues: [crads]", r"codes\.yaml:6: there is no queue 'crads'"),
        ("  old:", "  blocked:", "the code 'blocked' is there twice"),
        ("resolved: true}", "codes: {deep: {name: {zh: 深}}}}", r"codes\.yaml:11: deep: codes have 3 levels at most"),
        ("retired: true", "retird: true", r"codes\.yaml:14: codes\.old\.retird: Extra inputs"),
    ],
)
def test_a_catalogue_that_cannot_be_meant_is_refused_with_its_line(was: str, now: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        codes.read(TEXT.replace(was, now, 1), QUEUES)


def test_a_code_that_calls_have_may_be_retired_but_not_taken_out() -> None:
    demand_kept(RULES, {"old": 7})
    with pytest.raises(ConfigError, match="7 calls have the code 'lapsed'"):
        demand_kept(RULES, {"lapsed": 7})
