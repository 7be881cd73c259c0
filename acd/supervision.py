"""Supervisors who listen to a conversation, whisper to the agent or speak with both."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from accounts import audit
from acd import inputs
from acd.agent_state import AT_WORK, AgentState
from acd.control import CarryOut, Control
from acd.events import SupervisionChanged
from acd.floor import Floor
from acd.roster import PHONE
from acd.seat import TAKES_OVER
from core.bus import Bus
from core.clock import Clock, new_id
from core.database import Database
from core.errors import NotFound, Refused
from pbx.commands import ChangeSpy, HangUp, Spy, SpyMode
from pbx.events import LegAnswered, LegEnded, LegLeft, LinkUp, RingFailed
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.supervision"
RING_SECONDS = 20
PLACE = "centre-spy"
SHOWN_NUMBER = "0"


@dataclass(slots=True)
class Listening:
    """`by` hears `call` with `agent` at the telephone of number `phone`; `answered` once he has picked it up.

    `chosen`: the caller is being given to him.
    """

    call: str
    agent: str
    by: str
    phone: str
    mode: SpyMode
    leg: str
    answered: bool = False
    chosen: bool = False


class Supervision:
    """One per engine. What is going on lives in memory: after a restart of the engine every supervisor's leg is ended.

    It ends with the agent's leg: when either side hangs up, or the caller is given away.
    """

    def __init__(
        self, db: Database, switch: Switch, clock: Clock, control: Control, carry_out: CarryOut,
        asked: Callable[[str], object],
    ) -> None:  # fmt: skip
        """`asked`: what a colleague asks an agent about at his telephone."""
        self._db = db
        self._control = control
        self._switch = switch
        self._clock = clock
        self._carry_out = carry_out
        self._asked = asked
        self._going: dict[str, Listening] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, LegAnswered, self._on_answered)
        bus.subscribe(LISTENER, RingFailed, self._on_ended)
        bus.subscribe(LISTENER, LegLeft, self._on_left)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    def of(self, call: str) -> list[Listening]:
        return [each for each in self._going.values() if each.call == call]

    def at(self, phone: str) -> Listening | None:
        """What is heard, or soon will be, at this telephone."""
        return next((each for each in self._going.values() if each.phone == phone), None)

    async def start(self, call: str, mode: SpyMode, phone: str, by: str) -> Listening:
        """Ring `phone` and let it hear the call, or go on in another mode where `by` hears it already.

        Audited. Raises NotFound for a call that is over, Refused: not_talking, ringing (his own telephone still
        rings), listening_elsewhere, phone_at_work (an agent takes calls there), line_taken (it is used), SwitchError.
        """
        live = self._control.talk(call)
        for known in self._going.values():
            if known.by == by:
                return await self._change(known, call, mode)
        made, heard = Listening(call, live.agent, by, phone, mode, new_id(self._clock())), ""
        self._going[made.leg] = made

        def demand(floor: Floor) -> Sequence[inputs.Input]:
            nonlocal heard
            heard = self._control.demand_with(call, made.agent).offer
            return self._demand_away(floor, made)

        try:
            await self._carry_out(demand, by)
        except (Refused, NotFound):
            del self._going[made.leg]
            raise
        await self._note(made, "supervision_started")
        name = f"{made.agent} {live.caller}"
        try:
            await self._switch.do(Spy(made.leg, PHONE + phone, heard, mode, SHOWN_NUMBER, name, RING_SECONDS))
        except SwitchError:
            await self._over(made, "supervision_failed")
            raise
        return made

    async def stop(self, call: str, by: str) -> None:
        """Raises NotFound when `by` does not listen to this call, Refused: link_down."""
        mine = [each for each in self.of(call) if each.by == by]
        if not mine:
            raise NotFound("you are not listening to this call")
        self._control.demand_link()
        for each in mine:
            await self._switch.do(HangUp(each.leg))
            await self._over(each, "supervision_stopped")

    async def take_over(self, call: str, by: str) -> None:
        """Who listens talks with the caller from now on, at the telephone he listens with; the agent wraps up.

        Raises NotFound when `by` does not listen, Refused: ringing, not_talking, agent_not_free.
        """
        async with self._control.alone(call):
            known = next((each for each in self.of(call) if each.by == by), None)
            if known is None:
                raise NotFound("you are not listening to this call")
            if not known.answered:
                raise Refused("ringing", "your telephone still rings: answer it first")
            await self._carry_out(lambda floor: self._seat(floor, known), by)
            known.chosen = True
            try:
                await self._control.transfer(call, by, agent=known.phone, on_line_for=TAKES_OVER)
            except (Refused, NotFound):
                await self._give_back(known.phone)
                raise
            finally:
                known.chosen = False
        await self._note(known, "supervision_taken_over")

    def chosen(self, call: str, agent: str) -> str:
        """This agent's leg if he is the supervisor who is being given the caller at this moment, else ''."""
        return next((each.leg for each in self.of(call) if each.chosen and each.phone == agent), "")

    def take(self, call: str, agent: str) -> str:
        """For the dispatcher, when the caller is given to the supervisor: from now on it is his conversation."""
        leg = self.chosen(call, agent)
        self._going.pop(leg, None)
        return leg

    def _seat(self, floor: Floor, known: Listening) -> Sequence[inputs.Input]:
        """The telephone takes calls, for this one alone, and is afterwards what it was before.

        Nobody is offered to who is not ready.
        """
        self._demand_away(floor, known)
        phone = known.phone
        seat = floor.seats.get(phone)
        if seat is None:
            before = inputs.AgentWished(phone, AgentState.SIGNED_OUT)
        else:
            before = seat.kept() if seat.stands_by(TAKES_OVER) else seat.present()
        before = replace(before, by="", forced=False)  # nobody need ask for it again
        signs_in = (inputs.AgentSignedIn(phone, {}),) if before.state is AgentState.SIGNED_OUT else ()
        return (*signs_in, inputs.AgentWished(phone, AgentState.NOT_READY, TAKES_OVER, then=before))

    async def _give_back(self, phone: str) -> None:
        """The telephone is what it was before."""

        def release(floor: Floor) -> Sequence[inputs.Input]:
            seat = floor.seats.get(phone)
            return (seat.kept(),) if seat is not None and seat.stands_by(TAKES_OVER) else ()

        await self._carry_out(release, "")

    async def _change(self, known: Listening, call: str, mode: SpyMode) -> Listening:
        if known.call != call:
            raise Refused("listening_elsewhere", "you are listening to another call: stop there first")
        if not known.answered:
            raise Refused("ringing", "your telephone still rings: answer it first")
        await self._switch.do(ChangeSpy(known.leg, mode))
        known.mode = mode
        await self._note(known, "supervision_changed")
        return known

    async def _on_answered(self, event: LegAnswered) -> None:
        if known := self._going.get(event.leg):
            known.answered = True
            async with self._db.transaction() as tx:
                tx.publish(SupervisionChanged(self._clock(), known.call))

    async def _on_ended(self, event: LegEnded | RingFailed) -> None:
        if known := self._going.get(event.leg):
            await self._over(known, "supervision_ended" if known.answered else "supervision_unanswered")

    async def _on_left(self, event: LegLeft) -> None:
        """Who speaks with both holds on to the caller's leg, which Asterisk cannot end as long as it is on hold."""
        for known in [each for each in self._going.values() if each.answered and each.mode is SpyMode.BARGE]:
            with suppress(NotFound, SwitchError):
                if self._control.find(known.call).offer == event.leg:
                    await self._switch.do(ChangeSpy(known.leg, known.mode))

    async def _on_link_up(self, event: LinkUp) -> None:
        here = {leg.leg for leg in event.legs if leg.place == PLACE}
        for known in [each for each in self._going.values() if each.leg not in here]:
            await self._over(known, "supervision_ended")
        for leg in here - self._going.keys():
            try:
                await self._switch.do(HangUp(leg))
            except SwitchError as fault:
                log.warning("a listener of before cannot be ended", leg=leg, problem=fault.problem)

    async def _over(self, known: Listening, what: str) -> None:
        if self._going.pop(known.leg, None):
            await self._note(known, what)

    async def _note(self, known: Listening, what: str) -> None:
        reason = f"{known.mode} agent {known.agent} phone {known.phone}"
        async with self._db.transaction() as tx:
            await audit.note(tx, known.by, what, f"call:{known.call}", reason)
            tx.publish(SupervisionChanged(self._clock(), known.call))

    def _demand_away(self, floor: Floor, wanted: Listening) -> tuple[()]:
        """A telephone where calls may come at any moment, or that is used, must not be taken for listening."""
        phone = wanted.phone
        seat = floor.seats.get(phone)
        if seat is not None and (seat.state in AT_WORK or seat.lost):  # who is lost becomes ready by himself
            raise Refused("phone_at_work", f"agent {phone} is {seat.state} at this telephone")
        others = any(each.phone == phone and each is not wanted for each in self._going.values())
        if others or self._asked(phone) or (seat is not None and seat.dials):
            raise Refused("line_taken", f"somebody is asked, listens or dials at telephone {phone}")
        return ()
