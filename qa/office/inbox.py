"""What waits for people of the quality office, by risk, and for an agent: reviews and notes of the own calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import changes
from accounts.access import User
from qa import repository, sampling
from qa.blind import Kind, RoundState
from qa.models import Appeal, BlindForm, BlindRound, CoachingNote, Review, ScoreRow
from qa.office import due
from qa.office.due import Drawn, Draws
from qa.office.owncalls import own_numbers
from qa.review import ReviewState
from qa.sampling import Plan, Why
from recordings import repository as recordings

LOOK_BACK = 30 * 86400.0
MOST = 100


@dataclass(frozen=True, slots=True)
class Due:
    """A scored call that wants a person. `plan`: which one drew it; a `double` one tells nothing of its score.

    `wording`: the turn to be heard that weighs most, where that alone brings it.
    """

    recording: str
    call: str
    agent: str
    score: float | None
    veto: tuple[str, ...]
    doubts: int
    why: Why
    scored_at: float
    plan: str = ""
    double: bool = False
    wording: str = ""
    weight: float = 0.0

    @property
    def rank(self) -> float:
        return -self.weight if self.why is Why.WORDING else self.score or 0.0


@dataclass(frozen=True, slots=True)
class DoubleDue:
    """A call two people mark blind. `mine`: this person's form; `done`: finished ones; `settles`: as third person.

    `held`: forms that colleagues have in hand, for who leads the office and may give them to others.
    """

    round: BlindRound
    recording: str
    agent: str
    mine: BlindForm | None
    forms: int
    done: int
    settles: bool
    held: Sequence[BlindForm] = ()


@dataclass(frozen=True, slots=True)
class Inbox:
    """`counts`: how many there are for each reason, however few are listed; as the lists, without the person's own."""

    due: tuple[Due, ...]
    counts: Mapping[Why, int]
    open: Sequence[Review]
    appeals: Sequence[tuple[Review, Appeal]]
    doubles: Sequence[DoubleDue]
    sessions: Sequence[BlindRound]


@dataclass(frozen=True, slots=True)
class OwnQuality:
    """`mean` of the reviews finished in the last 30 days; `to_answer`: how many the agent may still answer.

    `began`: when each reviewed talk was, by recording.
    """

    reviews: Sequence[Review]
    notes: Sequence[CoachingNote]
    mean: float | None
    unread: int
    to_answer: int
    began: Mapping[str, float]


async def inbox(
    session: AsyncSession, plan: Plan, draws: Draws, zone: ZoneInfo, now: float, user: User, only: Why | None = None
) -> Inbox:
    """What is to be done; `only` one reason where it is named. Calls this person marks blind are left out, and his
    own of earlier days."""
    since = now - LOOK_BACK
    own = own_numbers(user, await changes.gave_up(session))
    sampled = {each.recording: each for each in await draws.current(session, plan, zone, now)}
    counts = {why: 0 for why in Why if why is not Why.ASKED} | await due.counts(session, plan, since, own)
    risky = await due.risky(session, plan, since, only, MOST, own) if only is not Why.SAMPLE else []
    drawn = [row for row in await due.rows_of(session, list(sampled)) if row.agent not in own]
    samples = [_sampled(row, sampled[row.recording]) for row in drawn if not row.taken and _why(row, plan) is None]
    counts[Why.SAMPLE] = len(samples)
    found = [_due(row, _why(row, plan) or Why.DOUBT) for row in risky]
    found += samples if only in (None, Why.SAMPLE) else []
    veiled = await repository.veiled(session, user.login)
    found = [each for each in found if each.call not in veiled]
    order = list(Why)
    found.sort(key=lambda each: (order.index(each.why), each.rank, -each.scored_at))
    opened = [row for row in await repository.reviews_in(session, [ReviewState.OPEN], MOST) if row.agent not in own]
    appealed = await repository.reviews_in(session, [ReviewState.APPEALED], MOST)
    answerable = [row for row in appealed if row.call not in veiled and row.agent not in own]
    sessions = await repository.rounds(session, Kind.CALIBRATION, [RoundState.MARKING], MOST)
    return Inbox(
        due=tuple(_covered(each) if each.double else each for each in found[:MOST]),
        counts=counts,
        open=[row for row in opened if row.reviewer == user.login or row.call not in veiled],
        appeals=[(row, await session.get_one(Appeal, row.id)) for row in answerable],
        doubles=[each for each in await _doubles(session, user) if each.agent not in own],
        sessions=[each for each in sessions if user.login in (each.by, *each.invited)],
    )


async def own_quality(session: AsyncSession, user: User, now: float) -> OwnQuality:
    """An agent's reviews and notes; nothing for who has no number."""
    reviews = await repository.reviews_of_agent(session, user.number, MOST) if user.number else []
    notes = await repository.notes_of_agent(session, user.number, MOST) if user.number else []
    recent = [row.score for row in reviews if row.finished_at and row.finished_at >= now - LOOK_BACK]
    return OwnQuality(
        reviews=reviews,
        notes=notes,
        mean=sum(recent) / len(recent) if recent else None,
        unread=sum(note.read_at is None for note in notes),
        to_answer=sum(row.state in (ReviewState.FINISHED, ReviewState.DECIDED) for row in reviews),
        began=await recordings.began(session, [row.recording for row in reviews]),
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
        held = [form for form in forms if form.done_at is None and form is not mine] if user.leads else []
        found.append(DoubleDue(each, call.recording, call.agent, mine, len(forms), done, settles, held))
    return found


def _why(row: ScoreRow, plan: Plan) -> Why | None:
    return sampling.why(
        row.score, bool(row.veto), row.doubts, plan, angry=bool(row.anger), wording=row.wording_weight > 0
    )


def _due(row: ScoreRow, why: Why) -> Due:
    found = Due(row.recording, row.call, row.agent, row.score, tuple(row.veto), row.doubts, why, row.scored_at)
    if why is not Why.WORDING:
        return found
    return replace(found, wording=row.wording[0]["text"], weight=row.wording_weight)


def _sampled(row: ScoreRow, drawn: Drawn) -> Due:
    return replace(_due(row, Why.SAMPLE), plan=drawn.plan, double=drawn.double)


def _covered(found: Due) -> Due:
    return replace(found, score=None, veto=(), doubts=0)
