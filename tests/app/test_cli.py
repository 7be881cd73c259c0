"""The command line: every command can be found, and a wrong word is one clear line."""

import subprocess
import sys

import pytest

from app.cli import COMMANDS, build
from core.settings import ROOT


def hotline(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "app", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_command_of_the_table_exists() -> None:
    build(list(COMMANDS))


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
