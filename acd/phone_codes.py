"""Agents who change their state at a telephone without a desk: star and a digit, answered by a tone."""

from collections.abc import Awaitable, Callable

import structlog

from acd import inputs
from acd.agent_state import AgentState
from acd.roster import BY_PHONE, agent_of
from core.bus import Bus
from core.errors import NotFound, Refused
from pbx.commands import Confirm
from pbx.events import LegEnded, LinkUp, PhoneCode
from pbx.parse import device
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

PLACES = ("phones", "centre-told")
"""Where a leg stands with which an agent uses his telephone himself."""

SetState = Callable[[str, AgentState, str, str], Awaitable[None]]


class PhoneCodes:
    """`set_state` is that of `acd.agents`; `tell` tells the floor.

    Nobody is offered to an agent before his line is free again: his telephone would be busy.
    """

    def __init__(
        self, switch: Switch, set_state: SetState, tell: Callable[[inputs.LineChanged], Awaitable[None]]
    ) -> None:
        self._switch = switch
        self._set_state = set_state
        self._tell = tell
        self._legs: dict[str, str] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, PhoneCode, self._on_code)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    def lines(self) -> list[inputs.LineChanged]:
        """For a floor that begins."""
        return [inputs.LineChanged(agent, True) for agent in sorted(set(self._legs.values()))]

    async def _on_code(self, event: PhoneCode) -> None:
        agent, state = agent_of(event.device), CODES.get(event.code)
        self._legs[event.leg] = agent
        await self._tell(inputs.LineChanged(agent, True))
        done = bool(agent) and state is not None and await self._change(agent, state)
        try:
            await self._switch.do(Confirm(event.leg, done))
        except SwitchError as fault:
            log.info("code not confirmed", agent=agent, problem=fault.problem)

    async def _on_ended(self, event: LegEnded) -> None:
        if agent := self._legs.pop(event.leg, None):
            await self._tell(inputs.LineChanged(agent, agent in self._legs.values()))

    async def _on_link_up(self, event: LinkUp) -> None:
        """Codes that nobody of this engine has heard, and those that were over meanwhile."""
        own = (each for each in event.legs if each.place in PLACES and not each.bridge)
        before, self._legs = self._legs, {each.leg: agent_of(device(each.channel)) for each in own}
        for agent in sorted({*before.values(), *self._legs.values()}):
            await self._tell(inputs.LineChanged(agent, agent in self._legs.values()))

    async def _change(self, agent: str, state: AgentState) -> bool:
        try:
            await self._set_state(agent, state, "", BY_PHONE)
        except (Refused, NotFound) as fault:
            log.info("code refused", agent=agent, state=state, problem=str(fault))
            return False
        return True
