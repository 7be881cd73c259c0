"""A text of YAML made to say something else: only what differs becomes another, and comments stay where they belong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import places, yamledit, yamlfile

PATH = Path("queues.yaml")
TEXT = """\
# What the file is about.
queues:
  general:
    name: {zh: 综合, en: General}   # on all pages
    ring_seconds: 15

  # Cards: the busiest.
  cards:
    name: {zh: 信用卡, en: 'Cards'}
    skills: {cards: 1}
#   loans: {name: {en: Loans}}
policy: balanced     # docs/routing.md
"""
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.text(max_size=8)
    | st.sampled_from(["on", "09:00", "1", "- a", "#x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab-1", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def _said(text: str, change: Callable[[Any], Any]) -> str:
    return yamledit.said(text, change(yamlfile.parse(text, PATH)), PATH)


def _other_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("change", "gone", "come"),
    [
        (
            lambda c: places.put(c, "/queues/general/ring_seconds", 20),
            ["    ring_seconds: 15"],
            ["    ring_seconds: 20"],
        ),
        (
            lambda c: places.put(c, "/queues/general/name/zh", "全部"),
            ["    name: {zh: 综合, en: General}   # on all pages"],
            ["    name: {zh: 全部, en: General}   # on all pages"],
        ),
        (
            lambda c: places.put(c, "/queues/cards/name/zh", "卡"),
            ["    name: {zh: 信用卡, en: 'Cards'}"],
            ["    name: {zh: 卡, en: 'Cards'}"],
        ),
        (
            lambda c: places.put(c, "/policy", "fifo"),
            ["policy: balanced     # docs/routing.md"],
            ["policy: fifo     # docs/routing.md"],
        ),
        (
            lambda c: places.put(c, "/queues/loans", {"name": {"en": "Loans"}, "skills": {"loans": 1}}),
            [],
            ["  loans: {name: {en: Loans}, skills: {loans: 1}}"],
        ),
        (
            lambda c: places.without(c, "/queues/cards"),
            ["  # Cards: the busiest.", "  cards:", "    name: {zh: 信用卡, en: 'Cards'}", "    skills: {cards: 1}"],
            [],
        ),
        (lambda c: places.renamed(c, "/queues/cards", "credit"), ["  cards:"], ["  credit:"]),
        (
            lambda c: places.put(c, "/queues/cards/skills/fraud", 3),
            ["    skills: {cards: 1}"],
            ["    skills: {cards: 1, fraud: 3}"],
        ),
    ],
)
def test_only_the_lines_of_what_changed_are_others(
    change: Callable[[Any], Any], gone: list[str], come: list[str]
) -> None:
    assert _other_lines(TEXT, _said(TEXT, change)) == (gone, come)


def test_an_entry_that_moves_takes_the_comment_above_it_along() -> None:
    told = _said(TEXT, lambda content: places.moved(content, "/queues/cards", -1))
    assert told.index("# Cards: the busiest.\n  cards:") < told.index("  general:")
    assert _other_lines(TEXT, told) == ([], [])


def test_what_is_too_long_for_a_line_has_lines_of_its_own() -> None:
    entry = {
        "name": {"zh": "贷款与分期业务咨询队列", "en": "Loans"},
        "skills": {"loans": 1},
        "entry": {"needs_agents": True},
    }
    told = _said(TEXT, lambda content: places.put(content, "/queues/loans", {**entry, "ring_seconds": 15}))
    assert "  loans:\n    name: {zh: 贷款与分期业务咨询队列, en: Loans}\n    skills: {loans: 1}\n" in told


def test_a_text_that_points_from_one_place_to_another_says_what_is_meant_of_each() -> None:
    told = _said("a: &x {b: 1}\nc: *x\n", lambda content: places.put(content, "/c", {"b": 2}))
    assert yamlfile.parse(told, PATH) == {"a": {"b": 1}, "c": {"b": 2}}


@settings(max_examples=40)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=4), VALUES)
def test_whatever_is_to_be_said_is_said_whatever_was_said_before(before: dict[str, Any], value: Any) -> None:
    text = yamledit.said("# begins\n", before, PATH) if before else "# begins\n{}\n"
    after = {"first": value, **before} if len(before) % 2 else {**before, "last": value}
    told = yamledit.said(text, after, PATH)
    assert repr(yamlfile.parse(told, PATH)) == repr(after)
    assert told.startswith("# begins\n")
