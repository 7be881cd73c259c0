"""Recordings over HTTP: the sound, its outline, its text. An agent reaches only his own calls."""

import asyncio
import io
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from accounts.access import CurrentUser, allow
from core.clock import Clock, system_clock
from core.database import Database
from recordings import custody, playing, redact, repository, service, sound
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.reach import HEARS, allowed, may_hear, stored, text_of, troubles
from recordings.vault import Vault


class RecordingOut(BaseModel):
    """`offset` is the call time of the first sample, in seconds; `error` and `note` are for people.

    `held`: who put it under legal hold and why, '' when nobody did. `pauses`: from when to when (call time) it was
    not recorded, on purpose.
    """

    id: str
    number: int
    state: RecordingState
    started_at: float
    seconds: float
    offset: float
    error: str
    transcript: TranscriptState | None
    note: str
    held: str
    deleted_at: float | None
    pauses: list[tuple[float, float]]
    measures: dict[str, Any] | None


class Peaks(BaseModel):
    """The loudest level (0..1) in equal stretches of the sound."""

    seconds: float
    customer: list[float]
    agent: list[float]


def router(db: Database, vault: Vault, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["recordings"])

    @routes.get("/calls/{call}/recordings", dependencies=[Depends(allow(*HEARS))])
    async def recordings(call: str, user: CurrentUser) -> list[RecordingOut]:
        async with db.reading() as session:
            rows = [row for row in await repository.recordings_of(session, call) if may_hear(user, row)]
            texts = {text.recording: text for text in await repository.transcripts_of(session, call)}
        return [_out(row, texts.get(row.id)) for row in rows]

    @routes.get("/recordings/{recording}/peaks", dependencies=[Depends(allow(*HEARS))])
    async def outline(recording: str, user: CurrentUser, count: Annotated[int, Query(ge=10, le=5000)] = 800) -> Peaks:
        async with db.reading() as session:
            row = await stored(session, recording, user)
        with troubles(row):
            content = await asyncio.to_thread(vault.read, row.path, service.seal_of(row))
        customer, agent = await asyncio.to_thread(sound.peaks, io.BytesIO(content), count)
        return Peaks(seconds=row.seconds, customer=customer, agent=agent)

    @routes.get("/recordings/{recording}/transcript", dependencies=[Depends(allow(*HEARS))])
    async def transcript(recording: str, user: CurrentUser) -> dict[str, Any]:
        """The exchange format, card, identity and telephone numbers masked; 404 with the reason without a text."""
        async with db.reading() as session:
            content = await text_of(session, await allowed(session, recording, user))
        return redact.masked_document(content)

    routes.include_router(playing.router(db, vault, clock))
    routes.include_router(custody.router(db, vault, clock))
    return routes


def _out(row: Recording, text: TranscriptRow | None) -> RecordingOut:
    return RecordingOut(
        id=row.id,
        number=row.number,
        state=RecordingState(row.state),
        started_at=row.started_at,
        seconds=row.seconds,
        offset=service.offset_of(row) if row.facts else 0.0,
        error=row.error,
        transcript=TranscriptState(text.state) if text else None,
        note=text.note if text else "",
        held=f"{row.held_by}: {row.held_reason}" if row.held_at is not None else "",
        deleted_at=row.deleted_at,
        pauses=[(event["start"], event["end"]) for event in row.events if event["type"] == "pause"],
        measures=text.measures if text else None,
    )
