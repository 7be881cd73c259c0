"""Whose desk has vanished is given no more calls until it is there again: the distributor hears of it."""

import asyncio

import structlog

from acd import inputs, repository
from acd.agent_state import AgentState
from acd.dispatcher import Dispatcher
from agentdesk.presence import Heard, Presence
from core.database import AWAY, Database
from core.errors import Refused

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
SILENT = 8.0
"""Seconds without a word from any page of an agent's after which his desk is gone. A page is loaded again sooner."""


class Vanished:
    """Only of agents whose pages have been there: who works by codes at his telephone, or by programs, needs none."""

    def __init__(self, db: Database, dispatcher: Dispatcher, presence: Presence) -> None:
        self._db = db
        self._dispatcher = dispatcher
        self._presence = presence
        self._looked = 0.0

    async def run(self) -> None:
        """For ever. After a pause of this process itself the pages have the time until the next look to answer."""
        loop = asyncio.get_running_loop()
        while True:
            before, self._looked = self._looked, loop.time()
            if self._looked - before < SILENT / 2:
                await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        now = asyncio.get_running_loop().time()
        for number, heard in list(self._presence.heard.items()):
            try:
                await self._follow(number, heard, there=now - heard.at <= SILENT)
            except (Refused, *AWAY) as fault:
                log.info("desk not followed yet", agent=number, problem=str(fault))

    async def _follow(self, number: str, heard: Heard, *, there: bool) -> None:
        seat = self._dispatcher.floor.seats.get(number)
        known = seat is None or seat.state is AgentState.SIGNED_OUT or seat.desk == there
        if not known and (there or not await self._needs_none(number, heard.login)):
            await self._dispatcher.carry_out(lambda _floor: (inputs.DeskChanged(number, there),), "")
        if not there and self._presence.heard.get(number) is heard:
            del self._presence.heard[number]

    async def _needs_none(self, number: str, login: str) -> bool:
        async with self._db.reading() as session:
            return await repository.works_by_codes(session, number, login)
