"""Flows played as text."""

import pytest

from ivr.effects import Started
from ivr.walk import Ended, Walk, World, walk
from tests.ivr.material import shipped


def walked(keys: str, *, open_now: bool = True) -> Walk:
    started = Started(0.0, "13800000001", "95566", "gold", "zh", True)
    return walk(shipped(), World(lambda schedule, at: open_now or schedule == "always"), keys, started)


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        ("11", Ended("queue", "lost-card", "lost-card", (("cards", 1), ("zh", 1)), 40, "zh")),
        ("24", Ended("queue", "complaints", "complaints", (("complaints", 1), ("en", 1)), 20, "en")),
        ("2*11", Ended("queue", "lost-card", "lost-card", (("cards", 1), ("zh", 1)), 40, "zh")),
        ("131", Ended("queue", "loans-person", "loans", (("loans", 1), ("zh", 1)), 20, "zh")),
        ("123-", Ended("self_service", "goodbye", language="zh")),
        ("1h", Ended("hung_up", "main", language="zh")),
        ("", Ended("queue", "person", "general", (("zh", 1),), 20, "zh")),
    ],
)
def test_keys_lead_where_the_menu_says(keys: str, end: Ended) -> None:
    assert walked(keys).end == end


def test_walk_tells_what_is_heard_pressed_and_recorded() -> None:
    lines = walked("133", open_now=False).lines
    assert [line.text for line in lines if line.kind == "step"] == [
        "by-age", "welcome", "speak-chinese (after 1)", "main", "loans-hours (after 3)", "loans-closed", "message",
    ]  # fmt: skip
    assert [line.text for line in lines if line.kind == "answer by"] == ["email"]
    assert lines[-1].kind == "end"
    assert [line.at for line in lines] == sorted(line.at for line in lines)
