"""Tables: which articles were opened during which calls, and what people thought of them."""

from sqlalchemy import Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Opening(Base):
    """An article of a `version`, opened by somebody; `call` is the one that he had to do with, '' without one."""

    __tablename__ = "article_openings"
    __table_args__ = (Index("ix_article_openings_article", "article", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    article: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    login: Mapped[str] = mapped_column(String(64))
    call: Mapped[str] = mapped_column(String(22), default="", index=True)
    at: Mapped[float] = mapped_column(Float)


class ArticleMark(Base):
    """What one person thinks of a version: useful, not_useful or outdated. A new version is thought of anew."""

    __tablename__ = "article_marks"

    article: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(400), default="")
    call: Mapped[str] = mapped_column(String(22), default="")
    at: Mapped[float] = mapped_column(Float)
