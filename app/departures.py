"""Who signs out of the pages takes no more calls: the distributor hears of it."""

import asyncio

import structlog

from accounts.events import SignedOut
from acd.agent_state import AgentState
from acd.dispatcher import Dispatcher
from core.bus import Bus
from core.errors import NotFound, Refused
from core.tasks import Supervisor

log = structlog.get_logger(__name__)

AGAIN = 2.0
TRIES = 30
"""A telephone that rings is refused for as long as it rings."""


class Departures:
    """In a talk the agent is signed out after it."""

    def __init__(self, dispatcher: Dispatcher, supervisor: Supervisor) -> None:
        self._dispatcher = dispatcher
        self._supervisor = supervisor

    def listen(self, bus: Bus) -> None:
        bus.subscribe("departures", SignedOut, self.on_signed_out)

    async def on_signed_out(self, event: SignedOut) -> None:
        if event.number:
            self._supervisor.spawn("departure", self._sign_out(event))

    async def _sign_out(self, event: SignedOut) -> None:
        for _ in range(TRIES):
            try:
                await self._dispatcher.set_state(event.number, AgentState.SIGNED_OUT, "", event.login)
            except Refused as refused:
                if refused.reason != "ringing":
                    return  # he was not at work
            except NotFound:
                return  # no agent
            else:
                return
            await asyncio.sleep(AGAIN)
