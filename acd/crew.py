"""The agents' side of the floor: seats, their states, and who of them is free. Pure; time is an argument."""

from collections.abc import Callable, Mapping
from math import inf, isinf

from acd import agent_state, breaks, inputs
from acd.agent_state import AgentState, Move
from acd.breaks import Pauses
from acd.decisions import AgentMoved
from acd.free import Free, profile_of
from acd.outlook import Group
from acd.rule import QueueRule
from acd.seat import DESK_GONE, UNREACHABLE, Seat
from acd.timers import Due, Timers
from acd.waiting import Need
from core.errors import Refused

RETRY = 10.0
"""Seconds after which a phone that could not be rung, though it says that it is there, is offered a call again."""


class Crew:
    """`tell` hears every change of a seat; `ready_for` collects the kinds of callers somebody has become ready for.

    `group_of` says how busy an agent's group is, by `pauses` whether he may then take the break he has wished for.
    """

    def __init__(
        self, tell: Callable[[AgentMoved], None], timers: Timers, group_of: Callable[[str], Group], pauses: Pauses
    ) -> None:
        self.seats: dict[str, Seat] = {}
        self.free = Free()
        self.ready_for: set[Need] = set()
        self.on_the_line: set[str] = set()
        self._tell_floor = tell
        self._timers = timers
        self._group_of = group_of
        self._pauses = pauses
        self._orders = 0

    @property
    def at_work(self) -> int:
        """Agents within reach who take calls."""
        return sum(self.free.staff.values())

    def refusal_of(self, agent: str, state: AgentState, *, forced: bool = False) -> Refused | None:
        """Why this agent may not go to `state` now, for the person who asks; None when he may."""
        seat = self.seats.get(agent)
        current = seat.state if seat else AgentState.SIGNED_OUT
        if state not in agent_state.WISHES:
            return Refused("illegal_state", f"{state} cannot be chosen")
        refused = agent_state.refusal(current, agent_state.WISHES[state], forced=forced)
        if refused is None and seat is not None and not forced and _is_decided(seat, state):
            return Refused("decided", "somebody else has decided what follows this contact")
        return refused

    def apply(self, event: inputs.OfAgent, now: float) -> None:
        match event:
            case inputs.AgentSignedIn():
                self._sign_in(event, now)
            case inputs.AgentFound():
                self._find(event, now)
            case inputs.AgentWished():
                self._wish(event, now)
            case inputs.SkillsChanged(agent, skills):
                self._change_skills(agent, skills)
            case inputs.WrapUpExtended() | inputs.WrapUpResumed():
                self._change_wrap_up(event, now)
            case inputs.PhoneChanged() | inputs.DeskChanged():
                self._change_reach(event, now)
            case inputs.LineChanged(agent, used):
                (self.on_the_line.add if used else self.on_the_line.discard)(agent)
                if seat := self.seats.get(agent):
                    self._list(seat)

    def _sign_in(self, event: inputs.AgentSignedIn, now: float) -> None:
        seat = self.seats.get(event.agent)
        if seat is not None and seat.state is not AgentState.SIGNED_OUT:
            return
        before, seat = seat, self._seat(event.agent, event.skills, None)
        seat.phone = event.reachable
        seat.idle_since = now
        if before is not None and before.wish_forced and not event.forced:
            seat.keep(before.wish, before.wish_reason, before.wish_by, forced=True)
        self.move(seat, Move.GO_READY, "", now)
        self._grant(seat, now)

    def _find(self, event: inputs.AgentFound, now: float) -> None:
        """As before a restart: the same place in the row of free agents, the same end of the wrap-up."""
        if event.agent in self.seats:
            return
        seat = self._seat(event.agent, event.skills, event.order)
        seat.phone, seat.desk = event.reachable, event.reason != DESK_GONE
        seat.keep(event.wish, event.wish_reason, event.wish_by, forced=event.wish_forced)
        seat.since, seat.reason = event.since, event.reason
        seat.idle_since = event.since if event.idle_since is None else event.idle_since
        self.settle(seat, event.state)
        if event.state is AgentState.WRAP_UP and event.until is not None:
            self._timers.arm(event.until, Due.WRAP_UP, seat.agent)
            seat.until, seat.extra = event.until, event.extra
        elif event.state is AgentState.WRAP_UP and _goes_home(seat):
            self._end_wrap_up(seat, now)
            return
        if event.changed and event.state is AgentState.READY and self._grant(seat, now):
            return  # what he was busy with ended with the engine
        if event.state is AgentState.READY and not event.reachable:
            self.move(seat, Move.PHONE_LOST, UNREACHABLE, event.since)
        elif event.state is AgentState.NOT_READY and event.reason == UNREACHABLE and event.reachable:
            self._find_back(seat, event)
        elif event.changed:
            self.tell(seat)

    def _wish(self, event: inputs.AgentWished, now: float) -> None:
        seat, state = self.seats.get(event.agent), event.state
        move = agent_state.WISHES.get(state)
        if seat is None or move is None or agent_state.refusal(seat.state, move, forced=event.forced):
            return
        if event.by and not event.forced and _is_decided(seat, state):
            return
        if event.by and state is AgentState.READY:  # whoever asks for it after his desk has vanished needs none
            seat.desk = True
            self._count(seat)
        if agent_state.kept_for_later(seat.state, forced=event.forced):
            _keep(seat, event)
            if seat.state is AgentState.WRAP_UP and seat.until is None:
                self._end_wrap_up(seat, now)  # it would follow nothing that ends by itself
            else:
                self.tell(seat)
            return
        if state is AgentState.READY and seat.state is AgentState.WRAP_UP and seat.wish_forced:
            self._end_wrap_up(seat, now)
            return
        had = seat.wish
        if not _outlasts(seat, event):
            _keep(seat, event.then)
        if seat.state is state and seat.reason == event.reason:
            if seat.wish is not had:
                self._count(seat)
                self.tell(seat)
            return
        if state is AgentState.READY and seat.state is not AgentState.READY:
            seat.idle_since = now
        seat.asked = event
        until = seat.until if event.then and seat.state is AgentState.WRAP_UP else None
        self.move(seat, move, event.reason, now, until)  # so that who breaks it off may have what is left of it

    def _change_reach(self, event: inputs.PhoneChanged | inputs.DeskChanged, now: float) -> None:
        seat = self.seats.get(event.agent)
        if seat is None:
            return
        counted = seat.counted
        match event:
            case inputs.PhoneChanged(_, reachable):
                seat.phone = reachable
            case inputs.DeskChanged(_, there):
                seat.desk = there
        self._count(seat)
        if not seat.reachable and seat.state is AgentState.READY:
            self.move(seat, Move.PHONE_LOST, seat.missing, now)
        elif not seat.reachable and seat.lost and seat.reason != seat.missing:
            seat.reason = seat.missing
            self.tell(seat)
        elif seat.counted is not counted:
            self.tell(seat)  # whoever looks at him is to see it
        else:
            self._bring_back(seat, now)

    def _change_skills(self, agent: str, skills: Mapping[str, int]) -> None:
        """From now on; what he does at the moment goes on."""
        seat = self.seats.get(agent)
        if seat is None or seat.profile == profile_of(skills):
            return
        state = seat.state
        self.settle(seat, AgentState.SIGNED_OUT)
        seat.profile = profile_of(skills)
        self.settle(seat, state)

    def _change_wrap_up(self, event: inputs.WrapUpExtended | inputs.WrapUpResumed, now: float) -> None:
        match event:
            case inputs.WrapUpExtended(agent, seconds):
                self._extend_wrap_up(agent, seconds)
            case inputs.WrapUpResumed(agent, until, extra):
                if (seat := self.seats.get(agent)) and seat.state is AgentState.OUTBOUND:
                    self.wrap_up(seat, now, inf if until is None else until - now, extra, Move.WRAP_UP_RESUMED)

    def _extend_wrap_up(self, agent: str, seconds: float) -> None:
        seat = self.seats.get(agent)
        if seat is None or seat.state is not AgentState.WRAP_UP or seat.until is None or not 0 < seconds <= seat.extra:
            return
        seat.until, seat.extra = seat.until + seconds, seat.extra - seconds
        self._timers.arm(seat.until, Due.WRAP_UP, agent)
        self.tell(seat)

    def wrap_up(self, seat: Seat, now: float, seconds: float, extra: float, begins: Move = Move.TALK_ENDED) -> None:
        """After a conversation; 0 seconds for none, infinite until he says himself that he is ready."""
        if isinf(seconds) and _goes_home(seat):
            seconds = 0.0  # nobody is there to say it
        until = None if isinf(seconds) else now + seconds
        seat.extra = 0.0 if until is None else extra  # what has no end cannot be lengthened
        self.move(seat, begins, "", now, until)
        if until is None:
            return
        if seconds <= 0:
            self._end_wrap_up(seat, now)
        else:
            self._timers.arm(until, Due.WRAP_UP, seat.agent)

    def end_talk(self, seat: Seat, rule: QueueRule, now: float, *, taken_up: bool) -> None:
        """`taken_up`: he is offered his own caller again at once, and what is to follow the talk still does."""
        if taken_up:
            self.move(seat, Move.TALK_ENDED, "", now)
            self.move(seat, Move.WRAPPED_UP, "", now)
        else:
            self.wrap_up(seat, now, rule.wrap_up, rule.extra)

    def ring_failed(self, seat: Seat, result: str, now: float) -> None:
        """It is his fault: not-ready. A phone that says it is there is tried again after a while, and one that
        was lost while it rang when it is back."""
        result = result if seat.reachable else seat.missing
        until = now + RETRY if result == UNREACHABLE and seat.reachable else None
        self.move(seat, Move.RING_FAILED, result, now, until)
        if not self._grant(seat, now) and until is not None:
            self._timers.arm(until, Due.RETRY, seat.agent)

    def free_again(self, seat: Seat, now: float) -> None:
        """The offer ended through nobody's fault: he is free at his old place."""
        self.move(seat, Move.OFFER_CANCELLED, self._refuse(seat), now)
        if not self._grant(seat, now) and not seat.reachable:
            self.move(seat, Move.PHONE_LOST, seat.missing, now)

    def due(self, what: Due, agent: str, at: float, now: float) -> None:
        """`at`: when it was to happen."""
        seat = self.seats.get(agent)
        if seat is None:
            return
        if seat.until is None or seat.until > at:
            return
        if what is Due.RETRY:
            self._bring_back(seat, now)
        elif seat.state is AgentState.WRAP_UP:
            self._end_wrap_up(seat, now)

    def move(self, seat: Seat, move: Move, reason: str, now: float, until: float | None = None) -> None:
        """No effect where the move is illegal; nobody becomes ready whose phone or desk is out of reach."""
        to = agent_state.next_state(seat.state, move)
        if to is None:
            return
        if to is AgentState.READY and not seat.reachable:
            to, reason = AgentState.NOT_READY, seat.missing
        seat.reason, seat.since, seat.until = reason, now, until
        self.settle(seat, to)
        self.tell(seat)

    def settle(self, seat: Seat, to: AgentState) -> None:
        """Change the state and keep the indexes true."""
        seat.state = to
        self._list(seat)
        self._count(seat)

    def _list(self, seat: Seat) -> None:
        """Among the free, or not any more."""
        was, seat.free = seat.free, seat.state is AgentState.READY and seat.agent not in self.on_the_line
        if was and not seat.free:
            self.free.remove(seat.profile, seat.idle_since, seat.order, seat.agent)
        if seat.free:
            if not was:
                self.free.add(seat.profile, seat.idle_since, seat.order, seat.agent)
            self.ready_for.update(self.free.needs_served_by(seat.profile))

    def _count(self, seat: Seat) -> None:
        """As staff, or not any more."""
        self.free.change_staff(seat.profile, seat.at_work - seat.counted)
        seat.counted = seat.at_work

    def tell(self, seat: Seat) -> None:
        wraps_up = seat.state is AgentState.WRAP_UP or (seat.state is AgentState.OUTBOUND and seat.until is not None)
        extra = seat.extra if wraps_up else 0.0
        self._tell_floor(
            AgentMoved(
                seat.agent, seat.state, seat.reason, seat.since, seat.until, seat.wish, seat.wish_reason, seat.wish_by,
                seat.idle_since, seat.order, extra,
            )
        )  # fmt: skip

    def _find_back(self, seat: Seat, event: inputs.AgentFound) -> None:
        """His phone is there again, or was there all the time and is tried when the pause is over."""
        if event.until is None:
            self.move(seat, Move.GO_READY, "", event.since)
        else:
            seat.until = event.until
            self._timers.arm(event.until, Due.RETRY, seat.agent)

    def _bring_back(self, seat: Seat, now: float) -> None:
        if seat.reachable and seat.lost:
            seat.idle_since = now
            self.move(seat, Move.GO_READY, "", now)

    def _end_wrap_up(self, seat: Seat, now: float) -> None:
        refused = self._refuse(seat)
        if not self._grant(seat, now):
            seat.idle_since = now
            self.move(seat, Move.WRAPPED_UP, refused, now)

    def _refuse(self, seat: Seat) -> str:
        """Forget the break of his own wish that may not begin now; why not, '' where there is none.

        What nobody wishes for is what he was before the contact, and goes on.
        """
        if seat.wish is None or seat.wish_forced or not seat.wish_by:
            return ""
        group = self._group_of(seat.agent)
        refused = breaks.unspared(self._pauses(), seat.wish, staff=group.staff, free=group.free, waiting=group.waiting)
        if refused is None:
            return ""
        seat.keep(None)
        return refused[0]

    def _grant(self, seat: Seat, now: float) -> bool:
        """Carry out the wish that was kept for now, if there is one."""
        wish, reason = seat.wish, seat.wish_reason
        if wish is None:
            return False
        seat.keep(None, by=seat.wish_by)
        self.move(seat, agent_state.WISHES[wish], reason, now)
        seat.wish_by = ""
        return True

    def _seat(self, agent: str, skills: Mapping[str, int], order: int | None) -> Seat:
        seat = self.seats.get(agent)
        if order is None:
            order = seat.order if seat else self._orders
        self._orders = max(self._orders, order + 1)
        self.seats[agent] = Seat(agent, profile_of(skills), order)
        return self.seats[agent]


