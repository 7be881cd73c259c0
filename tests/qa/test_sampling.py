"""The plan: what is a risk, who is drawn, when a period begins."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import ConfigError
from core.settings import ROOT
from qa import sampling
from qa.sampling import Candidate, Plan, Why

ZONE = ZoneInfo("Asia/Shanghai")
CALLS = [Candidate(f"r{agent}-{number}", agent) for agent in ("8001", "8002") for number in range(40)]


@pytest.mark.parametrize(
    ("score", "veto", "doubts", "found"),
    [(0, True, 3, Why.VETO), (59.9, False, 1, Why.LOW), (90, False, 1, Why.DOUBT), (60, False, 0, None)],
)
def test_the_gravest_reason_is_named(score: float, veto: bool, doubts: int, found: Why | None) -> None:
    assert sampling.why(score, veto, doubts, Plan()) is found


def test_every_agent_gets_the_plan_less_what_is_done() -> None:
    plan = Plan(calls=3, agents={"8002": 5})
    drawn = sampling.drawn(CALLS, {"8001": 2, "8002": 9}, plan, "week 1")
    assert [name[:5] for name in drawn] == ["r8001"]
    assert len(sampling.drawn(CALLS, {}, plan, "week 1")) == 8


def test_the_draw_is_the_same_for_everybody_and_another_one_next_time() -> None:
    first = sampling.drawn(CALLS, {}, Plan(), "week 1")
    assert sampling.drawn(reversed(CALLS), {}, Plan(), "week 1") == first
    assert sampling.drawn(CALLS, {}, Plan(), "week 2") != first


def test_every_call_has_the_same_chance() -> None:
    counts = dict.fromkeys((each.recording for each in CALLS), 0)
    for week in range(400):
        for name in sampling.drawn(CALLS, {}, Plan(calls=4), str(week)):
            counts[name] += 1
    assert sum(counts.values()) == 400 * 8
    assert min(counts.values()) > 20  # 40 expected, five standard deviations are 30
    assert max(counts.values()) < 70


@pytest.mark.parametrize(("period", "begin"), [("day", "2026-11-19"), ("week", "2026-11-16"), ("month", "2026-11-01")])
def test_periods_begin_at_the_sites_midnight(period: str, begin: str) -> None:
    now = datetime(2026, 11, 19, 0, 30, tzinfo=ZONE).timestamp()
    found = sampling.begin_of_period(Plan.model_validate({"period": period}), now, ZONE)
    assert datetime.fromtimestamp(found, ZONE).isoformat() == f"{begin}T00:00:00+08:00"


def test_the_shipped_plan_loads_a_missing_one_is_the_usual_and_a_fault_names_its_line(tmp_path: Path) -> None:
    assert sampling.load(ROOT / "config").calls == 3
    assert sampling.load(tmp_path) == Plan()
    (tmp_path / "sampling.yaml").write_text("calls: 3\nperiod: year\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        sampling.load(tmp_path)
    assert caught.value.line == 2
