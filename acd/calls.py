"""What the menu uses: a call's beginning, its steps, the queue, and its end without an agent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from acd import inputs, ledger, recovery
from acd.call import UNSERVED, CallState, Step, advance
from acd.control import Then, Write
from acd.door import Admit, Door
from acd.floor import Floor
from acd.ledger import Kind
from acd.live import LiveCall, LiveCalls
from acd.models import Call
from core.clock import Clock, new_id
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from pbx.commands import SetVariable, Wait
from pbx.events import CallArrived, LegEnded
from pbx.switch import HEAD_START, LegGone, LinkLost, Switch, SwitchError

log = structlog.get_logger(__name__)

NORMAL_CLEARING = 16
IN_MENU = (CallState.MENU, CallState.AFTER)
LANGUAGE_VARIABLE = "CALLERLANGUAGE"
LOAD_SECONDS = 10.0
Joining = Callable[[Floor | None], Sequence[inputs.Input]]
"""As `acd.control.Wish`; None for a floor that is not known."""


@dataclass(frozen=True, slots=True)
class Landing:
    """`step` of the menu, and with whom he has talked."""

    step: str
    language: str
    agent: str
    queue: str


class Calls:
    """Each method is one transaction. `live` is shared with the dispatcher, whose `join` this is given, and its event
    that memory is what is stored."""

    def __init__(
        self, db: Database, switch: Switch, live: LiveCalls, door: Door, clock: Clock,
        join: Callable[[Joining, Write, Then], Awaitable[None]], remembers: asyncio.Event,
    ) -> None:  # fmt: skip
        self._db = db
        self._switch = switch
        self._live = live
        self._door = door
        self._clock = clock
        self._join = join
        self._remembers = remembers

    async def begin(self, event: CallArrived, tier: str, language: str, menu: str = "", version: int = 0) -> str:
        """A new call's id; the same one again for a leg that has a call. The call of a leg that ended is closed.

        `menu` and `version` are what the call runs on.
        """
        if known := self._live.by_leg(event.leg):
            return known.id
        async with self._db.reading() as session:
            stored = await session.scalar(select(Call.id).where(Call.leg == event.leg))
        if stored is not None:
            return stored
        call = LiveCall(new_id(event.at), event.leg, event.caller, event.dialled, tier, language, arrived_at=event.at)
        call.menu, call.menu_version = menu, version
        # Stored to the end, though who asked may be called off: what is stored is live, and the other way round.
        await asyncio.shield(self._store(call))
        if self._live.has_ended(event.leg):
            await self._end(call, "abandoned", "customer")
        else:
            await self._tell_language(call)
        return call.id

    async def _store(self, call: LiveCall) -> None:
        self._live.add(call)
        try:
            async with self._db.transaction() as tx:
                await ledger.begin(tx, call)
        except BaseException:
            self._live.remove(call)  # nobody could ever close it
            raise

    async def step(self, call: str, at: float, step: str, keys: str) -> None:
        """The caller heard `step` and pressed `keys` ('' for none); secret keys must be masked by the menu."""
        live = self._find(call)
        live.path.append({"at": at, "step": step, "keys": keys})
        async with self._db.transaction() as tx:
            await ledger.change(tx, call, path=live.path)
            await ledger.note(tx, call, at, Kind.MENU, step=step, keys=keys)

    async def set_language(self, call: str, language: str) -> None:
        live = self._find(call)
        live.language = language
        async with self._db.transaction() as tx:
            await ledger.change(tx, call, language=language)
            await ledger.note(tx, call, self._clock(), Kind.LANGUAGE, language=language)
        await self._tell_language(live)

    async def identify(self, call: str, customer: str, tier: str) -> None:
        """The caller has proved to be `customer`, of this tier."""
        live = self._find(call)
        live.customer, live.tier = customer, tier
        async with self._db.transaction() as tx:
            await ledger.change(tx, call, customer=customer, tier=tier)
            await ledger.note(tx, call, self._clock(), Kind.IDENTIFIED, customer=customer, tier=tier)

    async def enqueue(
        self, call: str, queue: str, skills: dict[str, int], priority: int, after_step: str = "", manager: str = ""
    ) -> None:
        """Put the caller into `queue`; he needs its skills and `skills`, and has both priorities together.

        `after_step` is where in the menu he goes on when his agent has hung up, '' for nowhere.
        `manager` is the number of the agent who looks after him. Raises Refused: `not_in_menu` for a call that waits
        already or is over, `unknown_queue`, or why he may not wait there (`acd.admission.refusal`).
        That he waits and whom he is offered to is decided and stored together: an agent may be rung while he is on
        his way to the music. Returns when he hears it, or is gone (the dispatcher closes the call), or the link to the
        switch is down (he hears it when it is back).
        """
        # To the end, though who asked may be called off: who waits hears the music.
        await asyncio.shield(self._enqueue(call, queue, skills, priority, after_step, manager))

    async def _enqueue(
        self, call: str, queue: str, skills: dict[str, int], priority: int, after_step: str, manager: str
    ) -> None:
        live = self._find(call)
        self._demand_in_menu(live)
        try:
            admit = await self._door.ask(live, queue, skills, priority, manager)
            await self._wait(live, admit, after_step)
        except Refused as fault:
            if live.state in IN_MENU:  # it is the queue that does not take him
                async with self._db.transaction() as tx:
                    await ledger.note(tx, call, self._clock(), Kind.REFUSED, queue=queue, reason=fault.reason)
            raise

    async def _wait(self, live: LiveCall, admit: Admit, after_step: str) -> None:
        """He goes to the music, and a phone may ring for him, while it is being stored (decision 16)."""
        waiting, began = live, 0.0
        going: list[asyncio.Task[None]] = []

        def wish(floor: Floor | None) -> Sequence[inputs.Input]:
            nonlocal waiting, began
            self._demand_in_menu(live)
            waiting, began = admit(floor), self._clock()
            advance(waiting, Step.QUEUED)
            waiting.after_step, waiting.ended_by = after_step, ""
            return (recovery.joined(waiting),)

        async def write(tx: Transaction) -> None:
            await ledger.queue(tx, waiting, began)
            live.become(waiting)

        await self._until_loaded()
        try:
            await self._join(wish, write, lambda: going.append(asyncio.create_task(self._to_music(live))))
        finally:
            await asyncio.gather(*going)

    async def _to_music(self, call: LiveCall) -> None:
        try:
            await asyncio.sleep(HEAD_START)  # for the telephone that may ring for him
            await self._switch.do(Wait(call.leg))
        except LegGone:
            # The leg's own event may have come while the call was still the menu's.
            self._db.bus.publish(LegEnded(self._clock(), call.leg, NORMAL_CLEARING))
        except LinkLost:
            log.warning("caller queued while the link is down", call=call.id)

    async def finish(self, call: str, outcome: str, ended_by: str) -> None:
        """The call is over without an agent; no effect on one that is in the queue, talks or is over."""
        live = self._live.by_id(call)
        if live is not None and live.state is CallState.MENU:
            await self._end(live, outcome, ended_by)

    async def left_message(self, call: str) -> None:
        """The caller has left a message: that is what his call has come to if it is over and nobody has served him."""
        async with self._db.transaction() as tx:
            row = await tx.session.get(Call, call, with_for_update=True)
            if row is not None and row.state == CallState.ENDED and row.outcome in UNSERVED:
                await ledger.amend(tx, call, row.outcome, "message", self._clock())

    async def resume(self, leg: str) -> tuple[str, str] | None:
        """(call, language) of a leg that is in the menu since before a restart; None when it is not known there."""
        live = self._live.by_leg(leg)
        if live is not None and live.state not in IN_MENU:
            return None
        query = select(Call.id, Call.language).where(Call.leg == leg, Call.state.in_(IN_MENU))
        async with self._db.reading() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            return None
        call, language = row
        if live is None:
            await self._until_loaded()
        return call, live.language if live else language

    async def runs_on(self, call: str) -> tuple[str, int]:
        """The menu and its version that the call began with; version 0: it had none, or several."""
        live = self._live.by_id(call)
        return (live.menu, live.menu_version) if live else ("", 0)

    async def change_version(self, call: str) -> None:
        """A call that goes on with another version of its menu than it began with counts for none of them."""
        self._find(call).menu_version = 0
        async with self._db.transaction() as tx:
            await ledger.change(tx, call, menu_version=0)

    async def _until_loaded(self) -> None:
        """A new engine's menu may find a caller before the distributor has loaded the calls that are stored."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOAD_SECONDS):
                await self._remembers.wait()

    async def landing(self, call: str) -> Landing | None:
        """Where a caller comes into the menu whom a queue has sent back or whose agent has left; None for others."""
        live = self._live.by_id(call)
        if live is not None and live.state is CallState.MENU and live.back_to:
            return Landing(live.back_to, live.language, "", "")
        if live is not None and live.state is not CallState.AFTER:
            return None
        async with self._db.reading() as session:
            row = await session.get(Call, call)
        if row is None or row.state != CallState.AFTER or not row.after_step:
            return None
        return Landing(row.after_step, row.language, row.agent, row.queue)

    async def _tell_language(self, call: LiveCall) -> None:
        """Should we be gone, the dial plan speaks to him in it."""
        try:
            await self._switch.do(SetVariable(call.leg, LANGUAGE_VARIABLE, call.language))
        except SwitchError as fault:
            log.info("the switch does not know the caller's language", call=call.id, problem=fault.problem)

    async def _end(self, live: LiveCall, outcome: str, ended_by: str) -> None:
        if live.state is CallState.ENDED:
            return
        advance(live, Step.ENDED)
        self._live.remove(live)
        async with self._db.transaction() as tx:
            await ledger.end(tx, live, outcome, ended_by, self._clock())

    def _demand_in_menu(self, call: LiveCall) -> None:
        if call.state not in IN_MENU:
            raise Refused("not_in_menu", f"the call is {call.state} already")

    def _find(self, call: str) -> LiveCall:
        live = self._live.by_id(call)
        if live is None:
            raise NotFound(f"no live call {call}")
        return live
