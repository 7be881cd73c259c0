"""An agent's leg is out of his talk: who hung up, and with whom the caller goes on."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from acd import inputs
from acd.agent_state import AgentState
from acd.call import CallState
from acd.control import Control
from acd.floor import Floor
from acd.live import LiveCall
from core.errors import NotFound, Refused
from core.tasks import Supervisor

NAME = "acd.partings"
WHO_LEFT_GRACE = 0.5
"""Seconds after a leg ended in which the switch tells whether the other one ended first."""


class Partings:
    """`give_on` leaves the caller of a call to the colleague who is asked about it, if one is; `handle` tells the
    floor what happened."""

    def __init__(
        self, control: Control, floor: Callable[[], Floor], tasks: Supervisor,
        give_on: Callable[[str], Awaitable[bool]], handle: Callable[[inputs.Input], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._control = control
        self._floor = floor
        self._tasks = tasks
        self._give_on = give_on
        self._handle = handle

    def agent_gone(self, call: LiveCall) -> None:
        """His leg has ended, and perhaps the caller's before it."""
        self._tasks.later(NAME, WHO_LEFT_GRACE, partial(self._find_who_left, call, call.offer))

    async def released(self, call: LiveCall) -> None:
        """The caller alone is left of the talk."""
        call.released = True
        await self._part(call)

    async def _find_who_left(self, call: LiveCall, leg: str) -> None:
        if _with(call, leg) and not await self._give_on(call.id) and _with(call, leg):
            await self._part(call)

    async def _part(self, call: LiveCall) -> None:
        """Who stands on hold has not been served to the end: he waits for anybody."""
        seat = self._floor().seats.get(call.agent)
        if call.held or (seat is not None and seat.state is AgentState.ON_HOLD):
            self._tasks.spawn(NAME, self._let_wait(call.id))  # what the switch tells next must not wait for its turn
            return
        await self._handle(inputs.TalkEnded(call.id, call.agent, "agent"))

    async def _let_wait(self, call: str) -> None:
        with suppress(NotFound, Refused):  # over, given on, or found alone when all begins again
            await self._control.reclaim(call, "", kept=False)


def _with(call: LiveCall, leg: str) -> bool:
    return call.offer == leg and call.state is CallState.TALKING
