"""Figures by agent, week and rule from calls and reviews as they come."""

import pytest

from qa.figures.standings import Scored, Tally
from qa.review import Line
from qa.sampling import Plan
from qa.verdict import Verdict

PLAN = Plan(from_reviews=4)


def _call(agent: str, week: str, score: float, verdict: str = "pass", reviewed: bool = False) -> Scored:
    return Scored(agent, "cards", week, score, score == 0, reviewed, {"A1": verdict, "D2": "manual"})


def test_scores_are_grouped_by_agent_and_by_week() -> None:
    tally = Tally()
    for each in (_call("8001", "2026-W46", 100), _call("8001", "2026-W47", 0), _call("8002", "2026-W47", 80, "fail")):
        tally.call(each)
    agents, weeks = tally.agents(), tally.weeks()
    assert (agents["8001"].calls, agents["8001"].mean, agents["8001"].vetoes) == (2, 50, 1)
    assert (weeks["2026-W47"].mean, list(weeks)) == (40, ["2026-W46", "2026-W47"])
    total = tally.total()
    assert total is not None
    assert (total.calls, total.mean) == (3, 60)


def test_hit_rate_counts_only_calls_in_which_the_rule_was_judged() -> None:
    tally = Tally()
    for verdict in ("pass", "pass", "fail", "na", "review"):
        tally.call(_call("8001", "w", 90, verdict))
    figures = {each.rule: each for each in tally.rules(PLAN)}
    assert (figures["A1"].judged, figures["A1"].failed) == (3, 1)
    assert figures["A1"].hit_rate == pytest.approx(1 / 3)
    assert figures["D2"].hit_rate is None


def _reviewed(machine: Verdict, person: Verdict | None) -> list[Line]:
    return [Line("A1", machine, 1.0, person)]


def test_rules_people_disagree_with_are_flagged() -> None:
    tally = Tally()
    for machine, person in [(Verdict.FAIL, Verdict.PASS)] * 4 + [(Verdict.FAIL,) * 2, (Verdict.PASS,) * 2]:
        tally.review(_reviewed(machine, person))
    figure = tally.rules(PLAN)[0]
    assert (figure.agreement.count, figure.agreement.share) == (6, 1 / 3)
    assert (figure.hits.raised, figure.hits.confirmed, figure.hits.precision) == (5, 1, 0.2)
    assert figure.flagged


def test_rows_that_do_not_apply_make_no_agreement() -> None:
    tally = Tally()
    for machine, person in [(Verdict.NA, Verdict.NA)] * 50 + [(Verdict.FAIL, Verdict.NA), (Verdict.NA, Verdict.PASS)]:
        tally.review(_reviewed(machine, person))
    assert (tally.rules(PLAN)[0].agreement.count, tally.rules(PLAN)[0].agreement.share) == (2, 0.5)


def test_rows_nobody_touched_are_no_agreement() -> None:
    tally = Tally()
    for machine in [Verdict.PASS] * 50 + [Verdict.FAIL] * 5:
        tally.review(_reviewed(machine, None))
    tally.review(_reviewed(Verdict.FAIL, Verdict.PASS))
    figure = tally.rules(PLAN)[0]
    assert (figure.agreement.count, figure.agreement.share, figure.hits.precision) == (1, 0.0, 0.0)


def test_people_who_marked_blind_are_compared_with_each_other() -> None:
    tally = Tally()
    tally.blind([{"A1": Verdict.FAIL, "A2": Verdict.PASS}, {"A1": Verdict.FAIL, "A2": Verdict.FAIL}])
    tally.blind([{"A1": Verdict.PASS, "A2": Verdict.NA}, {"A1": Verdict.NA, "A2": Verdict.NA}])
    figures = {each.rule: each.people for each in tally.rules(PLAN)}
    assert (figures["A1"].count, figures["A1"].share, figures["A1"].kappa) == (2, 1.0, 1.0)
    assert (figures["A2"].count, figures["A2"].share) == (1, 0.0)


def test_teams_are_the_sums_of_their_agents() -> None:
    tally = Tally()
    for agent, team, score in (("8001", "a", 80), ("8002", "a", 90), ("8003", "", 50)):
        tally.call(Scored(agent, team, "w", score, False, False, {}))
    assert {name: (each.calls, each.mean) for name, each in tally.teams().items()} == {"": (1, 50), "a": (2, 85)}


def test_rows_the_machine_left_open_are_no_disagreement() -> None:
    tally = Tally()
    tally.review(_reviewed(Verdict.REVIEW, Verdict.FAIL) + _reviewed(Verdict.MANUAL, Verdict.FAIL))
    assert tally.rules(PLAN) == []
    assert tally.total() is None
