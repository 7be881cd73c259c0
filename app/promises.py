"""What callers leave in the menu, told to the distributor: who left a message has not given up, and who wants to be
called back is on its list, once, until one of the two is settled.

Each side tells what it has stored, and whichever comes last finds the other there; what was stored when the engine
ended is looked for as soon as the next one serves.
"""

from sqlalchemy import exists, select

from acd import events as acd
from acd.call import UNSERVED, CallState
from acd.calls import Calls
from acd.models import Call, Callback
from acd.outward.callback_list import Callbacks
from acd.queues import FALLBACK
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Refused
from ivr.events import MessageChanged
from ivr.messages import repository, service
from ivr.models import Message

LISTENER = "promises"
LATELY = 86400.0
"""Seconds: calls that are older have long been told what they came to."""


class Promises:
    def __init__(self, db: Database, calls: Calls, callbacks: Callbacks, clock: Clock) -> None:
        self._db = db
        self._calls = calls
        self._callbacks = callbacks
        self._clock = clock

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, MessageChanged, self._on_message)
        bus.subscribe(LISTENER, acd.CallEnded, self._on_call_ended)
        bus.subscribe(LISTENER, acd.CallbackChanged, self._on_callback)
        bus.subscribe(LISTENER, acd.SwitchChanged, self._on_switch)

    async def _on_message(self, event: MessageChanged) -> None:
        async with self._db.reading() as session:
            message = await session.get(Message, event.message)
            to_call = await repository.to_be_called_back(session, Message.call == event.call)
        if message is not None and message not in to_call:
            await self._callbacks.settle_source(message.id, "done" if message.state == "done" else "given_up")
        await self._promise(*to_call)
        await self._calls.left_message(event.call)

    async def _on_call_ended(self, event: acd.CallEnded) -> None:
        if event.outcome not in UNSERVED:
            return
        async with self._db.reading() as session:
            message = await repository.message_of_call(session, event.call)
        if message is not None:
            await self._calls.left_message(event.call)

    async def _on_callback(self, event: acd.CallbackChanged) -> None:
        if event.state == "done" and event.source:
            await self._answered(event.source, event.agent)

    async def _on_switch(self, event: acd.SwitchChanged) -> None:
        if not event.up:
            return
        kept = exists().where(Message.call == Call.id, Message.state != repository.RECORDING)
        unserved = Call.state == CallState.ENDED, Call.outcome.in_(UNSERVED), Call.arrived_at > self._clock() - LATELY
        called = select(Callback.source, Callback.agent).join(Message, Message.id == Callback.source)
        async with self._db.reading() as session:
            left = (await session.scalars(select(Call.id).where(*unserved, kept))).all()
            done = await session.execute(called.where(Callback.state == "done", Message.state == "open"))
            answered = done.all()
            same = Callback.asked_on == Message.call, Callback.number == Message.caller
            of_call = exists().where(*same, Callback.source != "")
            to_call = await repository.to_be_called_back(session, ~of_call)
        for call in left:
            await self._calls.left_message(call)
        for source, agent in answered:
            await self._answered(source, agent)
        await self._promise(*to_call)

    async def _promise(self, *messages: Message) -> None:
        for message in messages:
            async with self._db.reading() as session:
                call = await session.get(Call, message.call)
            await self._callbacks.promise(_wanted(message, call))

    async def _answered(self, source: str, agent: str) -> None:
        """He has been called: that answers whatever he has asked to be called for in that call."""
        async with self._db.reading() as session:
            first = await session.get(Message, source)
            if first is None:
                return
            same = (Message.call == first.call) & (Message.caller == first.caller)
            asked = await repository.to_be_called_back(session, same)
        for message in asked:
            try:
                async with self._db.transaction() as tx:
                    await service.finish_message(tx, message.id, agent, self._clock())
            except Refused:
                continue  # whoever marked it done has told us so


def _wanted(message: Message, call: Call | None) -> Callback:
    return Callback(
        source=message.id, asked_on=message.call, number=message.caller, language=message.language,
        skills=call.own if call else {}, priority=call.priority if call else 0,
        queue=(call.queue if call else "") or FALLBACK,
        queued_at=(call.queued_at if call else None) or message.left_at, promised_at=message.deadline_at,
        state="open", tries=0, next_at=message.left_at, result="", agent="", call="",
    )  # fmt: skip
