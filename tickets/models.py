"""Tables: tickets and their stamped steps."""

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Ticket(Base):
    """One matter of one customer; `call` is the call it came from, `customer` the number he called from.

    `keeper` sees to it: a login, who opened it until he hands it over. `told_at`: when the customer was told, None as
    long as he is not.
    """

    __tablename__ = "tickets"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call: Mapped[str] = mapped_column(String(32), index=True)
    customer: Mapped[str] = mapped_column(String(64), index=True)
    category: Mapped[str] = mapped_column(String(16))
    summary: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    opened_by: Mapped[str] = mapped_column(String(64))
    keeper: Mapped[str] = mapped_column(String(64), index=True, default="")
    opened_at: Mapped[float]
    moved_at: Mapped[float]
    due_at: Mapped[float]
    told_at: Mapped[float | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_tickets_state_due_at", "state", "due_at"),
        Index("ix_tickets_told_at_due_at", "told_at", "due_at"),
    )


class TicketStep(Base):
    """Who moved a ticket to which state, when, and what he noted."""

    __tablename__ = "ticket_steps"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[float]
    who: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
