"""What keeps the house in order: `check`, `test`, `lock`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from app import prepare as machine
from core.settings import ROOT

BIN = Path(sys.executable).parent

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]

QUICK = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
}
"""What needs neither telephone nor page; the tests that need neither come after it."""

LEFTOVERS = ["nice", "-n", "10"]
"""In front of a command that takes what others leave of the machine."""

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]


def check(as_json: Json = False) -> int:
    """Format, lint, types, imports and the quick tests: under a minute."""
    machine.prepare_base(_say)
    return _told(_run(QUICK | {"tests": _tests("not real and not long")}, _stream(as_json)), as_json)


def run_tests(
    arguments: Annotated[list[str] | None, typer.Argument(help="passed on to pytest")] = None, as_json: Json = False
) -> int:
    """Everything, with a real Asterisk, browser, PostgreSQL and Redis started by the run itself.

    A real test that fails is run once more and reported as such: telephones on a busy machine lose packets. They wait
    most of their time for somebody to speak: the quick steps run beside them, and give way.
    """
    machine.prepare_tests(_say)
    stream = _stream(as_json)
    if arguments:
        return _told(_run({"tests": [*PYTEST, *arguments]}, stream), as_json)
    with ThreadPoolExecutor(1) as beside:
        quick = beside.submit(_run, QUICK | {"tests": _tests("not real")}, stream, LEFTOVERS)
        real = _run({"real tests": [*_tests("real"), "--reruns", "1", "--durations=15"]}, stream)
        return _told(quick.result() | real, as_json)


def _tests(which: str) -> list[str]:
    """One process a core: telephones need theirs in time. A file stays in one process."""
    return [*PYTEST, "-n", str(os.cpu_count() or 1), "--dist", "loadfile", "-q", "-m", which]


def lock() -> int:
    """Write the lock files anew from requirements*.in, with hashes and without addresses."""
    uv = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"]
    tidy = ["--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for name in ("requirements", "requirements-test"):
        subprocess.run([str(BIN / uv[0]), *uv[1:], *tidy, f"{name}.in", "-o", f"{name}.lock"], cwd=ROOT, check=True)
    return 0


@dataclass(frozen=True, slots=True)
class Outcome:
    ok: bool
    seconds: float


def _run(steps: Mapping[str, list[str]], stream: TextIO, before: Sequence[str] = ()) -> dict[str, Outcome]:
    """Step by step; what a step beside others says comes in one piece at its end."""
    outcome: dict[str, Outcome] = {}
    for name, command in steps.items():
        started = time.monotonic()
        run = subprocess.run([*before, *command], cwd=ROOT, check=False, text=True,
                             stdout=subprocess.PIPE if before else stream, stderr=subprocess.STDOUT)  # fmt: skip
        outcome[name] = Outcome(run.returncode == 0, round(time.monotonic() - started, 1))
        how = "ok" if outcome[name].ok else "FAILED"
        print(f"{run.stdout or ''}{name}: {how} ({outcome[name].seconds} s)", file=stream, flush=True)
    return outcome


def _stream(as_json: bool) -> TextIO:
    """Where people read."""
    return sys.stderr if as_json else sys.stdout


def _told(outcome: Mapping[str, Outcome], as_json: bool) -> int:
    """The exit code, and with `--json` the document."""
    if as_json:
        print(json.dumps({name: asdict(each) for name, each in outcome.items()}))
    return 0 if all(each.ok for each in outcome.values()) else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
