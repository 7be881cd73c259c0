"""Playing over HTTP: a reason first, then for some minutes the marked sound, for that person only."""

import asyncio
import hashlib
import io
from collections import OrderedDict
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import delete

from accounts import audit
from accounts.access import CurrentUser, Role, User, allow
from accounts.tokens import fingerprint, new_token
from core.clock import Clock
from core.database import Database
from core.problem import REFUSALS
from core.texts import Line
from recordings import service
from recordings.listening import export, pieces
from recordings.listening.export import Format, Watermark
from recordings.listening.reach import HEARS, silences_in, stored, troubles
from recordings.models import Playing, Recording
from recordings.spans import Span
from recordings.store.vault import Vault

LEAVE = 900.0
"""Seconds beside the recording's own length for which one reason lets a person play it."""
KEPT = 8
"""Copies kept ready: a player fetches a file in pieces."""
Why = Annotated[Line, Body(embed=True, min_length=2, max_length=400, pattern=r"\S")]


class PlayingOut(BaseModel):
    """`address` plays until `until_at`, seconds since the epoch."""

    address: str
    until_at: float


class Copies:
    """The marked copies of the playings that go on, the oldest forgotten first."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._made: OrderedDict[str, bytes] = OrderedDict()

    async def of(self, playing: Playing, row: Recording, user: User, silent: tuple[Span, ...]) -> bytes:
        """Raises what `reach.troubles` answers."""
        key = playing.token_hash
        if key not in self._made:
            content = await asyncio.to_thread(self._vault.read, row.path, service.seal_of(row))
            begun = playing.until_at - LEAVE - row.seconds
            mark = Watermark(row.call, f"{user.login} ({user.name})", playing.reason, begun, len(silent), "played")
            self._made[key] = await asyncio.to_thread(export.copy, content, silent, mark, Format.FLAC)
        self._made.move_to_end(key)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return self._made[key]


def router(db: Database, vault: Vault, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["recordings"], responses=REFUSALS)
    copies = Copies(vault)

    @routes.post("/recordings/{recording}/playings", status_code=201, dependencies=[Depends(allow(*HEARS))])
    async def begin(recording: str, user: CurrentUser, reason: Why) -> PlayingOut:
        """Say why, and hear the recording for some minutes; written to the audit trail.

        Agents hear no card, identity or telephone numbers: 409 while there is no text to find those by.
        """
        token, now = new_token(), clock()
        async with db.transaction() as tx:
            row = await stored(tx.session, recording, user)
            if user.role is Role.AGENT:
                await silences_in(tx.session, row)
            await tx.session.execute(delete(Playing).where(Playing.until_at < now))
            until = now + LEAVE + row.seconds
            tx.session.add(
                Playing(token_hash=fingerprint(token), recording=recording, login=user.login, reason=reason,
                        until_at=until)
            )  # fmt: skip
            await audit.note(tx, user.login, "recording_played", f"call:{row.call}", reason)
        return PlayingOut(address=f"/api/recordings/{recording}/sound?playing={token}", until_at=until)

    @routes.get("/recordings/{recording}/sound", dependencies=[Depends(allow(*HEARS))])
    async def play(
        recording: str, user: CurrentUser, request: Request, playing: Annotated[str, Query(max_length=100)] = ""
    ) -> Response:
        """The sound as FLAC, whole or by Range, by the address that `playings` gave this person; 403 without it."""
        async with db.reading() as session:
            row = await stored(session, recording, user)
            leave = await session.get(Playing, fingerprint(playing))
            if leave is None or (leave.recording, leave.login) != (recording, user.login) or leave.until_at < clock():
                raise HTTPException(403, "say why first: POST to playings gives the address to play")
            silent = await silences_in(session, row) if user.role is Role.AGENT else ()
        with troubles(row):
            made = await copies.of(leave, row, user, silent)
        mark = hashlib.sha256(made).hexdigest()
        return pieces.response(io.BytesIO(made), request, Format.FLAC.media, f"{Path(row.path).stem}.flac", mark)

    return routes
