"""Read models of the quality office: the inbox by risk, one review with everything about it, an agent's own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from agentdesk.callpage import call_page, lines_of, sound_of, transcript_state
from agentdesk.qualityform import Form, form_of
from agentdesk.views import CallPage
from core.errors import NotFound
from qa import due, repository, sampling
from qa.blind import Kind, RoundState
from qa.due import Drawn, Draws
from qa.models import Appeal, BlindForm, BlindRound, CoachingNote, Review, ReviewEvent, ScoreRow
from qa.review import ReviewState
from qa.sampling import Plan, Why
from recordings.models import Recording, RecordingState, TranscriptRow

LOOK_BACK = 30 * 86400.0
MOST = 100
FOR_AGENTS = ("finished", "acknowledged", "appealed", "decided", "note_read")


@dataclass(frozen=True, slots=True)
class Due:
    """A scored call that wants a person. `plan`: which one drew it; of a `double` one nothing of the score is shown."""

    recording: str
    call: str
    agent: str
    score: float
    veto: tuple[str, ...]
    doubts: int
    why: Why
    scored_at: float
    plan: str = ""
    double: bool = False


@dataclass(frozen=True, slots=True)
class DoubleDue:
    """A call two people mark blind. `mine`: this person's form; `done`: finished ones; `settles`: as third person."""

    round: BlindRound
    recording: str
    agent: str
    mine: BlindForm | None
    forms: int
    done: int
    settles: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """`counts`: how many there are for each reason, whatever is shown."""

    due: tuple[Due, ...]
    counts: Mapping[Why, int]
    open: Sequence[Review]
    appeals: Sequence[tuple[Review, Appeal]]
    doubles: Sequence[DoubleDue]
    sessions: Sequence[BlindRound]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """`edits`: this person may judge rows now; `decides`: and then answers the appeal."""

    review: Review
    call: CallPage
    form: Form
    appeal: Appeal | None
    notes: Sequence[CoachingNote]
    history: Sequence[ReviewEvent]
    edits: bool
    decides: bool

    @property
    def rows_at(self) -> str:
        """Where verdicts on rows are sent."""
        return f"/quality/reviews/{self.review.id}/rows"

    @property
    def purpose(self) -> str:
        """Why its sound is played, in the audit trail."""
        return f"review {self.review.id}"


@dataclass(frozen=True, slots=True)
class OwnQuality:
    reviews: Sequence[Review]
    notes: Sequence[CoachingNote]
    mean: float | None
    unread: int
    to_answer: int


async def inbox(
    session: AsyncSession, plan: Plan, draws: Draws, zone: ZoneInfo, now: float, user: User, only: Why | None = None
) -> Inbox:
    """What is to be done; `only` one reason where it is named."""
    since = now - LOOK_BACK
    sampled = {each.recording: each for each in await draws.current(session, plan, zone, now)}
    counts = {why: 0 for why in Why if why is not Why.ASKED} | await due.counts(session, plan, since)
    risky = await due.risky(session, plan, since, only, MOST) if only is not Why.SAMPLE else []
    drawn = await due.rows_of(session, list(sampled))
    samples = [_sampled(row, sampled[row.recording]) for row in drawn if not row.taken and _why(row, plan) is None]
    counts[Why.SAMPLE] = len(samples)
    found = [_due(row, _why(row, plan) or Why.DOUBT) for row in risky]
    found += samples if only in (None, Why.SAMPLE) else []
    veiled = await repository.veiled(session, user.login)
    found = [each for each in found if each.call not in veiled]
    order = list(Why)
    found.sort(key=lambda each: (order.index(each.why), each.score, -each.scored_at))
    appealed = await repository.reviews_in(session, [ReviewState.APPEALED], MOST)
    pairs = [(row, await session.get_one(Appeal, row.id)) for row in appealed]
    sessions = await repository.rounds(session, Kind.CALIBRATION, [RoundState.MARKING], MOST)
    return Inbox(
        due=tuple(found[:MOST]),
        counts=counts,
        open=await repository.reviews_in(session, [ReviewState.OPEN], MOST),
        appeals=pairs,
        doubles=await _doubles(session, user),
        sessions=[each for each in sessions if user.login in (each.by, *each.invited)],
    )


