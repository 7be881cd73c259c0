"""What the quality office tells the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallScored:
    at: float
    call: str
    pack: str
    score: float
    veto: bool


@dataclass(frozen=True, slots=True)
class ReviewChanged:
    """A review was opened, finished, appealed against, decided or acknowledged; or a note was written about it."""

    at: float
    review: str
    call: str
    agent: str
    state: str
