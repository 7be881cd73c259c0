"""The floor's promises under any sequence of events: repeated, late, out of order, with restarts of the link."""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from acd import inputs
from acd.agent_state import AT_WORK, IN_CONTACT, AgentState
from acd.call import CallState
from acd.floor import TO_SERVE, Floor
from acd.free import serves
from acd.queues import Queues
from acd.rewait import rules_changed
from acd.routing.ours import Balanced
from acd.routing.policies import POLICIES, policy_named
from acd.seat import MEANWHILE
from acd.waiting import RETURNED, need_of
from tests.acd.day import AGENTS, CALLS, NEEDS, RULES, WAITS, Day, Remembering, Wait, found, stored

agents = st.sampled_from(sorted(AGENTS))
calls = st.sampled_from(CALLS)
steps = st.sampled_from([0.0, 0.5, 4.0, 30.0])
Reach = type[inputs.PhoneChanged] | type[inputs.DeskChanged] | type[inputs.LineChanged]
REACH: list[Reach] = [inputs.PhoneChanged, inputs.DeskChanged, inputs.LineChanged]


class AnyDay(Day):
    """Anything may be told about any call and agent at any time."""

    @initialize(ready=st.sets(agents), policy=st.sampled_from(sorted(POLICIES)))
    def the_day_begins(self, ready: set[str], policy: str) -> None:
        self.floor = self.new_floor(policy)
        self.tell(*[inputs.AgentSignedIn(agent, AGENTS[agent]) for agent in sorted(ready)])

    @rule(step=steps)
    def time_passes(self, step: float) -> None:
        self.now += step
        self.tell(inputs.Tick())

    @rule(agent=agents, reachable=st.booleans())
    def agent_signs_in(self, agent: str, reachable: bool) -> None:
        self.tell(inputs.AgentSignedIn(agent, AGENTS[agent], reachable))

    @rule(agent=agents, state=st.sampled_from(AgentState), forced=st.booleans(), why=st.sampled_from(["", "paper"]))
    def agent_wishes(self, agent: str, state: AgentState, forced: bool, why: str) -> None:
        before = self.floor.seats[agent].state if agent in self.floor.seats else None
        self.tell(inputs.AgentWished(agent, state, why, "chief" if forced else "", forced))
        if before in IN_CONTACT and agent in self.open.values():
            assert self.floor.seats[agent].state in IN_CONTACT

    @rule(agent=agents, skills=st.sampled_from(sorted(AGENTS)))
    def skills_change(self, agent: str, skills: str) -> None:
        if agent not in self.open.values():
            self.tell(inputs.SkillsChanged(agent, AGENTS[skills]))

    @rule(agent=agents, seconds=st.sampled_from([5.0, 15.0, 30.0]))
    def wrap_up_is_extended(self, agent: str, seconds: float) -> None:
        self.tell(inputs.WrapUpExtended(agent, seconds))

    @rule(agent=agents, left=st.sampled_from([None, -5.0, 0.0, 15.0]))
    def wrap_up_is_resumed(self, agent: str, left: float | None) -> None:
        until = None if left is None else self.now + left
        self.tell(inputs.WrapUpResumed(agent, until, 30.0))

    @rule(agent=agents, what=st.sampled_from(REACH), yes=st.booleans())
    def reach_changes(self, agent: str, what: Reach, yes: bool) -> None:
        self.tell(what(agent, yes))

    @rule(
        call=calls, need=st.sampled_from(NEEDS), priority=st.integers(0, 3), late=steps, queue=st.sampled_from("abc"),
        twice=st.booleans(), wait=st.sampled_from(WAITS),
    )  # fmt: skip
    def caller_joins(
        self, call: str, need: dict[str, int], priority: int, late: float, queue: str, twice: bool, wait: Wait
    ) -> None:
        self.present.add(call)
        name = {"a": "quick", "b": "slow", "c": "manual"}[queue]
        began = self.now - late + len(self.log) * 1e-6
        joined = inputs.CallerJoined(call, name, need, priority, began, *wait.plan(began, name, need))
        self.tell(*([joined] * (1 + twice)))

    @rule(call=calls, need=st.sampled_from(NEEDS), priority=st.integers(0, 3), late=steps)
    def call_back_is_due(self, call: str, need: dict[str, int], priority: int, late: float) -> None:
        self.present.add(call)
        began = self.now - late + len(self.log) * 1e-6
        self.tell(inputs.CallerJoined(call, "slow", need, priority, began, promised=True))

    @rule(call=calls)
    def caller_leaves(self, call: str) -> None:
        self.tell(inputs.CallerLeft(call))

    @rule(call=calls, agent=agents)
    def somebody_is_said_to_answer(self, call: str, agent: str) -> None:
        self.tell(inputs.OfferAccepted(call, agent))

    @precondition(lambda self: self.open)
    @rule(
        which=st.integers(0, 3), twice=st.booleans(),
        what=st.sampled_from(["accept", "accept", "stranger", "no_answer", "system", "left", "agent", "hold"]),
    )  # fmt: skip
    def the_expected_happens(self, which: int, what: str, twice: bool) -> None:
        call, agent = sorted(self.open.items())[which % len(self.open)]
        happened: inputs.Input
        match what:
            case "accept":
                happened = inputs.OfferAccepted(call, agent)
            case "stranger":
                happened = inputs.OfferAccepted(call, next(each for each in sorted(AGENTS) if each != agent))
            case "left":
                happened = inputs.CallerLeft(call)
            case "agent":
                happened = inputs.TalkEnded(call, agent, "agent")
            case "hold":
                happened = inputs.HoldToggled(call, agent, not twice)
            case _:
                happened = inputs.OfferFailed(call, agent, what)
        self.tell(*([happened] * (1 + twice)))

    @rule(call=calls, agent=agents, result=st.sampled_from(["no_answer", "busy", "unreachable", "system"]))
    def somebody_is_said_to_fail(self, call: str, agent: str, result: str) -> None:
        self.tell(inputs.OfferFailed(call, agent, result))

    @rule(call=calls, agent=agents, held=st.booleans())
    def hold_is_pressed(self, call: str, agent: str, held: bool) -> None:
        self.tell(inputs.HoldToggled(call, agent, held))

    @rule(call=calls, ended_by=st.sampled_from(["agent", "system"]))
    def talk_ends(self, call: str, ended_by: str) -> None:
        self.tell(inputs.TalkEnded(call, self.open.get(call, "1"), ended_by))

    @rule(call=calls, agent=agents, to=st.sampled_from(["", *sorted(AGENTS)]), need=st.sampled_from(NEEDS))
    def call_is_given_away(self, call: str, agent: str, to: str, need: dict[str, int]) -> None:
        talked = call in self.talking and self.open.get(call) == agent
        self.tell(inputs.Transferred(call, agent, "slow", need, 1, self.now - 5.0, to))
        if talked:
            assert self.open.get(call) != agent or self.floor.seats[agent].state is AgentState.RINGING
            assert self.floor.contacts[call].need == tuple(sorted(need.items()))

    @precondition(lambda self: self.talking)
    @rule(which=st.integers(0, 3), to=st.sampled_from(["", *sorted(AGENTS)]))
    def a_talk_is_given_away(self, which: int, to: str) -> None:
        call = sorted(self.talking)[which % len(self.talking)]
        self.call_is_given_away(call, self.open[call], to, {"zh": 1})
        assert call not in self.talking

    @rule(call=calls, agent=agents)
    def somebody_picks(self, call: str, agent: str) -> None:
        contact, seat = self.floor.contacts.get(call), self.floor.seats.get(agent)
        waits = contact is not None and contact.state is CallState.WAITING
        free = seat is not None and self.is_free(seat)
        possible = waits and free and not self.floor.paused and call not in self.floor.promised
        self.tell(inputs.Picked(call, agent))
        assert not possible or self.open[call] == agent

    @rule(call=calls)
    def caller_chooses_the_menu(self, call: str) -> None:
        waits = call in self.floor.contacts and self.floor.contacts[call].state is CallState.WAITING
        self.tell(inputs.WentBack(call, "callback"))
        assert (call not in self.present) or not waits

    @rule(call=calls, priority=st.integers(-3, 9))
    def call_is_ranked(self, call: str, priority: int) -> None:
        self.ranks.pop(call, None)
        self.tell(inputs.Ranked(call, priority))
        if call in self.ranks:
            assert self.floor.contacts[call].priority == priority

    @rule(rules=st.sampled_from(RULES))
    def queues_get_other_rules(self, rules: Queues) -> None:
        """Whatever they are doing, everybody stays where he is, and waits in a queue that there is."""
        before = {call: (each.state, each.queued_at, each.agent) for call, each in self.floor.contacts.items()}
        told = rules_changed(self.said, rules, self.floor.contacts.values(), lambda _: ({"zh": 1}, 1), self.log)
        twins, self.said, self.policy = told, rules, rules.policy if told.policy else self.policy
        self.given |= set(self.open)
        if policy := told.policy:
            told = replace(told, policy=lambda: Remembering(policy(), self.log))
        known = len(self.log)
        decided = self.floor.handle(self.now, told)
        del self.log[known : known + len(told.past)]  # it learned again what is written down already
        assert self.twin is None or self.twin.handle(self.now, twins) == decided
        for decision in decided:
            self.follow(decision)
        for call, contact in self.floor.contacts.items():
            state, since, agent = before[call]
            assert contact.queued_at == since
            assert contact.state is state or (state is CallState.WAITING and contact.state is CallState.RINGING)
            assert not agent or contact.agent == agent
            if call in self.floor.promised:
                assert not contact.stages, "nobody is on the line who could wait for something else"
            elif contact.state in TO_SERVE:
                assert contact.queue in rules.queues

    @rule(closed=st.sets(st.sampled_from(["quick", "slow", "manual"])))
    def queues_close(self, closed: set[str]) -> None:
        self.tell(inputs.QueuesClosed(frozenset(closed)))

    @rule(down=st.booleans())
    def link_changes(self, down: bool) -> None:
        self.tell(inputs.Paused() if down else inputs.Resumed())

    @rule()
    def engine_is_restarted(self) -> None:
        """From here on a second floor, made from what is stored, is told the same and must decide the same."""
        paused = self.floor.paused
        ringing = [(call, agent) for call, agent in self.open.items() if call not in self.talking]
        withdrawn = [inputs.OfferFailed(call, agent, "system") for call, agent in ringing]
        self.tell(inputs.Resumed(), *withdrawn, inputs.Paused())
        for call, contact in list(self.floor.contacts.items()):
            if contact.state is CallState.AFTER:
                self.tell(inputs.CallerLeft(call))
        self.twin = Floor(policy_named(self.policy), self.floor._rule_of)
        lines = [inputs.LineChanged(agent, True) for agent in sorted(self.floor._crew.on_the_line)]
        self.twin.handle(self.now, inputs.Paused(), *lines, inputs.QueuesClosed(frozenset(self.floor.closed)))
        self.twin.remember(self.log)
        self.twin.handle(self.now, *[found(row, self.floor.seats[row.agent]) for row in self.rows.values()])
        gone = [seat.agent for seat in self.floor.seats.values() if not seat.desk]
        self.twin.handle(self.now, *(inputs.DeskChanged(agent, False) for agent in gone))
        contacts = sorted(self.floor.contacts.values(), key=lambda each: each.order)
        self.twin.handle(self.now, *(stored(each, each.call in self.floor.promised) for each in contacts))
        if not paused:
            self.tell(inputs.Resumed())

    @invariant()
    def nobody_is_lost(self) -> None:
        assert set(self.floor.contacts) == self.present

    @invariant()
    def whoever_is_gone_is_soon_forgotten_by_strict_order(self) -> None:
        policy = self.floor.policy
        if isinstance(policy, Remembering) and isinstance(policy._policy, Balanced):
            strict = policy._policy._strict
            here = {call for call, each in self.floor.contacts.items() if each.state in TO_SERVE}
            assert strict._waits.keys() <= here
            for line in strict._lines.values():
                assert all(place.waits or number in strict._ghosts for _, number, place in line.places)

    @invariant()
    def each_agent_has_at_most_one_call_and_both_sides_agree(self) -> None:
        engaged = {call: contact.agent for call, contact in self.floor.contacts.items() if contact.agent}
        assert engaged == self.open
        assert len(set(engaged.values())) == len(engaged)
        for seat in self.floor.seats.values():
            assert (seat.call != "") == (seat.state in IN_CONTACT)
            assert self.open.get(seat.call, "") == (seat.agent if seat.call else "")
        for contact in self.floor.contacts.values():
            assert (contact.agent != "") == (contact.state in (CallState.RINGING, CallState.TALKING))

    @invariant()
    def only_able_agents_are_chosen(self) -> None:
        for call, agent in self.open.items():
            assert call in self.given or serves(self.floor.seats[agent].profile, self.floor.contacts[call].need)

    @invariant()
    def nobody_waits_while_somebody_able_is_free(self) -> None:
        if self.floor.paused:
            return
        free = [seat.profile for seat in self.floor.seats.values() if self.is_free(seat)]
        for contact in self.floor.contacts.values():
            if contact.state is CallState.WAITING and contact.only:
                assert not self.is_free(self.floor.seats[contact.only])
            elif contact.state is CallState.WAITING:
                assert not any(serves(profile, contact.need) for profile in free)

    @invariant()
    def nobody_has_flowed_over_to_where_nobody_serves_him_while_his_own_queue_does(self) -> None:
        served = self.floor.outlook.at_work_for
        for contact in self.floor.contacts.values():
            home = [each for each in contact.stages if each.at <= self.now and each.why == RETURNED]
            if contact.state is CallState.WAITING and home and served(need_of(home[-1].skills)):
                assert served(contact.need)
                assert contact.queue not in self.floor.closed

    @invariant()
    def counters_agree_with_the_people(self) -> None:
        assert self.floor.free == sum(map(self.is_free, self.floor.seats.values()))
        within_reach = [seat for seat in self.floor.seats.values() if seat.reachable]
        meanwhile = [seat for seat in within_reach if (seat.state, seat.reason) in MEANWHILE and seat.wish is None]
        assert self.floor._crew.at_work == sum(seat.state in AT_WORK for seat in within_reach) + len(meanwhile)
        waiting = [contact for contact in self.floor.contacts.values() if contact.state is CallState.WAITING]
        assert self.floor.waiting == len(waiting)

    @invariant()
    def no_unreachable_agent_is_ready_and_every_ring_and_wrap_up_has_an_end(self) -> None:
        timer = self.floor.next_timer()
        for seat in self.floor.seats.values():
            assert seat.reachable or seat.state is not AgentState.READY
            if seat.state is AgentState.RINGING or (seat.state is AgentState.WRAP_UP and seat.until is not None):
                assert timer is not None

    @invariant()
    def who_waits_for_one_agent_alone_is_not_left_out_of_the_count(self) -> None:
        for contact in self.floor.contacts.values():
            assert not contact.only or contact.stages


AnyDay.TestCase.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestAnyDay = AnyDay.TestCase


def test_what_has_no_end_cannot_be_lengthened_after_a_restart_either() -> None:
    day = AnyDay()
    day.the_day_begins(ready={"1"}, policy="app-queue-fewestcalls")
    day.agent_wishes(agent="1", state=AgentState.OUTBOUND, why="", forced=False)
    day.wrap_up_is_resumed(agent="1", left=None)
    day.engine_is_restarted()
    day.agent_wishes(agent="1", state=AgentState.SIGNED_OUT, why="", forced=True)


def test_who_has_neither_desk_nor_telephone_needs_both_again_after_a_restart_too() -> None:
    for back in (inputs.DeskChanged, inputs.PhoneChanged):
        day = AnyDay()
        day.the_day_begins(ready={"1"}, policy="fifo")
        day.tell(inputs.DeskChanged("1", False), inputs.PhoneChanged("1", False))
        day.tell(back("1", True))
        assert day.rows["1"].reason == day.floor.seats["1"].missing
        day.engine_is_restarted()
        day.tell(inputs.PhoneChanged("1", True), inputs.DeskChanged("1", True))
        assert day.rows["1"].state is AgentState.READY
