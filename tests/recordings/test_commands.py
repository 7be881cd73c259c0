"""`hotline recordings analyse` and `hotline models`, as typed."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from app.commands import models, recordings
from core.errors import BadInput
from recordings.sound import Unusable
from recordings.transcript import Transcript
from tests.recordings.conftest import CONFIG
from tests.speech import RATE, Turn, call

run = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "talk.flac"
    sound, _ = call([Turn("agent", "您好，请问有什么可以帮您？"), Turn("customer", "没有了，谢谢。")])
    soundfile.write(path, sound, RATE)
    return path


def test_a_file_is_analysed_for_people(file: Path) -> None:
    said = run.invoke(recordings.app, ["analyse", str(file), "--config", str(CONFIG)])
    assert said.exit_code == 0
    assert "agent     您好请问有什么可以帮您" in said.stdout
    assert "test model: understands the synthetic test voice, not people" in said.stdout


def test_a_file_is_analysed_as_one_document(file: Path) -> None:
    said = run.invoke(recordings.app, ["analyse", str(file), "--json", "--config", str(CONFIG)])
    found = json.loads(said.stdout)
    assert Transcript.model_validate(found["transcript"]).segments[0].text == "您好请问有什么可以帮您"
    assert "ticket" not in found["transcript"]["call"], "a file does not tell whether its call has one"
    assert found["measures"]["agent"]["turns"] == 1
    other = json.loads(run.invoke(recordings.app, ["analyse", str(file), "--json", "--language", "en"]).stdout)
    assert (other["transcript"], other["model"], other["note"]) == (None, None, "no model for en")


def test_a_file_that_promises_more_than_it_holds_is_analysed_and_said_to_be_cut_short(tmp_path: Path) -> None:
    whole, torn, piped = tmp_path / "whole.wav", tmp_path / "torn.wav", tmp_path / "piped.wav"
    soundfile.write(whole, np.zeros((RATE * 10, 2), dtype=np.int16), RATE)
    content = whole.read_bytes()
    torn.write_bytes(content[: 44 + RATE * 4 * 2])
    piped.write_bytes(content[:40] + b"\xff" * 4 + content[44:])
    said = [run.invoke(recordings.app, ["analyse", str(path), "--json"]) for path in (whole, torn, piped)]
    assert [each.stderr for each in said] == [
        "", f"hotline: {torn}: it is cut short: 2.0 s are there of 10.0 s: copy it again\n", "",
    ]  # fmt: skip
    assert json.loads(said[1].stdout)["measures"]["seconds"] == 2.0


def test_a_file_that_is_no_call_is_bad_input(tmp_path: Path) -> None:
    mono = tmp_path / "mono.wav"
    soundfile.write(mono, np.zeros(100, dtype=np.int16), RATE)
    said = run.invoke(recordings.app, ["analyse", str(mono)])
    assert isinstance(said.exception, Unusable)
    assert said.exception.exit_code == 2


@pytest.mark.parametrize("language", ["", "z"])
def test_a_word_that_is_no_language_is_bad_input(language: str) -> None:
    with pytest.raises(BadInput, match=f"--language '{language}' is no language: give for example zh or en"):
        CliRunner().invoke(
            recordings.app, ["analyse", "talk.wav", "--language", language],
            catch_exceptions=False, standalone_mode=False,
        )  # fmt: skip


def test_the_models_are_listed_with_what_they_cannot_do() -> None:
    found = json.loads(run.invoke(models.app, ["list", "--json", "--config", str(CONFIG)]).stdout)
    assert found["models"]["zh"]["test"] is True
    shown = run.invoke(models.app, ["list", "--config", str(CONFIG)]).stdout
    assert "not people" in shown
    assert "hotline models fetch" in shown
