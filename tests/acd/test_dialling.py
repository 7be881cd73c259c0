"""Who may dial which number, and how the number goes out."""

import pytest

from acd.outward.callbacks import NextTry, TryRule, after_try
from acd.outward.dialling import Dialling, Reach
from core.errors import Refused

RULES = Dialling(
    area_codes=("010",), agents={"default": "domestic", "1": "none", "2": "local", "3": "international"},
    short=("12345",), blocked=("+8616", "+1900"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "typed", "digits", "plain"),
    [
        ("9", "139 0000 0077", "13900000077", "13900000077"),
        ("9", "+86 139-0000-0077", "13900000077", "13900000077"),
        ("2", "010-65123456", "01065123456", "01065123456"),
        ("2", "12345", "12345", "12345"),
        ("9", "(+86) 139.0000.0077", "13900000077", "13900000077"),
        ("9", "（＋８６）１３９－００００－００７７", "13900000077", "13900000077"),
        ("9", "139–0000–0077", "13900000077", "13900000077"),
        ("9", "\u202a+8613900000077\u202c", "13900000077", "13900000077"),
        ("9", "139\u200b0000\u202f0077;", "13900000077", "13900000077"),
        ("2", "010/65123456", "01065123456", "01065123456"),
        ("3", "+44 20 7946 0958", "00442079460958", "+442079460958"),
    ],
)
def test_a_number_is_normalised_before_it_goes_out(agent: str, typed: str, digits: str, plain: str) -> None:
    dialled = RULES.demand(agent, typed)
    assert (dialled.digits, dialled.plain) == (digits, plain)


@pytest.mark.parametrize(
    ("agent", "typed", "reason"),
    [
        ("1", "12345", "not_permitted"),
        ("2", "13900000077", "not_permitted"),
        ("2", "02165123456", "not_permitted"),
        ("9", "+442079460958", "not_permitted"),
        ("3", "+19005551234", "number_blocked"),
        ("3", "16612345678", "number_blocked"),
        ("3", "hello", "not_a_number"),
        ("3", "139", "not_a_number"),
        ("3", "sip:13800009999@evil.com", "not_a_number"),
        ("3", "tel:13800009999", "not_a_number"),
        ("3", "13800009999;ext=5", "not_a_number"),
        ("3", "138000x09999", "not_a_number"),
        ("3", "1380000+9999", "not_a_number"),
        ("3", "1380000９９９９a", "not_a_number"),
        ("3", "", "not_a_number"),
    ],
)
def test_a_number_that_may_not_be_dialled_is_refused_with_the_reason(agent: str, typed: str, reason: str) -> None:
    with pytest.raises(Refused) as told:
        RULES.demand(agent, typed)
    assert told.value.reason == reason


@pytest.mark.parametrize(
    ("number", "reach"),
    [
        ("+1 876 926 1234", Reach.INTERNATIONAL),
        ("473 520 1234", Reach.INTERNATIONAL),
        ("+1 604 234 5678", Reach.INTERNATIONAL),
        ("312 555 2345", Reach.DOMESTIC),
        ("+1 800 234 5678", Reach.DOMESTIC),
        ("212 555 2345", Reach.LOCAL),
    ],
)
def test_a_country_that_shares_its_code_with_ours_is_abroad_and_an_area_whose_mobiles_look_alike_is_local(
    number: str, reach: Reach
) -> None:
    rules = Dialling(country="US", area_codes=("212",), agents={"default": "international"})
    assert rules.demand("9", number).reach == reach


@pytest.mark.parametrize("written", ["sip:13800009999@evil.com", "tel:13800009999", "call 13800009999"])
def test_a_number_to_keep_is_not_taken_out_of_an_address(written: str) -> None:
    with pytest.raises(Refused):
        RULES.plain(written)
    assert RULES.plain("１３８ ００００ ９９９９") == "13800009999"


def test_where_beginnings_are_listed_no_others_may_be_dialled() -> None:
    rules = Dialling(agents={"default": "domestic"}, allowed=("+86139",))
    assert rules.demand("9", "13900000077").digits == "13900000077"
    with pytest.raises(Refused):
        rules.demand("9", "13800000077")


def test_the_number_shown_is_the_queues_own_or_the_classes_or_else_the_trunks() -> None:
    rules = Dialling(shows={"cards": "95567", "international": "+861095566"})
    shown = [
        rules.shown_for(queue, reach, "95566")
        for queue in ("cards", "loans")
        for reach in (Reach.LOCAL, Reach.INTERNATIONAL)
    ]
    assert shown == ["95567", "95567", "95566", "+861095566"]


def test_a_call_back_is_tried_again_by_rule_and_given_up_in_the_end() -> None:
    rule = TryRule()
    assert after_try(rule, 0, "busy", 100.0) == NextTry("open", 1, 400.0)
    assert after_try(rule, 1, "no_answer", 100.0) == NextTry("open", 2, 1900.0)
    assert after_try(rule, 2, "busy", 100.0) == NextTry("given_up", 3, 100.0)
    assert after_try(rule, 1, "accepted", 100.0) == NextTry("done", 2, 100.0)
    assert after_try(rule, 1, "own_phone", 100.0) == NextTry("open", 1, 100.0)
    assert after_try(rule, 1, "cancelled", 100.0) == NextTry("open", 1, 160.0)


@pytest.mark.parametrize(
    ("number", "who"), [("13900000077", ["3", "9"]), ("010-65123456", ["2", "3", "9"]), ("+4420 7946 0958", ["3"])]
)
def test_who_may_dial_a_number_is_told_by_the_class_of_each(number: str, who: list[str]) -> None:
    may = RULES.who_may(number)
    assert may is not None
    assert [agent for agent in ("1", "2", "3", "9") if may(agent)] == who


@pytest.mark.parametrize("number", ["16600000077", "abc"])
def test_nobody_may_dial_what_is_blocked_or_no_number(number: str) -> None:
    assert RULES.who_may(number) is None
    assert RULES.blocks(number)


def test_a_number_is_blocked_by_its_beginning_however_it_is_stored() -> None:
    rules = Dialling(allowed=("+8610", "+44"), blocked=("+4420",))
    stored = ("01065123456", "02165123456", "+442079460958", "+441213030300")
    assert [rules.blocks(number) for number in stored] == [False, True, True, False]
    assert (rules.telling, Dialling().telling, Dialling().blocks("01065123456")) == (5, 0, False)
