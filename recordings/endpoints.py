"""Recordings over HTTP: the sound, its outline, its text. An agent reaches only his own calls."""

import asyncio
import io
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from accounts import audit
from accounts.access import CurrentUser, Role, allow
from core.clock import Clock, system_clock
from core.database import Database
from recordings import custody, pieces, redact, repository, service, sound
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.reach import allowed, may_hear, opened, stored, text_of, troubles
from recordings.vault import Vault

HEARS = (Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
ONE_LISTENING = 60.0
"""A player fetches a file in many pieces: those of one person that follow within so many seconds are one playing."""


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


class Listening:
    """Who is playing what: tells the beginning of a playing from its later pieces."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}

    def begins(self, who: str, recording: str) -> bool:
        now = self._clock()
        self._last = {key: at for key, at in self._last.items() if now - at < ONE_LISTENING}
        begins = (who, recording) not in self._last
        self._last[who, recording] = now
        return begins


def router(db: Database, vault: Vault, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["recordings"])
    listening = Listening(clock)

    @routes.get("/calls/{call}/recordings", dependencies=[Depends(allow(*HEARS))])
    async def recordings(call: str, user: CurrentUser) -> list[RecordingOut]:
        async with db.reading() as session:
            rows = [row for row in await repository.recordings_of(session, call) if may_hear(user, row)]
            texts = {text.recording: text for text in await repository.transcripts_of(session, call)}
        return [_out(row, texts.get(row.id)) for row in rows]

    @routes.get("/recordings/{recording}/sound", dependencies=[Depends(allow(*HEARS))])
    async def play(
        recording: str, user: CurrentUser, request: Request, reason: Annotated[str, Query(max_length=400)] = ""
    ) -> Response:
        """The FLAC file, whole or by Range; written to the audit trail."""
        async with db.transaction() as tx:
            row = await stored(tx.session, recording, user)
            if listening.begins(user.login, recording):
                await audit.note(tx, user.login, "recording_played", f"call:{row.call}", reason)
        file = await opened(vault, row)
        return await asyncio.to_thread(pieces.response, file, request, "audio/flac", Path(row.path).name, row.sha256)

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
