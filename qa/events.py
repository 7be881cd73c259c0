"""What the quality office tells the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallScored:
    at: float
    call: str
    pack: str
    score: float
    veto: bool
