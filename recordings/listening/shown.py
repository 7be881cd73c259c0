"""A recording as it is shown over HTTP: when, how long, in which state, and what became of its text."""

from typing import Any, Self

from pydantic import BaseModel

from accounts.access import Role, User
from recordings import service
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState


class RecordingOut(BaseModel):
    """`offset` is the call time of the first sample, in seconds; `error` and `note` are for people.

    `held`: who put it under legal hold and why, '' when nobody did, and for agents, who are not to know. `pauses`: from
    when to when (call time) it was not recorded, on purpose.
    """

    id: str
    number: int
    state: RecordingState
    started_at: float
    seconds: float
    offset: float
    error: str
    transcript: TranscriptState | None
    note: str
    held: str
    deleted_at: float | None
    pauses: list[tuple[float, float]]
    measures: dict[str, Any] | None

    @classmethod
    def of(cls, row: Recording, text: TranscriptRow | None, user: User) -> Self:
        held = row.held_at is not None and user.role is not Role.AGENT
        return cls(
            id=row.id,
            number=row.number,
            state=RecordingState(row.state),
            started_at=row.started_at,
            seconds=row.seconds,
            offset=service.offset_of(row) if row.facts else 0.0,
            error=row.error,
            transcript=TranscriptState(text.state) if text else None,
            note=text.note if text else "",
            held=f"{row.held_by}: {row.held_reason}" if held else "",
            deleted_at=row.deleted_at,
            pauses=[(event["start"], event["end"]) for event in row.events if event["type"] == "pause"],
            measures=text.measures if text else None,
        )
