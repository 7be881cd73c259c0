"""What happens to a recording and its transcript, each step inside the caller's transaction."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import new_id
from core.database import Transaction
from recordings import redact, repository
from recordings.events import RecordingClosed, TranscriptChanged
from recordings.models import Kept, Pause, Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.sound import Closed
from recordings.speech.analysis import Analysis
from recordings.store.files import stem_of
from recordings.store.keys import Seal
from recordings.transcript import CallEvent, CallFacts, document

ODD_SECONDS = 2.0
"""A recording may differ this much from the length of its conversation."""
UNHEARD = (TranscriptState.NO_MODEL, TranscriptState.FAILED)
"""States of a speech job that ended without a text."""


async def begin(tx: Transaction, call: str, leg: str, spool: Path, now: float) -> Recording:
    """The call's open recording, a new one if there is none."""
    found = await repository.open_recording(tx.session, call)
    if found is None:
        number = await repository.free_number(tx.session, call)
        found = await add(tx, call, number, spool / f"{stem_of(call, number)}.raw", leg, now)
    return found


async def add(tx: Transaction, call: str, number: int, raw: Path, leg: str, now: float) -> Recording:
    """Another part of a call; a legal hold is of the whole call, so it is on this part as well."""
    made = Recording(
        id=new_id(now), call=call, number=number, leg=leg, raw=str(raw), state=RecordingState.RECORDING, started_at=now
    )
    if (held := await repository.held_part(tx.session, call)) is not None:
        made.held_at, made.held_by, made.held_reason = held.held_at, held.held_by, held.held_reason
    tx.session.add(made)
    await tx.session.flush()
    return made


async def end(tx: Transaction, row: Recording, facts: CallFacts, events: Sequence[CallEvent]) -> None:
    """The talk is over, and with it every pause: what is known of the call is kept with the recording."""
    row.state = RecordingState.CLOSING
    row.facts = facts.model_dump(mode="json")
    told = [event.model_dump(mode="json", exclude_none=True) for event in events]
    row.events = told + await _paused(tx, row, facts)
    await tx.session.flush()


async def _paused(tx: Transaction, row: Recording, facts: CallFacts) -> list[dict[str, Any]]:
    """The recording's pauses as events of the call; those still on end with the talk."""
    connected = facts.connected_at.timestamp()
    found = []
    for pause in await repository.pauses_of(tx.session, row.id):
        if pause.ended_at is None:
            pause.ended_at = max(pause.started_at, connected + facts.duration)
        start, end = (min(max(0.0, at - connected), facts.duration) for at in (pause.started_at, pause.ended_at))
        found.append({"type": "pause", "start": round(start, 3), "end": round(end, 3)})
    return found


async def cut_short(session: AsyncSession, row: Recording) -> Pause | None:
    """The pause that was still on when the talk of this recording ended."""
    facts = facts_of(row)
    end = facts.connected_at.timestamp() + facts.duration
    lasting = (pause for pause in await repository.pauses_of(session, row.id) if (pause.ended_at or 0.0) >= end)
    return next(lasting, None)


async def stored(tx: Transaction, row: Recording, name: str, closed: Closed, seal: Seal, now: float) -> None:
    """The sound is in the store: its speech job comes into being with the same commit."""
    if row.state != RecordingState.CLOSING:
        return
    facts = facts_of(row)
    row.state, row.path = RecordingState.STORED, name
    row.seconds, row.size, row.sha256 = closed.seconds, closed.size, closed.sha256
    row.key_id, row.sealed_key = seal.key, seal.wrapped
    missing = facts.duration - closed.seconds
    row.error = (
        f"holds {closed.seconds:.1f} s of a conversation of {facts.duration:.1f} s" if missing > ODD_SECONDS else ""
    )
    tx.session.add(
        TranscriptRow(recording=row.id, call=row.call, language=facts.language, state=TranscriptState.PENDING)
    )
    tx.publish(RecordingClosed(now, row.call, row.id))
    await tx.session.flush()


async def lost(tx: Transaction, row: Recording, why: str, now: float) -> None:
    """There is no sound and there will be none."""
    if row.state != RecordingState.CLOSING:
        return
    row.state, row.error = RecordingState.FAILED, why
    language = facts_of(row).language if row.facts else ""
    tx.session.add(
        TranscriptRow(
            recording=row.id, call=row.call, language=language, state=TranscriptState.FAILED, note=why, made_at=now
        )
    )
    tx.publish(TranscriptChanged(now, row.call, row.id, TranscriptState.FAILED))
    await tx.session.flush()


