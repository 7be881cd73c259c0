"""What a waiting caller is told, and the key by which he leaves the queue for the menu.

A word never delays an offer: the switch joins the caller with his agent in the middle of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from acd import inputs, ledger
from acd.call import CallState
from acd.control import CarryOut
from acd.expect import Told, tell
from acd.floor import TO_SERVE, Floor
from acd.ledger import Kind
from acd.live import LiveCall, LiveCalls
from acd.models import CallEvent
from acd.queues import Queues, Talk, Way
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Refused
from pbx.commands import Announce
from pbx.events import KeyPressed
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.comfort"
LOOK_EVERY = 1.0


class Words(Protocol):
    def pieces(self, language: str, told: Told, way_out: Way | None, dialled: str) -> tuple[str, ...]:
        """Sounds that say it, absolute, without suffix; by `way_out` he leaves for the menu of the number `dialled`."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a caller is told something next, by the rule and with the key of now."""

    at: float
    rule: Talk
    way: Way | None


class Comfort:
    """`run` is the loop that looks who is to be told something; `listen` hears the keys."""

    def __init__(
        self, db: Database, switch: Switch, live: LiveCalls, queues: Queues, clock: Clock,
        floor: Callable[[], Floor], carry_out: CarryOut, words: Words,
    ) -> None:  # fmt: skip
        self._db = db
        self._switch = switch
        self._live = live
        self._queues = queues
        self._clock = clock
        self._floor = floor
        self._carry_out = carry_out
        self._words = words
        self._next: dict[tuple[str, str], Due] = {}
        self._told: dict[tuple[str, str], Told] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, KeyPressed, self.on_key)

    async def on_key(self, event: KeyPressed) -> None:
        call = self._live.by_leg(event.leg)
        way = self._queues.way_out(call.queue, call.joined) if call is not None else None
        if call is None or way is None or call.state is not CallState.WAITING or event.key != way.key:
            return
        went = inputs.WentBack(call.id, way.step)
        try:
            await self._carry_out(lambda _floor: (went,), "")
        except Refused:
            log.warning("a caller could not leave the queue", call=call.id)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Tell everybody who is due."""
        now = self._clock()
        unserved = {_wait(call): call for call in self._live if call.state in TO_SERVE}
        for gone in [wait for wait in self._next if wait not in unserved]:
            del self._next[gone]
            self._told.pop(gone, None)
        for wait, call in unserved.items():
            rule = self._queues.announce(call.queue, call.joined)
            if rule is None or call.state is not CallState.WAITING:
                continue
            way, due = self._queues.way_out(call.queue, call.joined), self._next.get(wait)
            if due is None:
                due = Due(max(now, call.queued_at + rule.first), rule, way)
            elif (due.rule, due.way) != (rule, way):  # he has flowed over to a queue that tells him something else
                due = Due(now + rule.first, rule, way)
            is_due = due.at <= now
            self._next[wait] = Due(now + rule.every, rule, way) if is_due else due
            if is_due:
                await self._say(call, rule, way)

    async def _say(self, call: LiveCall, rule: Talk, way: Way | None) -> None:
        contact = self._floor().contacts.get(call.id)
        if contact is None or call.state is not CallState.WAITING:
            return
        before = self._told.get(_wait(call)) or await self._told_before(call)
        told = tell(before, self._floor().outlook.by_right(contact))
        self._told[_wait(call)] = told
        said = Told(told.place if rule.place else None, told.minutes if rule.minutes else None)
        sounds = self._words.pieces(call.language, said, way, call.dialled)
        if not sounds:
            return
        async with self._db.transaction() as tx:
            line = call.id, self._clock(), Kind.ANNOUNCED
            await ledger.note(tx, *line, place=told.place, minutes=told.minutes, queue=call.joined)
        if call.state is not CallState.WAITING:  # offered meanwhile: he may be with his agent in a moment
            return
        try:
            await self._switch.do(Announce(call.leg, sounds))
        except SwitchError as fault:
            log.info("a waiting caller was not told", call=call.id, problem=fault.problem)

    async def _told_before(self, call: LiveCall) -> Told:
        """In this wait, by an engine of before perhaps; one before a talk, or for another queue, is not this."""
        told, talked = (CallEvent.call == call.id, CallEvent.kind == Kind.ANNOUNCED), aliased(CallEvent)
        since = select(func.max(talked.id)).where(talked.call == call.id, talked.kind == Kind.CONNECTED)
        said = select(CallEvent.data).where(*told, CallEvent.id > func.coalesce(since.scalar_subquery(), 0))
        async with self._db.reading() as session:
            last = await session.scalar(said.order_by(CallEvent.id.desc()).limit(1))
        return Told(last["place"], last["minutes"]) if last and last.get("queue") == call.joined else Told()


def _wait(call: LiveCall) -> tuple[str, str]:
    return call.id, call.joined
