"""What keeps the house in order: `check`, `test`, `lock`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from app import prepare as machine
from app.commands.writing import tell
from core.settings import ROOT

BIN = Path(sys.executable).parent

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]


def check(as_json: Json = False) -> int:
    """Format, lint, types, imports and the quick tests: under a minute."""
    machine.prepare_base(_say)
    steps = {
        "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
        "types": [str(BIN / "mypy"), "--no-error-summary"],
        "tests": [*PYTEST, *side_by_side(), "-q", "-m", "not real and not long"],
    }
    return _run(steps, as_json)


def run_tests(
    arguments: Annotated[list[str] | None, typer.Argument(help="passed on to pytest")] = None, as_json: Json = False
) -> int:
    """Everything, with a real Asterisk, browser, PostgreSQL and Redis started by the run itself.

    A real test that fails is run once more and reported as such: telephones on a busy machine lose packets.
    """
    machine.prepare_tests(_say)
    if arguments:
        return _run({"tests": [*PYTEST, *arguments]}, as_json)
    steps = {
        "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
        "types": [str(BIN / "mypy"), "--no-error-summary"],
        "tests": [*PYTEST, *side_by_side(), "-q", "-m", "not real"],
        "real tests": [*PYTEST, *side_by_side(), "-m", "real", "--reruns", "1", "--durations=15"],
    }
    return _run(steps, as_json)


def side_by_side() -> list[str]:
    """One process a core: telephones need theirs in time. A file stays in one process."""
    return ["-n", str(os.cpu_count() or 1), "--dist", "loadfile"]


def lock(as_json: Json = False) -> int:
    """Write the lock files anew from requirements*.in, with hashes and without addresses."""
    uv = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"]
    tidy = ["--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for name in ("requirements", "requirements-test"):
        subprocess.run([str(BIN / uv[0]), *uv[1:], *tidy, f"{name}.in", "-o", f"{name}.lock"], cwd=ROOT, check=True)
    tell({"locked": True}, "locked", as_json=as_json)
    return 0


def _run(steps: dict[str, list[str]], as_json: bool) -> int:
    outcome: dict[str, dict[str, float | bool]] = {}
    for name, command in steps.items():
        started = time.monotonic()
        run = subprocess.run(command, cwd=ROOT,
                             stdout=sys.stderr if as_json else None, check=False)  # fmt: skip
        outcome[name] = {"ok": run.returncode == 0, "seconds": round(time.monotonic() - started, 1)}
        if not as_json:
            print(f"{name}: {'ok' if run.returncode == 0 else 'FAILED'} ({outcome[name]['seconds']} s)", flush=True)
    if as_json:
        print(json.dumps(outcome))
    return 0 if all(step["ok"] for step in outcome.values()) else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
