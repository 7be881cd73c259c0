"""What people see of a caller at the end of the demonstration: his row, also as JSON."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from app.demo.records import Recorded, Score
from app.demo.stage import Stage
from app.demo.story import Story


@dataclass(frozen=True, slots=True)
class Row:
    """One caller: his story, what was recorded (None: nothing) and the stages checked."""

    story: Story
    found: Recorded | None
    stages: tuple[Stage, ...]

    @property
    def passed(self) -> bool:
        return all(stage.passed for stage in self.stages)

    @property
    def agents(self) -> str:
        """Everyone it was offered to, with what came of it where that was not a conversation."""
        if self.found is None:
            return ""
        return " → ".join(
            offer.agent if offer.result == "accepted" else f"{offer.agent} ({offer.result})"
            for offer in self.found.offers
        )

    @property
    def why(self) -> str:
        """Why this score, or why none; what failed comes first."""
        failed = [f"{stage.name}: {stage.detail}" for stage in self.stages if not stage.passed]
        if failed:
            return "; ".join(failed)
        if self.found and self.found.score:
            return _short(self.found.score)
        if self.found and self.found.contact:
            return f"message, wants {self.found.contact.replace('_', ' ')}"
        return {"no_model": "not transcribed: no model for this language"}.get(
            self.found.speech if self.found else "", ""
        )

    def as_json(self) -> dict[str, Any]:
        found = self.found
        return {
            "story": self.story.name,
            "title": self.story.title,
            "caller": self.story.number,
            "passed": self.passed,
            "path": list(found.path) if found else [],
            "keys": found.keys if found else "",
            "waited": round(found.waited, 1) if found else 0.0,
            "talked": round(found.talked, 1) if found else 0.0,
            "agent": found.agent if found else "",
            "outcome": found.outcome if found else "",
            "offers": [asdict(offer) for offer in found.offers] if found else [],
            "score": found.score.value if found and found.score else None,
            "why": self.why,
            "call": found.call if found else "",
            "transcript": found.text if found else "",
            "stages": [asdict(stage) for stage in self.stages],
        }


def _short(score: Score) -> str:
    """The rows that failed, and the first of them in words; all of it is on the call's page and in the JSON."""
    if not score.reasons:
        return "nothing to object to"
    rows = " ".join(reason.split()[0] for reason in score.reasons)
    first = re.split("[；;「]", score.reasons[0])[0]
    return f"{'vetoed, ' if score.veto else ''}{rows}: {first}"
