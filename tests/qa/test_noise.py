"""Errors made on purpose are of the kinds asked for, at the rate asked for."""

from random import Random

import pytest

from core.pinyin import syllable
from qa.noise import ERRORS, disturb, near

TEXT = "您好请问有什么可以帮您查询账单" * 40


def test_no_noise_leaves_the_text_alone() -> None:
    assert disturb(TEXT, 0.0, Random(1)) == TEXT


def test_homophones_keep_every_syllable() -> None:
    heard = disturb(TEXT, 0.2, Random(1))
    assert [syllable(char) for char in heard] == [syllable(char) for char in TEXT]
    assert 0.1 < sum(one != other for one, other in zip(heard, TEXT, strict=True)) / len(TEXT) < 0.25


def test_near_syllables_are_those_that_people_confuse() -> None:
    assert set(near("zhang")) == {"zang", "zhan"}
    assert "lan" in near("nan")
    assert "hua" not in near("fa")


@pytest.mark.parametrize(("kind", "longer"), [("lost", -1), ("added", 1)])
def test_characters_are_lost_and_added(kind: str, longer: int) -> None:
    heard = disturb(TEXT, 0.1, Random(1), {kind: 1.0})
    assert 0.05 < longer * (len(heard) - len(TEXT)) / len(TEXT) < 0.15


def test_mixed_errors_change_syllables_too() -> None:
    heard = disturb(TEXT, 0.1, Random(1), ERRORS["mixed"])
    assert [syllable(char) for char in heard] != [syllable(char) for char in TEXT]
