"""The bench of the menu, small, on a real Asterisk: every key leads to a prompt, ours and in plain dial plan."""

import json
import subprocess
import sys

import pytest

from core.settings import ROOT


@pytest.mark.real
def test_keys_lead_to_prompts_in_both_menus() -> None:
    line = [sys.executable, "-m", "app", "bench", "ivr", "--callers", "20", "--presses", "5", "--json"]
    run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    (one,) = json.loads(run.stdout.splitlines()[-1])["rounds"]
    assert (one["missed"], one["ours"]["samples"], one["plain"]["samples"]) == (0, 100, 100)
    assert one["ours"]["p50"] > 0
