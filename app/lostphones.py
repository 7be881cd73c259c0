"""Whose browser goes while he talks on it is heard by his caller no more: nobody is left in that silence."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from accounts.events import PhoneMoved, PhoneTaken
from acd.call import CallState
from acd.consults import Consult
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
Deed = Callable[[], Awaitable[None]]


class LostPhones:
    """The caller waits in his queue for anybody, with what he has waited before; three who talk go on as two. Where the
    agent has given up his telephone himself, the talk is over. Who is only asked about a caller is asked no more."""

    def __init__(self, dispatcher: Dispatcher, supervisor: Supervisor, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._supervisor = supervisor
        self._clock = clock

    def listen(self, bus: Bus) -> None:
        bus.subscribe("lost phones", PhoneTaken, self.on_taken)
        bus.subscribe("lost phones", PhoneMoved, self.on_moved)

    async def on_taken(self, event: PhoneTaken) -> None:
        self._supervisor.spawn("lost phone", self._free(partial(self._lost, event, self._clock())))

    async def on_moved(self, event: PhoneMoved) -> None:
        self._supervisor.spawn("lost phone", self._free(partial(self._unheard, event, self._clock())))

    async def _free(self, lost: Callable[[], Deed | None]) -> None:
        """What is `lost`, as soon as that can be done."""
        while True:
            if self._dispatcher.serving:  # while all begins again the calls seem to have no agent
                if (deed := lost()) is None:
                    return
                try:
                    await deed()
                except (NotFound, Refused, SwitchError, *AWAY) as fault:
                    log.info("nobody freed yet", problem=str(fault))
            await asyncio.sleep(AGAIN)

    def _lost(self, event: PhoneTaken, taken: float) -> Deed | None:
        """Whatever rang there until it was `taken`. A caller's ring may be answered yet."""
        if consult := self._asked_there(event.number, event.since, taken):
            return partial(self._dispatcher.consults.stop, consult.call)
        if call := self._call_there(event, taken):
            return partial(self._give_away, call, event)
        return None

    def _unheard(self, event: PhoneMoved, moved: float) -> Deed | None:
        """Who asks him about a caller would speak into silence, or hear it ring where nobody is."""
        consult = self._asked_there(event.number, event.since, moved)
        if consult is None or (event.rings and not consult.answered):
            return None
        return partial(self._dispatcher.consults.stop, consult.call)

    def _asked_there(self, number: str, since: float, until: float) -> Consult | None:
        consult = self._dispatcher.consults.asked(number)
        return consult if consult and since <= consult.rung_at <= until else None

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
