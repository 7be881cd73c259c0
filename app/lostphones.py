"""Whose browser goes while he talks on it is heard by his caller no more: nobody is left in that silence."""

import asyncio

import structlog

from accounts.events import PhoneTaken
from acd.call import CallState
from acd.dispatcher import Dispatcher
from acd.live import LiveCall
from core.bus import Bus
from core.clock import Clock
from core.database import AWAY
from core.errors import NotFound, Refused
from core.tasks import Supervisor
from pbx.switch import SwitchError

log = structlog.get_logger(__name__)

AGAIN = 1.0


class LostPhones:
    """The caller waits in his queue for anybody, with what he has waited before; three who talk go on as two. Where the
    agent has given up his telephone himself, the talk is over."""

    def __init__(self, dispatcher: Dispatcher, supervisor: Supervisor, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._supervisor = supervisor
        self._clock = clock

    def listen(self, bus: Bus) -> None:
        bus.subscribe("lost phones", PhoneTaken, self.on_taken)

    async def on_taken(self, event: PhoneTaken) -> None:
        self._supervisor.spawn("lost phone", self._free(event, self._clock()))

    async def _free(self, event: PhoneTaken, taken: float) -> None:
        """Whatever rang there until it was `taken`, as soon as that can be done. A ring may be answered yet."""
        while True:
            if self._dispatcher.serving:  # while all begins again the calls seem to have no agent
                if (call := self._call_there(event, taken)) is None:
                    return
                try:
                    await self._give_away(call, event)
                except (NotFound, Refused, SwitchError, *AWAY) as fault:
                    log.info("caller not freed yet", call=call.id, agent=event.number, problem=str(fault))
            await asyncio.sleep(AGAIN)

    def _call_there(self, event: PhoneTaken, taken: float) -> LiveCall | None:
        dialled = self._dispatcher.outbound.of(event.number)
        call = self._dispatcher.control.call_of(event.number) or (dialled and dialled.call)
        return call if call and event.since <= call.rung_at <= taken else None

    async def _give_away(self, live: LiveCall, event: PhoneTaken) -> None:
        match live.state:
            case CallState.DIALLING:
                await self._dispatcher.outbound.stop(event.number)
            case CallState.TALKING:
                await self._end_talk(live.id, event)

    async def _end_talk(self, call: str, event: PhoneTaken) -> None:
        consult = self._dispatcher.consults.of(call)
        if consult is not None and consult.joined:
            await self._dispatcher.consults.complete(call, event.by)
        elif event.given_up:
            await self._dispatcher.control.hang_up(call, event.by)
        else:
            await self._dispatcher.control.reclaim(call, event.by, kept=False)
