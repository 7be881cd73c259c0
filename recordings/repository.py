"""Questions to the tables of recordings and transcripts."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.portions import portions
from recordings.models import Pause, Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.transcript import CallType


async def recordings_of(session: AsyncSession, call: str) -> Sequence[Recording]:
    """A call's recordings, first to last."""
    return (await session.scalars(select(Recording).where(Recording.call == call).order_by(Recording.number))).all()


async def transcripts_of(session: AsyncSession, call: str) -> Sequence[TranscriptRow]:
    """A call's transcripts in the order of its recordings."""
    query = select(TranscriptRow).join(Recording).where(TranscriptRow.call == call).order_by(Recording.number)
    return (await session.scalars(query)).all()


async def open_recording(session: AsyncSession, call: str) -> Recording | None:
    """The recording of `call` that has not been told to end."""
    query = select(Recording).where(Recording.call == call, Recording.state == RecordingState.RECORDING)
    return (await session.scalars(query.order_by(Recording.number.desc()))).first()


async def held_part(session: AsyncSession, call: str) -> Recording | None:
    """The last of a call's recordings that is under legal hold."""
    query = select(Recording).where(Recording.call == call, Recording.held_at.is_not(None))
    return (await session.scalars(query.order_by(Recording.number.desc()))).first()


async def in_state(session: AsyncSession, state: RecordingState) -> Sequence[Recording]:
    query = select(Recording).where(Recording.state == state).order_by(Recording.started_at)
    return (await session.scalars(query)).all()


def held_calls() -> Select[str]:
    """Calls with a recording under legal hold, as a query for others: there may be more than a statement takes."""
    return select(Recording.call).where(Recording.held_at.is_not(None))


async def raw_files(session: AsyncSession) -> dict[str, str]:
    """The switch's files that have a row, with its state."""
    rows = await session.execute(select(Recording.raw, Recording.state))
    return {row.raw: row.state for row in rows}


async def recorded(session: AsyncSession, calls: Collection[str]) -> set[str]:
    """Those of `calls` that have a recording."""
    found: set[str] = set()
    for some in portions(calls):
        found.update(await session.scalars(select(Recording.call).where(Recording.call.in_(some))))
    return found


async def free_number(session: AsyncSession, call: str, wanted: int = 1) -> int:
    """`wanted`, or the number after the call's last recording when that one is taken."""
    taken = set(await session.scalars(select(Recording.number).where(Recording.call == call)))
    return max(taken) + 1 if wanted in taken else wanted


async def backlog(session: AsyncSession) -> int:
    """How many speech jobs wait or are at work."""
    query = select(func.count()).select_from(TranscriptRow).where(TranscriptRow.state == TranscriptState.PENDING)
    return await session.scalar(query) or 0


async def due(session: AsyncSession, now: float) -> Sequence[tuple[str, bool]]:
    """The recordings whose speech job nobody holds, and which are of complaints: those first, then by age."""
    urgent = func.coalesce(Recording.facts["call_type"].as_string() == CallType.COMPLAINT, false())
    query = (
        select(TranscriptRow.recording, urgent)
        .join(Recording)
        .where(TranscriptRow.state == TranscriptState.PENDING, TranscriptRow.due_at <= now)
        .order_by(urgent.desc(), Recording.started_at)
    )
    return [(recording, bool(first)) for recording, first in await session.execute(query)]


async def unheard_languages(session: AsyncSession) -> Sequence[str]:
    """The languages of calls that no model could hear."""
    query = select(TranscriptRow.language).where(TranscriptRow.state == TranscriptState.NO_MODEL).distinct()
    return (await session.scalars(query)).all()


async def pauses_of(session: AsyncSession, recording: str) -> Sequence[Pause]:
    """First to last."""
    return (await session.scalars(select(Pause).where(Pause.recording == recording).order_by(Pause.id))).all()


async def open_pauses(session: AsyncSession) -> Sequence[Pause]:
    """Those that nothing has ended yet."""
    return (await session.scalars(select(Pause).where(Pause.ended_at.is_(None)).order_by(Pause.until_at))).all()


async def began(session: AsyncSession, wanted: Collection[str]) -> dict[str, float]:
    """When each of these recordings began."""
    query = select(Recording.id, Recording.started_at).where(Recording.id.in_(wanted))
    return dict((await session.execute(query)).all())
