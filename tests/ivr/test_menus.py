"""Menu files: what is refused, with its line, and what the shipped one says."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from ivr import menus
from tests.ivr.material import QUEUES, SCHEDULES, SMALL, shipped, write_menu


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
        ("languages: [zh, en]", "languages: [zh, en, zh]", "language 'zh' is there twice"),
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


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("{kind: survey, prompt: {zh: 评, en: r}, lowest: 5, highest: 1, next: bye}", "lowest must be less"),
        ("{kind: collect, prompt: {zh: 日, en: d}, into: d, most: 6, check: date, next: bye}", "passes the check date"),
        ("{kind: branch, on: age, ranges: [{at_least: 65, below: 60, go: bye}], otherwise: bye}", "less than below"),
        ("{kind: set, values: {copy: 'x{nobody}'}, next: bye}", "values.copy: nothing sets 'nobody'"),
        ("{kind: queue, to: cards, priorities: {platinum: 9}}", "there is no tier 'platinum'"),
        (
            "{kind: say, parts: [{value: hour, as: count, unit: {zh: 笔}}], next: bye}",
            "odd.parts.0.unit: no words in en",
        ),
        (
            "{kind: say, parts: [{value: hour, as: count, unit: {zh: 笔, en: entry, fr: x}}], next: bye}",
            "unit: 'fr' is none of the file's languages",
        ),
        ("{kind: queue, to: cards, skills: {cards: 11}}", "there is no level 11"),
        (
            "{kind: say, parts: [{value: name, as: digits}], next: bye}",
            "'name' can never be read as digits",
        ),
        ("{kind: say, parts: [{value: tier, as: amount}], next: bye}", "'tier' can never be read as amount"),
        (
            "{kind: message, prompt: {zh: 留, en: l}, contact: {1: {by: sms, say: {zh: 一, en: o}}},"
            " thanks: {zh: 谢, en: t}, nothing_heard: {zh: 没, en: n}, longest: 5, shortest: 10}",
            "shortest must be less than longest",
        ),
        (
            "{kind: lookup, source: {url: 'bank.test/x'}, found: bye, not_found: bye}",
            "'bank.test/x' is no address of a service: write https://",
        ),
        ("{kind: queue, to: cards, skills: {cards: -1}}", "there is no level -1"),
        (
            "{kind: lookup, source: {url: 'https://b/', body: {a: b}}, found: bye, not_found: bye}",
            "a GET sends no body",
        ),
        (
            "{kind: lookup, source: {url: 'https://b/', method: POST, body: {a: '{x}'}}, found: bye, not_found: bye}",
            "source.body.a: nothing sets 'x'",
        ),
        ("{kind: play, promt: {zh: 一, en: o}, next: bye}", "promt: Extra inputs"),
    ],
)
def test_step_that_can_never_work_is_refused_where_it_stands(tmp_path: Path, step: str, problem: str) -> None:
    text = f"{SMALL.rstrip()}\n  odd: {step}\n"
    with pytest.raises(ConfigError, match=problem) as caught:
        write_menu(tmp_path, text)
    assert caught.value.line == len(text.splitlines())


def test_what_is_asked_of_new_menus_only_keeps_no_live_one_from_its_callers(tmp_path: Path) -> None:
    live = "{kind: say, parts: [{value: hour, as: count, unit: {zh: 笔}}], next: tell}"
    tell = "{kind: say, parts: [{value: name, as: digits}], next: wait}"
    wait = "{kind: queue, to: cards, skills: {cards: 11}}"
    with pytest.raises(ConfigError) as refused:
        write_menu(tmp_path, f"{SMALL.rstrip()}\n  odd: {live}\n  tell: {tell}\n  wait: {wait}\n")
    assert len(refused.value.all) == 3
    menu = menus.load(tmp_path / "small.yaml", schedules=SCHEDULES, queues=QUEUES, standing=True)
    assert menu.flow.steps.keys() >= {"odd", "tell", "wait"}


def test_language_in_which_nothing_is_said_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, SMALL.replace("[zh, en]", "[zh, en, fr]"))
    (fault,) = caught.value.all
    assert (fault.what, fault.line) == ("languages.2: no prompt of the file has words in 'fr'", 2)


def test_secret_is_copied_into_no_variable_and_may_stand_in_a_body(tmp_path: Path) -> None:
    ask = "  ask: {kind: collect, prompt: {zh: 码, en: c}, into: code, secret: true, next: tell}\n"
    with pytest.raises(ConfigError, match=r"values\.copy: 'code' is a secret"):
        write_menu(tmp_path, SMALL + ask + "  tell: {kind: set, values: {copy: '{code}'}, next: bye}\n")
    body = "{url: 'https://b/', method: POST, body: {a: '{code}'}}"
    write_menu(tmp_path, f"{SMALL}{ask}  tell: {{kind: lookup, source: {body}, found: bye, not_found: bye}}\n")


def test_digits_of_options_may_stand_without_quotes(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SMALL.replace('"1": {go: news}', "1: {go: news}"))
    assert menu.flow.steps["more"].options.keys() == {"1"}  # type: ignore[union-attr]


def test_what_is_named_and_missing_is_told_together_with_what_cannot_be_read(tmp_path: Path) -> None:
    odd = "{kind: collect, prompt: {zh: 日, en: d}, into: day, most: many, next: bye}"
    far = "{kind: branch, on: day, ranges: [{at_least: 65, go: nowhere}], otherwise: odd}"
    lost = "{kind: queue, to: nobody}"
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, f"{SMALL.rstrip()}\n  odd: {odd}\n  far: {far}\n  lost: {lost}\n")
    told = [each.what.partition(":")[0] for each in caught.value.all]
    assert told == ["steps.odd.most", "steps.far.ranges.0", "steps.lost.to"], "and no fault of 'day'"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            "{kind: verify, prompt: {zh: 码}, digits: six, verified: nowhere, failed: bye}",
            ["digits", "prompt", "verified"],
        ),
        (
            "{kind: menu, prompt: {zh: 码}, options: {1: {go: nowhere}, 2: {goo: bye}}, retry: [{zh: 一}]}",
            ["options.2", "prompt", "retry.0", "options.1"],
        ),
        ("{kind: menu, prompt: {zh: 码}, options: {1: {go: nowhere}}, in_every_language: both}", ["in_every_language"]),
        ("{kind: collect, prompt: {zh: 码}, into: Code, next: nowhere}", ["into"]),
        ("{kind: say, parts: [{zh: 码, en: x}, {value: hour, as: much}], next: nowhere}", ["parts.1.as"]),
    ],
)
def test_what_else_is_wrong_in_a_step_is_told_with_its_field_that_cannot_be_read(
    tmp_path: Path, step: str, told: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, f"{SMALL.rstrip()}\n  odd: {step}\n")
    places = [each.what.removeprefix("steps.odd.").partition(":")[0] for each in caught.value.all]
    assert all(any(place.startswith(each) for place in places) for each in told), places
    assert all(any(place.startswith(each) for each in told) for place in places), places


def test_a_person_step_that_cannot_be_read_is_not_said_to_be_no_queue(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, SMALL.replace("to: general}", "too: general}"))
    assert [each.what.partition(":")[0] for each in caught.value.all] == ["steps.person.too"]


def test_a_lookup_that_cannot_be_read_may_know_tiers_of_its_own(tmp_path: Path) -> None:
    service = "{kind: lookup, source: {url: 'https://b/'}, fields: {tier: tier}, found: bye, not_found: bye, cache: no}"
    text = f"{SMALL.rstrip()}\n  ask: {service}\n".replace("to: general}", "to: general, priorities: {platinum: 9}}")
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, text)
    assert all(each.what.startswith("steps.ask") for each in caught.value.all)
