"""Tables: messages that callers left, published versions of menus, locks after wrong secrets."""

from sqlalchemy import Boolean, Float, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Message(Base):
    """One message; `state`: recording, open, done. `contact_by`: call_back, sms, email. `path` is its wav file."""

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    call: Mapped[str] = mapped_column(String(40), index=True)
    caller: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(String(400))
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    contact_by: Mapped[str] = mapped_column(String(16), default="call_back")
    left_at: Mapped[float] = mapped_column(Float)
    deadline_at: Mapped[float] = mapped_column(Float, index=True)
    state: Mapped[str] = mapped_column(String(16), default="recording", index=True)
    done_by: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[float | None] = mapped_column(Float, default=None)


class MenuVersion(Base):
    """One published text of a menu. The newest row that is no challenger is live.

    `previous` is what one step back restores; `restores` is the number it was brought back from (or of the
    challenger whose text was taken), 0 for a new text. A `challenger` answers a share of the calls in a trial.
    """

    __tablename__ = "menu_versions"
    __table_args__ = (UniqueConstraint("menu", "number"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    menu: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[int] = mapped_column(Integer)
    previous: Mapped[int] = mapped_column(Integer, default=0)
    restores: Mapped[int] = mapped_column(Integer, default=0)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    published_by: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[float] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(String(400), default="")
    challenger: Mapped[bool] = mapped_column(Boolean, default=False)


class MenuTrial(Base):
    """Two versions of a menu side by side; `share` (0–1) of the calls get the challenger.

    `result`: empty while it runs, then taken or dropped.
    """

    __tablename__ = "menu_trials"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    menu: Mapped[str] = mapped_column(String(64), index=True)
    champion: Mapped[int] = mapped_column(Integer)
    challenger: Mapped[int] = mapped_column(Integer)
    share: Mapped[float] = mapped_column(Float)
    started_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[float] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(String(400), default="")
    ended_by: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[float | None] = mapped_column(Float, default=None)
    result: Mapped[str] = mapped_column(String(16), default="")


class SurveyAnswer(Base):
    """One answer of a caller; `agent` and `queue` are those of the talk before it, '' when there was none."""

    __tablename__ = "survey_answers"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    call: Mapped[str] = mapped_column(String(40), index=True)
    agent: Mapped[str] = mapped_column(String(16), default="", index=True)
    queue: Mapped[str] = mapped_column(String(40), default="")
    step: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(String(40))
    answer: Mapped[int] = mapped_column(Integer)
    answered_at: Mapped[float] = mapped_column(Float, index=True)


class VerifyLock(Base):
    """Wrong tries of a customer (his calling number) at a kind of secret, and until when no more are taken."""

    __tablename__ = "verify_locks"

    customer: Mapped[str] = mapped_column(String(40), primary_key=True)
    secret: Mapped[str] = mapped_column(String(16), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    locked_until_at: Mapped[float] = mapped_column(Float, default=0.0)
