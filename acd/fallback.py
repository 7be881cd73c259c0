"""Keeps the switch able to serve callers without us: who answers its own queue, and nobody left in it while we live."""

from collections.abc import Callable

import structlog
from sqlalchemy import select

from acd.agent_state import AT_WORK
from acd.call import CallState
from acd.events import AgentChanged, SwitchChanged
from acd.models import AgentRow, Call
from acd.roster import PHONE
from acd.seat import MEANWHILE
from acd.takeover import FALLBACK_PLACE, partner
from core.bus import Bus
from core.database import Database
from pbx.commands import HangUp, SetFallback, Wait
from pbx.events import CallerFellBack, LegSnapshot
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.fallback"


class Fallback:
    """`listen` connects it to the bus. Agents at work are the members of the switch's own queue, at every moment.

    Those in a contact or busy for a moment too, whatever is out of reach: the switch rings only phones that are free
    and there, the contact may end while we are gone, and without us nobody has a desk.
    """

    def __init__(
        self, db: Database, switch: Switch, serving: Callable[[], bool], begin_anew: Callable[[], None]
    ) -> None:
        """`serving`: whether the engine can give callers to agents now; `begin_anew` makes it look at everything."""
        self._db = db
        self._switch = switch
        self._serving = serving
        self._begin_anew = begin_anew
        self._members: set[str] = set()

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, AgentChanged, self.on_agent)
        bus.subscribe(LISTENER, SwitchChanged, self.on_switch)
        bus.subscribe(LISTENER, CallerFellBack, self.on_caller)

    async def on_agent(self, event: AgentChanged) -> None:
        if (event.state, event.reason) in MEANWHILE:
            return
        if (event.state in AT_WORK) is not (event.agent in self._members):
            self._members ^= {event.agent}
            await self._tell()

    async def on_switch(self, event: SwitchChanged) -> None:
        """The link is up and the agents' states are true again: what the switch was told before may be gone.

        And who came while all began again, too late to be seen and too early to be fetched, is in its queue.
        """
        if event.up:
            async with self._db.reading() as session:
                query = select(AgentRow.number).where(AgentRow.state.in_(AT_WORK))
                self._members = set(await session.scalars(query))
            await self._tell()
            await self._fetch()

    async def on_caller(self, event: CallerFellBack) -> None:
        """The heartbeat was late, but we live.

        While we cannot serve he is better off there; when we can again, `on_switch` looks.
        """
        await self._fetch(event.leg)

    async def _fetch(self, only: str = "") -> None:
        """Callers in the switch's own queue, or the `only` one, come to us. One whose call is closed is served there.

        Who talks with an agent by now goes on: a talk that is not known to us is found when all begins anew.
        """
        if not self._serving():
            return
        try:
            legs = {each.leg: each for each in await self._switch.legs()}
        except SwitchError:
            return  # the next link begins anew
        for leg in [each for each in legs.values() if each.place == FALLBACK_PLACE and only in ("", each.leg)]:
            state = await self._state(leg)
            if state == CallState.ENDED:
                continue
            if not leg.bridge:
                await self._bring(Wait(leg.leg))
            elif state != CallState.TALKING and partner(leg, legs):
                self._begin_anew()
                return

    async def _state(self, leg: LegSnapshot) -> str | None:
        """Of his call."""
        async with self._db.reading() as session:
            return await session.scalar(select(Call.state).where(Call.leg == leg.leg))

    async def _bring(self, command: Wait | HangUp) -> None:
        try:
            await self._switch.do(command)
        except SwitchError as fault:
            log.warning("caller stays in the switch's own queue", leg=command.leg, problem=fault.problem)

    async def _tell(self) -> None:
        try:
            await self._switch.do(SetFallback(tuple(PHONE + number for number in sorted(self._members))))
        except SwitchError as fault:
            log.warning("the switch's own queue is not up to date", problem=fault.problem)
