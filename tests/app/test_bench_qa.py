"""The bench of scoring: a full call, rules that really grow, figures that belong together."""

import json

from typer.testing import CliRunner

from app.bench import qa as bench
from app.commands.bench import app
from core.settings import ROOT
from qa import pack, scoring
from recordings.transcript import Speaker

PACKS = ROOT / "config" / "packs"


def test_the_call_lasts_five_minutes_and_both_sides_speak() -> None:
    talk = bench.long_call(PACKS / "tests" / "zh-bank.yaml")
    assert 280 < max(segment.end for segment in talk.segments) <= bench.CALL_SECONDS
    assert {segment.speaker for segment in talk.segments} == set(Speaker)


def test_grown_rules_are_as_many_times_as_said_and_lose_no_finding() -> None:
    rules = pack.load(PACKS, "zh-bank")
    more = bench.grown(rules, 3)
    assert len(more.pack.families) == 3 * len(rules.pack.families)
    assert [len(row.checks) for row in more.pack.items.values()] == [
        3 * len(row.checks) for row in rules.pack.items.values()
    ]
    talk = bench.long_call(PACKS / "tests" / "zh-bank.yaml")
    found = {item.id: item for item in scoring.score(talk, more).items}
    assert all(found[item.id].evidence for item in scoring.score(talk, rules).items if item.evidence)


def test_the_command_prints_one_document() -> None:
    told = json.loads(CliRunner().invoke(app, ["qa", "--rounds", "5", "--calls", "8", "--json"]).stdout)
    assert [each["times"] for each in told["growth"]] == [1, 3, 10]
    assert [each["phrases"] / told["growth"][0]["phrases"] for each in told["growth"]] == [1, 3, 10]
    assert all(0 < each["median_ms"] <= each["p95_ms"] for each in told["growth"])
    assert told["again"]["calls"] == 8
    assert told["again"]["seconds"] > 0
    assert told["passed"] == (told["growth"][0]["median_ms"] <= told["target_ms"])
