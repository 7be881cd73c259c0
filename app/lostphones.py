"""Whose browser goes while he talks on it is heard by his caller no more: nobody is left in that silence."""

import asyncio

import structlog

from accounts.events import PhoneTaken
from acd.dispatcher import Dispatcher
from core.bus import Bus
from core.database import AWAY
from core.errors import NotFound, Refused
from core.tasks import Supervisor
from pbx.switch import SwitchError

log = structlog.get_logger(__name__)

AGAIN = 2.0


class LostPhones:
    """The caller waits in his queue for anybody, with what he has waited before; three who talk go on as two. Where the
    agent has given up his telephone himself, the talk is over."""

    def __init__(self, dispatcher: Dispatcher, supervisor: Supervisor) -> None:
        self._dispatcher = dispatcher
        self._supervisor = supervisor

    def listen(self, bus: Bus) -> None:
        bus.subscribe("lost phones", PhoneTaken, self.on_taken)

    async def on_taken(self, event: PhoneTaken) -> None:
        if talk := self._dispatcher.control.talk_of(event.number):
            self._supervisor.spawn("lost phone", self._free(event, talk.offer))

    async def _free(self, event: PhoneTaken, leg: str) -> None:
        """As soon as that can be done, as long as he has that very telephone in his talk."""
        while (talk := self._dispatcher.control.talk_of(event.number)) is not None and talk.offer == leg:
            try:
                await self._give_away(talk.id, event)
            except NotFound:
                return
            except (Refused, SwitchError, *AWAY) as fault:
                log.info("caller not freed yet", call=talk.id, agent=event.number, problem=str(fault))
                await asyncio.sleep(AGAIN)

    async def _give_away(self, call: str, event: PhoneTaken) -> None:
        consult = self._dispatcher.consults.of(call)
        if consult is not None and consult.joined:
            await self._dispatcher.consults.complete(call, event.by)
        elif event.given_up:
            await self._dispatcher.control.hang_up(call, event.by)
        else:
            await self._dispatcher.control.reclaim(call, event.by, kept=False)
