"""The benches: whether the comparison of the books sees every fault, and a small run of each on a real centre."""

import json
import subprocess
import sys

import pytest

from acd.models import AgentRow, Call, Offer
from app.bench.churn import compare_books, compare_callers
from app.bench.ring import figures
from core.settings import ROOT
from recordings.models import Recording

SPOKEN = {"139": 2.0}


def call(**changed: object) -> Call:
    facts = {"id": "c1", "caller": "139", "connected_at": 10.0, "ended_at": 12.0, "outcome": "answered"}
    return Call(**(facts | changed))


def offer(**changed: object) -> Offer:
    return Offer(**({"id": "o1", "call": "c1", "agent": "7001", "result": "accepted"} | changed))


def recording(**changed: object) -> Recording:
    return Recording(**({"id": "r1", "call": "c1", "state": "stored", "error": ""} | changed))


READY = AgentRow(number="7001", state="ready")


def test_books_that_agree_have_no_faults() -> None:
    assert compare_books([call()], [offer()], [recording()], [READY], SPOKEN) == []


@pytest.mark.parametrize(
    ("calls", "offers", "recordings", "agents", "said"),
    [
        ([call(ended_at=None)], [offer()], [recording()], [READY], "has not ended"),
        ([call()], [offer()], [], [READY], "has 0 recordings"),
        ([call()], [offer()], [recording(), recording(id="r2")], [READY], "has 2 recordings"),
        ([call(connected_at=None)], [], [recording()], [READY], "never talked"),
        ([call()], [offer()], [recording(state="failed")], [READY], "is failed"),
        ([call()], [offer(), offer(id="o2")], [recording()], [READY], "accepted 2 times"),
        ([call()], [offer(), offer(id="o2", result="")], [recording()], [READY], "no result"),
        ([call()], [offer()], [recording()], [AgentRow(number="7001", state="talking")], "still talking"),
    ],
)
def test_each_disagreement_is_one_fault(
    calls: list[Call], offers: list[Offer], recordings: list[Recording], agents: list[AgentRow], said: str
) -> None:
    (fault,) = compare_books(calls, offers, recordings, agents, SPOKEN)
    assert said in fault


def test_talk_whose_engine_died_may_have_an_offer_or_none_but_never_two() -> None:
    for stored in ([], [offer()]):
        assert compare_books([call()], stored, [recording()], [READY], SPOKEN, {"c1"}) == []
    for odd in ([], [offer(), offer(id="o2")]):
        switched = {"c1"} if odd else set()
        (fault,) = compare_books([call()], odd, [recording()], [READY], SPOKEN, switched)
        assert f"accepted {len(odd)} times" in fault


def test_silence_after_a_talk_of_an_instant_is_no_fault() -> None:
    assert compare_books([call()], [offer()], [recording(state="failed")], [READY], {"139": 0.01}) == []


def test_each_caller_has_one_call_record_and_each_record_its_caller() -> None:
    dialled = ("131", "132", "133")
    assert compare_callers(["131", "132"], dialled, ["131"]) == []
    (twice,) = compare_callers(["131", "131"], dialled, ["131"])
    (spare,) = compare_callers(["131", "139"], dialled, ["131"])
    (lost,) = compare_callers(["132"], dialled, ["131"])
    assert (twice, spare, lost) == (
        "131 dialled once and has 2 call records",
        "a call record of 139, who never dialled",
        "131 was answered and has no call record",
    )


def test_percentiles_are_by_nearest_rank() -> None:
    found = figures([each / 1000 for each in range(1, 101)])
    assert (found.samples, found.p50, found.p95, found.p99) == (100, 50.0, 95.0, 99.0)


@pytest.mark.real
@pytest.mark.parametrize(
    "arguments", [("churn", "--calls", "30", "--cuts", "1"), ("ring", "--calls", "5", "--agents", "3")]
)
def test_bench_runs_on_a_private_centre(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "app", "bench", *arguments, "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert ran.stdout, ran.stderr[-3000:]
    assert json.loads(ran.stdout)["passed"], ran.stdout
    assert ran.returncode == 0
