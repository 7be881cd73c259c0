"""Tables of scores, of the packs that made them, and of the quality office: reviews, blind forms, appeals, coaching."""

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from qa.blind import Kind, RoundState
from qa.review import ReviewState


class ScoreRow(Base):
    """The score of one recording, replaced when it is scored again; `pack_version` names the rules that made it.

    `items` are the form's rows: id, verdict, deduction, share, reason {zh, en}, evidence [{at, speaker, text}].
    `verdicts`: the same, as `qa.verdict.packed`, for counting. `doubts`: how many of them a person must decide.
    `anger`: the customer's lines that show it, as evidence. `wording`: turns of the agent that a person should hear, as
    `qa.manner` tells them, `wording_weight` of the heaviest, 0 without one. `lot`: the call's place in every random
    draw, as in `qa.sampling.lot`. `taken`: somebody reviews it, or two mark it blind. `scored_at`: when it was first
    made, which decides its week, month and key figures; `judged_at`: when it was last made anew.
    """

    __tablename__ = "scores"
    __table_args__ = (
        Index("ix_scores_due", "taken", "scored_at", "score", "doubts", "vetoed", "agent", "queue", "lot", "recording"),
    )
    """Whatever the inbox counts and draws by is in one index: rows are wide, and most are never opened."""

    recording: Mapped[str] = mapped_column(String(32), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    agent: Mapped[str] = mapped_column(String(16), index=True)
    pack: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[str] = mapped_column(String(60))
    score: Mapped[float] = mapped_column(Float)
    veto: Mapped[list[str]] = mapped_column(JSON, default=list)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    doubts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    anger: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    wording: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    wording_weight: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    verdicts: Mapped[str] = mapped_column(Text, default="", server_default="")
    queue: Mapped[str] = mapped_column(String(40), default="", server_default="")
    lot: Mapped[str] = mapped_column(String(16), default="", server_default="")
    vetoed: Mapped[bool] = mapped_column(default=False, server_default=false())
    taken: Mapped[bool] = mapped_column(default=False, server_default=false())
    scored_at: Mapped[float] = mapped_column(Float, index=True)
    judged_at: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")


class ScoreFault(Base):
    """A transcript that `pack_version` could not judge, and why: left alone until the rules or its text change, or
    somebody asks again."""

    __tablename__ = "score_faults"

    recording: Mapped[str] = mapped_column(String(32), primary_key=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    pack_version: Mapped[str] = mapped_column(String(60))
    why: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[float] = mapped_column(Float)


class PackVersion(Base):
    """A rule pack as it was when the engine first judged by it; `content` is the whole pack. Rows stay."""

    __tablename__ = "pack_versions"

    pack: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(60), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    first_used_at: Mapped[float] = mapped_column(Float)


class PackDraft(Base):
    """A pack's text that somebody works on; one a pack. `tried`: what the last trial of exactly `tried_sha256` found:
    faults, unit tests and what it would have done to stored calls, as in `qa.office.drafts.Trial`."""

    __tablename__ = "pack_drafts"

    pack: Mapped[str] = mapped_column(String(40), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[float] = mapped_column(Float)
    tried: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tried_sha256: Mapped[str] = mapped_column(String(64), default="")


class Review(Base):
    """A person's review of one score. Times are None until they happen.

    `rows` are the form's rows as in `qa.review.stored`: the machine's verdict at that time and the person's; `items` is
    the machine's form as it was then, with reasons and evidence, as in `ScoreRow.items`.
    `why`: what brought the call to a person (`qa.sampling.Why`). `score` and `veto` are final once finished.
    """

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    recording: Mapped[str] = mapped_column(String(32), unique=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    agent: Mapped[str] = mapped_column(String(16), index=True)
    pack: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[str] = mapped_column(String(60))
    machine_score: Mapped[float] = mapped_column(Float)
    why: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[ReviewState] = mapped_column(String(16), index=True)
    reviewer: Mapped[str] = mapped_column(String(64), index=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    score: Mapped[float] = mapped_column(Float)
    veto: Mapped[list[str]] = mapped_column(JSON, default=list)
    opened_at: Mapped[float] = mapped_column(Float)
    finished_at: Mapped[float | None] = mapped_column(Float, index=True)
    appeal_until_at: Mapped[float | None] = mapped_column(Float)
    acknowledged_at: Mapped[float | None] = mapped_column(Float)


class BlindRound(Base):
    """Calls that several people mark without seeing the machine's verdicts or each other's: see `qa.blind`.

    `invited`: logins, empty where anybody of the office may mark; `note`: what the discussion came to.
    """

    __tablename__ = "blind_rounds"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    kind: Mapped[Kind] = mapped_column(String(16), index=True)
    state: Mapped[RoundState] = mapped_column(String(16), index=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    by: Mapped[str] = mapped_column(String(64))
    invited: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(String(4000), default="")
    opened_at: Mapped[float] = mapped_column(Float)
    closed_at: Mapped[float | None] = mapped_column(Float, index=True)


class BlindCall(Base):
    """One call of a round, with the machine's score as it was when the round began: the fields as in `ScoreRow`."""

    __tablename__ = "blind_calls"

    round: Mapped[str] = mapped_column(ForeignKey("blind_rounds.id", ondelete="CASCADE"), primary_key=True)
    recording: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    call: Mapped[str] = mapped_column(String(160), index=True)
    agent: Mapped[str] = mapped_column(String(16))
    pack: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[str] = mapped_column(String(60))
    score: Mapped[float] = mapped_column(Float)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class BlindForm(Base):
    """What one person marked; `rows` as in `Review.rows`, the machine's verdicts withheld.

    `former`: logins of those from whom it was taken before it was handed in.
    """

    __tablename__ = "blind_forms"
    __table_args__ = (UniqueConstraint("round", "recording", "by"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    round: Mapped[str] = mapped_column(ForeignKey("blind_rounds.id", ondelete="CASCADE"), index=True)
    recording: Mapped[str] = mapped_column(String(32), index=True)
    by: Mapped[str] = mapped_column(String(64), index=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    begun_at: Mapped[float] = mapped_column(Float)
    done_at: Mapped[float | None] = mapped_column(Float)
    former: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")


class Appeal(Base):
    """The agent's appeal against a review: one, decided by somebody else than the first reviewer.

    `rows`: what the second reviewer says otherwise, as in `Review.rows`; it counts from the decision on.
    """

    __tablename__ = "appeals"

    review: Mapped[str] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(16), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    filed_at: Mapped[float] = mapped_column(Float, index=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    score_before: Mapped[float] = mapped_column(Float)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decision: Mapped[str] = mapped_column(String(16), default="")
    answer: Mapped[str] = mapped_column(String(2000), default="")
    decided_at: Mapped[float | None] = mapped_column(Float)


class ReviewEvent(Base):
    """One thing that happened to a review; rows are only ever added. `data`: what changed, from what to what."""

    __tablename__ = "review_events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    review: Mapped[str] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), index=True)
    at: Mapped[float] = mapped_column(Float)
    by: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(24))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class CoachingNote(Base):
    """Advice to an agent about a reviewed call; `moment` in seconds of the talk where it is about one."""

    __tablename__ = "coaching_notes"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    review: Mapped[str] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), index=True)
    agent: Mapped[str] = mapped_column(String(16), index=True)
    author: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(2000))
    moment: Mapped[float | None] = mapped_column(Float)
    written_at: Mapped[float] = mapped_column(Float, index=True)
    read_at: Mapped[float | None] = mapped_column(Float)
