"""Whose last session at the pages is over takes no more calls: the distributor hears of it."""

import asyncio
from contextlib import suppress

import structlog

from accounts import service
from accounts.events import DESK_ENDED, SessionEnding, SignedOut
from acd import repository
from acd.agent_state import IN_CONTACT, AgentState
from acd.dispatcher import Dispatcher
from core.bus import Bus
from core.clock import Clock
from core.database import AWAY, Database
from core.errors import NotFound, Refused
from core.tasks import Supervisor

log = structlog.get_logger(__name__)

AGAIN = 2.0
LOOK_EVERY = 5.0
"""How often sessions that are over by time are looked for."""


class Departures:
    """In a talk the agent is signed out after it, and a session that somebody has ended is over with it. Who works by
    codes at his telephone needs no desk."""

    def __init__(self, db: Database, dispatcher: Dispatcher, supervisor: Supervisor, clock: Clock) -> None:
        self._db = db
        self._dispatcher = dispatcher
        self._supervisor = supervisor
        self._clock = clock

    def listen(self, bus: Bus) -> None:
        bus.subscribe("departures", SignedOut, self.on_signed_out)
        bus.subscribe("departures", SessionEnding, self.on_ending)

    async def run(self) -> None:
        """For ever: sessions end when their time is over, not when somebody happens to ask for them."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        now = self._clock()
        async with self._db.reading() as session:
            over = await service.has_expired(session, now)
        if over:
            async with self._db.transaction() as tx:
                await service.end_expired(tx, now)
        await self._end_after_talks()

    async def on_ending(self, _event: SessionEnding) -> None:
        self._supervisor.spawn("session ending", self._end_after_talks())

    async def _end_after_talks(self) -> None:
        async with self._db.reading() as session:
            ending = await service.ending(session)
        for login, number in ending if self._dispatcher.serving else ():
            if self._talks(number):
                await self._decide_to_sign_out(number)
            else:
                async with self._db.transaction() as tx:
                    await service.end_after_talk(tx, login, self._clock())

    def _talks(self, number: str) -> bool:
        """Or is about to."""
        seat, dispatcher = self._dispatcher.floor.seats.get(number), self._dispatcher
        asked = dispatcher.outbound.of(number) or dispatcher.consults.asked(number)
        return asked is not None or (seat is not None and seat.state in IN_CONTACT)

    async def _decide_to_sign_out(self, number: str) -> None:
        """Nobody is given to him between the end of the talk and that of his session."""
        seat = self._dispatcher.floor.seats.get(number)
        if seat is not None and seat.wish is not AgentState.SIGNED_OUT:
            with suppress(Refused, NotFound):  # asked again, while he talks
                await self._dispatcher.set_state(number, AgentState.SIGNED_OUT, DESK_ENDED, "")

    async def on_signed_out(self, event: SignedOut) -> None:
        if event.number:
            self._supervisor.spawn("departure", self._sign_out(event))

    async def _sign_out(self, event: SignedOut) -> None:
        """As soon as that is allowed, unless he has come back meanwhile."""
        by = "" if event.why else event.login
        while not self._is_home(event.number) and await self._is_gone(event):
            if not self._must_wait(event.number):
                try:
                    await self._dispatcher.set_state(event.number, AgentState.SIGNED_OUT, event.why, by)
                except (Refused, *AWAY) as fault:
                    log.info("not signed out yet", agent=event.number, problem=str(fault))
                except NotFound:
                    return  # no agent
                else:
                    return
            await asyncio.sleep(AGAIN)

    def _is_home(self, number: str) -> bool:
        """He has left already: when and how stays as he said it."""
        seat = self._dispatcher.floor.seats.get(number)
        return self._dispatcher.serving and (seat is None or seat.state is AgentState.SIGNED_OUT)

    async def _is_gone(self, event: SignedOut) -> bool:
        try:
            async with self._db.reading() as session:
                return not (
                    await service.is_signed_in(session, event.login, self._clock())
                    or await repository.works_by_codes(session, event.number, event.login)
                )
        except AWAY:
            return True

    def _must_wait(self, number: str) -> bool:
        """A telephone rings, or a supervisor has decided what follows the talk; each refusal would be written down."""
        refused = self._dispatcher.floor.refusal_of(number, AgentState.SIGNED_OUT)
        return refused is not None or self._dispatcher.outbound.of(number) is not None
