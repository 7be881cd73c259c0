"""Tables of people, their sessions and tokens, and the audit trail."""

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Person(Base):
    """Somebody who may sign in. `number` is an agent's own telephone, '' for others; `skills` maps a skill to 1–10.

    `team` groups agents in figures and samples; a `lead` of the quality office changes its forms and plans. Whose
    password was made up by somebody else must change it first (`must_change`). `second_key` makes one-time codes, ''
    without a second factor; `second_step` is the last that was used, `recovery` hashes of codes that open once.
    """

    __tablename__ = "people"

    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(16), default="", index=True)
    skills: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    team: Mapped[str] = mapped_column(String(64), default="", server_default="")
    lead: Mapped[bool] = mapped_column(default=False, server_default=false())
    password_hash: Mapped[str] = mapped_column(String(255), default="")
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())
    second_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    second_step: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    recovery: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    phone_secret: Mapped[str] = mapped_column(String(64), default="")
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until_at: Mapped[float] = mapped_column(Float, default=0.0)


class SessionRow(Base):
    """A browser signed in. Only the token's SHA-256 is stored. `pending`: the second factor has not been given yet.

    `ending`: who has ended it while it may be the telephone of a talk, which goes on to its end; '' for nobody.
    """

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("people.login", ondelete="CASCADE"), index=True)
    created_at: Mapped[float] = mapped_column(Float)
    expires_at: Mapped[float] = mapped_column(Float, index=True)
    pending: Mapped[bool] = mapped_column(default=False, server_default=false())
    ending: Mapped[str] = mapped_column(String(64), default="", server_default="")


class BrowserPhone(Base):
    """An agent whose telephone is the browser of a session: as long as the row is there, with this secret."""

    __tablename__ = "browser_phones"

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    session: Mapped[str] = mapped_column(ForeignKey("sessions.token_hash", ondelete="CASCADE"), index=True)
    secret: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[float] = mapped_column(Float)


class ApiToken(Base):
    """A program's key. Only its SHA-256 is stored."""

    __tablename__ = "api_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("people.login", ondelete="CASCADE"), index=True)
    created_at: Mapped[float] = mapped_column(Float)


class AuditEntry(Base):
    """Who did what to what, when and why. Rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_about", "about"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Float, index=True)
    who: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(400), default="")


class PeopleChange(Base):
    """What was done with people at once, by hand or from a list. `undoes`: the change that it takes back, 0 for none;
    `undone_by`: the one that took it back."""

    __tablename__ = "people_changes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Float)
    by: Mapped[str] = mapped_column(String(64))
    undoes: Mapped[int] = mapped_column(Integer, default=0)
    undone_by: Mapped[int] = mapped_column(Integer, default=0)


class PersonChange(Base):
    """One person's part of it. `fields`: name → [value before, value after]."""

    __tablename__ = "person_changes"

    change: Mapped[int] = mapped_column(ForeignKey("people_changes.id", ondelete="CASCADE"), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    fields: Mapped[dict[str, list[Any]]] = mapped_column(JSON)


class Notice(Base):
    """What somebody tells all agents, or one (`to`, a number), until it is too old."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    at: Mapped[float] = mapped_column(Float)
    by: Mapped[str] = mapped_column(String(64))
    to: Mapped[str] = mapped_column(String(16), default="")
    text: Mapped[str] = mapped_column(String(400))
    until_at: Mapped[float] = mapped_column(Float, index=True)


class NoticeRead(Base):
    """An agent has seen a notice."""

    __tablename__ = "notice_reads"

    notice: Mapped[str] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[float] = mapped_column(Float)


class Display(Base):
    """A screen on a wall that shows the wallboard without anybody signed in. Only its token's SHA-256 is stored.

    `tiles` are the parts it shows.
    """

    __tablename__ = "displays"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    tiles: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[float] = mapped_column(Float)
    created_by: Mapped[str] = mapped_column(String(64))
