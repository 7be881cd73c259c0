"""The plan: what is a risk, who is drawn, when a period begins."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.errors import ConfigError
from core.settings import ROOT
from qa import sampling
from qa.sampling import Candidate, Draw, Plan, Why

ZONE = ZoneInfo("Asia/Shanghai")
CALLS = [Candidate(f"r{agent}-{number}", agent) for agent in ("8001", "8002") for number in range(40)]


@pytest.mark.parametrize(
    ("score", "veto", "doubts", "found"),
    [(0, True, 3, Why.VETO), (59.9, False, 1, Why.LOW), (90, False, 1, Why.DOUBT), (60, False, 0, None)],
)
def test_the_gravest_reason_is_named(score: float, veto: bool, doubts: int, found: Why | None) -> None:
    assert sampling.why(score, veto, doubts, Plan()) is found


def _drawn(draw: Draw, done: dict[str, int], calls: list[Candidate] = CALLS) -> list[str]:
    sizes = Counter(each.group for each in calls)
    return sampling.drawn(sorted(calls, key=lambda each: sampling.lot(each.recording)), done, sizes, draw)


def test_every_group_gets_its_count_less_what_is_done() -> None:
    draw = Draw(name="x", count=3)
    assert [name[:5] for name in _drawn(draw, {"8001": 2, "8002": 9})] == ["r8001"]
    assert len(_drawn(draw, {})) == 6


def test_a_share_is_of_the_calls_there_are_and_rounded_up() -> None:
    assert len(_drawn(Draw(name="x", share=0.1), {})) == 8
    assert Draw(name="x", share=0.02).quota(40) == 1
    assert Draw(name="x", share=0.02).quota(0) == 0
    assert Draw(name="x", share=0.1).quota(30) == 3


def test_every_call_has_the_same_chance() -> None:
    """Over many sets of calls, the first and the last of each come up alike."""
    counts = [0] * 10
    for week in range(400):
        calls = [Candidate(f"week{week}-{number}", "8001") for number in range(10)]
        for name in _drawn(Draw(name="x", count=2), {}, calls):
            counts[int(name.rpartition("-")[2])] += 1
    assert sum(counts) == 800
    assert min(counts) > 40  # 80 expected, five standard deviations are 40
    assert max(counts) < 120


def test_the_share_of_double_blind_calls_is_kept_and_has_nothing_to_do_with_the_draw() -> None:
    plan = Plan(double_blind=0.25)
    lots = sorted(sampling.lot(f"r{number}") for number in range(4000))
    assert 0.22 < sum(sampling.is_double(lot, plan) for lot in lots) / 4000 < 0.28
    assert 0.17 < sum(sampling.is_double(lot, plan) for lot in lots[:400]) / 400 < 0.33
    assert not any(sampling.is_double(lot, Plan(double_blind=0)) for lot in lots)
    assert all(sampling.is_double(lot, Plan(double_blind=1)) for lot in lots)


@pytest.mark.parametrize(
    "fault",
    [{"count": 3, "share": 0.1}, {}, {"of": "all", "only": ["8001"], "count": 3}, {"share": 1.5}, {"count": -1}],
)
def test_a_plan_that_cannot_be_meant_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Draw.model_validate({"name": "x", **fault})


def test_two_plans_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="same name"):
        Plan(draws=(Draw(name="x", count=1), Draw(name="x", count=2)))


@pytest.mark.parametrize(("period", "begin"), [("day", "2026-11-19"), ("week", "2026-11-16"), ("month", "2026-11-01")])
def test_periods_begin_at_the_sites_midnight(period: str, begin: str) -> None:
    now = datetime(2026, 11, 19, 0, 30, tzinfo=ZONE).timestamp()
    found = sampling.begin_of_period(Draw.model_validate({"name": "x", "count": 1, "period": period}), now, ZONE)
    assert datetime.fromtimestamp(found, ZONE).isoformat() == f"{begin}T00:00:00+08:00"


def test_the_shipped_plan_loads_a_missing_one_is_the_usual_and_a_fault_names_its_line(tmp_path: Path) -> None:
    assert sampling.load(ROOT / "config").draws[0].count == 3
    assert sampling.load(tmp_path) == Plan()
    (tmp_path / "sampling.yaml").write_text(
        "low_score: 60\ndraws:\n  - {name: x, count: 3, period: year}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        sampling.load(tmp_path)
    assert caught.value.line == 3
