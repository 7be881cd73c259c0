"""Calls that were recorded and are not judged: how far each has come, why no further, and trying again."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from core.database import Transaction
from qa.models import ScoreFault
from recordings import service
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState


class Stop(StrEnum):
    """Where a call stands still. The first three go on by themselves once their reason is mended."""

    NOT_STORED = "not_stored"
    WAITING = "waiting"
    NO_MODEL = "no_model"
    NOT_HEARD = "not_heard"
    NOT_SCORED = "not_scored"
    LOST = "lost"


AGAIN = frozenset({Stop.WAITING, Stop.NO_MODEL, Stop.NOT_HEARD, Stop.NOT_SCORED})
"""Those that somebody can have tried again."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """`why` is the machine's own reason, in English."""

    recording: str
    call: str
    agent: str
    queue: str
    language: str
    began_at: float
    stop: Stop
    why: str

    @property
    def again(self) -> bool:
        return self.stop in AGAIN


async def unjudged(session: AsyncSession, since: float, limit: int, language: str = "") -> tuple[list[Unjudged], int]:
    """Those begun since a time, the newest first, and how many there are in all; `language` narrows to one."""
    wanted = [_stands_still(), Recording.started_at >= since]
    if language:
        wanted.append(TranscriptRow.language == language)
    joined = select(Recording, TranscriptRow, ScoreFault.why).outerjoin(
        TranscriptRow, TranscriptRow.recording == Recording.id
    )
    joined = joined.outerjoin(ScoreFault, ScoreFault.recording == Recording.id).where(*wanted)
    total = await session.scalar(select(func.count()).select_from(joined.subquery())) or 0
    rows = await session.execute(joined.order_by(Recording.started_at.desc()).limit(limit))
    return [_one(sound, text, fault) for sound, text, fault in rows], total


async def try_again(tx: Transaction, recordings: Sequence[str], who: str) -> int:
    """Have these heard, or judged, anew; returns how many there was something to do for."""
    done = 0
    for recording in recordings:
        text = await tx.session.get(TranscriptRow, recording, with_for_update=True)
        fault = await tx.session.get(ScoreFault, recording)
        if text is None or not (fault is not None or await service.ask_again(tx, text)):
            continue
        if fault is not None:
            await tx.session.delete(fault)
        await audit.note(tx, who, "recording_tried_again", f"call:{text.call}")
        done += 1
    return done


def _stands_still() -> ColumnElement[bool]:
    held_up = and_(TranscriptRow.state == TranscriptState.PENDING, TranscriptRow.note != "")
    unheard = TranscriptRow.state.in_((TranscriptState.NO_MODEL, TranscriptState.FAILED))
    not_stored = and_(Recording.state == RecordingState.CLOSING, Recording.error != "")
    return or_(not_stored, held_up, unheard, ScoreFault.recording.is_not(None))


def _one(sound: Recording, text: TranscriptRow | None, fault: str | None) -> Unjudged:
    facts = sound.facts or {}
    if fault is not None:
        stop, why = Stop.NOT_SCORED, fault
    elif text is None:
        stop, why = Stop.NOT_STORED, sound.error
    elif sound.state == RecordingState.FAILED:
        stop, why = Stop.LOST, sound.error
    else:
        stop, why = _STOPS[TranscriptState(text.state)], text.note
    return Unjudged(
        sound.id, sound.call, facts.get("agent", ""), facts.get("queue", ""), facts.get("language", ""),
        sound.started_at, stop, why,
    )  # fmt: skip


_STOPS = {
    TranscriptState.PENDING: Stop.WAITING,
    TranscriptState.NO_MODEL: Stop.NO_MODEL,
    TranscriptState.FAILED: Stop.NOT_HEARD,
}
