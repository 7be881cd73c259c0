"""The list of call backs: promises come in, agents take them, the end of each call decides what follows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.engine import CursorResult

from accounts import audit
from acd import events, inputs, repository
from acd.agent_state import AgentState
from acd.call import ACCEPTED, CallState
from acd.control import CarryOut
from acd.floor import Floor
from acd.free import Profile, serves
from acd.live import CALLBACK
from acd.models import Call, Callback, Offer
from acd.outward.callbacks import LATER, TryRule, after_try, skills_for
from acd.outward.outbound import OWN_WISH, Outbound
from acd.queues import Queues
from acd.waiting import Contact, May, need_of
from core.bus import Bus
from core.clock import Clock, new_id
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from pbx.switch import SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.callbacks"
LOOK_EVERY = 5.0


class Callbacks:
    """Each method is one transaction, or one before and one after the ring."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        outbound: Outbound,
        rule: Callable[[], TryRule],
        queues: Queues,
        carry_out: CarryOut,
    ) -> None:
        self._db = db
        self._queues = queues
        self._carry_out = carry_out
        self._clock = clock
        self._outbound = outbound
        self._rule = rule
        self._in_hand: set[str] = set()  # those for whom a telephone is about to ring
        self._changes = 0

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, events.CallEnded, self._on_call_ended)
        bus.subscribe(LISTENER, events.SwitchChanged, self._on_switch)
        bus.subscribe(LISTENER, events.CallbackDue, self._on_due)
        bus.subscribe(LISTENER, events.CallbackChanged, self._on_changed)

    async def promise(self, wanted: Callback) -> str:
        """Put it on the list; the id. What a message promises and is known by its `source`, or by another message of
        that call to call that number and to be kept yet, stays as it is."""
        async with self._changing() as tx:
            if wanted.source:
                same = (Callback.asked_on == wanted.asked_on) & (Callback.number == wanted.number)
                to_keep = (Callback.asked_on != "") & (Callback.source != "") & Callback.state.in_(("open", "taken"))
                known = select(Callback.id).where((Callback.source == wanted.source) | (same & to_keep))
                if found := await tx.session.scalar(known.limit(1)):
                    return found
            wanted.id = new_id(self._clock())
            tx.session.add(wanted)
            await tx.session.flush()
            self._tell(tx, wanted)
        return wanted.id

    async def settle(self, callback: str, state: str, by: str = "") -> None:
        """Off the list without a call: done some other way, or given_up. Raises NotFound, Refused: not_open.

        Audited when a person has dropped it, whose login is `by`.
        """
        async with self._changing() as tx:
            row = await tx.session.get(Callback, callback)
            if row is None:
                raise NotFound(f"there is no call back {callback}")
            if row.state != "open":
                raise Refused("not_open", f"the call back is {row.state}")
            row.state, row.done_at = state, self._clock()
            if by:
                await audit.note(tx, by, "callback_dropped", f"callback:{callback}")
            self._tell(tx, row)

    async def settle_source(self, source: str, state: str) -> None:
        """The same for what a message promised, if it still is on the list."""
        async with self._db.reading() as session:
            found = await session.scalar(select(Callback.id).where(Callback.source == source, Callback.state == "open"))
        if found:
            await self.settle(found, state)

    async def take(self, callback: str, agent: str, by: str, turn: Mapping[str, Any] = OWN_WISH) -> str:
        """Call the customer for `agent`, whose `turn` it may be: the call's id.

        Raises NotFound, Refused: not_open, and as `Outbound.dial`.

        Until that call is being made it belongs to the agent who had it before; it is his still if that cannot be.
        The call of an earlier try has no more to say: how it ends, or is said again to have ended, counts once.
        """
        async with self._changing() as tx:
            claim = update(Callback).where(Callback.id == callback, Callback.state == "open")
            claimed = await tx.session.execute(claim.values(state="taken", call=""))
            assert isinstance(claimed, CursorResult)
            row = await tx.session.get(Callback, callback, populate_existing=True)
            if row is None:
                raise NotFound(f"there is no call back {callback}")
            if not claimed.rowcount:
                raise Refused("not_open", f"the call back is {row.state}")
            number, queue, language, own = row.number, row.queue, row.language, row.skills
            self._in_hand.add(callback)
            self._tell(tx, row)
        try:
            call = await self._outbound.dial(
                agent, number, by, queue=queue, purpose=CALLBACK, language=language, own=own, turn=turn
            )
            await self._change(callback, call=call, agent=agent)
        except (Refused, SwitchError):
            await self._change(callback, state="open")
            raise
        finally:
            self._in_hand.discard(callback)
        return call

    async def take_next(self, agent: str, by: str) -> str:
        """The most urgent one that is due and that he can serve, or has tried before, before those he may not dial.

        Raises NotFound when there is none, otherwise as `take`.
        """
        now, profile = self._clock(), await self._profile(agent)
        query = select(Callback).where(repository.is_due(now)).order_by(*repository.most_urgent_first(now))
        async with self._db.reading() as session:
            rows = list(await session.scalars(query))
        his = [
            row for row in rows if profile is None or row.agent == agent or serves(profile, need_of(self._skills(row)))
        ]
        if not his:
            raise NotFound("no call back is due now")
        allowed = (row for row in his if (may := self._outbound.who_may(row.number)) and may(agent))
        return await self.take(next(allowed, his[0]).id, agent, by)

    async def _profile(self, agent: str) -> Profile | None:
        """The skills he is at work with; None for one who has not been here."""
        found: list[Profile] = []

        def look(floor: Floor) -> Sequence[inputs.Input]:
            found.extend(seat.profile for seat in floor.seats.values() if seat.agent == agent)
            return ()

        await self._carry_out(look, "")
        return found[0] if found else None

    async def run(self) -> None:
        """For ever: what is due waits among the callers, where the site wants that."""
        while True:
            await self.line_up()
            await asyncio.sleep(LOOK_EVERY)

    async def line_up(self) -> None:
        """Each that is due, and that anybody's class allows, stands on the floor at the place its caller had, and no
        other; after a restart again. Where the site does not want that any more, none. Who is free is looked at anew:
        a class may be another."""
        with suppress(Refused):  # in time memory is what is stored again
            while not await self._line_up_as_read():
                pass

    async def _line_up_as_read(self) -> bool:
        """False when the list has been changed meanwhile; then nothing is done."""
        query, seen = select(Callback).where(repository.is_due(self._clock())), self._changes
        async with self._db.reading() as session:
            rows = list(await session.scalars(query)) if self._rule().automatic else []
        due = {row.id: self._waits(row, may) for row in rows if (may := self._outbound.who_may(row.number))}

        def wish(floor: Floor) -> Sequence[inputs.Input]:
            if self._changes != seen:
                return ()
            gone = floor.promised - {each for each, joins in due.items() if _stands(floor.contacts.get(each), joins)}
            stay = floor.promised - gone
            over = [inputs.CallerLeft(each, "system") for each in sorted(gone)]
            joined = [joins for each, joins in due.items() if each not in stay]
            return [*over, *joined, inputs.Allowed()]

        await self._carry_out(wish, "")
        return self._changes == seen

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Transaction]:
        """What was read of the list before, or is read meanwhile, is not what is on it."""
        self._changes += 1
        try:
            async with self._db.transaction() as tx:
                yield tx
        finally:
            self._changes += 1

    def _waits(self, row: Callback, may: May) -> inputs.CallerJoined:
        where = (row.id, row.queue, self._skills(row), row.priority, row.queued_at)
        return inputs.CallerJoined(*where, promised=True, may=may)

    def _skills(self, row: Callback) -> dict[str, int]:
        return skills_for(self._queues.queues.get(row.queue), row.language, row.skills)

    async def _on_changed(self, _event: events.CallbackChanged) -> None:
        await self.line_up()

    async def _on_due(self, event: events.CallbackDue) -> None:
        try:
            await self._demand_due(event.callback)
            await self.take(event.callback, event.agent, "", event.why)
        except (Refused, SwitchError, NotFound) as fault:
            log.info("call back not made", callback=event.callback, agent=event.agent, problem=str(fault))
            await self._change(event.callback, next_at=self._clock() + LATER)
            await self._release(event.agent)

    async def _demand_due(self, callback: str) -> None:
        """He who is to be called may have called himself since it was lined up."""
        query = select(Callback.id).where(Callback.id == callback, repository.is_due(self._clock()))
        async with self._db.reading() as session:
            if await session.scalar(query) is None:
                raise Refused("not_open", "it is not due, or who is to be called is on the line")

    async def _release(self, agent: str) -> None:
        def wish(floor: Floor) -> Sequence[inputs.Input]:
            seat = floor.seats.get(agent)
            kept = seat is not None and seat.dials and not self._outbound.of(agent)
            return (inputs.AgentWished(agent, AgentState.READY),) if kept else ()

        with suppress(Refused):
            await self._carry_out(wish, "")

    async def _on_call_ended(self, event: events.CallEnded) -> None:
        async with self._changing() as tx:
            query = select(Callback).where(Callback.call == event.call, Callback.state == "taken")
            if row := await tx.session.scalar(query):
                await self._follow(tx, row)

    async def _on_switch(self, event: events.SwitchChanged) -> None:
        """What was taken when the engine ended: whose call is over, or was never made."""
        taken = select(Callback, Call.outcome).outerjoin(Call, Call.id == Callback.call)
        over = or_(Call.state == CallState.ENDED, Callback.call == "")
        async with self._changing() as tx:
            found = await tx.session.execute(taken.where(Callback.state == "taken", over))
            for row, outcome in found if event.up else ():
                if outcome is not None:
                    await self._follow(tx, row)
                elif row.id not in self._in_hand:
                    row.state = "open"
                    self._tell(tx, row)

    async def _follow(self, tx: Transaction, row: Callback) -> None:
        """Its call is over."""
        ring = select(Offer.result).where(Offer.call == row.call).order_by(Offer.offered_at)
        result = await tx.session.scalar(ring.limit(1)) or ""
        now = self._clock()
        follows = after_try(self._rule(), row.tries, result, now)
        row.state, row.tries, row.next_at = follows.state, follows.tries, follows.next_at
        row.result = "answered" if result == ACCEPTED else result
        if follows.state != "open":
            row.done_at = now
        self._tell(tx, row)

    async def _change(self, callback: str, **columns: str | float) -> None:
        async with self._changing() as tx:
            row = await tx.session.get(Callback, callback)
            if row is not None:
                for name, value in columns.items():
                    setattr(row, name, value)
                self._tell(tx, row)

    def _tell(self, tx: Transaction, row: Callback) -> None:
        tx.publish(events.CallbackChanged(self._clock(), row.id, row.state, row.source, row.agent))


def _stands(contact: Contact | None, joins: inputs.CallerJoined) -> bool:
    """Whether it waits on the floor as it should; the rules of its queue may have changed, or who has it been asked."""
    return contact is not None and (
        (contact.queue, contact.group) == (joins.queue, (need_of(joins.skills), joins.priority))
    )
