"""Recordings over HTTP: the sound, its outline, its text. An agent reaches only his own calls."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.access import CurrentUser, Role, User, allow
from core.clock import Clock, system_clock
from core.database import Database
from core.errors import NotFound
from recordings import pieces, repository, service, sound
from recordings.keys import KeyGone
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.sealing import Tampered
from recordings.vault import Vault

HEARS = (Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
ONE_LISTENING = 60.0
"""A player fetches a file in many pieces: those of one person that follow within so many seconds are one playing."""


class RecordingOut(BaseModel):
    """`offset` is the call time of the first sample, in seconds; `error` and `note` are for people."""

    id: str
    number: int
    state: RecordingState
    started_at: float
    seconds: float
    offset: float
    error: str
    transcript: TranscriptState | None
    note: str
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
            rows = [row for row in await repository.recordings_of(session, call) if _may_hear(user, row)]
            texts = {text.recording: text for text in await repository.transcripts_of(session, call)}
        return [_out(row, texts.get(row.id)) for row in rows]

    @routes.get("/recordings/{recording}/sound", dependencies=[Depends(allow(*HEARS))])
    async def play(
        recording: str, user: CurrentUser, request: Request, reason: Annotated[str, Query(max_length=400)] = ""
    ) -> Response:
        """The FLAC file, whole or by Range; written to the audit trail."""
        async with db.transaction() as tx:
            row = await _stored(tx.session, recording, user)
            if listening.begins(user.login, recording):
                await audit.note(tx, user.login, "recording_played", f"call:{row.call}", reason)
        file = await _opened(vault, row)
        return await asyncio.to_thread(pieces.response, file, request, "audio/flac", Path(row.path).name, row.sha256)

    @routes.get("/recordings/{recording}/peaks", dependencies=[Depends(allow(*HEARS))])
    async def outline(recording: str, user: CurrentUser, count: Annotated[int, Query(ge=10, le=5000)] = 800) -> Peaks:
        async with db.reading() as session:
            row = await _stored(session, recording, user)
        with _troubles(row):
            content = await asyncio.to_thread(vault.read, row.path, service.seal_of(row))
        customer, agent = await asyncio.to_thread(sound.peaks, io.BytesIO(content), count)
        return Peaks(seconds=row.seconds, customer=customer, agent=agent)

    @routes.get("/recordings/{recording}/transcript", dependencies=[Depends(allow(*HEARS))])
    async def transcript(recording: str, user: CurrentUser) -> dict[str, Any]:
        """The exchange format; 404 with the reason while there is no text."""
        async with db.reading() as session:
            row = await _allowed(session, recording, user)
            text = await session.get(TranscriptRow, row.id)
        if text is None or text.content is None:
            raise HTTPException(404, f"no text: {text.note or text.state}" if text else "no text yet")
        return text.content

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
        measures=text.measures if text else None,
    )


def _may_hear(user: User, row: Recording) -> bool:
    own = bool(user.number) and row.facts is not None and row.facts["agent"] == user.number
    return user.role is not Role.AGENT or own


async def _allowed(session: AsyncSession, recording: str, user: User) -> Recording:
    row = await session.get(Recording, recording)
    # The same answer for what does not exist and what may not be known.
    if row is None or not _may_hear(user, row):
        raise HTTPException(404, "there is no such recording")
    return row


async def _stored(session: AsyncSession, recording: str, user: User) -> Recording:
    row = await _allowed(session, recording, user)
    if row.state != RecordingState.STORED:
        raise HTTPException(404, f"no sound: {row.error or row.state}")
    return row


async def _opened(vault: Vault, row: Recording) -> BinaryIO:
    with _troubles(row):
        return await asyncio.to_thread(vault.open, row.path, service.seal_of(row))


@contextmanager
def _troubles(row: Recording) -> Iterator[None]:
    """What keeps a stored file from being read, as answers: gone for good, or to be asked for again later."""
    try:
        yield
    except (NotFound, KeyGone) as fault:
        raise HTTPException(404, str(fault)) from None
    except Tampered:
        raise HTTPException(409, f"{row.path} is not what was stored: it cannot be trusted") from None
    except OSError as fault:
        raise HTTPException(503, str(fault)) from None
