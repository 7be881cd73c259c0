"""Somebody writes his first menu: every slip is told where it stands, in words that say what to write instead."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.commands.ivr import app
from core.errors import BadInput, ConfigError
from core.settings import ROOT
from tests.ivr.material import SERVICE, SMALL, SPEAKING, write_menu

AT = ("--at", "2026-03-02T11:00")


@pytest.mark.parametrize(
    ("old", "new", "told", "remedy"),
    [
        ("into: born", "into: birth-day", "steps.birth.into: 'birth-day' is no name of a variable: write", "correct"),
        (
            "  birth: {",
            "  Birth: {",
            "steps.Birth: 'Birth' is no name of a step: write small letters, digits",
            "correct",
        ),
        ('police: "110"', 'police: "010-110"', "outside.police: '010-110' is no number that can be rung", "correct"),
        ("retries: 0}", "retry: 0}", "steps.web.source.retry: Extra inputs are not permitted", "perhaps 'retries'"),
        ("    verified: balance\n", "", "steps.pin.verified: Field required", "add it"),
        ('wish: "card of {caller}"', "wish: 6", "steps.noted.values.wish: a text is expected here", "in quotes"),
        (
            "{zh: 评价, en: rate}",
            "{zh: 评价, en: so, rate us}",
            "steps.survey.prompt.rate us: there is nothing",
            "quotes",
        ),
        ("kind: survey, ", "", "steps.survey: no 'kind' is given", "add it"),
        ("kind: survey", "kind: surveys", "steps.survey: there is no kind 'surveys'", "use one of 'menu', 'play'"),
        ("  turn: {kind: return}", "  turn:", "steps.turn: there is nothing here", "write it"),
        ("languages: [zh, en]", "languages: zh", "languages: a list is expected here", "write a list: [zh]"),
        (
            '"1": {go: card, say: {zh: 一, en: one}}',
            "1: card",
            "steps.main.options.1: names with values",
            "name: value",
        ),
        ('"2": {go: find', "1: {go: find", "steps.main.options: key '1' is there twice", "correct"),
        ("retries: 0}", "deadline: 3s}", "steps.web.source.deadline: Input should be a valid number", "correct"),
        ("as: amount", "as: money", "steps.balance.parts.1.as: Input should be 'number', 'count'", "correct"),
        (
            "{balance: account.balance}",
            "{balance: account.fee}",
            "steps.find.fields.balance: customers have no",
            "they",
        ),
    ],
)
def test_slip_is_told_with_its_place_as_it_stands_in_the_file_and_how_to_mend_it(
    tmp_path: Path, old: str, new: str, told: str, remedy: str
) -> None:
    assert old in SERVICE
    text = SERVICE.replace(old, new, 1)
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, text)
    assert caught.value.problem.startswith(f"{tmp_path}/small.yaml:{caught.value.line}: {told}")
    assert remedy in caught.value.remedy
    place = told.partition(":")[0].split(".")
    assert any(part.strip("'") in text.splitlines()[caught.value.line - 1] for part in place[1:] or place), (
        caught.value.line
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            (("kind: survey", "kind: surveys"), ("{zh: 卡号, en: card number}", "[卡号]"), ("as: amount", "as: money")),
            ["card.prompt: a text is", "balance.parts.1.as: Input", "survey: there is no kind"],
        ),
        (
            (("{zh: 号码, en: number}", "{zh: 5, en: number}"), ("verified: balance", "verifies: balance")),
            ["pin.verifies: Extra", "call-back.other.zh: a text is"],
        ),
        (
            (("go: find,", "go: finds,"), ("on: score", "on: scores"), ("to: general}", "to: jobs, schedule: noon}")),
            ["main.options.2: there is no step", "rated.on: nothing sets", "person.to: there is no queue",
             "person.schedule: there is no schedule"],
        ),
        (
            (("prompt: {zh: 生日, en: birthday}", "prompt: day"), ("{zh: 知道, en: noted}", "{zh: 知道, fr: oui}")),
            ["told.prompt: no words in en", "told.prompt: 'fr' is none", "birth.prompt: there is no prompt"],
        ),
    ],
)  # fmt: skip
def test_all_slips_of_a_file_are_told_at_once_in_the_order_of_its_lines(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], told: list[str]
) -> None:
    text = SERVICE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ConfigError) as caught:
        write_menu(tmp_path, text)
    found = caught.value.all
    assert [each.what.startswith(f"steps.{part}") for each, part in zip(found, told, strict=True)] == [True] * len(
        told
    ), [each.what for each in found]
    assert [each.line for each in found] == sorted(each.line for each in found)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def refused(*arguments: str) -> BadInput:
    fault = ran(*arguments).exception
    assert isinstance(fault, BadInput)
    return fault


def walked(*arguments: str) -> list[dict[str, Any]]:
    return list(json.loads(ran("walk", *arguments, *AT, "--json").stdout)["lines"])


@pytest.fixture
def service(tmp_path: Path) -> str:
    return str(write_menu(tmp_path, SERVICE).path)


def test_walk_says_that_no_service_was_asked_until_its_answer_is_given(service: str) -> None:
    keys = ("--keys", "7 1234")
    assert "give its answer" in next(line["text"] for line in walked(service, *keys) if line["kind"] == "unasked")
    told = walked(service, *keys, "--answers", '{"web": {"limit": "500"}}')
    assert [line["text"] for line in told if line["kind"] in ("looks up", "unasked")] == ["found"]


def test_answer_with_a_variable_that_its_step_does_not_fill_is_refused(service: str) -> None:
    fault = refused("walk", service, "--answers", '{"web": {"limits": "500"}}')
    assert (fault.problem, fault.remedy) == ("step 'web' never gets the variable 'limits'", "it fills: limit")


def test_walk_says_why_what_was_looked_up_by_a_typed_number_cannot_be_read(tmp_path: Path) -> None:
    text = SERVICE
    for old, new in (
        ("source: customers", "source: customers\n    by: card"), ("found: pin", "found: balance"),
        ("least: 12", "least: 11"), ("    check: luhn\n", ""), ("next: card-said", "next: find"),
        ("    missing: person\n", ""),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new, 1)
    menu = write_menu(tmp_path, text)
    (trouble,) = (line for line in walked(str(menu.path), "--keys", "1 13800000001#") if line["kind"] == "trouble")
    assert trouble["text"] == "balance: 'balance' is of a number that was only typed: it counts after a verify step"


def test_words_where_nothing_listens_are_told_so_and_the_menu_goes_on(tmp_path: Path) -> None:
    told = walked(str(write_menu(tmp_path).path), "--keys", "[我要挂失]")
    kinds = [line["kind"] for line in told]
    assert kinds[kinds.index("says") : kinds.index("says") + 3] == ["says", "unheard", "silent"]
    assert kinds[-1] == "queue", "who says nothing that is heard reaches a person"
    heard = walked(str(write_menu(tmp_path, SPEAKING).path), "--keys", "[挂失]")
    assert ("unheard" not in [line["kind"] for line in heard], heard[-1]["text"][:9]) == (True, "lost-card")


def test_drawing_that_cannot_be_written_or_has_no_such_language_is_one_line(service: str, tmp_path: Path) -> None:
    assert "cannot be written" in refused("draw", service, "--out", str(tmp_path / "no" / "menu.svg")).problem
    assert refused("draw", service, "--language", "fr").remedy == "it has: zh, en"


def test_folder_without_menus_is_said_to_have_none(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("models", "knowledge", "packs"))
    for each in (config / "menus").iterdir():
        each.unlink()
    assert refused("walk", "main", "--config", str(config)).remedy.startswith("config/menus has none yet")


def test_tests_that_are_not_there_or_refuse_queues_nobody_comes_to_are_told_so(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SMALL).path
    assert "small.tests.yaml" in refused("test", str(menu)).remedy
    call = "tests:\n  - {name: x, keys: '0', at: 2026-03-02T10:00, refused: "
    beside = menu.with_name("small.tests.yaml")
    beside.write_text(call + "general, ends: {outcome: failed}}\n", encoding="utf-8")
    assert refused("test", str(menu)).remedy == "write a list: [general]"
    beside.write_text(call + "[general], ends: {outcome: failed}}\n", encoding="utf-8")
    assert ran("test", str(menu)).exit_code == 0
    beside.write_text(call + "[generals]}\n", encoding="utf-8")
    assert "x: no step leads to queue 'generals': they lead to general" in ran("test", str(menu)).stdout


def test_all_that_a_test_names_and_is_not_there_is_told_at_once_each_at_its_line(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SMALL).path
    beside = menu.with_name("small.tests.yaml")
    lines = (
        "tests:", "  - name: x", "    at: 2026-03-02T10:00", "    path: [main, mane]", "    answers: {nowhere: failed}",
        "    refused: [general, generals]", "    ends:", "      step: end", "      queue: jobs",
        "      language: fr",
    )  # fmt: skip
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = [line for line in ran("test", str(menu)).stdout.splitlines() if ": x: " in line]
    assert [(int(line.split(":")[1]), line.split(": ")[2]) for line in told] == [
        (4, "there is no step 'mane'"), (5, "there is no step 'nowhere'"), (6, "no step leads to queue 'generals'"),
        (8, "there is no step 'end'"), (9, "no step leads to queue 'jobs'"),
        (10, "'fr' is none of the file's languages"),
    ]  # fmt: skip
    beside.write_text("\n".join(lines[:3]) + "\n    ends: {outcome: transferred}\n", encoding="utf-8")
    assert "small.tests.yaml:4: tests.0.ends.outcome: Input should be 'queue'" in str(refused("test", str(menu)))


def test_call_that_goes_otherwise_is_told_at_the_line_of_what_was_expected(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SMALL).path
    menu.with_name("small.tests.yaml").write_text(
        "tests:\n  - name: x\n    keys: '1'\n    at: 2026-03-02T10:00\n    hears:\n      - 主菜单\n      - 你好\n",
        encoding="utf-8",
    )
    assert "small.tests.yaml:7: x: never hears '你好'" in ran("test", str(menu)).stdout


REASONS = SMALL.replace("to: general}", "to: general, refused: {full: more, closed: bye}}")


def test_call_is_tested_with_the_reason_for_which_its_queue_takes_nobody(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, REASONS).path
    call = "  - {name: x, keys: '0h', at: 2026-03-02T10:00, refused: "
    calls = f"{call}{{general: full}}, path: [person, more]}}\n{call}[general], path: [person, bye]}}\n"
    beside = menu.with_name("small.tests.yaml")
    beside.write_text(f"tests:\n{calls}", encoding="utf-8")
    assert ran("test", str(menu)).exit_code == 0
    beside.write_text(f"tests:\n{call}{{general: tired}}}}\n", encoding="utf-8")
    assert "small.tests.yaml:2" in str(refused("test", str(menu)))


@pytest.mark.parametrize(("said", "step"), [('{"general": "full"}', "more"), ('["general"]', "bye")])
def test_walk_takes_the_queues_that_take_nobody(tmp_path: Path, said: str, step: str) -> None:
    lines = walked(str(write_menu(tmp_path, REASONS).path), "--keys", "0h", "--refused", said)
    assert [line["text"] for line in lines if line["kind"] == "step"][2] == step


@pytest.mark.parametrize("said", ['{"general": "tired"}', "general", '["nobody"]'])
def test_refusal_that_nobody_meets_is_told_with_a_remedy(tmp_path: Path, said: str) -> None:
    assert refused("walk", str(write_menu(tmp_path, REASONS).path), "--refused", said).remedy


def test_queue_is_closed_in_tests_of_calls_outside_the_hours_that_queues_yaml_gives_it(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("models"))
    lined = config / "queues.yaml"
    text = lined.read_text(encoding="utf-8")
    lined.write_text(text.replace("skills: {}", "skills: {}\n    entry: {hours: personal}", 1), encoding="utf-8")
    menu = write_menu(tmp_path, REASONS).path
    night = "tests:\n  - {name: x, keys: '0h', at: 2026-03-02T03:00, path: [person, bye]}\n"
    menu.with_name("small.tests.yaml").write_text(night, encoding="utf-8")
    assert ran("test", str(menu), "--config", str(config)).exit_code == 0
    assert ran("test", str(menu)).exit_code == 1
