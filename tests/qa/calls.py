"""Short calls for the tests of scoring, written as lines."""

from typing import Any

from core.settings import ROOT
from qa import dialogue, scoring
from qa.dialogue import Dialogue
from qa.pack import Ruleset
from qa.scoring import Item, Score
from recordings.transcript import Transcript

PACKS = ROOT / "config" / "packs"
HERE = ROOT / "tests" / "qa"
HELLO = {"agent": "您好请问有什么可以帮您"}
BYE = {"agent": "请问还有其他可以帮您的吗感谢您的来电再见"}


def call(*lines: dict[str, Any], first: float = 0.8, **facts: Any) -> Transcript:
    return dialogue.transcript(Dialogue.model_validate({"id": "c", "lines": lines, "facts": facts, "first": first}))


def item(result: Score, row: str) -> Item:
    return next(one for one in result.items if one.id == row)


def judged(rules: Ruleset, row: str, *lines: dict[str, Any], first: float = 0.8, **facts: Any) -> Item:
    """The row's item for a call of these lines."""
    return item(scoring.score(call(*lines, first=first, **facts), rules), row)
