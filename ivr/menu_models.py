"""Tables: published versions of menus, trials of one against another, faults of running ones."""

from sqlalchemy import Boolean, Float, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


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


class MenuFault(Base):
    """One fault (`ivr.fault`) of one version at one step, met `times` by `calls`, the last of them `call`.

    `seen_by` has acknowledged it, '' before: what comes back after that is another row. `over`: why it was over by
    itself, '' otherwise.
    """

    __tablename__ = "menu_faults"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    menu: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String(64), default="")
    line: Mapped[int] = mapped_column(Integer, default=0)
    kind: Mapped[str] = mapped_column(String(16))
    problem: Mapped[str] = mapped_column(String(400))
    first_at: Mapped[float] = mapped_column(Float)
    last_at: Mapped[float] = mapped_column(Float)
    times: Mapped[int] = mapped_column(Integer, default=0)
    calls: Mapped[int] = mapped_column(Integer, default=0)
    call: Mapped[str] = mapped_column(String(40), default="")
    seen_by: Mapped[str] = mapped_column(String(64), default="")
    seen_at: Mapped[float | None] = mapped_column(Float, default=None, index=True)
    over: Mapped[str] = mapped_column(String(120), default="")
