"""What the API of the quality office takes and tells, where several of its routes do. Times are epoch seconds."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa.office.reading import BlindView, HeldForm, ReviewView
from qa.office.reassigning import Reassignment
from qa.review import ReviewState
from qa.sampling import Why
from qa.verdict import Verdict


class Told(BaseModel):
    """Read off whatever holds the same names."""

    model_config = ConfigDict(from_attributes=True)


class VerdictIn(BaseModel):
    """`pass`, `fail` or `na`. Where the machine was sure, another verdict takes a reason, as does every new `fail`."""

    verdict: Verdict
    reason: str = Field(default="", max_length=400)


class ReasonIn(BaseModel):
    reason: str = Field(default="", max_length=400, description="kept with the deed; needed")


class ReassignIn(ReasonIn):
    """`to` whom it goes, '' for the asker; `held_by`: who has it, so that nobody else's is taken by mistake."""

    to: str = Field(default="", max_length=64)
    held_by: str = Field(max_length=64)

    @property
    def wanted(self) -> Reassignment:
        return Reassignment(held_by=self.held_by, reason=self.reason.strip(), to=self.to)


class HeldOut(Told):
    """A blind form that is not handed in, and since when it is whose."""

    id: str
    by: str
    begun_at: float


class HeldFormOut(HeldOut):
    """`takers`: logins of those to whom it may be given."""

    round: str
    recording: str
    agent: str
    takers: list[str]

    @classmethod
    def of(cls, found: HeldForm) -> "HeldFormOut":
        form = found.form
        return cls(
            id=form.id, by=form.by, begun_at=form.begun_at, round=form.round, recording=form.recording,
            agent=found.agent, takers=[each.login for each in found.takers],
        )  # fmt: skip


class ReviewLine(Told):
    """A review without its form. `why`: what brought the call to a person; `score` is final once it is finished."""

    id: str
    recording: str
    call: str
    agent: str
    pack: str
    pack_version: str
    why: Why
    state: ReviewState
    reviewer: str
    machine_score: float
    score: float
    veto: list[str]
    opened_at: float
    finished_at: float | None
    appeal_until_at: float | None
    acknowledged_at: float | None


class EvidenceOut(Told):
    """A moment of the talk: seconds from the beginning, who, and the words."""

    at: float
    speaker: str
    text: str


class VoiceOut(Told):
    """What one of two who marked blind said of a row they differ on."""

    by: str
    verdict: Verdict
    reason: str


class RowOut(Told):
    """`machine`: its verdict; `verdict`: what stands; `found`: the machine's reason; `reason` and `by`: the person's.

    `undecided`: a person must decide it before the end.
    """

    id: str
    title: str
    machine: Verdict
    verdict: Verdict
    decided: bool
    undecided: bool
    deduction: float
    found: str
    reason: str
    by: str
    evidence: list[EvidenceOut]
    voices: list[VoiceOut]


class SectionOut(Told):
    id: str
    title: str
    deducted: float
    rows: list[RowOut]


class FormOut(Told):
    """`unsettled`: rows to decide before the end; `score` is the proposed one while somebody answers an appeal."""

    score: float
    veto: list[str]
    unsettled: list[str]
    sections: list[SectionOut]


class AppealOut(Told):
    """`decision`: '' while it waits, then `changed` or `upheld`."""

    text: str
    filed_at: float
    score_before: float
    decision: str
    answer: str
    decided_by: str
    decided_at: float | None


class NoteOut(Told):
    """Advice to an agent; `moment`: seconds of the talk, None where it is about the whole."""

    id: str
    review: str
    author: str
    text: str
    moment: float | None
    written_at: float
    read_at: float | None


class EventOut(Told):
    """One thing that happened; `data`: what changed, from what to what."""

    at: float
    by: str
    what: str
    data: dict[str, Any]


class ReviewOut(ReviewLine):
    """`edits`: the asker may judge rows now; `decides`: and then answers the appeal.

    `takers`: logins of those to whom the asker may give it.
    """

    form: FormOut
    appeal: AppealOut | None
    notes: list[NoteOut]
    history: list[EventOut]
    edits: bool
    decides: bool
    takers: list[str]

    @classmethod
    def of(cls, view: ReviewView) -> "ReviewOut":
        line = ReviewLine.model_validate(view.review).model_dump()
        names = ("form", "appeal", "notes", "history", "edits", "decides")
        takers = [each.login for each in view.takers]
        return cls.model_validate(line | {name: getattr(view, name) for name in names} | {"takers": takers})


class BlindRowOut(BaseModel):
    """`verdict` None until the asker has decided the row."""

    id: str
    title: str
    verdict: Verdict | None
    reason: str


class BlindOut(BaseModel):
    """The asker's own blind form: nothing of the machine's or of colleagues' is in it.

    `edits`: it is not handed in yet. `double`: or part of the calibration session `round`.
    """

    id: str
    round: str
    recording: str
    call: str
    double: bool
    edits: bool
    unsettled: list[str]
    rows: list[BlindRowOut]

    @classmethod
    def of(cls, view: BlindView) -> "BlindOut":
        rows = [row for section in view.form.sections for row in section.rows]
        return cls(
            id=view.id, round=view.round.id, recording=view.recording, call=view.call, double=view.double,
            edits=view.edits, unsettled=list(view.form.unsettled),
            rows=[BlindRowOut(id=row.id, title=row.title, verdict=Verdict(row.verdict) if row.decided else None,
                              reason=row.reason) for row in rows],
        )  # fmt: skip


class VersionOut(Told):
    """A published text without itself. `restores`: the version it was brought back from, 0 for a new text."""

    number: int
    restores: int
    published_by: str
    published_at: float
    reason: str
