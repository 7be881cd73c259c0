"""Agents who call out: their telephone rings first, then the customer's; once he answers it is a talk like others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from acd import events, inputs, ledger
from acd.admission import with_own
from acd.agent_state import AgentState
from acd.call import CallState
from acd.calls import LANGUAGE_VARIABLE
from acd.control import CarryOut, Then
from acd.floor import Floor
from acd.live import LiveCall, LiveCalls
from acd.outside import RESULTS
from acd.outward.callbacks import skills_for
from acd.outward.dialling import DEFAULT_QUEUE, Dialled, Dialling
from acd.queues import Queues
from acd.roster import PHONE
from acd.seat import DIALLING, Seat
from acd.spoken import LanguageOf, language_for
from acd.waiting import May
from core.bus import Bus
from core.clock import Clock, new_id
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from core.site import Trunk
from pbx import commands
from pbx.commands import Command, HangUp, Reach, Summon
from pbx.events import LegAnswered, LegEnded, LegJoined, LinkUp, RingFailed
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.outbound"
OWN_RING_SECONDS = 20
FROM = (AgentState.READY, AgentState.OUTBOUND, AgentState.NOT_READY, AgentState.WRAP_UP)
"""Who is in one of these states may call out."""
NO_SKILLS: Mapping[str, int] = {}
OWN_WISH: Mapping[str, Any] = {}


class Errand:
    """What a customer is called for: this one for nothing that could be taken back."""

    async def look(self, tx: Transaction) -> object:
        """Raises Refused when he is not to be called for it, or not any more."""

    async def begin(self, tx: Transaction, call: str) -> None:
        """Stored before his telephone rings. Raises Refused as `look`, then it does not."""


AT_WILL = Errand()


@dataclass(slots=True)
class Attempt:
    """A call out until the customer answers. `after` is the state that the agent goes back to, and who wanted it.

    `wrap_up` is the one that he has broken off for it. `answered`: he has picked up his own telephone.
    """

    call: LiveCall
    number: Dialled
    after: inputs.AgentWished
    errand: Errand
    wrap_up: inputs.WrapUpResumed | None = None
    answered: bool = False


class Outbound:
    """One per engine, at most one attempt an agent. An attempt ends with the engine; a talk does not."""

    def __init__(
        self, db: Database, switch: Switch, live: LiveCalls, clock: Clock, carry_out: CarryOut, rules: Dialling,
        queues: Queues, trunk: Callable[[], Trunk | None], language_of: LanguageOf, engaged: Callable[[str], object],
        demand_link: Then,
    ) -> None:  # fmt: skip
        """`engaged`: what else an agent's telephone is used for now. `demand_link`: as of `Control`."""
        self._db = db
        self._switch = switch
        self._live = live
        self._clock = clock
        self._carry_out = carry_out
        self._rules = rules
        self._queues = queues
        self._trunk = trunk
        self._language_of = language_of
        self._engaged = engaged
        self._demand_link = demand_link
        self._going: dict[str, Attempt] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, LegAnswered, self._on_answered)
        bus.subscribe(LISTENER, LegJoined, self._on_joined)
        bus.subscribe(LISTENER, RingFailed, self._on_failed)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, events.CampaignChanged, self._on_campaign)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    def of(self, agent: str) -> Attempt | None:
        """The call that this agent is making and nobody has answered yet."""
        return self._going.get(agent)

    def making(self, call: str) -> Attempt | None:
        """The same by the id of the call."""
        return next((each for each in self._going.values() if each.call.id == call), None)

    def who_may(self, number: str) -> May | None:
        """See `Dialling.who_may`."""
        return self._rules.who_may(number)

    async def dial(
        self, agent: str, number: str, by: str, *, queue: str = "", purpose: str = "", language: str = "",
        own: Mapping[str, int] = NO_SKILLS, errand: Errand = AT_WILL, turn: Mapping[str, Any] = OWN_WISH,
    ) -> str:  # fmt: skip
        """Ring the agent, then `number` on behalf of `queue` and for its `errand`; the new call's id. `turn`: see
        `ledger.dial`.

        The customer is spoken to in `language`, or what is known to be his; whoever takes him over speaks it and
        has the skills of the queue and his `own`.
        Raises Refused: no_outside_line, not_a_number, number_blocked, not_permitted, dialling, line_taken (by a consult
        or a listener), not_free (by state), phone_unreachable, link_down; SwitchError.
        """
        trunk = self._trunk()
        if trunk is None or trunk.out is None:
            raise Refused("no_outside_line", "no trunk of this site takes calls out (site.yaml, trunks: out)")
        dialled = self._rules.demand(agent, number)
        queue, now = queue or DEFAULT_QUEUE, self._clock()
        shows = self._rules.shown_for(queue, dialled.reach, trunk.out.shows)
        call = LiveCall(
            new_id(now), new_id(now), dialled.plain, shows, "", language, now,
            CallState.DIALLING, queue, agent=agent, offer=new_id(now), offered_at=now,
            direction="outbound", purpose=purpose,
        )  # fmt: skip
        attempt = Attempt(call, dialled, inputs.AgentWished(agent, AgentState.READY), errand)

        def reserve(floor: Floor) -> Sequence[inputs.Input]:
            attempt.after = self._demand_may_dial(floor, agent)
            attempt.wrap_up = _wrap_up_of(floor.seats[agent])
            self._going[agent] = attempt
            return (inputs.AgentWished(agent, AgentState.OUTBOUND, DIALLING, then=attempt.after),)

        async def write(tx: Transaction) -> None:
            if not language:
                call.language = await language_for(tx.session, self._language_of, dialled.plain, queue)
            call.own = with_own({call.language: 1}, own)
            call.skills = skills_for(self._queues.queues.get(queue), call.language, own)
            await ledger.dial(tx, call, by, now, turn)

        try:
            await self._carry_out(reserve, by, write)
        except Refused:
            self._forget(attempt)
            raise
        if self._going.get(agent) is not attempt:  # stopped, or ended with the link, before anything rang
            return call.id
        try:
            await self._switch.do(Summon(call.offer, PHONE + agent, call.leg, dialled.plain, "", OWN_RING_SECONDS))
        except SwitchError:
            await self._over(attempt, "failed", "system")
            raise
        return call.id

    async def stop(self, agent: str) -> None:
        """Ring nobody any more. Raises NotFound when he is calling nobody, Refused: link_down."""
        attempt = self._going.get(agent)
        if attempt is None:
            raise NotFound("no call is being made")
        self._demand_link()
        await self._over(attempt, "cancelled", "agent")

    def _demand_may_dial(self, floor: Floor, agent: str) -> inputs.AgentWished:
        """What he goes back to."""
        seat = floor.seats.get(agent)
        state = seat.state if seat else AgentState.SIGNED_OUT
        if agent in self._going:
            raise Refused("dialling", "a call is being made already")
        if self._engaged(agent):
            raise Refused("line_taken", "a colleague asks him or a supervisor listens there: hang up first")
        self._demand_link()
        if seat is None or state not in FROM:
            raise Refused(
                "not_free", f"calls out are possible when ready, outbound, not-ready or wrapping up, not {state}"
            )
        if not seat.phone:
            raise Refused("phone_unreachable", "your telephone is not connected")
        if state is AgentState.WRAP_UP:
            return seat.kept()
        if seat.dials or seat.lost:  # for this very call; or his telephone, which is there, is left alone for a while
            return inputs.AgentWished(agent, AgentState.READY)
        return inputs.AgentWished(agent, state, seat.reason)

    async def _on_answered(self, event: LegAnswered) -> None:
        attempt, trunk = self._by_leg(event.leg), self._trunk()
        if attempt is None or attempt.answered or event.leg != attempt.call.offer or trunk is None:
            return
        attempt.answered = True
        call = attempt.call
        device = commands.outside(attempt.number.digits, trunk.name)
        told = ((LANGUAGE_VARIABLE, call.language),)
        try:
            async with self._db.transaction() as tx:
                await attempt.errand.begin(tx, call.id)
                tx.publish(events.CustomerRung(self._clock(), call.id, call.agent))
            if self._going.get(call.agent) is not attempt:  # stopped meanwhile
                return
            await self._switch.do(Reach(call.leg, device, call.offer, call.dialled, "", self._rules.ring_seconds, told))
        except Refused as fault:
            await self._over(attempt, "cancelled", "system", fault.reason)
        except SwitchError as fault:
            log.warning("customer not rung", call=call.id, problem=fault.problem)
            await self._over(attempt, "failed", "system")

    async def _on_campaign(self, _event: events.CampaignChanged) -> None:
        """The own telephones of agents stop ringing whose customers are not to be called any more."""
        for attempt in [each for each in self._going.values() if not each.answered]:
            try:
                async with self._db.transaction() as tx:
                    await attempt.errand.look(tx)
            except Refused as fault:
                await self._over(attempt, "cancelled", "system", fault.reason)

    async def _on_joined(self, event: LegJoined) -> None:
        """Of the agent's leg: from now on it is a talk, and the dispatcher's."""
        attempt = self._by_leg(event.leg)
        if attempt is None or event.leg != attempt.call.offer or attempt.call.state is not CallState.DIALLING:
            return
        call, agent = attempt.call, attempt.call.agent
        call.state = CallState.TALKING
        self._live.add(call)

        def begin(floor: Floor) -> Sequence[inputs.Input]:
            seat, after = floor.seats.get(agent), attempt.after
            if seat is not None and not seat.dials:  # he is no agent any more, for example
                after = seat.present()
            out = seat is not None and seat.state is AgentState.SIGNED_OUT
            busy = inputs.AgentWished(agent, AgentState.NOT_READY if out else AgentState.OUTBOUND)
            return (busy, inputs.TalkFound(call.id, call.queue, {}, 0, event.at, agent), after)

        async def write(tx: Transaction) -> None:
            await ledger.connect(tx, call, agent, self._clock())

        try:
            await self._carry_out(begin, "", write)
        finally:  # what cannot be stored now is taken up when all begins again
            self._forget(attempt)

    async def _on_failed(self, event: RingFailed) -> None:
        if attempt := self._by_leg(event.leg):
            result = RESULTS.get(event.cause, "failed")
            own = event.leg == attempt.call.offer
            await self._over(attempt, "own_phone" if own else result, "agent" if own else "system")

    async def _on_ended(self, event: LegEnded) -> None:
        attempt = self._by_leg(event.leg)
        if attempt is not None and attempt.call.state is CallState.DIALLING:
            own = event.leg == attempt.call.offer
            await self._over(attempt, "cancelled" if own else "failed", "agent" if own else "customer")

    async def _on_link_up(self, event: LinkUp) -> None:
        """What was being dialled when the link broke has been ended or taken up by the recovery."""
        self._going.clear()

    async def _over(self, attempt: Attempt, result: str, ended_by: str, why: str = "") -> None:
        call, agent = attempt.call, attempt.call.agent
        if self._going.get(agent) is not attempt or call.state is not CallState.DIALLING:
            return
        del self._going[agent]
        call.state = CallState.ENDED
        for leg in (call.leg, call.offer):
            await self._try(HangUp(leg))
        self._live.cancel(agent, self._clock())

        def release(floor: Floor) -> Sequence[inputs.Input]:
            seat = floor.seats.get(agent)
            return _back(attempt, result, seat) if seat is not None and seat.dials else ()

        async def write(tx: Transaction) -> None:
            await ledger.end_dial(tx, call, result, ended_by, self._clock(), why)

        await self._carry_out(release, "", write)

    def _forget(self, attempt: Attempt) -> None:
        if self._going.get(attempt.call.agent) is attempt:
            del self._going[attempt.call.agent]

    async def _try(self, command: Command) -> None:
        try:
            await self._switch.do(command)
        except SwitchError as fault:
            log.info("command not carried out", command=type(command).__name__, problem=fault.problem)

    def _by_leg(self, leg: str) -> Attempt | None:
        going = self._going.values()
        return next((each for each in going if leg in (each.call.leg, each.call.offer)), None)


def _wrap_up_of(seat: Seat) -> inputs.WrapUpResumed | None:
    return inputs.WrapUpResumed(seat.agent, seat.until, seat.extra) if seat.state is AgentState.WRAP_UP else None


def _back(attempt: Attempt, result: str, seat: Seat) -> Sequence[inputs.Input]:
    """Nobody was reached: what he was before; not-ready, if need be after the wrap-up, if his own telephone is there
    and was not answered."""
    after, wrap_up, agent = attempt.after, attempt.wrap_up, attempt.call.agent
    own = result == "own_phone" and seat.phone
    failed = inputs.AgentWished(agent, AgentState.NOT_READY, "no_answer") if own else None
    if wrap_up is None:
        return (failed or after,)
    if failed and after.state is AgentState.READY:
        return (inputs.AgentWished(agent, AgentState.OUTBOUND, DIALLING, then=failed), wrap_up)
    return (wrap_up,)  # what is to follow it is kept all the time
