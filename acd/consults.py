"""An agent asks a colleague while his caller is on hold, and comes back or leaves the caller to him."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from acd import events, inputs, ledger
from acd.agent_state import AgentState
from acd.control import CarryOut, Control, Write, demand_free
from acd.floor import Floor
from acd.live import LiveCall, LiveCalls
from acd.partings import WHO_LEFT_GRACE
from acd.roster import PHONE
from acd.seat import CONSULT
from core.bus import Bus
from core.clock import Clock, made_at, new_id
from core.database import Transaction
from core.errors import NotFound, Refused
from core.tasks import Supervisor
from pbx.commands import Command, Confer, HangUp, Hold, Ring
from pbx.events import LegEnded, LegJoined, LinkUp, RingFailed
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.consults"
RING_SECONDS = 20
KEPT = 2 * WHO_LEFT_GRACE
"""Seconds for which a colleague whose leg has ended is kept for the caller: the end of the asker's leg, by which his
may have ended, is told up to one grace later and looked at another one after that."""


@dataclass(slots=True)
class Consult:
    """`asker` asks `agent` about `call`; `leg` is the colleague's. `joined`: the caller is with them.

    `answered`: he is on the line. `chosen`: the caller is being left to him.
    """

    call: str
    asker: str
    agent: str
    leg: str
    answered: bool = False
    joined: bool = False
    chosen: bool = False

    @property
    def rung_at(self) -> float:
        """When the colleague's telephone began to ring."""
        return made_at(self.leg) or 0.0


