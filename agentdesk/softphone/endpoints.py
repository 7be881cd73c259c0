"""The telephone in the browser over HTTP: its account for this session, and its line to the switch."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, Request, WebSocket
from pydantic import BaseModel
from starlette.websockets import WebSocketDisconnect

from accounts import handsets
from accounts.access import COOKIE, CurrentUser, Role, allow, clock, database
from accounts.events import PhonesChanged
from accounts.guard import is_foreign
from agentdesk.softphone.line import MOVED, SWITCH_AWAY, WITHDRAWN, SipLines
from core.bus import Bus
from core.database import Database

AGENTS = [Depends(allow(Role.AGENT))]


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """What browsers' telephones need. `written` returns when the switch knows the telephones of this moment.

    `ice_servers` as RTCPeerConnection takes them: [{"urls": "turn:…", "username": …, "credential": …}].
    """

    lines: SipLines
    written: Callable[[], Awaitable[None]]
    ice_servers: list[dict[str, Any]] = field(default_factory=list)

    def listen(self, bus: Bus, db: Database) -> None:
        """Lines of sessions that are over, or whose agent uses another telephone, are ended."""

        async def changed(_event: PhonesChanged) -> None:
            async with db.reading() as session:
                known = await handsets.lines(session)
            await self.lines.keep_only(known)

        bus.subscribe("sip lines", PhonesChanged, changed)


class Account(BaseModel):
    """How the browser registers: SIP user and secret of this session, and the address of its line; `agent`: whose it
    is, by number."""

    agent: str
    user: str
    secret: str
    line: str
    ice_servers: list[dict[str, Any]]
    lost_codes: dict[str, int] = {"moved": MOVED, "switch_away": SWITCH_AWAY, "withdrawn": WITHDRAWN}


def router(phone: PhoneLine) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/desk/phone", dependencies=AGENTS)
    async def take(request: Request, user: CurrentUser) -> Account:
        """Make this session's browser the agent's telephone; returns when it can register."""
        token = request.cookies.get(COOKIE, "")
        async with database(request).transaction() as tx:
            issued = await handsets.issue(tx, token, user.number, user.login, clock(request)())
        await phone.written()
        return Account(
            agent=user.number, user=issued.user, secret=issued.secret, line="/desk/phone/line",
            ice_servers=phone.ice_servers,
        )  # fmt: skip

    @routes.delete("/desk/phone", dependencies=AGENTS, status_code=204)
    async def give_back(request: Request, user: CurrentUser) -> None:
        """The hard telephone is the agent's again."""
        async with database(request).transaction() as tx:
            await handsets.withdraw(tx, user.number, user.login)
        await phone.written()

    @routes.websocket("/desk/phone/line", dependencies=AGENTS)
    async def line(socket: WebSocket, user: CurrentUser) -> None:
        """SIP between this browser and the switch, as long as the session's browser is the agent's telephone."""
        name = handsets.line_name(user.number, socket.cookies.get(COOKIE, ""))
        async with database(socket).reading() as session:
            known = await handsets.lines(session)
        if is_foreign(socket.headers) or name not in known:
            await socket.close(1008)
            return
        await socket.accept(subprotocol="sip" if "sip" in socket.scope["subprotocols"] else None)
        end = await phone.lines.attach(name, socket)
        if end is None:
            await socket.close(SWITCH_AWAY)
            return
        try:
            while True:
                await end.say(await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError):  # RuntimeError: it was closed from our side
            end.leave(socket)

    return routes
