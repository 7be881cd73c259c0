"""What the switch tells of callers' and agents' legs: whose it is, and what it means for the floor."""

from collections.abc import Awaitable
from functools import partial
from typing import Protocol

import structlog

from acd import inputs
from acd.call import CallState
from acd.live import LiveCall, LiveCalls
from acd.partings import Partings
from acd.ringing import Ringing
from core.tasks import Supervisor
from pbx import events as pbx

log = structlog.get_logger(__name__)

NAME = "acd.legs"
MENU_GRACE = 10.0
"""Seconds the menu has to say how a call ended whose caller is gone."""


class Handle(Protocol):
    def __call__(self, *happened: inputs.Input) -> Awaitable[None]: ...


class Gone(Protocol):
    def __call__(self, call: LiveCall, ended_by: str, at: float = 0.0) -> Awaitable[None]: ...


class Legs:
    """`handle` tells the floor what happened; `gone` ends a call whose caller is gone, at a time or now."""

    def __init__(
        self, live: LiveCalls, ringing: Ringing, partings: Partings, tasks: Supervisor, handle: Handle, gone: Gone
    ) -> None:
        self._live = live
        self._ringing = ringing
        self._partings = partings
        self._tasks = tasks
        self._handle = handle
        self._gone = gone

    async def on_joined(self, event: pbx.LegJoined) -> None:
        if call := self._live.by_agent_leg(event.leg):
            await self._handle(inputs.OfferAccepted(call.id, call.agent))

    async def on_ring_failed(self, event: pbx.RingFailed) -> None:
        if call := self._live.by_agent_leg(event.leg):
            await self._ringing.over(call, event.cause)

    async def on_bridge_refused(self, event: pbx.BridgeRefused) -> None:
        if call := self._live.by_agent_leg(event.leg):
            log.warning("bridge refused", call=call.id, agent=call.agent, result=event.result)
            if event.result == "NONEXISTENT":
                await self._gone(call, "customer")
            else:
                await self._handle(inputs.OfferFailed(call.id, call.agent, "system"))

    async def on_released(self, event: pbx.CallerReleased) -> None:
        if call := self._live.by_leg(event.leg):
            await (self._partings if call.state is CallState.TALKING else self._ringing).released(call)

    async def on_ended(self, event: pbx.LegEnded) -> None:
        if call := self._live.by_leg(event.leg):
            if call.state is CallState.MENU:
                self._tasks.later(NAME, MENU_GRACE, partial(self._not_told, call.id, event.at))
            else:
                await self._gone(call, "customer")
        elif call := self._live.by_agent_leg(event.leg):
            if call.state is CallState.TALKING:
                self._partings.agent_gone(call)
            else:
                await self._ringing.over(call, event.cause)
        else:
            self._live.note_ended(event.leg)

    async def _not_told(self, name: str, at: float) -> None:
        if (call := self._live.by_id(name)) and call.state is CallState.MENU:
            await self._gone(call, "customer", at)
