"""The command line: every command can be found, and a wrong word is one clear line."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.main import get_command

from app import prepare as machine
from app.centre import Centre
from app.cli import COMMANDS, build, main
from app.commands.centre import ready_line
from core import log
from core.errors import BadInput
from core.settings import ROOT


def hotline(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "app", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_command_of_the_table_exists() -> None:
    build(list(COMMANDS))


def test_no_option_for_a_data_directory_is_looked_at_before_its_command_which_says_whose_it_is() -> None:
    def looked_at(group: Any, *path: str) -> Iterator[str]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from looked_at(command, *path, name)
            elif any("--data" in each.opts and each.type_descriptor.parameter_info.readable for each in command.params):
                yield " ".join((*path, name))

    assert list(looked_at(get_command(build(list(COMMANDS))))) == []


@pytest.mark.parametrize("words", [("models", "fetch", __file__), ("migrate",), ("demo",)])
def test_a_file_in_place_of_the_data_directory_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(machine, "prepare_base", lambda _say: None)
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match=r"/file.* cannot be used \(.*\): a directory is needed there, or"):
        build([words[0]])([*words, "--data", str(tmp_path / "file")], standalone_mode=False)


def test_every_command_answers_programs_too() -> None:
    """But for the worker, which says nothing."""

    def without(group: Any, *path: str) -> Iterator[str]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from without(command, *path, name)
            elif not any("--json" in option.opts for option in command.params):
                yield " ".join((*path, name))

    assert list(without(get_command(build(list(COMMANDS))))) == ["worker"]


@pytest.mark.parametrize("words", [("qa", "score"), ("qa", "scroe", "x"), ("models", "--nonsense")])
def test_wrong_words_end_with_code_two_and_no_traceback(words: tuple[str, ...]) -> None:
    run = hotline(*words)
    assert run.returncode == 2
    assert run.stderr
    assert "Traceback" not in run.stderr


def test_file_that_is_no_transcript_is_named_with_its_fault() -> None:
    run = hotline("qa", "score", "README.md")
    assert run.returncode == 2
    assert run.stderr.startswith("hotline: README.md:1:")
    assert len(run.stderr.strip().splitlines()) == 1


def test_help_lists_every_command() -> None:
    run = hotline("--help")
    assert run.returncode == 0
    assert all(name in run.stdout for name in COMMANDS)
    assert run.stdout.startswith("Usage: hotline [OPTIONS]")


def code_of(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """The exit code of the command line in this process."""
    monkeypatch.setattr(sys, "argv", ["hotline", *words])
    monkeypatch.setattr(log, "configure", lambda **_: None)  # it would keep the standard error of this one test
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("qa",), "hotline: Missing command (`--help` says how)\n"),
        (("qa", "evaluate", "x", "--seeds", "0"), "'--seeds'"),
        (("qa", "score", "two\nlines"), "hotline: two lines: cannot be read"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert code_of(monkeypatch, *words) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert said in printed.err


def test_letters_that_the_output_does_not_know_are_written_so_that_json_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert code_of(monkeypatch, "ivr", "walk", "--at", "2026-03-02T10:00", "--json") == 0
    assert "欢迎致电" in str(json.loads(out.buffer.getvalue())["lines"])


@pytest.mark.parametrize(
    ("place", "code", "said"), [("/dev/full", 1, "hotline: No space left on device\n"), ("|", 0, "")]
)
def test_output_that_nobody_takes_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str, code: int, said: str
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") if place == "|" else Path(place).open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert code_of(monkeypatch, "ivr", "rules") == code
    assert capsys.readouterr().err == said


SHORT = """
languages: [zh]
start: agent
person: agent
phrases: {wrong_key: {zh: 错}, no_key: {zh: 无}, sorry: {zh: 抱歉}, trouble: {zh: 故障}}
steps: {agent: {kind: queue, to: cards}}
"""


def test_what_is_logged_before_a_command_sets_the_log_up_is_no_part_of_its_answer(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    run = hotline("ivr", "prompts", str(tmp_path / "short.yaml"), "--out", str(tmp_path / "taken"), "--json")
    assert run.returncode == 1
    assert json.loads(run.stdout)["faults"]
    assert "prompt missing" in run.stderr


def test_ready_line_names_every_number_that_is_answered_and_the_main_one_first() -> None:
    asterisk = SimpleNamespace(sip_host="127.0.0.1", sip_port=5060, rtp_first=1, rtp_last=2, version="20", pid=7)
    site = SimpleNamespace(hotline="95566", numbers={"95566": "main", "95577": "tele"})
    centre = SimpleNamespace(web="http://127.0.0.1:8000", asterisk=asterisk, configuration=SimpleNamespace(site=site))
    told = json.loads(ready_line(cast(Centre, centre), True))
    assert (told["hotline"], told["numbers"]) == ("95566", ["95566", "95577"])
    assert "(dial 95566)" in ready_line(cast(Centre, centre), False)
