"""An agent's telephone at an offer: it is rung, and what a ring that ends without a talk means for the offer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from acd import inputs
from acd.floor import TO_SERVE
from acd.live import LiveCall, LiveCalls
from acd.takeover import AFTER_PLACE
from core.clock import Clock
from core.tasks import Supervisor
from pbx.commands import Ring, Wait
from pbx.switch import LinkLost, Switch, SwitchError

log = structlog.get_logger(__name__)

NAME = "acd.ringing"
AGAIN = 1.0
"""Seconds after which an offer that failed by no fault of the agent's is given up, so that he is rung anew."""

LEFT_GRACE = 0.5
"""Seconds in which somebody else, to whom he is being given, has the caller whom his agent's leg has left."""


class Ringing:
    """`fail` tells the floor that an offer has failed."""

    def __init__(
        self, switch: Switch, live: LiveCalls, clock: Clock, tasks: Supervisor,
        fail: Callable[[inputs.OfferFailed], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._switch = switch
        self._live = live
        self._clock = clock
        self._tasks = tasks
        self._fail = fail

    def ring(self, ring: Ring, call: str, agent: str) -> None:
        """The switch is asked before this returns."""
        self._tasks.spawn(NAME, self._rung(self._switch.do(ring), ring, call, agent))

    async def _rung(self, asked: Awaitable[None], ring: Ring, call: str, agent: str) -> None:
        try:
            await asked
        except LinkLost:
            await self._fail_later(call, agent, ring.leg)
        except SwitchError as fault:
            log.warning("phone could not be rung", call=call, agent=agent, problem=fault.problem)
            await self._fail(inputs.OfferFailed(call, agent, "unreachable"))

    async def over(self, call: LiveCall, cause: int) -> None:
        """`cause`: of Q.850. A telephone still at a ring that was taken back says busy; its agent is not to blame."""
        result = inputs.RING_RESULTS.get(cause, "no_answer")
        if result == "busy" and self._live.settles(call, self._clock()):
            self._tasks.spawn(NAME, self._fail_later(call.id, call.agent, call.offer))
        else:
            await self._fail(inputs.OfferFailed(call.id, call.agent, result))

    async def released(self, call: LiveCall) -> None:
        """The telephone was answered as its offer was withdrawn, and the talk is cut: the caller waits on."""
        self._tasks.later(NAME, LEFT_GRACE, partial(self._wait_on, call))

    async def _wait_on(self, call: LiveCall) -> None:
        with suppress(SwitchError):  # all begins again when the link is back
            legs = await self._switch.legs() if call.state in TO_SERVE else ()
            if any(leg.leg == call.leg and leg.place == AFTER_PLACE and not leg.bridge for leg in legs):
                await self._switch.do(Wait(call.leg))

    async def _fail_later(self, call: str, agent: str, leg: str) -> None:
        """Give the offer up after a pause, if it is still the same one."""
        await asyncio.sleep(AGAIN)
        if (live := self._live.by_id(call)) and live.offer in ("", leg):
            await self._fail(inputs.OfferFailed(call, agent, "system"))
