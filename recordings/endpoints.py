"""Recordings over HTTP: the sound, its outline, its text. An agent reaches only his own calls."""

import asyncio
import io
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from accounts.access import CurrentUser, allow
from core.clock import Clock, system_clock
from core.database import Database
from core.problem import REFUSALS
from recordings import redact, repository, service, sound
from recordings.listening import custody, playing
from recordings.listening.reach import HEARS, allowed, may_hear, stored, text_of, troubles
from recordings.listening.shown import RecordingOut
from recordings.store.vault import Vault


class Peaks(BaseModel):
    """The loudest level (0..1) in equal stretches of the sound."""

    seconds: float
    customer: list[float]
    agent: list[float]


def router(db: Database, vault: Vault, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["recordings"], responses=REFUSALS)

    @routes.get("/calls/{call}/recordings", dependencies=[Depends(allow(*HEARS))])
    async def recordings(call: str, user: CurrentUser) -> list[RecordingOut]:
        async with db.reading() as session:
            rows = [row for row in await repository.recordings_of(session, call) if may_hear(user, row)]
            texts = {text.recording: text for text in await repository.transcripts_of(session, call)}
        return [RecordingOut.of(row, texts.get(row.id), user) for row in rows]

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
