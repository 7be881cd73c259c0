"""Recordings over HTTP for those who answer for them: export, legal hold, and the text with its numbers."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.access import CurrentUser, Role, User, allow
from core.clock import Clock
from core.database import Database
from core.problem import REFUSALS
from core.texts import Line
from recordings import service
from recordings.keeping import deletion
from recordings.keeping.deletion import GONE
from recordings.listening import export
from recordings.listening.export import Format, Watermark
from recordings.listening.reach import allowed, silences_in, stored, text_of, troubles
from recordings.models import Recording
from recordings.store.vault import Vault

ANSWER_FOR = (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
WhyQuery = Annotated[Line, Query(min_length=2, max_length=400, pattern=r"\S", description="written to the audit trail")]
FormatQuery = Annotated[Format, Query(alias="format")]
WhyBody = Annotated[Line, Body(embed=True, min_length=2, max_length=400, pattern=r"\S")]


def router(db: Database, vault: Vault, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["recordings"], responses=REFUSALS)

    @routes.get("/recordings/{recording}/export", dependencies=[Depends(allow(*ANSWER_FOR))])
    async def export_copy(
        recording: str,
        user: CurrentUser,
        reason: WhyQuery,
        form: FormatQuery = Format.FLAC,
    ) -> Response:
        """A copy with numbers silenced and a watermark. 409 while there is no text to find the numbers by."""
        async with db.reading() as session:
            row = await stored(session, recording, user)
            silent = await silences_in(session, row)
        with troubles(row):
            content = await asyncio.to_thread(vault.read, row.path, service.seal_of(row))
        mark = Watermark(row.call, f"{user.login} ({user.name})", reason, clock(), len(silent))
        made = await asyncio.to_thread(export.copy, content, silent, mark, form)
        async with db.transaction() as tx:
            await audit.note(tx, user.login, "recording_exported", f"call:{row.call}", reason)
        name = f"{row.call}-{row.number}-{user.login}.{form}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
        return Response(made, media_type=form.media, headers=headers)

    @routes.get("/recordings/{recording}/transcript/whole", dependencies=[Depends(allow(*ANSWER_FOR))])
    async def whole_text(recording: str, user: CurrentUser, reason: WhyQuery) -> dict[str, Any]:
        """The text with its card, identity and telephone numbers; written to the audit trail."""
        async with db.transaction() as tx:
            row = await allowed(tx.session, recording, user)
            content = await text_of(tx.session, row)
            await audit.note(tx, user.login, "transcript_unmasked", f"call:{row.call}", reason)
        return content

    @routes.put("/recordings/{recording}/hold", status_code=204, dependencies=[Depends(allow(*ANSWER_FOR))])
    async def hold(recording: str, user: CurrentUser, reason: WhyBody) -> None:
        """Keep the recording and the other parts of its call whatever retention says; 409 for one that is deleted."""
        async with db.transaction() as tx:
            row, others = await _locked(tx.session, recording, user)
            if row.state in GONE:
                raise HTTPException(409, "the recording is deleted already")
            free = (other for other in others if other.held_at is None)
            await deletion.hold(tx, [row, *free], user.login, reason, clock())

    @routes.delete("/recordings/{recording}/hold", status_code=204, dependencies=[Depends(allow(Role.ADMIN))])
    async def release(recording: str, user: CurrentUser, reason: WhyQuery) -> None:
        """Let retention rule again, over all parts of the call."""
        async with db.transaction() as tx:
            row, others = await _locked(tx.session, recording, user)
            for each in (row, *(other for other in others if other.held_at is not None)):
                await deletion.release(tx, each, user.login, reason)

    return routes


async def _locked(session: AsyncSession, recording: str, user: User) -> tuple[Recording, list[Recording]]:
    """The recording and the others of its call."""
    row = await allowed(session, recording, user)
    return row, [each for each in await deletion.parts(session, row.call) if each is not row]
