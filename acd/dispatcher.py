"""The live distributor: hears switch and people, asks the floor, stores what it decides, then commands the switch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

import structlog

from accounts.events import PeopleChanged
from acd import events, history, inputs, ledger, missed, recovery, takeover
from acd.agents import Agents
from acd.breaks import Breaks, Pauses
from acd.call import OUTCOMES, CallState, Step, advance
from acd.calls import Joining
from acd.consults import Consults
from acd.control import Control, Then, Wish, Write
from acd.floor import Floor
from acd.legs import Legs
from acd.live import LiveCall, LiveCalls
from acd.opening import Opening
from acd.outlook import Names
from acd.outside import Outside
from acd.outward.dialling import Dialling
from acd.outward.outbound import Outbound
from acd.partings import Partings
from acd.phone_codes import PhoneCodes
from acd.queues import Queues
from acd.rewait import rules_changed
from acd.ringing import Ringing
from acd.roster import LANGUAGE, Roster, agent_of
from acd.routing.ours import Policy
from acd.scribe import Scribe, Work
from acd.spoken import LanguageOf
from acd.supervision import Supervision
from core import leasing
from core.bus import Bus
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import HotlineError, Refused, cause
from core.site import Trunk
from core.tasks import Supervisor
from pbx import events as pbx
from pbx.commands import Command
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.dispatcher"
RETRY_PAUSE = 1.0
HEALTH_PATIENCE = 2.0
"""Seconds within which it must be possible to decide and to store something, or the heartbeat stops."""


class Dispatcher:
    """One per centre. `start` subscribes to the bus; the first `LinkUp` loads everything from the database.

    `remembers`: memory is what is stored.
    """

    def __init__(
        self, db: Database, bus: Bus, switch: Switch, live: LiveCalls, queues: Queues, policy: Callable[[], Policy],
        roster: Roster, clock: Clock, opening: Opening, pauses: Callable[[], Breaks] = Breaks,
        dialling: Dialling | None = None, trunk: Callable[[], Trunk | None] = lambda: None,
        language_of: LanguageOf = lambda _number, _queue, last: last or LANGUAGE, languages: Names = tuple,
    ) -> None:  # fmt: skip
        """`policy` makes a new one, which knows nothing yet."""
        self._db = db
        self._bus = bus
        self._switch = switch
        self._live = live
        self._queues = queues
        self._told = pbx.LinkUp(0.0, "", (), frozenset())
        self._roster = roster
        self._language_of = language_of
        self._clock = clock
        self._opening = opening
        self._lock = asyncio.Lock()
        self._tasks = Supervisor()
        self._timer: asyncio.TimerHandle | None = None
        self.phones: frozenset[str] = frozenset()
        self.up, self.remembers = False, asyncio.Event()
        self._empty: Callable[[Pauses], Floor] = lambda by: Floor(policy(), queues.as_now().rule_of, by, languages)
        self.floor = self._empty(pauses)
        self.floor.handle(0.0, inputs.Paused())
        self.control = Control(db, switch, live, queues, clock, self.carry_out, self._demand_link)
        self.consults = Consults(switch, live, clock, self.control, self.carry_out, self._tasks)
        self.supervision = Supervision(db, switch, clock, self.control, self.carry_out, self.consults.asked)
        self.outside = Outside(db, switch, live, clock, trunk)
        rules = dialling or Dialling()
        self.outbound = Outbound(
            db, switch, live, clock, self.carry_out, rules, queues, trunk, language_of, self._engaged,
            self._demand_link,
        )  # fmt: skip
        self.agents = Agents(
            db, roster, pauses, clock, self.carry_out, lambda: self.phones, self.outbound.of, self._engaged
        )
        self.set_state = self.agents.set_state
        self._codes = PhoneCodes(switch, self.set_state, self._handle)
        self._ringing = Ringing(switch, live, clock, self._tasks, self._handle)
        partings = Partings(self.control, lambda: self.floor, self._tasks, self.consults.give_on, self._handle)
        self._legs = Legs(live, self._ringing, partings, self._tasks, self._handle, self._caller_gone)
        self._scribe = Scribe(live, self.consults, self.supervision, queues, roster)

    def start(self) -> None:
        """Listen to the switch; call once, before the link is opened."""
        for event_type, handler in (
            (pbx.CallerWaiting, self._on_waiting),
            (pbx.LegJoined, self._legs.on_joined),
            (pbx.RingFailed, self._legs.on_ring_failed),
            (pbx.BridgeRefused, self._legs.on_bridge_refused),
            (pbx.CallerReleased, self._legs.on_released),
            (pbx.LegEnded, self._legs.on_ended),
            (pbx.HoldChanged, self.control.on_phone_hold),
            (pbx.PhoneReachable, self._on_phone),
            (PeopleChanged, self._on_people),
            (pbx.LinkUp, self._on_link_up),
            (pbx.LinkDown, self._on_link_down),
        ):
            self._bus.subscribe(LISTENER, event_type, handler)
        self.supervision.listen(self._bus)
        self.consults.listen(self._bus)
        self.outside.listen(self._bus)
        self._codes.listen(self._bus)
        self.outbound.listen(self._bus)

    async def stop(self) -> None:
        """Stop own timers and tasks; calls and phones are left as they are."""
        await self._tasks.stop()
        if self._timer:
            self._timer.cancel()

    async def carry_out(self, wish: Wish, by: str, write: Write | None = None) -> None:
        """See `acd.control.CarryOut`."""
        async with self._lock:
            self._demand_memory()
            await self._carry(*wish(self.floor), by=by, write=write)

    async def join(self, wish: Joining, write: Write, then: Then) -> None:
        """A caller begins to wait: as `carry_out`, but where memory is lost he is only stored, and found there.

        `write` only writes; `then` is called before the commit. Raises HotlineError when he cannot be stored.
        """
        async with self._lock:
            joined = wish(None if self._lost else self.floor)
            if self._lost:
                async with self._db.transaction() as tx:
                    await write(tx)
                    then()
                return
            try:
                await self._carry(*joined, by="", write=write, then=then)
            except Refused as fault:
                raise HotlineError(fault.problem) from fault

    async def stores(self) -> bool:
        """Whether a decision could be made and stored, now. If not, all begins again from what is stored, in time.

        Until it has, nothing is decided: who then holds the lock for long works, and does not hang.
        """
        deciding = nullcontext() if self._lost else self._lock
        try:
            async with asyncio.timeout(HEALTH_PATIENCE), deciding, self._db.transaction() as tx:
                leasing.beat(tx, self._clock())
        except Exception as fault:  # noqa: BLE001  # whatever it is, the engine cannot serve
            if not self._lost:
                log.error("nothing can be stored: see to the database and its disk", why=cause(fault))
            self.begin_anew()
            return False
        return True

    async def healthy(self) -> bool:
        """`stores`, and memory is what is stored."""
        return await self.stores() and not self._lost

    @property
    def _lost(self) -> bool:
        return not self.remembers.is_set()

    @property
    def serving(self) -> bool:
        """Memory is what is stored, and the switch obeys."""
        return self.up and not self._lost

    def missing(self, agent: str) -> str:
        """See `acd.outlook.Outlook`."""
        return self.floor.outlook.missing(agent)

    # what the switch tells

    async def _on_waiting(self, event: pbx.CallerWaiting) -> None:
        call = self._live.by_leg(event.leg)
        stored = call is not None and call.state is CallState.WAITING  # on the floor by now, or in what it learned
        call = call or await self._adopt(event.leg)
        if call is not None and call.state is CallState.MENU:
            async with self._lock, self._storing() as tx:
                if call.state is CallState.MENU:
                    await takeover.wait(tx, self._queues, call, call.arrived_at)
        if call is not None and call.state is CallState.WAITING:
            await self._handle(recovery.joined(call, found=stored))

    async def _on_phone(self, event: pbx.PhoneReachable) -> None:
        self.phones = self.phones | {event.device} if event.reachable else self.phones - {event.device}
        await self._handle(inputs.PhoneChanged(agent_of(event.device), event.reachable))

    async def _on_link_down(self, event: pbx.LinkDown) -> None:
        self.up = False
        await self._handle(inputs.Paused())
        self._bus.publish(events.SwitchChanged(event.at, False, event.why))

    async def _on_link_up(self, event: pbx.LinkUp) -> None:
        self.remembers.clear()
        self.phones, self._told = event.phones, event
        await self._renew(event.legs)

    async def _on_people(self, _event: PeopleChanged) -> None:
        """Other skills count from now on; who is no agent any more is signed out, after the contact he is in."""
        cards = {card.number: card for card in await self._roster.everyone()}
        with suppress(Refused):  # looked at when all begins again
            await self.carry_out(lambda floor: recovery.as_carded(floor, cards), "")

    # from the beginning

    def begin_anew(self) -> None:
        """Memory may be ahead of the database, or behind the switch: nothing is decided until all has begun again."""
        if not self._lost:
            self.remembers.clear()
            self._spawn(self._renew())

    async def _renew(self, legs: tuple[pbx.LegSnapshot, ...] = ()) -> None:
        """Begin again as soon as the database lets us; gives up when the link is down: the next LinkUp begins again."""
        while True:
            try:
                now = self._clock()
                await missed.book_strangers(self._db, self._switch, self._queues, self._language_of, self._live, now)
                async with self._lock:
                    while not await self._begin_again(legs):
                        pass
            except SwitchError:
                return
            except Exception:
                log.exception("cannot begin again yet")
                legs = ()
                await asyncio.sleep(RETRY_PAUSE)
            else:
                self._bus.publish(events.SwitchChanged(self._clock(), True, self._told.version))
                return

    async def _begin_again(self, legs: tuple[pbx.LegSnapshot, ...]) -> bool:
        """From the database and what lives on the switch; then serve. Holds the lock.

        False when that has changed meanwhile: somebody is talking who was about to be told to wait.
        """
        now = self._clock()
        self.floor = self._empty(self.agents.rules)
        self.floor.handle(now, inputs.Paused(), *self._codes.lines())
        async with self._db.transaction() as tx:
            plan = await recovery.plan(
                tx, legs, self.phones, self._switch, self._roster, self._queues, self._language_of, self._live, now
            )
        overtaken = await recovery.overtaken(plan, self._switch)
        # Also when all is planned again, for why it is said is stored; a later word to them must find them there.
        for commands in plan.without(overtaken):
            await asyncio.gather(*map(self._command, commands))
        if overtaken:
            return False
        async with self._db.reading() as session:  # with what has been booked just now
            self.floor.remember(await history.past(session, now))
            self.floor.handle(now, inputs.QueuesClosed(await self._opening.closed(session, now)))
        for at, happened in plan.in_order(now):
            while (due := self.floor.next_timer() or at) < at:
                await self._carry(inputs.Tick(), by="", at=due)
            await self._carry(*happened, by="", at=at)
        for call, ended_by, at in plan.over:
            await self._close(call, ended_by, at)
        # Published, or put into the file, as the engine of before went down: it told nobody who waits.
        rules = rules_changed(self._queues, self._queues, self.floor.contacts.values(), self.control.own)
        await self._carry(rules, inputs.Tick(), inputs.Resumed(), by="")
        self.remembers.set()
        self.up = True
        return True

    def _demand_memory(self) -> None:
        if self._lost:
            raise Refused("not_stored", "switch or database cannot be used now; nothing was changed: try again soon")

    def _demand_link(self) -> None:
        """What the switch cannot be told now must not be booked; while memory is lost nothing is."""
        if not self.up and not self._lost:
            raise Refused("link_down", "there is no link to the switch; nothing was changed: try again soon")

    @asynccontextmanager
    async def _storing(self, *, late: bool = False) -> AsyncIterator[Transaction]:
        """A transaction with the lock held; when it fails, memory is ahead of the database. Raises Refused."""
        try:
            async with self._db.transaction(late=late) as tx:
                yield tx
        except Exception:
            log.exception("decisions could not be stored")
            self.begin_anew()
            self._demand_memory()

    # carrying out

    def _engaged(self, agent: str) -> object:
        """What his telephone is used for beside callers who are offered to him, and calls he makes."""
        return self.consults.asked(agent) or self.supervision.at(agent)

    async def _handle(self, *happened: inputs.Input) -> None:
        """What happened; while memory is lost it is found out when all begins again."""
        async with self._lock:
            if not self._lost:
                with suppress(Refused):
                    await self._carry(*happened, by="")

    async def _carry(
        self, *news: inputs.Input, by: str, write: Write | None = None, then: Then | None = None, at: float = 0.0
    ) -> None:
        """Ask the floor and carry out what it decides. Holds the lock.

        Raises Refused, and nothing is commanded, when it cannot be stored.
        """
        now, work = at or self._clock(), Work(self._ringing.ring)
        decided = self.floor.handle(now, *news)
        if decided or write:
            async with self._storing(late=write is None or then is not None) as tx:
                if write:
                    await write(tx)
                for decision in decided:
                    await self._scribe.store(tx, decision, now, by, work)
                if then:
                    then()
        for command in (*work.commands, *work.tidying):
            self._spawn(self._command(command))
        asyncio.get_running_loop().call_soon(work.ring_phones)  # at once it would go out before the commands
        self._arm()

    async def _command(self, command: Command) -> None:
        try:
            await self._switch.do(command)
        except SwitchError as fault:
            log.info("command not carried out", command=type(command).__name__, problem=fault.problem)

    async def _adopt(self, leg: str) -> LiveCall | None:
        """A caller hears the music without having passed the menu (it failed): he waits in the fallback queue."""
        found = next((each for each in await self._switch.legs() if each.leg == leg), None)
        if found is None or not self.up:
            return None
        async with self._lock, self._storing() as tx:
            known, now = self._live.by_leg(leg), self._clock()
            return known or await takeover.adopt(tx, self._queues, self._language_of, found, self._live, now)

    async def _caller_gone(self, call: LiveCall, ended_by: str, at: float = 0.0) -> None:
        """One who was not on the floor yet is closed here."""
        await self._handle(inputs.CallerLeft(call.id, ended_by))
        async with self._lock:
            await self._close(call, ended_by, at)

    async def _close(self, call: LiveCall, ended_by: str, at: float = 0.0) -> None:
        if call.state is CallState.ENDED:
            return
        outcome = OUTCOMES.get(call.state, "failed" if ended_by == "system" else "abandoned")
        advance(call, Step.ENDED)
        self._live.remove(call)
        async with self._storing() as tx:
            await ledger.end(tx, call, outcome, call.ended_by or ended_by, at or self._clock())

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
        if (due := self.floor.next_timer()) is not None:
            left = max(0.0, due - self._clock())
            self._timer = asyncio.get_running_loop().call_later(left, lambda: self._spawn(self._handle(inputs.Tick())))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn(LISTENER, work)
