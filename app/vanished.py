"""Whose desk has vanished is given no more calls until it is there again: the distributor hears of it."""

import asyncio

import structlog

from acd import inputs, ledger, repository
from acd.agent_state import AgentState
from acd.dispatcher import Dispatcher
from acd.floor import Floor
from agentdesk.presence import Heard, Presence
from core.database import AWAY, Database
from core.errors import Refused

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
SILENT = 8.0
"""Seconds without a word from any page of an agent's after which his desk is gone. A page is loaded again sooner."""


class Vanished:
    """Only of agents whose pages have been there: who works by codes at his telephone, or by programs, needs none.

    A floor that begins knows of no desk that is gone. So whoever had one at the last look, which is stored, is expected
    to have it.
    """

    def __init__(self, db: Database, dispatcher: Dispatcher, presence: Presence) -> None:
        self._db = db
        self._dispatcher = dispatcher
        self._presence = presence
        self._looked = 0.0
        self._floor: Floor | None = None
        self._stored: set[str] = set()

    async def run(self) -> None:
        """For ever. After a pause of this process itself the pages have the time until the next look to answer."""
        loop = asyncio.get_running_loop()
        while True:
            before, self._looked = self._looked, loop.time()
            if self._looked - before < SILENT / 2:
                await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        try:
            await self._expect()
            await self._store()
        except AWAY as fault:
            log.info("desks not known yet", problem=str(fault))
        now = asyncio.get_running_loop().time()
        for number, heard in list(self._presence.heard.items()):
            try:
                await self._follow(number, heard, there=now - heard.at <= SILENT)
            except (Refused, *AWAY) as fault:
                log.info("desk not followed yet", agent=number, problem=str(fault))

    async def _expect(self) -> None:
        floor = self._dispatcher.floor
        if floor is self._floor or not self._dispatcher.serving:
            return
        async with self._db.reading() as session:
            stored = await repository.with_desks(session)
        for number, login in stored.items():
            seat = floor.seats.get(number)
            if seat is not None and seat.state is not AgentState.SIGNED_OUT and seat.desk:
                self._presence.expect(number, login)
        self._floor, self._stored = floor, set(stored)

    async def _store(self) -> None:
        """Whose desk is there, or missed: not who has gone home, or on without it."""
        floor = self._dispatcher.floor
        if floor is not self._floor or not self._dispatcher.serving:
            return
        here = {number: seat for number, seat in floor.seats.items() if seat.state is not AgentState.SIGNED_OUT}
        missed = {number for number in self._stored & here.keys() if not here[number].desk}
        desks = (self._presence.heard.keys() & here.keys()) | missed
        if changed := desks ^ self._stored:
            async with self._db.transaction() as tx:
                for number in sorted(changed):
                    await ledger.note_desk(tx, number, desk=number in desks)
            self._stored = desks

    async def _follow(self, number: str, heard: Heard, *, there: bool) -> None:
        seat = self._dispatcher.floor.seats.get(number)
        known = seat is None or seat.state is AgentState.SIGNED_OUT or seat.desk == there
        if not known and (there or not await self._needs_none(number, heard)):
            await self._dispatcher.carry_out(lambda _floor: (inputs.DeskChanged(number, there),), "")
        if not there and self._presence.heard.get(number) is heard:
            del self._presence.heard[number]

    async def _needs_none(self, number: str, heard: Heard) -> bool:
        async with self._db.reading() as session:
            by_codes = await repository.works_by_codes(session, number, heard.login)
            return by_codes or (heard.expected and await repository.went_on_without_desk(session, number))
