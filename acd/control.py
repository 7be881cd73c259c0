"""What people do to calls that are under way: hold, hang up, transfer, pick, priority."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol

from accounts import audit
from acd import admission, inputs, ledger
from acd.agent_state import AT_WORK, AgentState
from acd.call import CallState
from acd.floor import Floor
from acd.live import LiveCall, LiveCalls
from acd.models import Call
from acd.queues import Queues
from acd.rewait import Own
from acd.seat import Seat
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from core.tasks import Locks
from pbx.commands import AskToAnswer, Command, Hold, Mute, Rejoin, SendKey
from pbx.events import HoldChanged
from pbx.switch import LegGone, LinkLost, Switch, SwitchError

HANG_UP_PATIENCE = 2.0
"""Seconds for which a hang-up waits until what somebody else does to the talk is done: that may hang on a lost link."""
Wish = Callable[[Floor], Sequence[inputs.Input]]
Write = Callable[[Transaction], Awaitable[None]]
Then = Callable[[], None]


class CarryOut(Protocol):
    """The dispatcher's: ask `wish` what shall happen, with the floor to itself, then do it; its Refused is passed on.

    `write` adds to the transaction that stores what is decided.
    """

    async def __call__(self, wish: Wish, by: str, write: Write | None = None) -> None: ...


class Control:
    """Every method: `by` is the login of who asks; raises NotFound for a call that is over, Refused with the reason
    (link_down for all that the switch must be told), SwitchError when the switch did not obey."""

    def __init__(
        self, db: Database, switch: Switch, live: LiveCalls, queues: Queues, clock: Clock, carry_out: CarryOut,
        demand_link: Then,
    ) -> None:  # fmt: skip
        """`demand_link` raises Refused: link_down."""
        self._db = db
        self._switch = switch
        self._live = live
        self._queues = queues
        self._clock = clock
        self._carry_out = carry_out
        self.demand_link = demand_link
        self._locks = Locks()

    def agent_on(self, call: str) -> str:
        """The agent who is offered the call or talks, '' for none; raises NotFound."""
        return self.find(call).agent

    def dialled(self, call: str) -> str:
        """The number of ours that was dialled; raises NotFound."""
        return self.find(call).dialled

    def own(self, call: str) -> Own:
        """Of `LiveCall`; nothing for a call that is over."""
        live = self._live.by_id(call)
        return (live.own, live.own_priority) if live else ({}, 0)

    def holds(self, call: str) -> bool:
        """Whether the caller is on hold here, which `resume` ends; False for a call that is over."""
        live = self._live.by_id(call)
        return live is not None and live.held

    async def hold(self, call: str, by: str) -> None:
        """The caller hears music, the agent nothing; the recording goes on. Refused: not_talking, already_held."""
        async with self.alone(call) as live:
            if live.held:
                raise Refused("already_held", "the caller is on hold already")
            live.held = True
            await self._command(live, Hold(live.leg, live.offer))
            await self.store_hold(live, by, held=True)

    async def resume(self, call: str, by: str) -> None:
        """Caller and agent hear each other again. Refused: not_talking, not_held (also when the telephone holds)."""
        async with self.alone(call) as live:
            if not live.held:
                raise Refused("not_held", "the caller is not on hold, or by the agent's own telephone")
            live.held = False
            await self._command(live, Rejoin(live.offer))
            await self.store_hold(live, by, held=False)

    async def on_phone_hold(self, event: HoldChanged) -> None:
        """The agent's own telephone pressed hold; while we hold the caller that changes nothing."""
        live = self._live.by_agent_leg(event.leg)
        if live is not None and live.state is CallState.TALKING and not live.held:
            with suppress(Refused):  # hung up in the same moment
                await self.store_hold(live, "", held=event.held, at=event.at)

    async def hang_up(self, call: str, by: str, *, own: bool = True) -> None:
        """End the conversation as if the agent had hung up. When it is not the agent himself (`own`), it is the system
        that ends it, and it is audited."""
        async with self.alone(call, HANG_UP_PATIENCE) as live:
            agent = live.agent

            def wish(_floor: Floor) -> Sequence[inputs.Input]:
                self.demand_with(call, agent)
                return (inputs.TalkEnded(call, agent, "agent" if own else "system"),)

            await self._carry_out(wish, by, None if own else _audited(by, "call_hung_up", call))

    async def transfer(self, call: str, by: str, *, queue: str = "", agent: str = "", on_line_for: str = "") -> None:
        """Blind: the caller waits in `queue` (his own when ''), with what he has waited before; the agent wraps up.

        `on_line_for`: this agent is on the line already, and not-ready for that reason. Whatever else he has become
        meanwhile, signed out for example, he is again after this call.
        With `agent` he alone is rung first; if he does not answer the caller waits in the queue for anybody. Refused:
        not_talking, unknown_queue, same_agent, agent_not_free.
        """
        async with self.alone(call) as live:
            rules = self._queues.as_now()
            name = queue or admission.standing(rules, live.queue)
            if name not in rules.queues:
                raise Refused("unknown_queue", f"there is no queue {queue!r}")
            talking = live.agent
            if agent == talking:
                raise Refused("same_agent", "the caller talks with this agent already")
            waited = await self._waited(call)

            def wish(floor: Floor) -> Sequence[inputs.Input]:
                self.demand_with(call, talking)
                _demand_on_the_line(floor, agent) if on_line_for else demand_free(floor, agent)
                since = self._clock() - waited
                wait = admission.anew(rules, live, name, self._clock())
                given = inputs.Transferred(call, talking, name, wait.skills, wait.priority, since, agent, wait.stages)
                return (_takes_it(floor.seats[agent], on_line_for), given) if on_line_for else (given,)

            await self._carry_out(wish, by)

    async def reclaim(self, call: str, by: str, *, kept: bool = True) -> None:
        """The agent's telephone has lost the call: the caller hears music while that telephone alone is rung anew.

        If it does not answer within the queue's ringing time he waits in the queue for anybody; at once where he is not
        `kept`, for that telephone does not come back. Refused: not_talking.
        """
        async with self.alone(call) as live:
            agent = live.agent
            rules, waited = self._queues.as_now(), await self._waited(call)

            def wish(_floor: Floor) -> Sequence[inputs.Input]:
                self.demand_with(call, agent)
                since = self._clock() - waited
                name = admission.standing(rules, live.queue)
                wait = admission.anew(rules, live, name, self._clock())
                given = (agent, name, wait.skills, wait.priority, since, agent if kept else "", wait.stages)
                return (inputs.Transferred(call, *given, lost=True),)

            await self._carry_out(wish, by)

    async def transfer_to_menu(self, call: str, step: str, by: str) -> None:
        """The caller goes on in the menu at `step`, which must exist; the agent wraps up. Refused: not_talking."""
        async with self.alone(call) as live:
            agent = live.agent

            def wish(_floor: Floor) -> Sequence[inputs.Input]:
                self.demand_with(call, agent)
                return (inputs.TalkEnded(call, agent, "agent", step),)

            async def write(tx: Transaction) -> None:
                await ledger.leave_to_menu(tx, live, step, by, self._clock())

            await self._carry_out(wish, by, write)

    async def mute(self, call: str, by: str, *, muted: bool, phone: bool = False) -> None:
        """The caller does not hear what is said at the agent's place, or hears it again. Refused: not_talking.

        `phone`: the agent's own telephone does it. It needs no switch to be silent, so that it can be heard again
        whatever happens to us; but whoever is to be heard again is so in the switch as well.
        """
        live = self._with_agent(call)
        agent = live.agent
        if not (muted and phone):
            self.demand_link()
            await self._demand(Mute(live.offer, muted))

        def wish(_floor: Floor) -> Sequence[inputs.Input]:
            self._with_agent(call, agent)
            return ()

        async def write(tx: Transaction) -> None:
            await ledger.note_mute(tx, live, by, self._clock(), muted=muted, phone=phone)

        await self._carry_out(wish, by, write)

    async def send_keys(self, call: str, keys: str) -> None:
        """As if the agent pressed them; nobody writes them down, for they may be secret.

        Refused: not_talking, on_hold (nobody hears them).
        """
        live = self.talk(call)
        if live.held:
            raise Refused("on_hold", "the caller is on hold and hears no keys")
        for key in keys:
            await self._demand(SendKey(live.offer, key))

    async def _demand(self, command: Command) -> None:
        try:
            await self._switch.do(command)
        except LegGone:
            raise Refused("not_talking", "caller or agent has just hung up") from None

    async def ask_to_answer(self, call: str, leg: str, by: str, *, whose: str = "") -> None:
        """The telephone that rings on `leg`; audited where it is somebody else's, of agent `whose`.

        Refused: not_ringing.
        """
        self.demand_link()
        if whose:
            await self._carry_out(lambda _floor: (), by, _audited(by, "call_answered", call, whose))
        try:
            await self._switch.do(AskToAnswer(leg))
        except LegGone:
            raise Refused("not_ringing", "no telephone rings for this call now") from None

    async def pick(self, call: str, agent: str, by: str) -> None:
        """Ring `agent` for a waiting call, whoever is before it. Refused: not_waiting, agent_not_free."""
        self.find(call)

        def wish(floor: Floor) -> Sequence[inputs.Input]:
            contact = floor.contacts.get(call)
            if contact is None or contact.state is not CallState.WAITING:
                raise Refused("not_waiting", "the caller does not wait in a queue")
            self.demand_link()
            demand_free(floor, agent)
            return (inputs.Picked(call, agent),)

        await self._carry_out(wish, by, _audited(by, "call_picked", call, agent))

    async def set_priority(self, call: str, priority: int, by: str) -> None:
        """A higher number is served sooner. Refused: not_waiting."""
        was = self.find(call).priority

        def wish(floor: Floor) -> Sequence[inputs.Input]:
            contact = floor.contacts.get(call)
            if contact is None or contact.state not in (CallState.WAITING, CallState.RINGING):
                raise Refused("not_waiting", "the caller does not wait in a queue")
            return (inputs.Ranked(call, priority),)

        await self._carry_out(wish, by, _audited(by, "call_priority", call, f"{was} → {priority}"))

    def find(self, call: str) -> LiveCall:
        """Raises NotFound for a call that is over."""
        live = self._live.by_id(call)
        if live is None:
            raise NotFound(f"there is no call {call} under way")
        return live

    def talk(self, call: str) -> LiveCall:
        """The call, in which caller and agent talk, and whose legs can be told something; raises NotFound, Refused:
        not_talking, link_down."""
        live = self._with_agent(call)
        self.demand_link()
        return live

    def _with_agent(self, call: str, agent: str = "") -> LiveCall:
        """The call, in which caller and agent, or this agent, talk; raises NotFound, Refused: not_talking."""
        live = self.find(call)
        if live.state is not CallState.TALKING:
            raise Refused("not_talking", f"nobody talks on this call now: it is {live.state}")
        if agent and live.agent != agent:
            raise Refused("not_talking", "the caller talks with somebody else by now")
        return live

    @asynccontextmanager
    async def alone(self, call: str, patience: float | None = None) -> AsyncIterator[LiveCall]:
        """As `talk`, in its `turn`; Refused too where the caller talks with somebody else by then."""
        agent = self.talk(call).agent
        async with self.turn(call, patience):
            yield self.demand_with(call, agent)

    def turn(self, call: str, patience: float | None = None) -> AbstractAsyncContextManager[None]:
        """As soon as nobody else parts the two or brings them together, for what the switch does takes a while, and a
        later deed must not overtake it. A deed that is made of several takes its turn once."""
        return self._locks.take(call, patience)

    def call_of(self, agent: str) -> LiveCall | None:
        """The call that rings at this agent, or on which he talks."""
        return next((each for each in self._live if each.agent == agent), None)

    def demand_with(self, call: str, agent: str) -> LiveCall:
        """As `talk`; Refused too where somebody else has the caller since it was asked for, whom nobody meant."""
        live = self._with_agent(call, agent)
        self.demand_link()
        return live

    async def _command(self, live: LiveCall, command: Command) -> None:
        """As told before the command; taken back when the switch surely did not obey."""
        held, offer = live.held, live.offer
        try:
            await self._switch.do(command)
        except LinkLost:
            # Whether it was done is found out when the link is back.
            raise
        except SwitchError as fault:
            if live.offer == offer:
                live.held = not held
            if isinstance(fault, LegGone):
                raise Refused("not_talking", "caller or agent has just hung up") from None
            raise

    async def store_hold(self, live: LiveCall, by: str, *, held: bool, at: float | None = None) -> None:
        """Write down that the caller is held or talked with again."""
        agent, now = live.agent, self._clock() if at is None else at

        def wish(_floor: Floor) -> Sequence[inputs.Input]:
            if live.state is not CallState.TALKING or live.agent != agent:
                raise Refused("not_talking", "caller or agent has just hung up")
            return (inputs.HoldToggled(live.id, agent, held),)

        async def write(tx: Transaction) -> None:
            await ledger.note_hold(tx, live.id, now, agent, by, held=held)

        await self._carry_out(wish, by, write)

    async def _waited(self, call: str) -> float:
        """Seconds the caller waited until the present conversation."""
        async with self._db.reading() as session:
            row = await session.get(Call, call)
        if row is None or row.connected_at is None or row.queued_at is None:
            return 0.0
        return max(0.0, row.connected_at - row.queued_at)


def demand_free(floor: Floor, agent: str) -> None:
    """`agent` '' is anybody, who may come later. Refused: agent_not_free."""
    seat = floor.seats.get(agent)
    if agent and (seat is None or not seat.free):
        state = seat.state if seat else AgentState.SIGNED_OUT
        raise Refused("agent_not_free", f"agent {agent} is {'on the line' if state is AgentState.READY else state}")


def _demand_on_the_line(floor: Floor, agent: str) -> None:
    """A colleague who was asked: not-ready for this, unless he has got into another contact or out of reach."""
    seat = floor.seats.get(agent)
    if seat is None or not seat.phone or seat.state in AT_WORK - {AgentState.READY}:
        raise Refused("agent_not_free", f"agent {agent} cannot take the caller now")


def _takes_it(seat: Seat, on_line_for: str) -> inputs.AgentWished:
    then = seat.kept() if seat.stands_by(on_line_for) else seat.present()
    return inputs.AgentWished(seat.agent, AgentState.READY, by=seat.agent, then=then)  # is there, whatever of his desk


def _audited(by: str, what: str, call: str, reason: str = "") -> Write:
    async def write(tx: Transaction) -> None:
        await audit.note(tx, by, what, f"call:{call}", reason)

    return write
