"""Phrases that can never count are found, and the shipped packs have none."""

import pytest

from qa import pack
from qa.lint import idle_phrases
from qa.match import Phrases
from qa.pack import Ruleset
from qa.pattern import Pattern, compile_pattern
from tests.qa.calls import PACKS


def _idle(bank: Ruleset, *say: str, excepted: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    def made(sources: tuple[str, ...]) -> tuple[Pattern, ...]:
        return tuple(compile_pattern(source, {}) for source in sources)

    rules = Ruleset(bank.pack, bank.version, {"x": Phrases("x", made(say), made(excepted))})
    return [(one.phrase, one.why) for one in idle_phrases(rules)]


def test_what_stands_twice_or_is_covered_or_always_taken_back_is_named(bank: Ruleset) -> None:
    assert _idle(bank, "不归我管", "不归我管") == [("不归我管", "twice")]
    assert _idle(bank, "这个不归我管", "不归我管") == [("这个不归我管", "shadowed")]
    assert _idle(bank, "不归我管", excepted=("归我管",)) == [("不归我管", "taken_back")]
    assert _idle(bank, "不归我管", "没办法", excepted=("没办法正常登录",)) == []


@pytest.mark.parametrize("name", ["zh-bank", "zh-telecom", "en-bank"])
def test_shipped_packs_hold_no_idle_phrase(name: str) -> None:
    assert idle_phrases(pack.load(PACKS, name)) == []