async def _doubles(session: AsyncSession, user: User) -> list[DoubleDue]:
    found = []
    for each in await repository.rounds(session, Kind.DOUBLE, [RoundState.MARKING, RoundState.DIFFERING], MOST):
        call = (await repository.calls_of_round(session, each.id))[0]
        forms = await repository.forms_of(session, each.id)
        mine = next((form for form in forms if form.by == user.login), None)
        taken = await repository.review_of_recording(session, call.recording) is not None
        settles = each.state == RoundState.DIFFERING and mine is None and not taken
        done = sum(form.done_at is not None for form in forms)
        found.append(DoubleDue(each, call.recording, call.agent, mine, len(forms), done, settles))
    return found


async def review_page(
    session: AsyncSession, review: str, user: User, language: str, now: float, queues: Mapping[str, str],
    agents: Mapping[str, str], *, own: bool = False,
) -> ReviewPage:  # fmt: skip
    """One review; with `own` for its agent, once it is finished. NotFound also for what may not be known."""
    row = await session.get(Review, review)
    if row is None or (own and (not user.number or row.agent != user.number or row.state == ReviewState.OPEN)):
        raise NotFound("there is no such review")
    appeal = await repository.appeal_of(session, review)
    page = await call_page(session, row.call, user, now, queues, agents, None)
    first = row.reviewer == user.login
    decides = not own and row.state == ReviewState.APPEALED and not first
    history = await repository.history_of(session, review)
    return ReviewPage(
        review=row,
        call=await with_sound(session, page, row.recording),
        form=await form_of(session, row, appeal if decides else None, language),
        appeal=appeal,
        notes=await repository.notes_of_review(session, review),
        history=[each for each in history if not own or each.what in FOR_AGENTS],
        edits=not own and ((row.state == ReviewState.OPEN and first) or decides),
        decides=decides,
    )


async def own_quality(session: AsyncSession, user: User, now: float) -> OwnQuality:
    """An agent's reviews and notes; `mean` of the reviews finished in the last 30 days."""
    reviews = await repository.reviews_of_agent(session, user.number, MOST) if user.number else []
    notes = await repository.notes_of_agent(session, user.number, MOST) if user.number else []
    recent = [row.score for row in reviews if row.finished_at and row.finished_at >= now - LOOK_BACK]
    return OwnQuality(
        reviews=reviews,
        notes=notes,
        mean=sum(recent) / len(recent) if recent else None,
        unread=sum(note.read_at is None for note in notes),
        to_answer=sum(row.state in (ReviewState.FINISHED, ReviewState.DECIDED) for row in reviews),
    )


async def with_sound(session: AsyncSession, page: CallPage, recording: str) -> CallPage:
    """The call's page with the sound and text of the recording that was scored."""
    sound = await session.get(Recording, recording)
    text = await session.get(TranscriptRow, recording)
    kept = sound if sound is not None and sound.state == RecordingState.STORED else None
    state = transcript_state(text, sound is not None)
    return replace(page, sound=sound_of(kept), parts=(), lines=lines_of(text), transcript_state=state)


def _why(row: ScoreRow, plan: Plan) -> Why | None:
    return sampling.why(row.score, bool(row.veto), row.doubts, plan, angry=bool(row.anger))


def _due(row: ScoreRow, why: Why) -> Due:
    return Due(row.recording, row.call, row.agent, row.score, tuple(row.veto), row.doubts, why, row.scored_at)


def _sampled(row: ScoreRow, drawn: Drawn) -> Due:
    return replace(_due(row, Why.SAMPLE), plan=drawn.plan, double=drawn.double)
