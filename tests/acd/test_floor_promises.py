"""The floor's promises under any sequence of events: repeated, late, out of order, with restarts of the link."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from acd import inputs
from acd.agent_state import AT_WORK, IN_CONTACT, AgentState
from acd.call import CallState
from acd.decisions import CallGone, Connected, Decision, Disconnected, Offer, OfferOver, Requeued, Reranked
from acd.floor import PICKED, TRANSFER, Floor, QueueRule
from acd.free import serves
from acd.routing import Balanced

AGENTS = {
    "1": {"zh": 5},
    "2": {"zh": 5, "en": 3},
    "3": {"zh": 9, "cards": 7},
    "4": {"en": 9, "cards": 2},
}
CALLS = [f"c{number}" for number in range(7)]
NEEDS: list[dict[str, int]] = [{}, {"zh": 1}, {"en": 1}, {"zh": 1, "cards": 5}, {"none": 1}]

agents = st.sampled_from(sorted(AGENTS))
calls = st.sampled_from(CALLS)
steps = st.sampled_from([0.0, 0.5, 4.0, 30.0])


class AnyDay(RuleBasedStateMachine):
    """Anything may be told about any call and agent at any time; a second book keeps count of who must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(Balanced(), lambda queue: QueueRule(15.0, 0.0 if queue == "quick" else 10.0))
        self.now = 0.0
        self.present: set[str] = set()
        self.open: dict[str, str] = {}  # call → agent, from the decisions alone
        self.talking: set[str] = set()
        self.given: set[str] = set()  # calls whose agent a person chose, whatever his skills
        self.ranks: dict[str, int] = {}

    def tell(self, *happened: inputs.Input) -> None:
        for decision in self.floor.handle(self.now, *happened):
            self.follow(decision)

    def follow(self, decision: Decision) -> None:
        match decision:
            case Requeued(call):
                assert call not in self.open
                assert call in self.present
            case Reranked(call, priority):
                self.ranks[call] = priority
            case Offer(call, agent, policy=policy):
                (self.given.add if policy in (PICKED, TRANSFER) else self.given.discard)(call)
                assert call not in self.open
                assert agent not in self.open.values()
                self.open[call] = agent
            case OfferOver(call, agent):
                assert self.open.pop(call) == agent
                assert call not in self.talking
            case Connected(call, agent):
                assert self.open[call] == agent
                assert call not in self.talking
                self.talking.add(call)
            case CallGone(call):
                assert self.open.get(call) is None
                self.present.remove(call)
            case Disconnected(call, agent):
                assert self.open.pop(call) == agent
                self.talking.remove(call)

    @initialize(ready=st.sets(agents))
    def the_day_begins(self, ready: set[str]) -> None:
        self.tell(*[inputs.AgentSignedIn(agent, AGENTS[agent]) for agent in sorted(ready)])

    @rule(step=steps)
    def time_passes(self, step: float) -> None:
        self.now += step
        self.tell(inputs.Tick())

    @rule(agent=agents, reachable=st.booleans())
    def agent_signs_in(self, agent: str, reachable: bool) -> None:
        self.tell(inputs.AgentSignedIn(agent, AGENTS[agent], reachable))

    @rule(agent=agents, state=st.sampled_from(AgentState))
    def agent_wishes(self, agent: str, state: AgentState) -> None:
        self.tell(inputs.AgentWished(agent, state))

    @rule(agent=agents, reachable=st.booleans())
    def phone_changes(self, agent: str, reachable: bool) -> None:
        self.tell(inputs.PhoneChanged(agent, reachable))

    @rule(
        call=calls, need=st.sampled_from(NEEDS), priority=st.integers(0, 3), late=steps, queue=st.sampled_from("ab"),
        twice=st.booleans(),
    )  # fmt: skip
    def caller_joins(
        self, call: str, need: dict[str, int], priority: int, late: float, queue: str, twice: bool
    ) -> None:
        self.present.add(call)
        joined = inputs.CallerJoined(call, "quick" if queue == "a" else "slow", need, priority, self.now - late)
        self.tell(*([joined] * (1 + twice)))

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
        free = seat is not None and seat.state is AgentState.READY
        possible = waits and free and not self.floor.paused
        self.tell(inputs.Picked(call, agent))
        assert not possible or self.open[call] == agent

    @rule(call=calls, priority=st.integers(-3, 9))
    def call_is_ranked(self, call: str, priority: int) -> None:
        self.ranks.pop(call, None)
        self.tell(inputs.Ranked(call, priority))
        if call in self.ranks:
            assert self.floor.contacts[call].priority == priority

    @rule(down=st.booleans())
    def link_changes(self, down: bool) -> None:
        self.tell(inputs.Paused() if down else inputs.Resumed())

    @invariant()
    def nobody_is_lost(self) -> None:
        assert set(self.floor.contacts) == self.present

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
        free = [seat.profile for seat in self.floor.seats.values() if seat.state is AgentState.READY]
        for contact in self.floor.contacts.values():
            if contact.state is CallState.WAITING:
                assert not any(serves(profile, contact.need) for profile in free)

    @invariant()
    def counters_agree_with_the_people(self) -> None:
        states = [seat.state for seat in self.floor.seats.values()]
        assert self.floor.free == states.count(AgentState.READY)
        assert self.floor.staff == sum(state in AT_WORK for state in states)
        waiting = [contact for contact in self.floor.contacts.values() if contact.state is CallState.WAITING]
        assert self.floor.waiting == len(waiting)

    @invariant()
    def no_unreachable_agent_is_ready_and_every_ring_and_wrap_up_has_an_end(self) -> None:
        timer = self.floor.next_timer()
        for seat in self.floor.seats.values():
            assert seat.reachable or seat.state is not AgentState.READY
            if seat.state in (AgentState.RINGING, AgentState.WRAP_UP):
                assert timer is not None


AnyDay.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestAnyDay = AnyDay.TestCase
