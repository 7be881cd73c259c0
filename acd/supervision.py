"""Supervisors who listen to a conversation, whisper to the agent or speak with both."""

from dataclasses import dataclass

import structlog

from accounts import audit
from acd.agent_state import AT_WORK, AgentState
from acd.call import CallState
from acd.control import CarryOut
from acd.floor import Floor
from acd.live import LiveCalls
from acd.roster import PHONE
from core.bus import Bus
from core.clock import Clock, new_id
from core.database import Database
from core.errors import NotFound, Refused
from pbx.commands import ChangeSpy, HangUp, Spy, SpyMode
from pbx.events import LegAnswered, LegEnded, LinkUp, RingFailed
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

LISTENER = "acd.supervision"
RING_SECONDS = 20
PLACE = "centre-spy"
SHOWN_NUMBER = "0"


@dataclass(slots=True)
class Listening:
    """`by` hears `call` with `agent` at the telephone of number `phone`; `answered` once he has picked it up."""

    call: str
    agent: str
    by: str
    phone: str
    mode: SpyMode
    leg: str
    answered: bool = False


class Supervision:
    """One per engine. What is going on lives in memory: after a restart of the engine every supervisor's leg is ended.

    It ends with the agent's leg: when either side hangs up, or the caller is given away.
    """

    def __init__(self, db: Database, switch: Switch, live: LiveCalls, clock: Clock, carry_out: CarryOut) -> None:
        self._db = db
        self._switch = switch
        self._live = live
        self._clock = clock
        self._carry_out = carry_out
        self._going: dict[str, Listening] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, LegAnswered, self._on_answered)
        bus.subscribe(LISTENER, RingFailed, self._on_ended)
        bus.subscribe(LISTENER, LegEnded, self._on_ended)
        bus.subscribe(LISTENER, LinkUp, self._on_link_up)

    def of(self, call: str) -> list[Listening]:
        return [each for each in self._going.values() if each.call == call]

    async def start(self, call: str, mode: SpyMode, phone: str, by: str) -> Listening:
        """Ring `phone` and let it hear the call, or go on in another mode where `by` hears it already.

        Audited. Raises NotFound for a call that is over, Refused: not_talking, ringing (his own telephone still
        rings), listening_elsewhere, phone_at_work (an agent takes calls there), SwitchError.
        """
        live = self._live.by_id(call)
        if live is None:
            raise NotFound(f"there is no call {call} under way")
        if live.state is not CallState.TALKING:
            raise Refused("not_talking", f"nobody talks on this call now: it is {live.state}")
        for known in self._going.values():
            if known.by == by:
                return await self._change(known, call, mode)
        made = Listening(call, live.agent, by, phone, mode, new_id(self._clock()))
        self._going[made.leg] = made
        try:
            await self._carry_out(lambda floor: _demand_away(floor, phone), by)
        except Refused:
            del self._going[made.leg]
            raise
        await self._note(made, "supervision_started")
        name = f"{made.agent} {live.caller}"
        try:
            await self._switch.do(Spy(made.leg, PHONE + phone, live.offer, mode, SHOWN_NUMBER, name, RING_SECONDS))
        except SwitchError:
            await self._over(made, "supervision_failed")
            raise
        return made

    async def stop(self, call: str, by: str) -> None:
        """Raises NotFound when `by` does not listen to this call."""
        mine = [each for each in self.of(call) if each.by == by]
        if not mine:
            raise NotFound("you are not listening to this call")
        for each in mine:
            await self._switch.do(HangUp(each.leg))
            await self._over(each, "supervision_stopped")

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

    async def _on_ended(self, event: LegEnded | RingFailed) -> None:
        if known := self._going.get(event.leg):
            await self._over(known, "supervision_ended" if known.answered else "supervision_unanswered")

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


def _demand_away(floor: Floor, phone: str) -> tuple[()]:
    """A telephone where calls may come at any moment must not be taken for listening."""
    seat = floor.seats.get(phone)
    state = seat.state if seat else AgentState.SIGNED_OUT
    if state in AT_WORK:
        raise Refused("phone_at_work", f"agent {phone} is {state} at this telephone")
    return ()
