"""Callers who asked the menu to be called back come onto the distributor's list, and leave both lists together."""

from acd import events as acd
from acd.models import Call, Callback
from acd.outward.callback_list import Callbacks
from acd.queues import FALLBACK
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Refused
from ivr.events import MessageChanged
from ivr.messages import service
from ivr.models import Message

LISTENER = "promises"


class Promises:
    def __init__(self, db: Database, callbacks: Callbacks, clock: Clock) -> None:
        self._db = db
        self._callbacks = callbacks
        self._clock = clock

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, MessageChanged, self._on_message)
        bus.subscribe(LISTENER, acd.CallbackChanged, self._on_callback)

    async def _on_message(self, event: MessageChanged) -> None:
        async with self._db.reading() as session:
            message = await session.get(Message, event.message)
            call = await session.get(Call, event.call)
        if message is None:
            return
        if message.state == "open" and message.contact_by == "call_back":
            await self._callbacks.promise(_wanted(message, call))
        else:
            await self._callbacks.settle_source(message.id, "done" if message.state == "done" else "given_up")

    async def _on_callback(self, event: acd.CallbackChanged) -> None:
        if event.state != "done" or not event.source:
            return
        try:
            async with self._db.transaction() as tx:
                await service.finish_message(tx, event.source, event.agent, self._clock())
        except Refused:
            pass  # whoever marked it done has told us so


def _wanted(message: Message, call: Call | None) -> Callback:
    return Callback(
        source=message.id, asked_on=message.call, number=message.caller, language=message.language,
        queue=(call.queue if call else "") or FALLBACK, priority=call.priority if call else 0,
        queued_at=(call.queued_at if call else None) or message.left_at, promised_at=message.deadline_at,
        state="open", tries=0, next_at=message.left_at, result="", agent="", call="",
    )  # fmt: skip
