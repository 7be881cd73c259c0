"""A caller speaks his message: recorded on his leg, kept in the box, dropped when nothing was said."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from core.clock import Clock
from ivr.background import Background
from ivr.effects import Input, MessageEnded, RecordMessage
from ivr.messages.box import MessageBox
from ivr.standing import in_menu, link_is_down
from pbx.commands import Answer, Record
from pbx.events import CallArrived
from pbx.switch import LegGone, LinkLost, Switch

log = structlog.get_logger(__name__)

LONGEST = 610.0
"""Seconds: more than a menu allows for a message."""
LINK_AGAIN = 0.5


class Dictation:
    """One message at a time; `tell` gets a MessageEnded, after which it is kept or dropped."""

    def __init__(
        self, arrival: CallArrived, *, switch: Switch, box: MessageBox, clock: Clock,
        tell: Callable[[Input], None], background: Background, report: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._arrival = arrival
        self._switch = switch
        self._box = box
        self._clock = clock
        self._tell = tell
        self._background = background
        self._report = report
        self._message = ""

    async def begin(self, wish: RecordMessage, call: str, language: str) -> None:
        path = self._box.path_for(call, wish.token)
        self._message = await self._box.begin(
            call=call, caller=self._arrival.caller, language=language, path=path, schedule=wish.schedule
        )
        self._background.start(self._record(wish, path))

    async def take_up(self, call: str) -> bool:
        """Whether he was speaking when the engine was gone: he speaks to the end, and it is kept."""
        if not await self._box.is_unfinished(call):
            return False
        with suppress(LegGone):
            await self._switch.do(Answer(self._arrival.leg, LONGEST))
        await self._box.recover_of(call)
        return True

    async def keep(self, seconds: float) -> None:
        await self._box.keep(self._message, seconds)
        self._message = ""

    async def drop(self) -> None:
        await self._box.drop(self._message)
        self._message = ""

    async def _record(self, wish: RecordMessage, path: Path) -> None:
        leg = self._arrival.leg
        try:
            recorded = await self._switch.record(Record(leg, path, wish.longest, wish.silence))
            stopped_by = recorded.stopped_by
        except LegGone:
            stopped_by = "hangup"
        except LinkLost:
            await self._until_linked()
            stopped_by = "hangup"
        if stopped_by == "hangup" and await in_menu(self._switch, leg):
            log.error("message not recorded", path=str(path))
            self._report("the switch could not record what the caller said")
            stopped_by = "failed"
        seconds = await self._box.length(path)
        self._tell(MessageEnded(self._clock(), wish.token, seconds, stopped_by))

    async def _until_linked(self) -> None:
        """He may speak on meanwhile. If he is there yet when the link is back, another visit takes him up."""
        was_down = False
        while await link_is_down(self._switch):
            was_down = True
            await asyncio.sleep(LINK_AGAIN)
        if was_down and await in_menu(self._switch, self._arrival.leg):
            await asyncio.get_running_loop().create_future()
