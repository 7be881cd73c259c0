"""The floor: every agent and caller live, and the answer to everything that happens. Pure; time is an argument.

Promises: an agent has at most one offer or conversation, a call at most one agent, a caller on the floor is waiting,
ringing, talking or left by the agent until he leaves, and nobody waits while somebody who can serve him is free
(unless paused).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from acd import agent_state, inputs
from acd.agent_state import AgentState, Move
from acd.call import CallState
from acd.decisions import AgentMoved, CallGone, Connected, Decision, Disconnected, Offer, OfferOver, Requeued, Reranked
from acd.free import Free, profile_of
from acd.routing import Policy
from acd.seat import Seat
from acd.waiting import Contact, Need, Waiting, need_of
from core.errors import Refused

UNREACHABLE = "unreachable"
PICKED, TRANSFER = "picked", "transfer"
"""Stand for the policy of an offer that a person decided."""
REPORT_GRACE = 5.0
"""Seconds past the ringing time after which an offer nobody reported on counts as not answered."""


@dataclass(frozen=True, slots=True)
class QueueRule:
    """Seconds a phone rings, and seconds of wrap-up after a conversation."""

    ring: float
    wrap_up: float


class Floor:
    """`rule_of` gives a queue's rule. Nothing here raises on input that is late, repeated or unknown."""

    def __init__(self, policy: Policy, rule_of: Callable[[str], QueueRule]) -> None:
        self.policy = policy
        self.seats: dict[str, Seat] = {}
        self.contacts: dict[str, Contact] = {}
        self.paused = False
        self._rule_of = rule_of
        self._waiting = Waiting()
        self._free = Free()
        self._timers: list[tuple[float, str, str]] = []
        self._orders = 0
        self._out: list[Decision] = []
        self._look: set[Need] = set()

    def handle(self, now: float, *happened: inputs.Input) -> list[Decision]:
        """Apply everything, then match callers and agents; the decisions in the order to carry them out."""
        self._out = []
        for each in happened:
            self._apply(each, now)
        if not self.paused:
            self._match(now)
        return self._out

    def refusal_of(self, agent: str, state: AgentState) -> Refused | None:
        """Why this agent may not go to `state` now, for the person who asks; None when he may."""
        seat = self.seats.get(agent)
        current = seat.state if seat else AgentState.SIGNED_OUT
        if state not in agent_state.WISHES:
            return Refused("illegal_state", f"{state} cannot be chosen")
        return agent_state.refusal(current, agent_state.WISHES[state])

    def next_timer(self) -> float | None:
        """When `Tick` is due; None when nothing is."""
        return self._timers[0][0] if self._timers else None

    @property
    def waiting(self) -> int:
        return self._waiting.count

    @property
    def free(self) -> int:
        return self._free.count

    @property
    def staff(self) -> int:
        """Agents at work: ready, in contact or wrapping up."""
        return sum(self._free.staff.values())

    # what happens

    def _apply(self, happened: inputs.Input, now: float) -> None:
        match happened:
            case inputs.AgentSignedIn():
                self._sign_in(happened, now)
            case inputs.AgentFound():
                self._find_agent(happened)
            case inputs.AgentWished(agent, state, reason):
                self._wish(agent, state, reason, now)
            case inputs.PhoneChanged(agent, reachable):
                self._change_phone(agent, reachable, now)
            case inputs.CallerJoined():
                self._join(happened, now)
            case inputs.TalkFound():
                self._find_talk(happened)
            case inputs.CallerLeft(call, ended_by):
                self._leave(call, ended_by, now)
            case inputs.OfferAccepted(call, agent):
                self._accept(call, agent, now)
            case inputs.OfferFailed(call, agent, result):
                self._fail_offer(call, agent, result, now)
            case inputs.HoldToggled(call, agent, held):
                if pair := self._pair(call, agent):
                    self._move(pair[1], Move.HELD if held else Move.RESUMED, "", now)
            case inputs.TalkEnded(call, agent, ended_by):
                self._end_talk(call, agent, ended_by, now)
            case inputs.Transferred():
                self._transfer(happened, now)
            case inputs.Picked(call, agent):
                self._pick(call, agent, now)
            case inputs.Ranked(call, priority):
                self._rank(call, priority)
            case inputs.Paused():
                self.paused = True
            case inputs.Resumed():
                self.paused = False
                self._look.update(self._waiting.needs())
            case inputs.Tick():
                self._tick(now)

    def _sign_in(self, event: inputs.AgentSignedIn, now: float) -> None:
        seat = self.seats.get(event.agent)
        if seat is not None and seat.state is not AgentState.SIGNED_OUT:
            return
        seat = self._seat(event.agent, event.skills)
        seat.reachable = event.reachable
        seat.idle_since = now if event.idle_since is None else event.idle_since
        self._move(seat, Move.GO_READY, "", now)

    def _find_agent(self, event: inputs.AgentFound) -> None:
        if event.agent in self.seats:
            return
        seat = self._seat(event.agent, event.skills)
        seat.reachable, seat.wish, seat.wish_reason = event.reachable, event.wish, event.wish_reason
        seat.idle_since, seat.since, seat.reason = event.since, event.since, event.reason
        self._settle(seat, event.state)
        if event.state is AgentState.WRAP_UP and event.until is not None:
            self._arm(event.until, "seat", seat.agent)
            seat.until = event.until
        if event.state is AgentState.READY and not event.reachable:
            self._move(seat, Move.PHONE_LOST, UNREACHABLE, event.since)
        elif event.state is AgentState.NOT_READY and event.reason == UNREACHABLE and event.reachable:
            self._move(seat, Move.GO_READY, "", event.since)
        elif event.changed:
            self._tell(seat)

    def _wish(self, agent: str, state: AgentState, reason: str, now: float) -> None:
        seat = self.seats.get(agent)
        move = agent_state.WISHES.get(state)
        if seat is None or move is None or agent_state.refusal(seat.state, move):
            return
        if seat.state in agent_state.KEPT_FOR_LATER:
            seat.wish, seat.wish_reason = (None, "") if state is AgentState.READY else (state, reason)
            self._tell(seat)
            return
        seat.wish, seat.wish_reason = None, ""
        if seat.state is state and seat.reason == reason:
            return
        if state is AgentState.READY:
            seat.idle_since = now
        self._move(seat, move, reason, now)

    def _change_phone(self, agent: str, reachable: bool, now: float) -> None:
        seat = self.seats.get(agent)
        if seat is None:
            return
        seat.reachable = reachable
        if not reachable and seat.state is AgentState.READY:
            self._move(seat, Move.PHONE_LOST, UNREACHABLE, now)
        elif reachable and seat.state is AgentState.NOT_READY and seat.reason == UNREACHABLE:
            seat.idle_since = now
            self._move(seat, Move.GO_READY, "", now)

    def _join(self, event: inputs.CallerJoined, now: float) -> None:
        known = self.contacts.get(event.call)
        if known is not None and known.state is not CallState.AFTER:
            return
        contact = self._contact(event.call, event.queue, event.skills, event.priority, event.queued_at)
        self._wait(contact)
        self.policy.arrived(contact, now)

    def _find_talk(self, event: inputs.TalkFound) -> None:
        seat = self.seats.get(event.agent)
        if event.call in self.contacts or seat is None or seat.call:
            return
        contact = self._contact(event.call, event.queue, event.skills, event.priority, event.queued_at)
        contact.state, contact.agent, contact.talked, seat.call = CallState.TALKING, event.agent, True, event.call
        if seat.state not in agent_state.KEPT_FOR_LATER:
            self._settle(seat, AgentState.TALKING)
            self._tell(seat)

    def _leave(self, call: str, ended_by: str, now: float) -> None:
        contact = self.contacts.get(call)
        if contact is None:
            return
        match contact.state:
            case CallState.WAITING:
                self._waiting.remove(contact)
            case CallState.RINGING:
                self._part(contact, now, "cancelled", requeue=False)
            case CallState.TALKING:
                self._end_talk(call, contact.agent, ended_by, now)
        self.contacts.pop(call, None)
        self._out.append(CallGone(call, contact.talked, ended_by))

    def _accept(self, call: str, agent: str, now: float) -> None:
        pair = self._pair(call, agent)
        if pair is None or pair[0].state is not CallState.RINGING:
            return
        contact, seat = pair
        contact.state, contact.talked, contact.talk_since = CallState.TALKING, True, now
        self._move(seat, Move.ANSWERED, "", now)
        self._out.append(Connected(call, agent))

    def _fail_offer(self, call: str, agent: str, result: str, now: float) -> None:
        pair = self._pair(call, agent)
        if pair is not None and pair[0].state is CallState.RINGING:
            self._part(pair[0], now, result, requeue=True)

    def _transfer(self, event: inputs.Transferred, now: float) -> None:
        pair = self._pair(event.call, event.agent)
        if pair is None or pair[0].state is not CallState.TALKING:
            return
        self._end_talk(event.call, event.agent, "agent", now, kept=True)
        if event.to == event.agent:  # he takes his own caller up again
            self._move(pair[1], Move.WRAPPED_UP, "", now)
        where = (event.queue, event.skills, event.priority, event.queued_at)
        self._out.append(Requeued(event.call, event.agent, *where, event.to))
        contact = self._contact(event.call, *where)
        self._wait(contact)
        self._pick(event.call, event.to, now, TRANSFER)

    def _pick(self, call: str, agent: str, now: float, why: str = PICKED) -> None:
        contact, seat = self.contacts.get(call), self.seats.get(agent)
        if self.paused or not contact or not seat:
            return
        if contact.state is CallState.WAITING and seat.state is AgentState.READY:
            self._give(contact, seat, now, why)

    def _rank(self, call: str, priority: int) -> None:
        contact = self.contacts.get(call)
        if contact is None or contact.state not in (CallState.WAITING, CallState.RINGING):
            return
        waits = contact.state is CallState.WAITING
        if waits:
            self._waiting.remove(contact)
        contact.priority, contact.group = priority, (contact.need, priority)
        if waits:
            self._wait(contact)
        self._out.append(Reranked(call, priority))

    def _end_talk(self, call: str, agent: str, ended_by: str, now: float, *, kept: bool = False) -> None:
        pair = self._pair(call, agent)
        if pair is None or pair[0].state is not CallState.TALKING:
            return
        contact, seat = pair
        contact.agent, seat.call, contact.state = "", "", CallState.AFTER
        self._out.append(Disconnected(call, agent, ended_by, kept))
        if contact.talk_since is not None:
            self.policy.talked(contact, agent, now - contact.talk_since)
            contact.talk_since = None
        wrap_up = self._rule_of(contact.queue).wrap_up
        self._move(seat, Move.TALK_ENDED, "", now, until=now + wrap_up)
        if wrap_up <= 0:
            self._end_wrap_up(seat, now)
        else:
            self._arm(now + wrap_up, "seat", agent)

    def _tick(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now:
            _, kind, name = heappop(self._timers)
            if kind == "seat":
                seat = self.seats.get(name)
                if seat and seat.state is AgentState.WRAP_UP and seat.until is not None and seat.until <= now:
                    self._end_wrap_up(seat, now)
            else:
                contact = self.contacts.get(name)
                if contact and contact.state is CallState.RINGING and contact.due <= now:
                    self._part(contact, now, "no_answer", requeue=True)

    # who goes together

    def _match(self, now: float) -> None:
        """Give the most urgent caller who can be served an agent, until nobody can be."""
        look, self._look = self._look, set()
        while self._free.count and self._waiting.count:
            best: Contact | None = None
            best_rank: tuple[float, ...] = ()
            for need in look:
                groups = self._waiting.groups_of(need)
                if not groups or not self._free.somebody(need):
                    continue
                for group in groups:
                    head = self._waiting.head(group)
                    rank = self.policy.rank(head, self._waiting, now)
                    if best is None or rank < best_rank:
                        best, best_rank = head, rank
            if best is None:
                return
            self._offer(best, now)

    def _offer(self, contact: Contact, now: float) -> None:
        _, (_, _, agent) = self.policy.pick(contact, self._free, now)
        self._give(contact, self.seats[agent], now, self.policy.name)

    def _give(self, contact: Contact, seat: Seat, now: float, why: str) -> None:
        agent, waited = seat.agent, max(0.0, now - contact.queued_at)
        offer = Offer(contact.call, agent, waited, self.waiting, self.free, why)
        self._waiting.remove(contact)
        contact.state, contact.agent, seat.call = CallState.RINGING, agent, contact.call
        contact.due = now + self._rule_of(contact.queue).ring + REPORT_GRACE
        self._arm(contact.due, "offer", contact.call)
        self._move(seat, Move.OFFERED, "", now)
        self.policy.served(contact, agent, now)
        self._out.append(offer)

    def _part(self, contact: Contact, now: float, result: str, *, requeue: bool) -> None:
        """End an offer: an agent at fault becomes not-ready, any other is free at once, at his old place."""
        seat = self.seats[contact.agent]
        self._out.append(OfferOver(contact.call, seat.agent, result, requeue))
        contact.agent, seat.call = "", ""
        if result in ("cancelled", "system"):
            self._move(seat, Move.OFFER_CANCELLED, "", now)
            if not seat.reachable:
                self._move(seat, Move.PHONE_LOST, UNREACHABLE, now)
        else:
            self._move(seat, Move.RING_FAILED, result, now)
        if requeue:
            contact.state = CallState.WAITING
            self._wait(contact)

    # small parts

    def _end_wrap_up(self, seat: Seat, now: float) -> None:
        wish, reason = seat.wish, seat.wish_reason
        seat.wish, seat.wish_reason = None, ""
        if wish is not None:
            self._move(seat, agent_state.WISHES[wish], reason, now)
            return
        seat.idle_since = now
        self._move(seat, Move.WRAPPED_UP, "", now)

    def _move(self, seat: Seat, move: Move, reason: str, now: float, until: float | None = None) -> None:
        to = agent_state.next_state(seat.state, move)
        if to is None:
            return
        if to is AgentState.READY and not seat.reachable:
            to, reason = AgentState.NOT_READY, UNREACHABLE
        seat.reason, seat.since, seat.until = reason, now, until
        self._settle(seat, to)
        self._tell(seat)

    def _settle(self, seat: Seat, to: AgentState) -> None:
        """Change the state and keep the indexes true."""
        was, seat.state = seat.state, to
        if was is AgentState.READY and to is not AgentState.READY:
            self._free.remove(seat.profile, seat.idle_since, seat.order, seat.agent)
        if to is AgentState.READY:
            if was is not AgentState.READY:
                self._free.add(seat.profile, seat.idle_since, seat.order, seat.agent)
            self._look.update(self._free.needs_served_by(seat.profile))
        self._free.change_staff(seat.profile, (to in agent_state.AT_WORK) - (was in agent_state.AT_WORK))

    def _tell(self, seat: Seat) -> None:
        self._out.append(
            AgentMoved(seat.agent, seat.state, seat.reason, seat.since, seat.until, seat.wish, seat.wish_reason)
        )

    def _pair(self, call: str, agent: str) -> tuple[Contact, Seat] | None:
        contact, seat = self.contacts.get(call), self.seats.get(agent)
        return (contact, seat) if contact and seat and contact.agent == agent and seat.call == call else None

    def _seat(self, agent: str, skills: Mapping[str, int]) -> Seat:
        seat = self.seats.get(agent)
        order = seat.order if seat else len(self.seats)
        self.seats[agent] = Seat(agent, profile_of(skills), order)
        return self.seats[agent]

    def _contact(self, call: str, queue: str, skills: Mapping[str, int], priority: int, queued_at: float) -> Contact:
        self._orders += 1
        contact = Contact(call, queue, need_of(skills), priority, queued_at, self._orders)
        self._free.learn(contact.need)
        self.contacts[call] = contact
        return contact

    def _wait(self, contact: Contact) -> None:
        self._waiting.add(contact)
        self._look.add(contact.need)

    def _arm(self, at: float, kind: str, name: str) -> None:
        heappush(self._timers, (at, kind, name))
