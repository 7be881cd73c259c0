"""`hotline qa`, used as its user would."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.qa import app
from core.errors import BadInput
from qa import dialogue, evaluation
from qa.pack import ROWS, Ruleset
from recordings.transcript import document
from tests.qa.calls import BYE, HELLO, HERE, call

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
    assert shown.startswith("zh-bank 1.6+")
    assert "31 rows" in shown


def test_sentences_beside_a_pack_are_judged_by_their_row(tmp_path: Path, bank: Ruleset) -> None:
    path = tmp_path / "x.yaml"
    sentences = "{A2: {offends: [您能不能快点, 请您慢慢说], innocent: [请您慢慢说, 这个不归我管]}}"
    path.write_text(f"dialogues: []\nlines: {sentences}\n", encoding="utf-8")
    found = evaluation.evaluate(dialogue.unit_tests(path, frozenset(ROWS)), bank)
    assert [(one.kind, one.dialogue) for one in found.mistakes] == [("missed", "请您慢慢说"), ("wrong", "A2 innocent")]
