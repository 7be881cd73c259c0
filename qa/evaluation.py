"""How well a pack judges labelled dialogues: precision, recall and F1 of "fail" for every row."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from qa import dialogue, scoring
from qa.dialogue import Dialogue
from qa.pack import ROWS, Ruleset
from qa.verdict import Verdict


@dataclass(slots=True)
class Tally:
    """Counts of the verdict "fail" against the label."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Mistake:
    dialogue: str
    seed: int
    row: str
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`rows` only for rows that were labelled or raised; `macro_f1` is their mean."""

    dialogues: int
    rows: dict[str, Tally]
    mistakes: tuple[Mistake, ...]

    @property
    def macro_f1(self) -> float:
        return sum(tally.f1 for tally in self.rows.values()) / len(self.rows) if self.rows else 1.0

    @property
    def false_vetoes(self) -> int:
        return sum(1 for one in self.mistakes if one.kind == "wrong" and one.row.startswith("F"))


def evaluate(
    dialogues: Iterable[Dialogue], rules: Ruleset, noise: float = 0.0, seeds: Iterable[int] = (0,)
) -> Evaluation:
    """Judge every dialogue once a seed."""
    tallies = {row: Tally() for row in ROWS}
    mistakes: list[Mistake] = []
    count = 0
    for labelled in dialogues:
        for seed in seeds:
            count += 1
            result = scoring.score(dialogue.transcript(labelled, noise, seed), rules)
            for item in result.items:
                if item.id in labelled.ignore:
                    continue
                due, raised = item.id in labelled.fails, item.verdict is Verdict.FAIL
                tally = tallies[item.id]
                tally.right += due and raised
                tally.missed += due and not raised
                tally.wrong += raised and not due
                if due != raised:
                    kind = "missed" if due else "wrong"
                    mistakes.append(Mistake(labelled.id, seed, item.id, kind, f"{item.verdict}: {item.reason.zh}"))
    used = {row: tally for row, tally in tallies.items() if tally.right or tally.wrong or tally.missed}
    return Evaluation(count, used, tuple(mistakes))


def document(result: Evaluation, pack: str, version: str, noise: float) -> dict[str, Any]:
    return {
        "pack": pack, "pack_version": version, "noise": noise, "dialogues": result.dialogues,
        "macro_f1": round(result.macro_f1, 4), "false_vetoes": result.false_vetoes,
        "rows": {
            row: {**asdict(tally), "precision": round(tally.precision, 4), "recall": round(tally.recall, 4),
                  "f1": round(tally.f1, 4)}
            for row, tally in result.rows.items()
        },
        "mistakes": [asdict(one) for one in result.mistakes],
    }  # fmt: skip