def _is_decided(seat: Seat, state: AgentState) -> bool:
    """Whether somebody else has forced what follows the contact; in the wrap-up the agent may end that, or go home."""
    if not seat.wish_forced:
        return False
    ends = seat.state is AgentState.WRAP_UP and state in (AgentState.READY, AgentState.SIGNED_OUT)
    return seat.state in agent_state.KEPT_IF_FORCED and not ends


def _goes_home(seat: Seat) -> bool:
    """Whether he has asked to be signed out after the contact, or the centre itself signs him out."""
    return seat.wish is AgentState.SIGNED_OUT and not (seat.wish_forced and seat.wish_by)


def _outlasts(seat: Seat, event: inputs.AgentWished) -> bool:
    """Whether what somebody else has forced is still to come when the agent, who goes home, signs in again."""
    goes = event.state is AgentState.SIGNED_OUT and not event.forced
    return goes and seat.wish_forced and seat.wish is not AgentState.SIGNED_OUT


def _keep(seat: Seat, wished: inputs.AgentWished | None) -> None:
    """Whoever is to be ready afterwards needs no wish for it."""
    if wished is None or wished.state is AgentState.READY:
        seat.keep(None)
    else:
        seat.keep(wished.state, wished.reason, wished.by, forced=wished.forced)
