"""The table of reports sent by e-mail: what went out to whom, and what did not."""

from sqlalchemy import Float, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ReportMail(Base):
    """One report to one recipient. `due_at` is when the plan wanted it: together they are sent once.

    `state` is an `agentdesk.reports.plan.State`; `problem` says why the last try failed, `next_at` when the next is.
    """

    __tablename__ = "report_mails"
    __table_args__ = (UniqueConstraint("plan", "due_at", "to"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    plan: Mapped[str] = mapped_column(String(40))
    due_at: Mapped[float] = mapped_column(Float)
    to: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[float] = mapped_column(Float)
    problem: Mapped[str] = mapped_column(String(400), default="")
    sent_at: Mapped[float | None] = mapped_column(Float)
