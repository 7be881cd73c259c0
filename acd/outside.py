"""Callers of the menu who are connected with a number outside: rung, joined, and back in the menu if nobody answers."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from acd import ledger
from acd.call import CallState
from acd.live import LiveCall, LiveCalls
from core.bus import Bus
from core.clock import Clock, new_id
from core.database import Database
from core.errors import NotFound
from core.site import Trunk
from pbx import commands
from pbx.commands import BackToMenu, Command, HangUp, Ring, Wait
from pbx.events import CallArrived, CallerReleased, LegEnded, LegJoined, LinkUp, RingFailed
from pbx.switch import LegGone, Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.outside"
RING_SECONDS = 30
BACK_SECONDS = 5.0
"""How long the switch may take to bring a caller back to the menu."""
NO_LINE, GONE = "no_outside_line", "gone"
RESULTS = {1: "unreachable", 17: "busy", 18: "no_answer", 19: "no_answer", 21: "declined"}
"""Q.850 causes of a ring that failed; all others count as `failed`."""


@dataclass(slots=True)
class _Attempt:
    """`leg` is the outside party's; `over` holds why it failed, '' once both talk."""

    call: LiveCall
    number: str
    leg: str
    over: asyncio.Future[str]
    joined: bool = False
    back: asyncio.Event = field(default_factory=asyncio.Event)


class Outside:
    """One per engine. A talk that is going on outlives it: see `acd.recovery`."""

    def __init__(
        self, db: Database, switch: Switch, live: LiveCalls, clock: Clock, trunk: Callable[[], Trunk | None]
    ) -> None:
        self._db = db
        self._switch = switch
        self._live = live
        self._clock = clock
        self._trunk = trunk
        self._going: dict[str, _Attempt] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, LegJoined, self._on_joined)
        bus.subscribe(LISTENER, RingFailed, self._on_failed)
        bus.subscribe(LISTENER, CallerReleased, self._on_released)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, CallArrived, self._on_back)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    async def connect(self, call: str, number: str) -> str:
        """Ring `number` while the caller hears music; returns once it is decided: '' when they talk, else why not.

        Then the caller is in the menu again: no_outside_line, busy, no_answer, declined, unreachable, failed.
        Raises NotFound for a call that is over.
        """
        live = self._live.by_id(call)
        if live is None:
            raise NotFound(f"no live call {call}")
        trunk = self._trunk()
        if trunk is None or trunk.out is None or live.state is not CallState.MENU:
            return NO_LINE
        attempt = _Attempt(live, number, new_id(self._clock()), asyncio.get_running_loop().create_future())
        self._going[attempt.leg] = attempt
        try:
            await self._store(attempt, CallState.CONNECTING, "ringing")
            self._live.offer(live, "", attempt.leg, self._clock())
            device, shows = commands.outside(number, trunk.name), trunk.out.shows
            try:
                await self._switch.do(Wait(live.leg))
                await self._switch.do(Ring(attempt.leg, device, live.leg, shows, "", RING_SECONDS))
            except LegGone:
                return GONE
            except SwitchError as fault:
                log.warning("outside number not rung", call=call, problem=fault.problem)
                return await self._bring_back(attempt, "failed")
            why = await attempt.over
            return why if why in ("", GONE) else await self._bring_back(attempt, why)
        finally:
            if not attempt.joined:
                self._going.pop(attempt.leg, None)

    async def _bring_back(self, attempt: _Attempt, why: str) -> str:
        live = attempt.call
        self._live.end_offer(live)
        if self._live.by_id(live.id) is None:
            return GONE
        await self._store(attempt, CallState.MENU, why)
        await self._try(BackToMenu(live.leg))
        with suppress(TimeoutError):
            await asyncio.wait_for(attempt.back.wait(), BACK_SECONDS)
        return why

    async def _on_joined(self, event: LegJoined) -> None:
        attempt = self._going.get(event.leg)
        if attempt is not None and not attempt.joined:
            attempt.joined = True
            await self._store(attempt, CallState.OUTSIDE, "answered")
            _decide(attempt, "")

    async def _on_failed(self, event: RingFailed) -> None:
        if attempt := self._going.get(event.leg):
            _decide(attempt, RESULTS.get(event.cause, "failed"))

    async def _on_released(self, event: CallerReleased) -> None:
        """The outside party hung up first: nothing is left to do for the caller."""
        live = self._live.by_leg(event.leg)
        if live is not None and live.state is CallState.OUTSIDE:
            live.ended_by = "outside"
            await self._try(HangUp(live.leg))

    async def _on_ended(self, event: LegEnded) -> None:
        if (attempt := self._going.get(event.leg)) is not None:
            self._over(attempt, "failed")
        for attempt in [each for each in self._going.values() if each.call.leg == event.leg]:
            _decide(attempt, GONE)
            await self._try(HangUp(attempt.leg))

    async def _on_back(self, event: CallArrived) -> None:
        for attempt in self._going.values():
            if attempt.call.leg == event.leg:
                attempt.back.set()

    async def _on_link_up(self, event: LinkUp) -> None:
        """What was missed while the link was down."""
        legs = {each.leg: each for each in event.legs}
        for attempt in list(self._going.values()):
            leg = legs.get(attempt.leg)
            if leg is None:
                self._over(attempt, GONE if attempt.call.leg not in legs else "failed")
            elif leg.bridge:
                await self._on_joined(LegJoined(event.at, leg.leg, leg.bridge))

    def _over(self, attempt: _Attempt, why: str) -> None:
        """The leg outside is gone. Who talks no more needs nothing; another is on his way back to the menu."""
        _decide(attempt, why)
        if attempt.joined:
            self._going.pop(attempt.leg, None)

    async def _store(self, attempt: _Attempt, state: CallState, result: str) -> None:
        attempt.call.state = state
        async with self._db.transaction() as tx:
            await ledger.go_outside(tx, attempt.call, attempt.number, result, self._clock())

    async def _try(self, command: Command) -> None:
        try:
            await self._switch.do(command)
        except SwitchError as fault:
            log.info("command not carried out", command=type(command).__name__, problem=fault.problem)


def _decide(attempt: _Attempt, why: str) -> None:
    if not attempt.over.done():
        attempt.over.set_result(why)
