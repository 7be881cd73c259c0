"""`hotline qa`, used as its user would."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.qa import app
from core.errors import BadInput, ConfigError
from qa import dialogue, evaluation
from qa.pack import ROWS, Ruleset
from recordings.transcript import document
from tests.qa.calls import BYE, HELLO, HERE, PACKS, call

run = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.transcript.json"
    talk = call(HELLO, {"customer": "能快点吗"}, {"agent": "这个不归我管"}, BYE)
    path.write_text(json.dumps(document(talk), ensure_ascii=False), encoding="utf-8")
    return path


def test_one_file_gives_one_object_in_the_exchange_format(file: Path) -> None:
    told = json.loads(run.invoke(app, ["score", str(file), "--json"]).stdout)
    assert set(told) == {"file", "pack", "pack_version", "score", "veto", "items"}
    assert (told["file"], told["pack"], told["veto"]) == (str(file), "zh-bank", [])
    assert [one["id"] for one in told["items"]] == list(ROWS)
    failed = {one["id"]: one for one in told["items"] if one["verdict"] == "fail"}
    assert set(failed) == {"A2", "B4"}
    assert set(failed["A2"]) == {"id", "verdict", "deduction", "reason", "evidence"}
    assert failed["A2"]["evidence"][0]["speaker"] == "agent"


def test_several_files_give_a_list_and_reasons_come_in_either_language(file: Path) -> None:
    told = json.loads(run.invoke(app, ["score", str(file), str(file), "--json", "--lang", "en"]).stdout)
    assert len(told) == 2
    assert "not mine" in next(one["reason"] for one in told[0]["items"] if one["id"] == "A2")


@pytest.mark.parametrize("language", ["EN", "en-GB", "en_us"])
def test_the_pack_goes_by_the_language_in_whatever_case(file: Path, language: str) -> None:
    spoken = file.read_text(encoding="utf-8").replace('"language": "zh"', f'"language": "{language}"')
    file.write_text(spoken, encoding="utf-8")
    done = run.invoke(app, ["score", str(file), "--json"])
    assert (json.loads(done.stdout)["pack"], done.stderr) == ("en-bank", "")


def test_a_call_in_a_language_without_a_pack_is_judged_by_the_first_one_and_said_so(file: Path) -> None:
    spoken = file.read_text(encoding="utf-8").replace('"language": "zh"', '"language": "fr"')
    file.write_text(spoken, encoding="utf-8")
    done = run.invoke(app, ["score", str(file), "--json"])
    assert json.loads(done.stdout)["pack"] == "zh-bank"
    why = "site.yaml gives no rule pack for calls in 'fr', judged by zh-bank"
    assert done.stderr == f"hotline: {file}: {why}: name another with --pack\n"


def test_talk_after_the_end_of_the_call_is_remarked_on_and_judged(file: Path) -> None:
    told = json.loads(file.read_text(encoding="utf-8"))
    told["call"]["duration"] = 1.0
    file.write_text(json.dumps(told), encoding="utf-8")
    done = run.invoke(app, ["score", str(file), "--json"])
    assert json.loads(done.stdout)["file"] == str(file)
    assert "after the call's duration of 1 s" in done.stderr


def test_people_read_rows_with_their_evidence(file: Path) -> None:
    shown = run.invoke(app, ["score", str(file), "--pack", "zh-telecom"]).stdout
    assert "✗ A2 服务忌语" in shown
    assert "agent: 这个不归我管" in shown


def test_a_broken_file_is_named_with_its_field(tmp_path: Path, file: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(file.read_text(encoding="utf-8").replace('"inbound"', '"sideways"'), encoding="utf-8")
    result = run.invoke(app, ["score", str(bad)])
    assert isinstance(result.exception, BadInput)
    assert "bad.json" in str(result.exception)
    assert "call.direction" in str(result.exception)
    assert result.exception.exit_code == 2


def test_evaluate_reports_every_labelled_row(tmp_path: Path) -> None:
    told = json.loads(run.invoke(app, ["evaluate", str(HERE / "dialogues" / "heldout"), "--json"]).stdout)
    assert told["dialogues"] > 30
    assert {"precision", "recall", "f1"} <= set(told["rows"]["A2"])
    assert isinstance(run.invoke(app, ["evaluate", str(tmp_path)]).exception, BadInput)


def test_unit_tests_beside_a_pack_are_run() -> None:
    result = run.invoke(app, ["test", "zh-bank", "--json"])
    assert json.loads(result.stdout)[0]["mistakes"] == []


def test_lint_names_version_and_size() -> None:
    shown = run.invoke(app, ["lint", "zh-bank"]).stdout
    assert shown.startswith("zh-bank 2.5+")
    assert "31 rows" in shown


def test_sentences_beside_a_pack_are_judged_by_their_row(tmp_path: Path, bank: Ruleset) -> None:
    path = tmp_path / "x.yaml"
    sentences = "{A2: {offends: [您能不能快点, 请您慢慢说], innocent: [请您慢慢说, 这个不归我管]}}"
    path.write_text(f"dialogues: []\nlines: {sentences}\n", encoding="utf-8")
    found = evaluation.evaluate(dialogue.unit_tests(path), bank)
    assert [(one.kind, one.dialogue) for one in found.mistakes] == [("missed", "请您慢慢说"), ("wrong", "A2 innocent")]


MISTYPED = (
    "lines:\n  A2:\n    offends: [这个不归我管]\n  A22:\n    offends: [您烦不烦]\ndialogues: []\n",
    "dialogues:\n- id: x\n  lines: [{agent: 您好}]\n  fails: [A1,\n    A22]\n",
    "dialogues:\n- id: x\n  lines: [{agent: 您好}]\n\n  near: [A22]\n",
)


@pytest.mark.parametrize(("text", "line"), [*zip(MISTYPED, (4, 5, 5), strict=True)])
def test_a_row_that_the_form_does_not_have_is_told_with_file_and_line(
    text: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packs" / "tests").mkdir(parents=True)
    (tmp_path / "packs" / "zh-bank.yaml").write_bytes((PACKS / "zh-bank.yaml").read_bytes())
    tests = tmp_path / "packs" / "tests" / "zh-bank.yaml"
    tests.write_text(text, encoding="utf-8")
    monkeypatch.setenv("HOTLINE_CONFIG_DIR", str(tmp_path))
    for command in (["lint", "zh-bank"], ["test", "zh-bank"], ["evaluate", str(tests.parent)]):
        fault = run.invoke(app, command).exception
        assert isinstance(fault, ConfigError), command
        assert (fault.path, fault.line) == (tests, line), command
        assert "'A22'" in str(fault), command


def test_a_row_before_a_single_line_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "my_bad.txt"
    path.write_text("A2,B4\t这个不归我管\n\n请您稍等\nA2, B4\t有完没有啊\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"my_bad.txt:4: the form has no row ' B4'"):
        dialogue.read_lines(path)
    path.write_text("A2,B4\t这个不归我管\n\n请您稍等\n", encoding="utf-8")
    assert dialogue.read_lines(path) == ((frozenset({"A2", "B4"}), "这个不归我管"), (frozenset(), "请您稍等"))


UNKNOWN = (
    ("  facts: {endedby: agent}\n", "facts.endedby: Extra inputs are not permitted"),
    ("  facts: {ticket: {id: T1, state: open, overdeu: true}}\n", "facts.ticket.overdeu: Extra inputs"),
    ("  facts: {ended_by: nobody}\n", "facts.ended_by: Input should be 'agent', 'customer' or 'system'"),
    ("- id: x\n  lines: [{agent: 您好}]\n", "two dialogues have the id 'x'"),
)


@pytest.mark.parametrize(("more", "words"), UNKNOWN)
def test_facts_that_no_call_has_and_tests_of_one_name_are_told_with_their_line(
    more: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"dialogues:\n- id: x\n  lines: [{{agent: 您好}}]\n{more}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        dialogue.unit_tests(path)
    assert (caught.value.line, words in str(caught.value)) == (4, True)


def test_facts_that_are_given_take_the_place_of_the_usual_ones() -> None:
    told = call(HELLO, ticket=None, ended_by="agent").call
    assert (told.ticket, told.ended_by, told.queue) == (None, "agent", "cards")
    assert "ticket" in told.model_fields_set


def test_who_has_no_unit_tests_hears_where_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no unit tests: write them into packs/tests/zh-mine\.yaml"):
        dialogue.unit_tests(tmp_path / "zh-mine.yaml")
