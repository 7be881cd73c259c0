"""Tables: messages that callers left, published versions of menus, locks after wrong secrets."""

from sqlalchemy import Float, Integer, String, Text, UniqueConstraint
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
    """One published text of a menu. The newest row of a menu is live; `previous` is what one step back restores.

    `restores` is the number it was brought back from, 0 for a new text.
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


class VerifyLock(Base):
    """Wrong tries of a customer (his calling number) at a kind of secret, and until when no more are taken."""

    __tablename__ = "verify_locks"

    customer: Mapped[str] = mapped_column(String(40), primary_key=True)
    secret: Mapped[str] = mapped_column(String(16), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    locked_until_at: Mapped[float] = mapped_column(Float, default=0.0)
