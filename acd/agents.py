"""What people ask of an agent's state, and by which rules it is refused."""

from collections.abc import Callable, Sequence

from accounts import audit
from accounts.events import PeopleChanged
from acd import agent_state, breaks, inputs, ledger, repository
from acd.agent_state import AgentState
from acd.breaks import Pauses
from acd.control import CarryOut
from acd.floor import Floor
from acd.intervals import intervals
from acd.roster import AgentCard, Roster, forces
from acd.rota.planned import BEFORE, Rota
from acd.wrapup import coding
from acd.wrapup.codes import Codes
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import NotFound, Refused


class Agents:
    """`by` is the login of who asks; somebody else than the agent forces. What is refused is written down."""

    def __init__(
        self, db: Database, roster: Roster, rules: Pauses, clock: Clock, carry_out: CarryOut,
        phones: Callable[[], frozenset[str]], dialling: Callable[[str], object], engaged: Callable[[str], object],
    ) -> None:  # fmt: skip
        """`dialling`: an agent's call out nobody has answered; `engaged`: what else his telephone is used for now."""
        self._db = db
        self._roster = roster
        self.rules = rules
        self._clock = clock
        self._carry_out = carry_out
        self._phones = phones
        self._dialling = dialling
        self._engaged = engaged
        self.rota: Rota | None = None
        self.codes = Codes()

    async def set_state(self, number: str, state: AgentState, reason: str, by: str) -> None:
        """Now, or after the contact; a forced one after the wrap-up too.

        Raises NotFound for an unknown agent, Refused where the rules forbid it. Whoever forces a break or a sign-in
        overrules the rules of breaks and shifts, which is audited.
        """
        card = await self._roster.find(number)
        if card is None:
            raise NotFound(f"there is no agent {number}")
        forced = forces(by, card)
        taken, off_duty = await self._taken(number, state), await self._off_duty(number)
        unsaid = None if forced or state is AgentState.SIGNED_OUT else await self._unsaid(number)
        notes: list[tuple[str, str]] = []
        happened: list[inputs.Input] = []

        def wish(floor: Floor) -> Sequence[inputs.Input]:
            notes.clear()
            if (refused := floor.refusal_of(number, state, forced=forced)) is not None:
                raise refused
            if self._dialling(number):
                raise Refused("dialling", "a call is being made: hang it up first")
            if state is AgentState.READY and self._engaged(number):
                raise Refused("line_taken", "a colleague asks him or a supervisor listens there: hang up first")
            seat = floor.seats.get(number)
            if unsaid and seat and seat.state is AgentState.WRAP_UP:
                raise Refused(*unsaid)
            if (broken := self._broken(floor, number, state, taken, forced)) is not None:
                if not forced:
                    raise Refused(*broken)
                notes.append(("break_overruled", broken[0]))
            happened[:] = self._inputs(floor, card, state, reason, by, forced)
            if off_duty and isinstance(happened[0], inputs.AgentSignedIn):
                if not forced:
                    raise Refused(*off_duty)
                notes.append(("shift_overruled", off_duty[0]))
            return happened

        def signs_in() -> bool:
            return any(isinstance(each, inputs.AgentSignedIn) for each in happened)

        async def write(tx: Transaction) -> None:
            if signs_in():
                await ledger.sign_in(tx, number, self._clock())
            for what, why in notes:
                await audit.note(tx, by, what, f"agent:{number}", f"{state}: {why}")

        try:
            await self._carry_out(wish, by, write)
        except Refused as fault:
            if fault.reason != "not_stored":
                async with self._db.transaction() as tx:
                    await audit.note(tx, by, "state_refused", f"agent:{number}", f"{state}: {fault.reason}")
            raise
        if signs_in() and await self._roster.find(number) != card:
            self._db.bus.publish(PeopleChanged())  # it was told when he was not there yet

    async def extend_wrap_up(self, number: str, seconds: float, by: str) -> None:
        """Raises Refused: not_in_wrap_up, too_long."""

        def wish(floor: Floor) -> Sequence[inputs.Input]:
            seat = floor.seats.get(number)
            if seat is None or seat.state is not AgentState.WRAP_UP or seat.until is None:
                raise Refused("not_in_wrap_up", "there is no wrap-up whose end could be put off")
            if seconds > seat.extra:
                raise Refused("too_long", f"only {seat.extra:.0f} s more are allowed")
            return (inputs.WrapUpExtended(number, seconds),)

        await self._carry_out(wish, by)

    def _inputs(
        self, floor: Floor, card: AgentCard, state: AgentState, reason: str, by: str, forced: bool
    ) -> list[inputs.Input]:
        seat = floor.seats.get(card.number)
        happened: list[inputs.Input] = []
        if (seat is None or seat.state is AgentState.SIGNED_OUT) and state is not AgentState.SIGNED_OUT:
            happened.append(inputs.AgentSignedIn(card.number, card.skills, card.device in self._phones(), forced))
            if seat is not None and seat.wish_forced and not forced:
                return happened  # he goes where he was sent, whatever he would rather do
        if not happened or state is not AgentState.READY:
            happened.append(inputs.AgentWished(card.number, state, reason, by, forced))
        return happened

    def _broken(
        self, floor: Floor, number: str, state: AgentState, taken: float, forced: bool
    ) -> tuple[str, str] | None:
        """Of a break after a contact the floor says when it would begin whether the group can spare him."""
        rules, seat = self.rules(), floor.seats.get(number)
        if rules.of(state) is None or seat is None or seat.state is state:
            return None
        if not forced and agent_state.kept_for_later(seat.state, forced=False):
            return breaks.used_up(rules, state, taken)
        group = floor.outlook.group_of(number)
        return breaks.refusal(rules, state, taken, staff=group.staff, free=group.free, waiting=group.waiting)

    async def _off_duty(self, number: str) -> tuple[str, str] | None:
        if self.rota is None:
            return None
        async with self._db.reading() as session:
            return await self.rota.refusal(session, number, self._clock())

    async def _unsaid(self, number: str) -> tuple[str, str] | None:
        """What his last conversation still needs before he may end its wrap-up himself."""
        async with self._db.reading() as session:
            return await coding.refusal(session, self.codes, number)

    async def _taken(self, number: str, state: AgentState) -> float:
        """Seconds of such breaks in this shift; where there is no rota, in the last 24 hours."""
        if self.rules().of(state) is None:
            return 0.0
        now = self._clock()
        async with self._db.reading() as session:
            history = await repository.agent_history(session, number, now - BEFORE)
            lately = intervals(history, now - BEFORE, now)
            since = await self.rota.allowance_since(session, number, lately, now) if self.rota else now - repository.DAY
        return breaks.taken(intervals(history, since, now), state)
