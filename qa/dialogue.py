"""Labelled dialogues in YAML: short scripts turned into transcripts, with the rows that must fail."""

from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import yamlfile
from qa.noise import disturb
from recordings.transcript import Transcript, in_order

PACE = 4.2
"""Characters a second where a line names none."""

GAP = 0.5
FACTS: dict[str, Any] = {
    "direction": "inbound", "queue": "cards", "agent": "8001", "language": "zh", "call_type": "enquiry",
    "connected_at": "2026-03-02T09:15:00+08:00", "ended_by": "customer",
    "ticket": {"id": "T1", "state": "open", "overdue": False}, "identity_required": False,
}  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spoken(_Part):
    text: str
    pace: float = Field(default=PACE, gt=0)
    confidence: float | None = Field(default=None, ge=0, le=1)


class Line(_Part):
    """One of: a line of a side, the agent cutting in 2 s before the customer ends, a pause, an event."""

    agent: str | Spoken | None = None
    customer: str | Spoken | None = None
    agent_cuts_in: str | Spoken | None = None
    pause: float | None = Field(default=None, ge=0)
    hold: float | None = Field(default=None, gt=0)
    mute: float | None = Field(default=None, gt=0)
    transfer: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Line":
        if len(self.model_fields_set) != 1:
            raise ValueError("a line is one of agent, customer, agent_cuts_in, pause, hold, mute, transfer")
        return self


class Dialogue(_Part):
    """`fails`: rows that must fail; `ignore`: rows on which people may differ; `first`: seconds to the first word."""

    id: str
    lines: tuple[Line, ...] = Field(min_length=1)
    facts: dict[str, Any] = {}
    fails: frozenset[str] = frozenset()
    reviews: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    first: float = 0.8


class _File(_Part):
    dialogues: tuple[Dialogue, ...]


def read(path: Path) -> tuple[Dialogue, ...]:
    """The dialogues of one file; raises ConfigError."""
    return yamlfile.load(path, _File).dialogues


def transcript(dialogue: Dialogue, noise: float = 0.0, seed: int = 0) -> Transcript:
    """The dialogue as a transcript; `noise` is the part of the characters replaced by homophones."""
    random = Random(f"{seed}:{dialogue.id}")
    clock = dialogue.first
    segments: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for line in dialogue.lines:
        for side in ("agent", "customer", "agent_cuts_in"):
            given = getattr(line, side)
            if given is None:
                continue
            said = Spoken(text=given) if isinstance(given, str) else given
            start = clock if side != "agent_cuts_in" else max(0.0, segments[-1]["end"] - 2.0)
            end = start + max(0.4, len(said.text) / said.pace)
            segments.append(
                {
                    "speaker": side.partition("_")[0], "start": round(start, 2), "end": round(end, 2),
                    "text": disturb(said.text, noise, random), "confidence": said.confidence,
                }
            )  # fmt: skip
            clock = end + GAP
        if line.pause is not None:
            clock += line.pause
        for kind in ("hold", "mute"):
            lasts = getattr(line, kind)
            if lasts is not None:
                events.append({"type": kind, "start": round(clock, 2), "end": round(clock + lasts, 2)})
                clock += lasts + GAP
        if line.transfer is not None:
            events.append({"type": "transfer", "at": round(clock, 2), "mode": "blind", "target": line.transfer})
    call = {**FACTS, "id": dialogue.id, "duration": round(clock, 2), **dialogue.facts}
    return in_order(Transcript.model_validate({"call": call, "segments": segments, "events": events}))
