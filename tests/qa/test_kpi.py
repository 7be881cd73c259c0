"""Key figures: points between floor and target, missing figures, teams, periods, and faults of the file."""

from datetime import date
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.settings import ROOT
from qa import kpi
from qa.kpi import Facts, Measure, Scheme

SCHEME = Scheme.model_validate(
    {
        "indicators": [
            {"measure": "score", "title": {"zh": "", "en": ""}, "weight": 60, "target": 90, "floor": 70},
            {"measure": "talk", "title": {"zh": "", "en": ""}, "weight": 40, "target": 200, "floor": 400},
        ]
    }
)
ANN = Facts(scored=2, score_sum=160, vetoes=1, reviewed=1, review_sum=70, offered=5, taken=4, talks=4, talk_sum=1000)
BOB = Facts(scored=8, score_sum=800, offered=5, taken=5, talks=4, talk_sum=600)


@pytest.mark.parametrize(
    ("measure", "found"),
    [("score", 80), ("veto_free", 0.5), ("review_score", 70), ("answer_rate", 0.8), ("answered", 4), ("talk", 250)],
)
def test_measures_are_what_their_names_say(measure: str, found: float) -> None:
    assert kpi.value(Measure(measure), ANN) == found


@pytest.mark.parametrize("measure", [each for each in Measure if each is not Measure.ANSWERED])
def test_there_is_no_figure_without_a_case(measure: Measure) -> None:
    assert kpi.value(measure, Facts()) is None


def test_points_lie_between_floor_and_target_and_less_may_be_better() -> None:
    found = kpi.assess(ANN, SCHEME)
    assert [each.reached for each in found.results] == [0.5, 0.75]
    assert found.points == pytest.approx(60 * 0.5 + 40 * 0.75)


def test_nothing_is_won_above_the_target_or_lost_below_the_floor() -> None:
    assert kpi.assess(BOB, SCHEME).points == 100
    assert kpi.assess(Facts(scored=1, score_sum=10, talks=1, talk_sum=900), SCHEME).points == 0


def test_the_weight_of_a_missing_figure_goes_to_the_others() -> None:
    assert kpi.assess(Facts(scored=1, score_sum=80), SCHEME).points == 50
    assert kpi.assess(Facts(), SCHEME).points is None


def test_a_team_is_the_sum_of_its_calls_not_the_mean_of_its_agents() -> None:
    found = kpi.by_team({"8001": ANN, "8002": BOB, "8003": ANN}, {"8001": "cards", "8002": "cards"})
    assert list(found) == ["cards"]
    assert kpi.value(Measure.SCORE, found["cards"]) == 96


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        ("week", "2026-11-25", "2026-11-23", "2026-11-29"),
        ("month", "2028-02-10", "2028-02-01", "2028-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-11-25", "2026-10-01", "2026-12-31"),
    ],
)
def test_periods_begin_and_end_on_whole_days(period: str, day: str, first: str, last: str) -> None:
    scheme = SCHEME.model_copy(update={"period": period})
    found = kpi.period_of(date.fromisoformat(day), scheme)
    assert [each.isoformat() for each in found] == [first, last]


def test_the_shipped_scheme_loads_and_faults_are_told(tmp_path: Path) -> None:
    shipped = kpi.load(ROOT / "config")
    assert sum(each.weight for each in shipped.indicators) == 100
    text = (ROOT / "config" / "kpi.yaml").read_text(encoding="utf-8")
    for wrong, told in ((("weight: 40", "weight: 41"), "101, not 100"), (("floor: 70", "floor: 95"), "the same")):
        with pytest.raises(ConfigError, match=told):
            kpi.read(text.replace(*wrong))
