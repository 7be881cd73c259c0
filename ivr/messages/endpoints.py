"""Messages left by callers over HTTP: list, listen, mark as answered."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from accounts import audit
from accounts.access import CurrentUser, Role, allow
from core.clock import Clock, system_clock
from core.database import Database
from core.errors import NotFound
from core.problem import REFUSALS
from ivr.messages import repository, service
from recordings.listening.reach import troubles
from recordings.service import seal_of
from recordings.store.vault import Vault

ANSWERS = (Role.AGENT, Role.SUPERVISOR)


class MessageOut(BaseModel):
    """`contact_by`: call_back, sms, email. Times are seconds since the epoch; `state`: open or done."""

    id: str
    call: str
    caller: str
    language: str
    seconds: float
    contact_by: str
    left_at: float
    deadline_at: float
    state: str
    done_by: str
    done_at: float | None


def router(db: Database, vault: Vault, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api/messages", tags=["messages"], responses=REFUSALS)

    @routes.get("", dependencies=[Depends(allow(*ANSWERS))])
    async def messages(
        state: Annotated[Literal["open", "done", ""], Query(description="empty: both")] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[MessageOut]:
        """The most urgent first."""
        async with db.reading() as session:
            found = await repository.messages(session, state, limit)
        return [MessageOut.model_validate(each, from_attributes=True) for each in found]

    @routes.get("/{message}/sound", dependencies=[Depends(allow(*ANSWERS))])
    async def listen(message: str, user: CurrentUser) -> Response:
        """The message as wav; written to the audit trail."""
        async with db.transaction() as tx:
            found = await service.get_message(tx, message)
            await audit.note(tx, user.login, "message_played", f"message:{message}")
        if found.path:
            with troubles(found):
                content = await asyncio.to_thread(vault.read, found.path, seal_of(found))
            return Response(content, media_type="audio/wav")
        raw = Path(found.raw)
        if found.state == "recording" or not found.raw or not await asyncio.to_thread(raw.is_file):
            raise NotFound(f"the sound of message {message} is not there")
        return FileResponse(raw, media_type="audio/wav")

    @routes.post("/{message}/done", dependencies=[Depends(allow(*ANSWERS))])
    async def done(message: str, user: CurrentUser) -> MessageOut:
        """The caller has been answered; 409 when somebody else was quicker."""
        async with db.transaction() as tx:
            found = await service.finish_message(tx, message, user.login, clock())
            await audit.note(tx, user.login, "message_done", f"message:{message}")
        return MessageOut.model_validate(found, from_attributes=True)

    return routes
