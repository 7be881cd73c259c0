"""Tables of recordings and transcripts."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class RecordingState(StrEnum):
    """`closing`: the talk is over, the sound is not in the store yet; with `error` it is tried again later."""

    RECORDING = "recording"
    CLOSING = "closing"
    STORED = "stored"
    FAILED = "failed"


class TranscriptState(StrEnum):
    PENDING = "pending"
    READY = "ready"
    NO_MODEL = "no_model"
    FAILED = "failed"


class Recording(Base):
    """The sound of one stretch of a call; `number` counts a call's recordings from 1.

    `raw` is the switch's file while it is needed, `path` the name in the store. `facts` and `events` are what the call
    looked like when it ended, in the words of the transcript format. `error` says, for people, why it is not stored
    yet or never will be, or what is odd about it.
    """

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("call", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    number: Mapped[int]
    leg: Mapped[str] = mapped_column(String(160), default="")
    raw: Mapped[str] = mapped_column(String(500))
    path: Mapped[str] = mapped_column(String(250), default="")
    state: Mapped[RecordingState] = mapped_column(String(16), index=True)
    started_at: Mapped[float] = mapped_column(Float)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    events: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class TranscriptRow(Base):
    """The text of one recording, and its speech job: a pending row is a job, whatever became of the queue's entry.

    `content` is the exchange format, `measures` the speech measures. `due_at`: not before this time; a worker that
    holds the job moves it ahead while it lives. `tries` counts how often a worker began.
    """

    __tablename__ = "transcripts"

    recording: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    language: Mapped[str] = mapped_column(String(16), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[TranscriptState] = mapped_column(String(16), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    measures: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    made_at: Mapped[float] = mapped_column(Float, default=0.0)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[float] = mapped_column(Float, default=0.0)
