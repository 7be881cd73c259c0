"""The ways to choose an agent that a site may take in place of ours: what they count, and what they forget."""

import pytest

from acd import inputs
from acd.agent_state import AgentState
from acd.decisions import Offer
from acd.floor import Floor
from acd.routing.memory import Past, caught_up, teach
from acd.routing.ours import Balanced, Policy
from acd.routing.policies import policy_named
from acd.rule import QueueRule
from tests.acd.day import Remembering

NEED = {"x": 1}


class Pair:
    """Agents 1 and 2, a call of a minute at a time, each 2 minutes after the one before."""

    def __init__(self, policy: Policy, at: float = 0.0) -> None:
        self.floor = Floor(policy, lambda _queue: QueueRule(15.0, 0.0))
        self.now = at
        self._calls = 0

    def tell(self, *happened: inputs.Input) -> list[str]:
        """Agents who are rung by that."""
        return [each.agent for each in self.floor.handle(self.now, *happened) if isinstance(each, Offer)]

    def ready(self, *agents: str) -> None:
        self.tell(*(inputs.AgentSignedIn(agent, {"x": 5}) for agent in agents))
        self.tell(*(inputs.AgentWished(agent, AgentState.READY, by=agent) for agent in agents))

    def ring(self) -> tuple[str, str]:
        """A call and whom it rings."""
        self._calls += 1
        call = f"{self.now}/{self._calls}"
        (agent,) = self.tell(inputs.CallerJoined(call, "q", NEED, 0, self.now))
        return call, agent

    def talk(self, *calls: tuple[str, str]) -> None:
        self.tell(*(inputs.OfferAccepted(*each) for each in calls))
        self.now += 60.0
        self.tell(*(inputs.CallerLeft(call) for call, _ in calls))
        self.now += 60.0

    def serve(self, count: int) -> str:
        """The agents who served so many calls, in order."""
        served = ""
        for _ in range(count):
            call = self.ring()
            served += call[1]
            self.talk(call)
        return served


@pytest.mark.parametrize("days", [1 / 24, 5.0])
def test_least_occupied_does_not_ring_one_agent_for_all_calls_because_he_was_away(days: float) -> None:
    pair = Pair(policy_named("least-occupied"))
    pair.ready("1", "2")
    for _ in range(30):
        pair.talk(pair.ring(), pair.ring())
    pair.tell(inputs.AgentWished("1", AgentState.SIGNED_OUT, by="1"))
    assert pair.serve(30) == "2" * 30
    pair.tell(inputs.AgentWished("2", AgentState.SIGNED_OUT, by="2"))
    pair.now += days * 86400
    pair.ready("1", "2")
    assert 12 <= pair.serve(30).count("1") <= 20


def test_least_occupied_rings_the_agent_who_has_talked_less_of_his_time() -> None:
    pair = Pair(policy_named("least-occupied"))
    pair.ready("1")
    pair.serve(20)
    pair.now += 600.0
    pair.ready("2")
    pair.now += 60.0
    assert pair.ring()[1] == "2"


@pytest.mark.parametrize("policy", ["fewest-calls", "app-queue-fewestcalls"])
def test_a_ring_without_a_talk_is_no_call_served(policy: str) -> None:
    pair = Pair(policy_named(policy))
    pair.ready("1")
    for _ in range(10):
        call, _ = pair.ring()
        pair.tell(inputs.CallerLeft(call))
    pair.ready("2")
    served = pair.serve(10)
    assert served.count("1") == 5


@pytest.mark.parametrize("policy", ["fewest-calls", "least-occupied", "round-robin", "balanced"])
def test_the_last_eight_hours_teach_what_all_the_time_before_has_taught(policy: str) -> None:
    log: list[Past] = []
    lived = Pair(Remembering(policy_named(policy), log))
    lived.ready("1")
    lived.serve(150)
    lived.ready("2")
    begun = len(log)
    lived.serve(240)
    heir = Pair(policy_named(policy), lived.now)
    teach(heir.floor.policy, heir.floor._free, log[begun:])
    for agent, seat in lived.floor.seats.items():
        since, order = seat.idle_since, seat.order
        heir.tell(
            inputs.AgentFound(agent, {"x": 5}, True, AgentState.READY, "", seat.since, idle_since=since, order=order)
        )
    assert heir.serve(40) == lived.serve(40)


def test_a_policy_that_learns_from_a_past_read_too_early_knows_who_waits_now() -> None:
    log: list[Past] = []
    pair = Pair(Remembering(Balanced(), log))
    calls = [f"c{number}" for number in range(5)]
    pair.tell(*(inputs.CallerJoined(call, "q", NEED, 0, 0.0) for call in calls[:4]))
    early, pair.now = list(log), 60.0
    pair.tell(inputs.CallerLeft("c0"), inputs.CallerJoined("c4", "q", NEED, 0, 60.0))
    pair.ready("1")
    assert pair.floor.contacts["c1"].agent == "1"
    pair.floor.policy = fresh = Balanced()
    teach(fresh, pair.floor._free, caught_up(early, pair.floor.contacts, pair.now))
    assert sorted(fresh._strict._waits) == ["c2", "c3", "c4"]
    assert sum(len(line.places) for line in fresh._strict._lines.values()) == 3
