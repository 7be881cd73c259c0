"""Tables: messages that callers left, their answers to surveys, locks after wrong secrets."""

from sqlalchemy import Boolean, Float, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from recordings.models import Kept


class Message(Kept, Base):
    """One message; `state`: recording, open, done. `contact_by`: call_back, sms, email.

    `raw` is the switch's wav file until it is in the store; a wish to be called back has no sound at all.
    """

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    call: Mapped[str] = mapped_column(String(40), index=True)
    caller: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    raw: Mapped[str] = mapped_column(String(400), default="")
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    contact_by: Mapped[str] = mapped_column(String(16), default="call_back")
    left_at: Mapped[float] = mapped_column(Float)
    deadline_at: Mapped[float] = mapped_column(Float, index=True)
    state: Mapped[str] = mapped_column(String(16), default="recording", index=True)
    done_by: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[float | None] = mapped_column(Float, default=None)


class SurveyAnswer(Base):
    """One answer of a caller, on a scale from `lowest` to `highest`; `agent` and `queue` are those of the talk before
    it, '' when there was none."""

    __tablename__ = "survey_answers"
    __table_args__ = (Index("ix_survey_answers_call_agent", "call", "agent"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    call: Mapped[str] = mapped_column(String(40))
    agent: Mapped[str] = mapped_column(String(16), default="", index=True)
    queue: Mapped[str] = mapped_column(String(40), default="")
    step: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(String(40))
    answer: Mapped[int] = mapped_column(Integer)
    lowest: Mapped[int] = mapped_column(Integer, server_default="1")
    highest: Mapped[int] = mapped_column(Integer, server_default="5")
    answered_at: Mapped[float] = mapped_column(Float, index=True)


class VerifyLock(Base):
    """Wrong tries at a customer's secret (he by his calling number), and until when no more are taken.

    Those from his `own` number count apart from those from all others: a stranger locks nobody out at his own
    telephone. `tried` is the fingerprint of the secret they were made at: a new one has none behind it.
    """

    __tablename__ = "verify_locks"
    __table_args__ = (UniqueConstraint("customer", "secret", "own"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    customer: Mapped[str] = mapped_column(String(40))
    secret: Mapped[str] = mapped_column(String(16))
    own: Mapped[bool] = mapped_column(Boolean)
    tried: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    locked_until_at: Mapped[float] = mapped_column(Float, default=0.0)
