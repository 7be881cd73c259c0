"""What must come of a caller's story: what the centre must have recorded."""

from dataclasses import dataclass, field

from app.demo.cast import Manner


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the scoring form that must come out as `fails` and those that must not: `passes`, which holds for na."""

    fails: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the centre must have recorded.

    `outcome` as in `acd.events.CallEnded`; `offers`: results of the offers in their order; `heard`: words that must
    stand in the transcript; `speech` is the transcript's state, '' when there must be none; `score` and `rows` by
    the manner of the agent who took the call.
    """

    outcome: str
    queue: str = ""
    keys: str = ""
    offers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    speech: str = ""
    score: dict[Manner, tuple[float, float]] = field(default_factory=dict)
    rows: dict[Manner, Rows] = field(default_factory=dict)
    overtakes: str = ""
    contact: str = ""
