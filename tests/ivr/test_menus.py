"""Menu files: what is refused, with its line, and what the shipped one says."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from tests.ivr.material import SMALL, shipped, write_menu


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"1": {go: news}', '"1": {go: nowhere}', "there is no step 'nowhere'"),
        ("start: main", "start: begin", "there is no step 'begin'"),
        ("person: person", "person: bye", "is no queue"),
        ("prompt: {zh: 更多, en: more}", "prompt: hello", "there is no prompt 'hello'"),
        ("prompt: {zh: 更多, en: more}", "prompt: {zh: 更多}", "no words in en"),
        ("prompt: {zh: 更多, en: more}", "prompt: {zh: 更多, en: more, fr: plus}", "none of the file's languages"),
        ("to: general}", "to: sales}", "there is no queue 'sales'"),
        ("barge_in: false", "barge-in: false", "Extra inputs"),
        ("retries: 1", "retries: many", "valid integer"),
        ('"1": {go: news}', '"12": {go: news}', "Input should be '0'"),
    ],
)
def test_fault_is_reported_with_file_and_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    broken = SMALL.replace(old, new)
    line = next(n for n, each in enumerate(broken.splitlines(), 1) if new in each)
    with pytest.raises(ConfigError, match=problem) as caught:
        write_menu(tmp_path, broken)
    assert caught.value.line == line
    assert caught.value.path.name == "small.yaml"


def test_shipped_menu_reaches_every_queue_and_speaks_both_languages() -> None:
    menu = shipped()
    queues = {step.to for step in menu.flow.steps.values() if step.kind == "queue"}
    assert queues == {"general", "cards", "loans", "lost-card", "complaints"}
    spoken = menu.all_spoken()
    assert {each.language for each in spoken} == {"zh", "en"}
    assert len({(each.name, each.language) for each in spoken}) == len(spoken)
    assert all("*" not in each.name and "/" not in each.name for each in spoken)
