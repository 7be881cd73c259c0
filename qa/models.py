"""Table of scores."""

from typing import Any

from sqlalchemy import JSON, Float, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ScoreRow(Base):
    """The score of one recording, replaced when it is scored again; `pack_version` names the rules that made it.

    `items` are the form's rows: id, verdict, deduction, reason {zh, en}, evidence [{at, speaker, text}].
    """

    __tablename__ = "scores"

    recording: Mapped[str] = mapped_column(String(32), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    agent: Mapped[str] = mapped_column(String(16), index=True)
    pack: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[str] = mapped_column(String(60))
    score: Mapped[float] = mapped_column(Float)
    veto: Mapped[list[str]] = mapped_column(JSON, default=list)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    scored_at: Mapped[float] = mapped_column(Float, index=True)
