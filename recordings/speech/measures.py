"""Speech measures of a two-sided call, from who was active when. Pure; times are seconds."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from recordings.spans import Span, common, joined, outside, total

PAUSE_IN_SPEECH = 0.3
"""A shorter silence of one side belongs to its talk."""
SHORTEST_TALK = 0.12
INTERRUPTION = 0.5
"""Who starts while the other has this much left to say, and talks at least this long, interrupts; less is a "嗯"."""
LONGEST_TURN_GAP = 10.0
"""A longer silence is no answer to what was said before it."""


class Gaps(BaseModel):
    """How long a side took to begin after the other had ended."""

    model_config = ConfigDict(frozen=True)

    count: int
    mean: float
    longest: float


class Side(BaseModel):
    """`loudness` is the level of the active speech in dB below full scale, None without speech."""

    model_config = ConfigDict(frozen=True)

    talk: float
    silence: float
    turns: int
    longest_turn: float
    interruptions: int
    response: Gaps
    loudness: float | None
    characters_per_minute: float | None


class Measures(BaseModel):
    """`overlap` both talk, `dead_air` neither does; `longest_dead_air` the longest such stretch."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    overlap: float
    dead_air: float
    longest_dead_air: float
    agent: Side
    customer: Side


def measure(
    agent: Sequence[Span], customer: Sequence[Span], seconds: float, *, paused: Sequence[Span] = (),
    loudness: tuple[float | None, float | None] = (None, None),
    characters: tuple[int | None, int | None] = (None, None),
) -> Measures:  # fmt: skip
    """Measures of a call of `seconds`; pairs are (agent, customer). In what is `paused` nobody knows who was silent."""
    agent, customer = tidy(agent), tidy(customer)
    silent = outside(joined([*agent, *customer, *paused]), seconds)
    return Measures(
        seconds=_round(seconds),
        overlap=_round(total(common(agent, customer))),
        dead_air=_round(total(silent)),
        longest_dead_air=_round(max((span.seconds for span in silent), default=0.0)),
        agent=_side(agent, customer, seconds, loudness[0], characters[0]),
        customer=_side(customer, agent, seconds, loudness[1], characters[1]),
    )


def tidy(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Activity as talk: breathing pauses closed, clicks left out."""
    return joined(spans, gap=PAUSE_IN_SPEECH, shortest=SHORTEST_TALK)


def interruptions(own: Sequence[Span], other: Sequence[Span]) -> tuple[float, ...]:
    """When one side began while the other was in the middle of its talk."""
    return tuple(
        span.start
        for span in own
        if span.seconds >= INTERRUPTION
        and any(theirs.start < span.start and theirs.end - span.start >= INTERRUPTION for theirs in other)
    )


def responses(own: Sequence[Span], other: Sequence[Span]) -> tuple[float, ...]:
    """The silences between the other side's end and this side's beginning."""
    edges = sorted([(span, True) for span in own] + [(span, False) for span in other])
    found, free = [], 0.0
    for (before, was_own), (after, is_own) in pairwise(edges):
        free = max(free, before.end)
        if is_own and not was_own and 0 <= after.start - free <= LONGEST_TURN_GAP:
            found.append(after.start - free)
    return tuple(found)


def _side(
    own: Sequence[Span], other: Sequence[Span], seconds: float, loudness: float | None, characters: int | None
) -> Side:
    gaps, talk = responses(own, other), total(own)
    return Side(
        talk=_round(talk),
        silence=_round(max(0.0, seconds - talk)),
        turns=len(own),
        longest_turn=_round(max((span.seconds for span in own), default=0.0)),
        interruptions=len(interruptions(own, other)),
        response=Gaps(
            count=len(gaps), mean=_round(sum(gaps) / len(gaps)) if gaps else 0.0, longest=_round(max(gaps, default=0.0))
        ),
        loudness=None if loudness is None else _round(loudness),
        characters_per_minute=_round(characters / talk * 60) if characters is not None and talk >= 1 else None,
    )


def _round(value: float) -> float:
    return round(value, 2)
