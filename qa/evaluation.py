"""How well a pack judges labelled dialogues: precision, recall and F1 of "fail" for every row, and of "review"."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from qa import dialogue, scoring
from qa.dialogue import Dialogue
from qa.noise import ERRORS
from qa.pack import ROWS, Ruleset
from qa.scoring import Score
from qa.verdict import Verdict


@dataclass(slots=True)
class Tally:
    """Counts of a verdict against the label."""

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

    def count(self, due: bool, raised: bool) -> None:
        self.right += due and raised
        self.missed += due and not raised
        self.wrong += raised and not due

    def document(self) -> dict[str, float]:
        return {
            **asdict(self), "precision": round(self.precision, 4), "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mistake:
    """`kind`: a failure `missed` or raised where it is `wrong`; a review `unseen` or `needless`."""

    dialogue: str
    seed: int
    row: str
    kind: str
    said: str


@dataclass(slots=True)
class Evaluation:
    """`fails` only holds rows that were labelled or raised; `macro_f1` is their mean.

    `reviews`: rows that some dialogue labels for a person; a failure raised there counts as shown to a person.
    """

    dialogues: int = 0
    fails: dict[str, Tally] = field(default_factory=dict)
    reviews: dict[str, Tally] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def macro_f1(self) -> float:
        return sum(tally.f1 for tally in self.fails.values()) / len(self.fails) if self.fails else 1.0

    @property
    def false_vetoes(self) -> int:
        return sum(1 for one in self.mistakes if one.kind == "wrong" and one.row.startswith("F"))


def evaluate(
    dialogues: Iterable[Dialogue], rules: Ruleset, noise: float = 0.0, seeds: Iterable[int] = (0,),
    errors: str = "homophones",
) -> Evaluation:  # fmt: skip
    """Judge every dialogue once a seed."""
    labelled = tuple(dialogues)
    reviewed = frozenset(row for one in labelled for row in one.reviews)
    result = Evaluation()
    for one in labelled:
        for seed in seeds:
            result.dialogues += 1
            _compare(
                result, one, seed, scoring.score(dialogue.transcript(one, noise, seed, ERRORS[errors]), rules), reviewed
            )
    result.fails = {row: result.fails[row] for row in ROWS if row in result.fails}
    return result


def _compare(result: Evaluation, labelled: Dialogue, seed: int, judged: Score, reviewed: frozenset[str]) -> None:
    for item in judged.items:
        if item.id in labelled.ignore:
            continue
        said = f"{item.verdict}: {item.reason.zh}"
        due, raised = item.id in labelled.fails, item.verdict is Verdict.FAIL
        if item.id in labelled.reviews:
            due = raised = False
        if due or raised:
            result.fails.setdefault(item.id, Tally()).count(due, raised)
        if due != raised:
            result.mistakes.append(Mistake(labelled.id, seed, item.id, "missed" if due else "wrong", said))
        if item.id in reviewed and item.id not in labelled.fails:
            due, raised = item.id in labelled.reviews, item.verdict in (Verdict.REVIEW, Verdict.FAIL)
            result.reviews.setdefault(item.id, Tally()).count(due, raised)
            if due != raised:
                result.mistakes.append(Mistake(labelled.id, seed, item.id, "unseen" if due else "needless", said))


def document(result: Evaluation, pack: str, version: str, noise: float) -> dict[str, Any]:
    return {
        "pack": pack, "pack_version": version, "noise": noise, "dialogues": result.dialogues,
        "macro_f1": round(result.macro_f1, 4), "false_vetoes": result.false_vetoes,
        "rows": {row: tally.document() for row, tally in result.fails.items()},
        "reviews": {row: tally.document() for row, tally in result.reviews.items()},
        "mistakes": [asdict(one) for one in result.mistakes],
    }  # fmt: skip


MEASURES = (
    ("clean", 0.0, "homophones"),
    *((f"{kind} {noise:.0%}", noise, kind) for kind in ERRORS for noise in (0.05, 0.1)),
)
"""Name, part of wrong characters, kind of errors of each column of the table."""


def table(dialogues: Iterable[Dialogue], rules: Ruleset, seeds: Iterable[int]) -> str:
    """Markdown: for every row how often it was due, precision and recall on clean text, F1 under each measure."""
    labelled, often = tuple(dialogues), tuple(seeds)
    found = {
        name: evaluate(labelled, rules, noise, often if noise else (0,), errors) for name, noise, errors in MEASURES
    }
    clean = found["clean"]
    lines = [
        "| row | verdict | due | near | precision | recall | " + " | ".join(f"F1 {name}" for name in found) + " |",
        "|---" * (6 + len(found)) + "|",
    ]
    for verdict in ("fails", "reviews"):
        for row, tally in getattr(clean, verdict).items():
            due = sum(row in getattr(one, verdict) for one in labelled)
            near = sum(row in one.near for one in labelled)
            f1 = (getattr(each, verdict).get(row, Tally()).f1 for each in found.values())
            cells = [row, verdict[:-1], str(due), str(near), f"{tally.precision:.2f}", f"{tally.recall:.2f}"]
            lines.append("| " + " | ".join([*cells, *(f"{value:.2f}" for value in f1)]) + " |")
    lines.append(f"| macro | fail | | | | | {' | '.join(f'{each.macro_f1:.3f}' for each in found.values())} |")
    lines.append(f"| wrong vetoes | | | | | | {' | '.join(str(each.false_vetoes) for each in found.values())} |")
    return "\n".join(lines)
