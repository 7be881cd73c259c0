"""The bench of speech: calls as people talk, heard by both ways, with figures that belong together."""

import json
from pathlib import Path

from typer.testing import CliRunner

from app.bench import speech as bench
from app.commands.bench import app
from core.settings import ROOT
from recordings.sound import AGENT, CUSTOMER, read

LABELLED = ROOT / "config" / "packs" / "tests" / "zh-bank.yaml"


def test_its_calls_are_two_sided_more_than_half_silent_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    (call,), (again,) = (bench.make_calls(LABELLED, tmp_path, 1, seed) for seed in (3, 3))
    assert call == again
    assert 0.2 < call.active < 0.5
    assert abs(call.seconds - bench.CALL_SECONDS) < 60
    samples = read(call.file)
    assert min(int(abs(samples[:, side]).max()) for side in (CUSTOMER, AGENT)) > 3000
    assert call.customer
    assert call.agent


def test_the_command_prints_one_document_whose_figures_agree() -> None:
    told = json.loads(CliRunner().invoke(app, ["speech", "--calls", "1", "--json"]).stdout)
    assert told["times"] == round(told["plain"]["cpu_seconds"] / told["ours"]["cpu_seconds"], 2)
    assert told["passed"] == (told["times"] >= bench.AIM_TIMES and told["points"] <= 100 * bench.AIM_POINTS)
    assert max(told[way]["character_errors"] for way in ("ours", "plain")) < 0.1