async def take_job(tx: Transaction, recording: str, now: float, until: float) -> bool:
    """Hold the speech job until then; False when it is done, held by another worker or not due yet."""
    query = (
        update(TranscriptRow)
        .where(
            TranscriptRow.recording == recording,
            TranscriptRow.state == TranscriptState.PENDING,
            TranscriptRow.due_at <= now,
        )
        .values(due_at=until, tries=TranscriptRow.tries + 1)
        .returning(TranscriptRow.tries)
    )
    return await tx.session.scalar(query) is not None


async def hold_job(tx: Transaction, recording: str, until: float) -> None:
    """Keep the speech job, `until` ahead."""
    pending = TranscriptRow.state == TranscriptState.PENDING
    await tx.session.execute(
        update(TranscriptRow).where(TranscriptRow.recording == recording, pending).values(due_at=until)
    )


async def store_transcript(tx: Transaction, row: TranscriptRow, analysis: Analysis, now: float) -> None:
    """The job's result; the state is `no_model` when nobody could hear the language."""
    if row.state != TranscriptState.PENDING:
        return
    row.state = TranscriptState.READY if analysis.transcript else TranscriptState.NO_MODEL
    row.content = document(analysis.transcript) if analysis.transcript else None
    if analysis.transcript:
        row.language = analysis.transcript.call.language
    row.said = redact.text_of(analysis.transcript) if analysis.transcript else ""
    row.measures = analysis.measures.model_dump(mode="json")
    row.model, row.note, row.made_at = analysis.model, analysis.note, now
    tx.publish(TranscriptChanged(now, row.call, row.recording, row.state))
    await tx.session.flush()


async def give_back(tx: Transaction, recording: str, due_at: float, why: str = "") -> None:
    """The job waits until then for something that is not its fault: no try is spent."""
    pending = TranscriptRow.state == TranscriptState.PENDING
    spared = {"due_at": due_at, "note": why, "tries": TranscriptRow.tries - 1}
    await tx.session.execute(update(TranscriptRow).where(TranscriptRow.recording == recording, pending).values(spared))


async def ask_again(tx: Transaction, row: TranscriptRow) -> bool:
    """The job is to be done anew, as if never tried; False for one whose sound is not there, or that has its text."""
    sound = await tx.session.get_one(Recording, row.recording)
    waits = row.state == TranscriptState.PENDING and row.note
    if sound.state != RecordingState.STORED or not (waits or row.state in UNHEARD):
        return False
    row.state, row.tries, row.due_at, row.note = TranscriptState.PENDING, 0, 0.0, ""
    await tx.session.flush()
    return True


async def hear_again(tx: Transaction, languages: Sequence[str]) -> int:
    """Calls kept without text in these languages become jobs again; returns how many."""
    waiting = update(TranscriptRow).where(
        TranscriptRow.state == TranscriptState.NO_MODEL, TranscriptRow.language.in_(languages)
    )
    again = waiting.values(state=TranscriptState.PENDING, tries=0, due_at=0.0).returning(TranscriptRow.recording)
    return len((await tx.session.scalars(again)).all())


async def give_up(tx: Transaction, row: TranscriptRow, why: str, now: float) -> None:
    """The job cannot succeed."""
    if row.state != TranscriptState.PENDING:
        return
    row.state, row.note, row.made_at = TranscriptState.FAILED, why, now
    tx.publish(TranscriptChanged(now, row.call, row.recording, TranscriptState.FAILED))
    await tx.session.flush()


def facts_of(row: Recording) -> CallFacts:
    return CallFacts.model_validate(row.facts)


def events_of(row: Recording) -> tuple[CallEvent, ...]:
    return tuple(CallEvent.model_validate(event) for event in row.events)


def seal_of(row: Kept) -> Seal:
    return Seal(row.key_id, row.sealed_key)


def offset_of(row: Recording) -> float:
    """Seconds from the connection to the first sample: what to add to a moment in the sound to get its call time."""
    return max(0.0, row.started_at - facts_of(row).connected_at.timestamp())
