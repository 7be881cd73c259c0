"""The fake switch's legs and telephones, as they are at a moment."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

NORMAL, BUSY, NO_ANSWER, UNREGISTERED, DECLINED = 16, 17, 19, 20, 21
NEVER = float("inf")
RELEASED_PATIENCE = 5.0  # seconds the dial plan keeps a caller whose agent hung up and whom nobody takes


@dataclass(slots=True)
class Phone:
    """How a phone behaves when it rings; change the fields at any time."""

    registered: bool = True
    busy: bool = False
    answers_after: float = 1.0
    declines_after: float = NEVER
    hangs_up_after: float = NEVER


@dataclass(slots=True)
class Leg:
    """One channel of the fake switch."""

    id: str
    channel: str
    place: str
    caller: str
    dialled: str
    started_at: float
    answered: bool = False
    bridge: str = ""
    partner: str = ""
    busy_with: asyncio.Future[str] | None = None
    stop_keys: str = ""
    speaks_until: float = 0.0
    variables: dict[str, str] = field(default_factory=dict)
    recorded_to: Path | None = None
    recorded_since: float = 0.0
    recording_muted: bool = False
    muted: bool = False
    sent: str = ""  # keys
    spies: tuple[str, str] = ("", "")  # the leg it hears, and how

    @property
    def is_agent(self) -> bool:
        return self.place in ("centre-agent", "centre-spy", "phones")
