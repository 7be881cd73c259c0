"""Table of what people publish while the centre runs, every version of it."""

from sqlalchemy import Float, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Published(Base):
    """One published text. The newest of its kind and name is live; `previous` is what one step back restores.

    `restores` is the number it was brought back from, 0 for a new text.
    """

    __tablename__ = "published"
    __table_args__ = (UniqueConstraint("kind", "name", "number"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    previous: Mapped[int] = mapped_column(Integer, default=0)
    restores: Mapped[int] = mapped_column(Integer, default=0)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    published_by: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[float] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(String(400), default="")