class Consults:
    """One per engine, at most one a call. It lives in memory: after a restart the colleague's leg is ended.

    The colleague is not-ready meanwhile, so that nobody else is offered to him, and ready again afterwards.
    """

    def __init__(
        self, switch: Switch, live: LiveCalls, clock: Clock, control: Control, carry_out: CarryOut, tasks: Supervisor
    ) -> None:
        self._switch = switch
        self._live = live
        self._clock = clock
        self._control = control
        self._carry_out = carry_out
        self._tasks = tasks
        self._going: dict[str, Consult] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, LegJoined, self._on_joined)
        bus.subscribe(LISTENER, RingFailed, self._on_failed)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, events.ConversationEnded, self._on_talk_ended)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    def of(self, call: str) -> Consult | None:
        return self._going.get(call)

    def asked(self, agent: str) -> Consult | None:
        """What this agent is being asked about."""
        return next((each for each in self._going.values() if each.agent == agent), None)

    async def start(self, call: str, agent: str, by: str) -> None:
        """Put the caller on hold, if he is not yet, and ring `agent`. Raises as `Control.hold` and `Control.pick`;
        Refused also: same_agent, consulting (another colleague is being asked)."""
        async with self._control.alone(call) as live:
            await self._start(live, agent, by)

    async def _start(self, live: LiveCall, agent: str, by: str) -> None:
        call, asker = live.id, live.agent
        if call in self._going:
            raise Refused("consulting", "a colleague is being asked already")
        if agent == asker:
            raise Refused("same_agent", "one cannot ask oneself")
        consult = self._going[call] = Consult(call, asker, agent, new_id(self._clock()))

        def reserve(floor: Floor) -> Sequence[inputs.Input]:
            demand_free(floor, agent)
            return (inputs.AgentWished(agent, AgentState.NOT_READY, CONSULT),)

        try:
            await self._carry_out(reserve, by, self._telling(consult, "ringing"))
        except Refused:
            del self._going[call]
            raise
        try:
            if not live.held:
                await self._control.hold(call, by)
            ring = Ring(consult.leg, PHONE + agent, live.offer, live.caller, f"{CONSULT} {asker}", RING_SECONDS)
            await self._switch.do(ring)
        except (Refused, SwitchError):
            await self._over(consult)
            raise

    async def stop(self, call: str) -> None:
        """The colleague is out; the caller stays on hold until `Control.resume`. Raises NotFound, Refused: link_down,
        SwitchError."""
        consult = self._find(call)
        async with self._control.turn(call):
            if self._going.get(call) is not consult:
                return
            self._control.demand_link()
            if consult.answered:
                with suppress(Refused, NotFound):  # the talk is over, and so is the consult soon
                    await self._hold_on(call)
            await self._switch.do(HangUp(consult.leg))
            await self._over(consult)

    async def hold(self, call: str, by: str) -> None:
        """As `Control.hold`; Refused also: conference."""
        async with self._control.alone(call):
            self._demand_no_conference(call)
            await self._control.hold(call, by)

    async def resume(self, call: str, by: str) -> None:
        """As `Control.resume`, and the consult is over: a colleague whose telephone still rings is not asked any more.

        One who has answered hangs up by the dial plan, as soon as the asker has left him.
        """
        async with self._control.alone(call) as live:
            consult = self._going.get(call)
            if consult is not None and not consult.answered and live.held:
                del self._going[call]  # at once: should he answer at this moment it changes nothing any more
                await self._try(HangUp(consult.leg))
                await self._release(consult)
            await self._control.resume(call, by)

    async def join(self, call: str, by: str) -> None:
        """The caller comes to the two: all three hear each other. Each may leave.

        `complete` leaves the caller to the colleague.

        Raises NotFound without a consult, Refused: not_answered, conference (they are together), not_talking.
        """
        async with self._control.alone(call) as live:
            consult = self._answered(call)
            self._demand_no_conference(call)
            consult.joined, live.held = True, False
            try:
                await self._switch.do(Confer(live.leg, live.offer, consult.leg))
            except SwitchError:
                consult.joined, live.held = False, True
                raise
            await self._control.store_hold(live, by, held=False)

            async def write(tx: Transaction) -> None:
                await ledger.note_conference(tx, live, consult.agent, by, self._clock())
                await self._telling(consult, "joined")(tx)

            await self._carry_out(lambda _floor: (), by, write)

    def _demand_no_conference(self, call: str) -> None:
        if (consult := self._going.get(call)) and consult.joined:
            raise Refused("conference", "the three of you are together: let the colleague go first")

    async def complete(self, call: str, by: str) -> None:
        """The caller and the colleague talk, without another ring; the asker wraps up.

        Raises NotFound without a consult, Refused: not_answered, and as `Control.transfer`.
        """
        async with self._control.alone(call):
            consult = self._answered(call)
            consult.chosen = True
            try:
                await self._control.transfer(call, by, agent=consult.agent, on_line_for=CONSULT)
            finally:
                consult.chosen = False

    def chosen(self, call: str, agent: str) -> str:
        """This agent's leg if he is the colleague who is being given the caller at this moment, else ''."""
        consult = self._going.get(call)
        return consult.leg if consult is not None and consult.chosen and consult.agent == agent else ""

    def take(self, call: str, agent: str) -> str:
        """For the dispatcher, when the caller is given to the colleague: from now on it is his conversation."""
        return self._going.pop(call).leg if self.chosen(call, agent) else ""

    async def _on_joined(self, event: LegJoined) -> None:
        consult = self._with(event.leg)
        if consult is not None and not consult.answered:
            consult.answered = True
            with suppress(Refused):  # nothing can be stored now: what is shown comes with the next change
                await self._carry_out(lambda _floor: (), "", self._telling(consult, "answered"))

    async def give_on(self, call: str) -> bool:
        """The agent has put his telephone down, by which agents at telephones give a caller on: of three the other two
        go on; a colleague who has been asked, and whose own leg ends with the asker's, is rung with the caller.

        False where nobody can take him.
        """
        if call not in self._going:
            return False
        try:
            async with self._control.alone(call) as live:
                consult = self._going.get(call)
                if consult is None or not (consult.joined or live.held):
                    return False
                await (self.complete(call, "") if consult.joined else self._ring_with_caller(consult))
        except (Refused, NotFound) as fault:
            log.info("caller not left to the colleague", call=call, problem=str(fault))
            return False
        return True

    async def _on_failed(self, event: RingFailed) -> None:
        if consult := self._with(event.leg):
            await self._over(consult)

    async def _on_ended(self, event: LegEnded) -> None:
        consult = self._with(event.leg)
        if consult is None:
            return
        if consult.joined:
            await self._over(consult)
            return
        consult.answered = False
        self._tasks.later(LISTENER, KEPT, partial(self._over, consult))
        with suppress(Refused, NotFound, SwitchError):
            # The dial plan lets the asker stand for a few seconds only, as it does with a caller left alone.
            await self._hold_on(consult.call)

    async def _hold_on(self, call: str) -> None:
        """The asker is alone, his caller on hold as before."""
        async with self._control.alone(call) as live:
            if live.held:
                await self._switch.do(Hold(live.leg, live.offer))

    async def _ring_with_caller(self, consult: Consult) -> None:
        del self._going[consult.call]
        await self._try(HangUp(consult.leg))
        self._live.cancel(consult.agent, self._clock())
        try:
            await self._control.transfer(consult.call, "", agent=consult.agent, on_line_for=CONSULT)
        finally:
            await self._release(consult)

    async def _on_talk_ended(self, event: events.ConversationEnded) -> None:
        """Caller or asker hung up, or the caller was given to somebody else."""
        consult = self._going.get(event.call)
        if consult is not None and consult.asker == event.agent:
            await self._try(HangUp(consult.leg))
            await self._over(consult)

    async def _on_link_up(self, event: LinkUp) -> None:
        """The recovery ends what is left of every consult, and takes the colleagues back to ready."""
        self._going.clear()

    async def _try(self, command: Command) -> None:
        try:
            await self._switch.do(command)
        except SwitchError as fault:
            log.info("command not carried out", command=type(command).__name__, problem=fault.problem)

    async def _over(self, consult: Consult) -> None:
        if self._going.get(consult.call) is consult:
            del self._going[consult.call]
            await self._release(consult)

    async def _release(self, consult: Consult) -> None:
        """The colleague is ready again; whether his telephone rang until now makes no difference."""
        self._live.cancel(consult.agent, self._clock())

        def release(floor: Floor) -> Sequence[inputs.Input]:
            seat = floor.seats.get(consult.agent)
            mine = seat is not None and seat.state is AgentState.NOT_READY and seat.reason == CONSULT
            return (inputs.AgentWished(consult.agent, AgentState.READY),) if mine else ()

        await self._carry_out(release, "", self._telling(consult, "over"))

    def _telling(self, consult: Consult, state: str) -> Write:
        async def write(tx: Transaction) -> None:
            tx.publish(events.ConsultChanged(self._clock(), consult.call, consult.asker, consult.agent, state))

        return write

    def _with(self, leg: str) -> Consult | None:
        return next((each for each in self._going.values() if each.leg == leg), None)

    def _answered(self, call: str) -> Consult:
        consult = self._find(call)
        if not consult.answered:
            raise Refused("not_answered", "the colleague has not answered yet")
        return consult

    def _find(self, call: str) -> Consult:
        consult = self._going.get(call)
        if consult is None:
            raise NotFound("no colleague is being asked about this call")
        return consult
