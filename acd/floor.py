"""The floor: every agent and caller live, and the answer to everything that happens. Pure; time is an argument.

Promises: an agent has at most one offer or conversation, a call at most one agent, a caller on the floor is waiting,
ringing, talking or left by the agent until he leaves, and nobody waits while somebody who can and may serve him is free
(unless paused, or he waits for one agent alone).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any

from acd import agent_state, decisions, inputs
from acd.agent_state import AgentState, Move
from acd.breaks import Breaks, Pauses
from acd.call import CallState, Step, advance
from acd.crew import Crew
from acd.outlook import Names, Outlook
from acd.routing.match import choose, first_alone, reasons
from acd.routing.memory import Past, Talked, caught_up, teach
from acd.routing.ours import Policy
from acd.rule import QueueRule
from acd.seat import DIALLING, Seat
from acd.timers import Due, Timers
from acd.waiting import OVERFLOW, Contact, Need, Stage, Wait, Waiting, need_of

PICKED, TRANSFER = "picked", "transfer"
"""Stand for the policy of an offer that a person decided."""
NO_REASONS: Mapping[str, Any] = {}
TO_SERVE = (CallState.WAITING, CallState.RINGING)
REPORT_GRACE = 5.0
"""Seconds past the ringing time after which an offer nobody reported on counts as not answered."""


class Floor:
    """`rule_of`: a queue's rule; `pauses`, `languages`: as in `Crew` and `Outlook`. Nothing raises on input late,
    repeated or unknown."""

    def __init__(
        self, policy: Policy, rule_of: Callable[[str], QueueRule], pauses: Pauses = Breaks, languages: Names = tuple
    ) -> None:
        self.policy = policy
        self.contacts: dict[str, Contact] = {}
        self.paused = False
        self._rule_of = rule_of
        self._waiting = Waiting()
        self._timers = Timers()
        self.closed: Set[str] = frozenset()  # queues to which nobody flows over
        self._orders = 0
        self._out: list[decisions.Decision] = []
        self._look: set[Need] = set()
        self._crew = Crew(
            lambda moved: self._out.append(moved), self._timers, lambda agent: self.outlook.group_of(agent), pauses
        )
        self._free = self._crew.free
        self._served = 0  # the version of who is served that was last looked at
        self.seats: Mapping[str, Seat] = self._crew.seats
        self.refusal_of = self._crew.refusal_of
        self.outlook = Outlook(self.contacts, self._waiting, self.seats, self._free, languages)

    def handle(self, now: float, *happened: inputs.Input) -> list[decisions.Decision]:
        """Apply everything, then match callers and agents; the decisions in the order to carry them out."""
        self._out = []
        for each in happened:
            self._apply(each, now)
        while True:
            self._follow_staff(now)
            known = len(self._out)
            if not self.paused:
                self._match(now)
            if self._served == self._free.served_version or len(self._out) == known:
                return self._out

    def remember(self, past: Sequence[Past]) -> None:
        """Before anything else after a restart: what the policy learned from the calls until now."""
        teach(self.policy, self._free, past)
        for each in past:
            if isinstance(each, Talked):
                self.outlook.handled.count(each.need, each.seconds + self._rule_of(each.queue).known_wrap_up)

    def next_timer(self) -> float | None:
        """When `Tick` is due; None when nothing is."""
        return self._timers.next()

    @property
    def waiting(self) -> int:
        return self._waiting.count + len(self._waiting.kept)

    @property
    def promised(self) -> Set[str]:
        """The contacts that are call backs."""
        return {call for call, each in self.contacts.items() if each.promised}

    @property
    def free(self) -> int:
        return self._free.count

    # what happens

    def _apply(self, happened: inputs.Input, now: float) -> None:
        if isinstance(happened, inputs.OfAgent):
            self._crew.apply(happened, now)
            return
        match happened:
            case inputs.RulesChanged():
                self._change_rules(happened, now)
            case inputs.Paused():
                self.paused = True
            case inputs.Resumed():
                self.paused = False
                self._look.update(self._waiting.needs())
            case inputs.Allowed():
                self._look.update(each.need for each in self.contacts.values() if each.promised)
            case inputs.QueuesClosed(closed):
                self.closed, self._served = closed, -1
            case inputs.Tick():
                self._tick(now)
            case _:
                self._apply_to_call(happened, now)

    def _apply_to_call(self, happened: inputs.Input, now: float) -> None:
        match happened:
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
                    self._crew.move(pair[1], Move.HELD if held else Move.RESUMED, "", now)
            case inputs.TalkEnded(call, agent, ended_by, step):
                self._end_talk(call, agent, ended_by, now, step=step)
            case inputs.Transferred():
                self._transfer(happened, now)
            case inputs.Picked(call, agent):
                self._pick(call, agent, now)
            case inputs.WentBack(call, to):
                if (contact := self.contacts.get(call)) and contact.state is CallState.WAITING:
                    self._waiting.remove(contact)
                    self._send_back(contact, to, now)
            case inputs.Ranked(call, priority):
                self._rank(call, priority, now)

    def _join(self, event: inputs.CallerJoined, now: float) -> None:
        if (known := self.contacts.get(event.call)) and known.state is not CallState.AFTER:
            return
        contact = self._contact(event.call, event.queue, event.skills, event.priority, event.queued_at)
        contact.stages, contact.why, contact.may, contact.promised = event.stages, event.why, event.may, event.promised
        contact.only = event.only if event.stages else ""
        if not event.promised:
            (self.policy.requeued if event.found else self.policy.arrived)(contact, now)
        self._wait(contact, now)

    def _find_talk(self, event: inputs.TalkFound) -> None:
        seat = self.seats.get(event.agent)
        if event.call in self.contacts or seat is None or seat.call:
            return
        contact = self._contact(event.call, event.queue, event.skills, event.priority, event.queued_at)
        contact.state, contact.agent, contact.talked, seat.call = CallState.TALKING, event.agent, True, event.call
        contact.talk_since = event.talk_since
        if seat.state not in agent_state.KEPT_FOR_LATER:
            self._crew.settle(seat, AgentState.TALKING)
            self._crew.tell(seat)

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
        self._forget(contact, now)
        self._out.append(decisions.CallGone(call, contact.talked, ended_by))

    def _accept(self, call: str, agent: str, now: float) -> None:
        pair = self._pair(call, agent)
        if pair is None or pair[0].state is not CallState.RINGING:
            return
        contact, seat = pair
        advance(contact, Step.CONNECTED)
        contact.talked, contact.talk_since = True, now
        self._crew.move(seat, Move.ANSWERED, "", now)
        self._out.append(decisions.Connected(call, agent))

    def _fail_offer(self, call: str, agent: str, result: str, now: float) -> None:
        if (pair := self._pair(call, agent)) and pair[0].state is CallState.RINGING:
            if self.paused:  # he may talk by now, and nobody could tell
                self._timers.arm(now + REPORT_GRACE, Due.OFFER, call)
            else:
                self._part(pair[0], now, result, requeue=True)

    def _transfer(self, event: inputs.Transferred, now: float) -> None:
        pair = self._pair(event.call, event.agent)
        if pair is None or pair[0].state is not CallState.TALKING:
            return
        self._end_talk(event.call, event.agent, "agent", now, to=event.to)
        where = (event.queue, event.skills, event.priority, event.queued_at)
        self._out.append(decisions.Requeued(event.call, event.agent, *where, event.to, event.stages, event.lost))
        contact = self._contact(event.call, *where)
        contact.stages = event.stages
        self.policy.requeued(contact, now)
        self._wait(contact, now)
        self._pick(event.call, event.to, now, TRANSFER)

    def _pick(self, call: str, agent: str, now: float, why: str = PICKED) -> None:
        contact, seat = self.contacts.get(call), self.seats.get(agent)
        if self.paused or contact is None or seat is None:
            return
        if contact.state is CallState.WAITING and seat.free:
            self._give(contact, seat, now, why)

    def _rank(self, call: str, priority: int, now: float) -> None:
        if (contact := self.contacts.get(call)) and contact.state in TO_SERVE:
            with self._aside(contact, now):
                contact.change(contact.need, priority)
                self._out.append(decisions.Reranked(call, priority))

    def _end_talk(self, call: str, agent: str, by: str, now: float, *, to: str | None = None, step: str = "") -> None:
        pair = self._pair(call, agent)
        if pair is None or pair[0].state is not CallState.TALKING:
            return
        contact, seat = pair
        rule = self._rule_of(contact.queue)
        advance(contact, Step.AGENT_LEFT)
        contact.agent, seat.call = "", ""
        self._out.append(decisions.Disconnected(call, agent, by, to, step))
        if contact.talk_since is not None:
            seconds, contact.talk_since = max(0.0, now - contact.talk_since), None
            self.policy.talked(contact, agent, seconds, now)
            self.outlook.handled.count(contact.need, seconds + rule.known_wrap_up)
        self._crew.end_talk(seat, rule, now, taken_up=to == agent)

    def _tick(self, now: float) -> None:
        for at, due, name in self._timers.pop(now):
            contact = self.contacts.get(name)
            if due in (Due.WRAP_UP, Due.RETRY):
                self._crew.due(due, name, at, now)
            elif due is Due.OFFER and contact and contact.state is CallState.RINGING and contact.due <= at:
                self._fail_offer(name, contact.agent, "no_answer", now)
            elif due is Due.STAGE and contact:
                self._go_on(contact, now)

    # who goes together

    def _match(self, now: float) -> None:
        """Give the most urgent caller who can be served an agent, until nobody can be."""
        for contact in sorted(self._waiting.kept.values(), key=lambda each: (each.queued_at, each.order)):
            if (seat := self.seats.get(contact.only)) is None or not seat.may_serve(contact.need):
                with self._aside(contact, now):  # he will not come: anybody may serve him
                    self._begin(contact.stages[0], contact)
        look, self._look = self._look | self._crew.ready_for, set()
        self._crew.ready_for.clear()
        while self._free.count and self.waiting:
            kept = [(each, self.seats[each.only]) for each in self._waiting.kept.values()]
            able = ((each, seat.profile) for each, seat in kept if seat.free)
            if first := first_alone(self.policy, able, self._waiting, self._free, now):
                self._give(first, self.seats[first.only], now, first.why)
            elif chosen := choose(self.policy, self._waiting, self._free, look, now):
                self._offer(*chosen, now)
            else:
                return

    def _offer(self, contact: Contact, other: Contact | None, now: float) -> None:
        profile, member = self.policy.pick(contact, self._free.among(contact.may), now)
        why = reasons(self.policy, contact, profile, other, self._waiting, self._free, now)
        self._give(contact, self.seats[member[2]], now, self.policy.name, why)

    def _give(self, contact: Contact, seat: Seat, now: float, policy: str, why: Mapping[str, Any] = NO_REASONS) -> None:
        agent, waited, since = seat.agent, max(0.0, now - contact.queued_at), seat.free_since
        counts = (self.waiting, self._free.count, policy, seat.profile, max(0.0, now - since), seat.order)
        offer = decisions.Offer(contact.call, agent, waited, *counts, why)
        self._waiting.remove(contact)
        if contact.promised:
            self._forget(contact, now)
            self._crew.move(seat, Move.GO_OUTBOUND, DIALLING, now)
            self._out.append(decisions.Promised(contact.call, agent, offer))
            return
        advance(contact, Step.OFFERED)
        contact.agent, seat.call = agent, contact.call
        contact.due = now + self._rule_of(contact.queue).ring + REPORT_GRACE
        self._timers.arm(contact.due, Due.OFFER, contact.call)
        self._out.append(offer)
        self._crew.move(seat, Move.OFFERED, "", now)
        self.policy.served(contact, seat.profile, (since, seat.order, agent), now)

    def _forget(self, contact: Contact, now: float) -> None:
        del self.contacts[contact.call]
        if not contact.talked and not contact.promised:  # of call backs the policy hears nothing
            self.policy.left(contact, now)

    def _part(self, contact: Contact, now: float, result: str, *, requeue: bool) -> None:
        """End an offer: an agent at fault becomes not-ready, any other is free at once, at his old place."""
        seat = self.seats[contact.agent]
        self._out.append(decisions.OfferOver(contact.call, seat.agent, result, requeue))
        contact.agent, seat.call = "", ""
        self.policy.requeued(contact, now)
        if result in ("cancelled", "system"):
            self._crew.free_again(seat, now)
        else:
            self._crew.ring_failed(seat, result, now)
        if requeue:
            advance(contact, Step.OFFER_OVER)
            self._wait(contact, now)

    # small parts

    def _pair(self, call: str, agent: str) -> tuple[Contact, Seat] | None:
        contact, seat = self.contacts.get(call), self.seats.get(agent)
        return (contact, seat) if contact and seat and contact.agent == agent and seat.call == call else None

    def _contact(self, call: str, queue: str, skills: Mapping[str, int], priority: int, queued_at: float) -> Contact:
        self._orders += 1
        contact = Contact(call, queue, need_of(skills), priority, queued_at, self._orders)
        contact.target = self._rule_of(queue).target
        self._free.learn(contact.need)
        self.contacts[call] = contact
        return contact

    def _wait(self, contact: Contact, now: float) -> None:
        """Among those who wait, at the stage his wait has reached."""
        while (stage := contact.due_stage(now, self._free.staff_for, self.closed)) and not self._stays(contact, stage):
            if stage.send_back:
                self._send_back(contact, stage.send_back, now)
                return
            self._begin(stage, contact)
        if stage:
            self._served = -1  # looked at again as soon as that one is given away
        for at in contact.stages_after(now):
            self._timers.arm(at, Due.STAGE, contact.call)
        self._waiting.add(contact)
        self._look.add(contact.need)

    def _send_back(self, contact: Contact, to: str, now: float) -> None:
        self._forget(contact, now)
        self._out.append(decisions.SentBack(contact.call, to))

    def _follow_staff(self, now: float) -> None:
        """Who can be served where nobody could before, or nowhere he was, waits elsewhere."""
        if self._served != self._free.served_version:
            self._served = self._free.served_version
            several = (each for each in self.contacts.values() if each.stages)
            for contact in sorted(several, key=lambda each: each.order):
                self._go_on(contact, now)

    def _go_on(self, contact: Contact, now: float) -> None:
        if contact.state is not CallState.WAITING:
            return
        stage = contact.due_stage(now, self._free.staff_for, self.closed)
        if stage and self._stays(contact, stage):
            self._served = -1
        elif stage:
            self._waiting.remove(contact)
            self._wait(contact, now)

    def _stays(self, contact: Contact, stage: Stage) -> bool:
        """Whom somebody free can serve flows over only if that one is given to another."""
        return stage.why == OVERFLOW and self._free.somebody(contact.need, contact.may)

    def _begin(self, stage: Stage, contact: Contact) -> None:
        wait = Wait(stage.skills, contact.priority + stage.more, contact.still_after(stage))
        self._restage(contact, stage.queue, wait, contact.why_of(stage))

    def _restage(self, contact: Contact, queue: str, wait: Wait, why: str) -> None:
        contact.queue, contact.only, contact.why, contact.stages = queue, wait.only, wait.why, wait.stages
        contact.target = self._rule_of(queue).target
        contact.change(need_of(wait.skills), wait.priority)
        self._free.learn(contact.need)
        self.policy.restaged(contact)
        waits = (queue, wait.skills, wait.priority, why, wait.stages, wait.only)
        self._out.append(decisions.Restaged(contact.call, *waits))

    def _change_rules(self, event: inputs.RulesChanged, now: float) -> None:
        """Offers that are out stand."""
        self._rule_of = event.rule_of
        if event.policy is not None:
            self.policy = event.policy()
            teach(self.policy, self._free, caught_up(event.past, self.contacts, now))
        for contact in sorted(self.contacts.values(), key=lambda each: each.call):
            contact.target = self._rule_of(contact.queue).target
            if contact.state in TO_SERVE and contact.call in event.waits and not contact.promised:
                with self._aside(contact, now):
                    self._restage(contact, *event.waits[contact.call], "rules")

    @contextmanager
    def _aside(self, contact: Contact, now: float) -> Iterator[None]:
        """Not among those who wait while he is changed, if he is one of them."""
        waits = contact.state is CallState.WAITING
        if waits:
            self._waiting.remove(contact)
        yield
        if waits:
            self._wait(contact, now)
