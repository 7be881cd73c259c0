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


@dataclass(frozen=True, slots=True)
class RoundChanged:
    """A blind round was opened, marked, compared, closed or discussed."""

    at: float
    round: str
    state: str


@dataclass(frozen=True, slots=True)
class PackChanged:
    """A pack's draft was saved, tried or dropped, or another version of the pack is live."""

    at: float
    pack: str
