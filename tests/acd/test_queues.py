"""The queue file: the shipped one loads, faults are named with their line."""

from pathlib import Path

import pytest

from acd import queues
from core.errors import ConfigError
from core.settings import ROOT


def test_shipped_queues_load_and_lost_cards_come_first() -> None:
    loaded = queues.load(ROOT / "config")
    assert set(loaded.queues) == {"general", "cards", "loans", "lost-card", "complaints"}
    assert max(loaded.queues, key=lambda name: loaded.queues[name].priority) == "lost-card"
    assert loaded.rule_of("removed-long-ago") == loaded.rule_of("general")


def test_name_written_as_a_block_is_one_line_on_a_telephone(tmp_path: Path) -> None:
    (tmp_path / "queues.yaml").write_text(
        "queues:\n  general:\n    name:\n      zh: |\n        一般\n", encoding="utf-8"
    )
    assert queues.load(tmp_path).queues["general"].name == {"zh": "一般"}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("queues:\n  general:\n    name: {zh: 一般}\n    ring_seconds: 1\n", 4, "greater than or equal to 3"),
        ("queues:\n  general:\n    name: {zh: 一般}\n    wrapup: 1\n", 4, "Extra inputs"),
        ("queues:\n  general:\n    name: {zh: 一般}\n    skills: {cards: 11}\n", 4, "less than or equal to 10"),
        ('queues:\n  general:\n    name: {zh: "一\\n般"}\n', 3, "on one line"),
        ("queues:\n  cards:\n    name: {zh: 卡}\n", 1, "'general' is needed"),
        ("queues:\n  general: {name: {zh: x}\n", 3, "not valid YAML"),
    ],
)
def test_fault_in_the_file_is_named_with_its_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    (tmp_path / "queues.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as fault:
        queues.load(tmp_path)
    assert fault.value.line == line
    assert problem in str(fault.value)
