"""Floors for the shipped pack on labelled dialogues: those it was tuned on and those it was not."""

from random import Random

import pytest

from qa import dialogue, evaluation, pack
from qa.case import Case
from qa.dialogue import Dialogue
from qa.evaluation import Evaluation
from qa.noise import disturb
from qa.pack import Ruleset
from qa.scoring import score
from qa.talk import Talk
from qa.verdict import Verdict
from tests.qa.calls import HERE, PACKS, call

ROWS = ("A2", "B3", "B4", "F3")


def _evaluate(folder: str, rules: Ruleset, noise: float, seeds: int) -> Evaluation:
    paths = sorted((HERE / "dialogues" / folder).glob("*.yaml"))
    return evaluation.evaluate([one for path in paths for one in dialogue.read(path)], rules, noise, range(seeds))


@pytest.mark.parametrize("folder", ["tuning", "heldout"])
@pytest.mark.parametrize(("noise", "floor", "seeds"), [(0.0, 0.97, 1), (0.05, 0.95, 1), (0.1, 0.93, 2)])
def test_macro_f1_of_fail_stays_above_its_floor(
    bank: Ruleset, folder: str, noise: float, floor: float, seeds: int
) -> None:
    result = _evaluate(folder, bank, noise, seeds)
    assert result.macro_f1 >= floor, result.mistakes
    assert result.false_vetoes == 0, result.mistakes


@pytest.mark.parametrize(("noise", "floor"), [(0.0, 0.95), (0.1, 0.9)])
def test_dialogues_that_were_never_tuned_on_come_out_as_well(bank: Ruleset, noise: float, floor: float) -> None:
    result = _evaluate("blind", bank, noise, 1)
    # Only the sum is shown: whoever sees the mistakes tunes on them.
    assert (result.macro_f1 >= floor, result.false_vetoes) == (True, 0)


@pytest.mark.parametrize(("noise", "floor"), [(0.0, 0.97), (0.1, 0.96)])
def test_calls_in_everyday_wordings_are_judged(bank: Ruleset, noise: float, floor: float) -> None:
    result = _evaluate("spoken", bank, noise, 1)
    assert result.macro_f1 >= floor, result.mistakes
    assert result.false_vetoes == 0, result.mistakes


def test_rows_for_a_person_are_shown_to_one(bank: Ruleset) -> None:
    reviews = _evaluate("tuning", bank, 0.0, 1).reviews
    assert set(reviews) == {"A6", "C1", "D6", "E3", "F6"}
    assert all(tally.recall == 1 and tally.precision >= 0.75 for tally in reviews.values()), reviews


def test_calls_in_order_keep_their_hundred_points(bank: Ruleset) -> None:
    for good in dialogue.read(HERE / "dialogues" / "heldout" / "clean.yaml"):
        result = score(dialogue.transcript(good), bank)
        assert (good.id, result.score) == (good.id, 100.0)


def test_english_calls_are_judged_by_the_english_pack() -> None:
    assert _evaluate("english", pack.load(PACKS, "en-bank"), 0.0, 1).mistakes == []


def _lines(name: str) -> list[str]:
    text = (HERE / "lines" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize(("noise", "missed", "wrong"), [(0.0, 0.12, 0.1), (0.1, 0.25, 0.12)])
def test_lines_that_were_never_tuned_on_are_mostly_judged_right(
    bank: Ruleset, noise: float, missed: float, wrong: float
) -> None:
    bad = [line.split("\t") for line in _lines("blind_bad")]
    lost = sum(bool(set(rows.split(",")) - _raised(bank, disturb(line, noise, Random(line)))) for rows, line in bad)
    good = _lines("blind_good")
    raised = sum(bool(_raised(bank, disturb(line, noise, Random(line)))) for line in good)
    assert (lost <= missed * len(bad), raised <= wrong * len(good)) == (True, True)


def _raised(rules: Ruleset, line: str) -> set[str]:
    case = Case(Talk(call({"agent": line})), rules)
    return {
        row
        for row in ROWS
        for check in rules.pack.items[row].checks
        if check.check == "says" and check.verdict == "fail"
        for hit in case.hits(check.by, *check.families)
        if not hit.doubtful
    }


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_polite_lines_raise_nothing(bank: Ruleset, noise: float) -> None:
    lines = [line for name in ("good_agent", "tuning_good") for line in _lines(name)]
    raised = {line: _raised(bank, disturb(line, noise, Random(line))) for line in lines}
    wrong = {line: rows for line, rows in raised.items() if rows}
    assert len(wrong) <= (0 if noise == 0 else len(lines) // 50), wrong


@pytest.mark.parametrize(("noise", "share"), [(0.0, 0.99), (0.1, 0.93)])
def test_offending_lines_raise_their_rows(bank: Ruleset, noise: float, share: float) -> None:
    labelled = [line.split("\t") for name in ("bad_agent", "tuning_bad") for line in _lines(name)]
    missed = [
        line for rows, line in labelled if set(rows.split(",")) - _raised(bank, disturb(line, noise, Random(line)))
    ]
    assert len(missed) <= (1 - share) * len(labelled), missed


def test_mistakes_are_counted_as_missed_and_wrong(bank: Ruleset) -> None:
    lines = [{"agent": "您好请问有什么可以帮您"}, {"agent": "这个不归我管"}, {"agent": "感谢来电再见"}]
    labelled = Dialogue.model_validate({"id": "x", "lines": lines, "fails": ["A1", "A2"]})
    result = evaluation.evaluate([labelled], bank)
    assert result.fails["A1"].missed == 1
    assert result.fails["A2"].right == 1
    assert result.fails["B4"].wrong == 1
    assert {one.kind for one in result.mistakes} == {"missed", "wrong"}
    assert Verdict.FAIL.value in next(one.said for one in result.mistakes if one.row == "B4")
