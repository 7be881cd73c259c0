"""Agents who change their state at a telephone without a desk: star and a digit, answered by a tone."""

from collections.abc import Awaitable, Callable

import structlog

from acd.agent_state import AgentState
from acd.roster import BY_PHONE, agent_of
from core.bus import Bus
from core.errors import NotFound, Refused
from pbx.commands import Confirm
from pbx.events import LegEnded, LinkUp, PhoneCode
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.phone_codes"
CODES = {
    "0": AgentState.SIGNED_OUT,
    "1": AgentState.READY,
    "2": AgentState.SHORT_BREAK,
    "3": AgentState.NOT_READY,
    "4": AgentState.MEAL,
    "5": AgentState.TRAINING,
}

SetState = Callable[[str, AgentState, str, str], Awaitable[None]]
Demand = Callable[[str, AgentState, str], Awaitable[None]]


class PhoneCodes:
    """`set_state` and `demand`, which raises what that would raise, are those of `acd.agents`."""

    def __init__(self, switch: Switch, set_state: SetState, demand: Demand) -> None:
        self._switch = switch
        self._set_state = set_state
        self._demand = demand
        self._free_soon: dict[str, str] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, PhoneCode, self._on_code)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    async def _on_code(self, event: PhoneCode) -> None:
        """Ready takes effect when the line is free again: the next caller would find it busy."""
        agent, state = agent_of(event.device), CODES.get(event.code)
        done = False
        if agent and state is AgentState.READY:
            done = await self._tried(agent, state, self._demand(agent, state, BY_PHONE))
            if done:
                self._free_soon[event.leg] = agent
        elif agent and state is not None:
            done = await self._change(agent, state)
        try:
            await self._switch.do(Confirm(event.leg, done))
        except SwitchError as fault:
            log.info("code not confirmed", agent=agent, problem=fault.problem)

    async def _on_ended(self, event: LegEnded) -> None:
        if agent := self._free_soon.pop(event.leg, None):
            await self._change(agent, AgentState.READY)

    async def _on_link_up(self, event: LinkUp) -> None:
        for leg in self._free_soon.keys() - {each.leg for each in event.legs}:
            await self._change(self._free_soon.pop(leg), AgentState.READY)

    async def _change(self, agent: str, state: AgentState) -> bool:
        return await self._tried(agent, state, self._set_state(agent, state, "", BY_PHONE))

    async def _tried(self, agent: str, state: AgentState, asked: Awaitable[None]) -> bool:
        try:
            await asked
        except (Refused, NotFound) as fault:
            log.info("code refused", agent=agent, state=state, problem=str(fault))
            return False
        return True
