"""Keeps the switch able to serve callers without us: who answers its own queue, and nobody left in it while we live."""

from collections.abc import Callable

import structlog
from sqlalchemy import select

from acd.agent_state import AT_WORK
from acd.call import CallState
from acd.events import AgentChanged, SwitchChanged
from acd.models import AgentRow, Call
from acd.roster import PHONE
from core.bus import Bus
from core.database import Database
from pbx.commands import SetFallback, Wait
from pbx.events import CallerFellBack
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.fallback"


class Fallback:
    """`listen` connects it to the bus. Agents at work are the members of the switch's own queue, at every moment.

    Those in a contact too: the switch rings only phones that are free, and the contact may end while we are gone.
    """

    def __init__(self, db: Database, switch: Switch, serving: Callable[[], bool]) -> None:
        """`serving`: whether the engine can give callers to agents now."""
        self._db = db
        self._switch = switch
        self._serving = serving
        self._members: set[str] = set()

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, AgentChanged, self.on_agent)
        bus.subscribe(LISTENER, SwitchChanged, self.on_switch)
        bus.subscribe(LISTENER, CallerFellBack, self.on_caller)

    async def on_agent(self, event: AgentChanged) -> None:
        if (event.state in AT_WORK) is not (event.agent in self._members):
            self._members ^= {event.agent}
            await self._tell()

    async def on_switch(self, event: SwitchChanged) -> None:
        """The link is up and the agents' states are true again: what the switch was told before may be gone."""
        if event.up:
            async with self._db.reading() as session:
                query = select(AgentRow.number).where(AgentRow.state.in_(AT_WORK))
                self._members = set(await session.scalars(query))
            await self._tell()

    async def on_caller(self, event: CallerFellBack) -> None:
        """The heartbeat was late, but we live: he comes to us. One whose call is closed is served where he is.

        While we cannot serve he is better off there; when we can again, all begins anew and finds him.
        """
        if not self._serving():
            return
        async with self._db.reading() as session:
            state = await session.scalar(select(Call.state).where(Call.leg == event.leg))
        if state == CallState.ENDED:
            return
        try:
            await self._switch.do(Wait(event.leg))
        except SwitchError as fault:
            log.warning("caller stays in the switch's own queue", leg=event.leg, problem=fault.problem)

    async def _tell(self) -> None:
        try:
            await self._switch.do(SetFallback(tuple(PHONE + number for number in sorted(self._members))))
        except SwitchError as fault:
            log.warning("the switch's own queue is not up to date", problem=fault.problem)
