"""Tables of recordings and transcripts."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, Float, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class RecordingState(StrEnum):
    """`closing`: the talk is over, the sound is not in the store yet; with `error` it is tried again later.

    `deleting`: the text is gone, the file may still be there.
    """

    RECORDING = "recording"
    CLOSING = "closing"
    STORED = "stored"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"


class TranscriptState(StrEnum):
    PENDING = "pending"
    READY = "ready"
    NO_MODEL = "no_model"
    FAILED = "failed"
    DELETED = "deleted"


class Kept:
    """Columns of a row that has a file in the store, `path` its name there, '' before it is in.

    The file is sealed with `sealed_key`, itself wrapped by the master key `key_id`, or plain when that is ''.
    """

    id: Mapped[str]
    path: Mapped[str] = mapped_column(String(250), default="")
    key_id: Mapped[str] = mapped_column(String(32), default="", index=True)
    sealed_key: Mapped[str] = mapped_column(String(120), default="")

    @classmethod
    def there(cls) -> ColumnElement[bool]:
        """Rows whose file is in the store."""
        return cls.path != ""


class Recording(Kept, Base):
    """The sound of one stretch of a call; `number` counts a call's recordings from 1.

    `raw` is the switch's file while it is needed. `facts` and `events` are what the call
    looked like when it ended, in the words of the transcript format. `error` says, for people, why it is not stored
    yet or never will be, or what is odd about it. `size` and `sha256` are those of the plain sound file. A legal hold
    is on while `held_at` is set. A deleted recording keeps its row: when and why it went, and the checksums of sound
    and text.
    """

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("call", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    number: Mapped[int]
    leg: Mapped[str] = mapped_column(String(160), default="")
    raw: Mapped[str] = mapped_column(String(500))
    state: Mapped[RecordingState] = mapped_column(String(16), index=True)
    started_at: Mapped[float] = mapped_column(Float)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    events: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    held_at: Mapped[float | None] = mapped_column(Float, default=None)
    held_by: Mapped[str] = mapped_column(String(64), default="")
    held_reason: Mapped[str] = mapped_column(String(400), default="")
    deleted_at: Mapped[float | None] = mapped_column(Float, default=None)
    deleted_reason: Mapped[str] = mapped_column(String(400), default="")
    text_sha256: Mapped[str] = mapped_column(String(64), default="")

    @classmethod
    def there(cls) -> ColumnElement[bool]:
        return cls.state == RecordingState.STORED


class Pause(Base):
    """A stretch of a call that is left out of its recording: a card number, a password. Rows stay.

    Times are absolute; `until_at` is when it ends by itself, `ended_at` when it did. `by` is a login.
    """

    __tablename__ = "recording_pauses"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    recording: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), index=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    started_at: Mapped[float] = mapped_column(Float)
    until_at: Mapped[float] = mapped_column(Float)
    ended_at: Mapped[float | None] = mapped_column(Float, default=None)
    by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400), default="")


class Playing(Base):
    """One person's leave to hear one recording until a time, for a reason; only the token's SHA-256 is here."""

    __tablename__ = "recording_playings"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    recording: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), index=True)
    login: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400))
    until_at: Mapped[float] = mapped_column(Float, index=True)


class TranscriptRow(Base):
    """The text of one recording, and its speech job: a pending row is a job, whatever became of the queue's entry.

    `content` is the exchange format, `said` its text with numbers masked, to be searched, `measures` the speech
    measures. `due_at`: not before this time; a worker that holds the job moves it ahead while it lives. `tries` counts
    how often a worker began and neither ended it nor was told to stop; `note` says, for people, what it waits for.
    """

    __tablename__ = "transcripts"

    recording: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    language: Mapped[str] = mapped_column(String(16), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[TranscriptState] = mapped_column(String(16), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    said: Mapped[str] = mapped_column(Text, default="", server_default="")
    measures: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    made_at: Mapped[float] = mapped_column(Float, default=0.0)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[float] = mapped_column(Float, default=0.0)
