"""Who waits for one agent alone goes first there, except before those whom the policy lets nobody go before."""

from acd import inputs
from acd.decisions import Offer
from acd.floor import Floor
from acd.routing.policies import policy_named
from acd.rule import QueueRule
from acd.waiting import Stage

AGENT = "8001"


def joined(call: str, at: float, priority: int = 0, why: str = "") -> inputs.CallerJoined:
    """`why`: he waits for the one agent alone, for a minute."""
    stages = (Stage(at + 60.0, "q", {"a": 1}, 0, "released"),) if why else ()
    return inputs.CallerJoined(call, "q", {"a": 1}, priority, at, stages, AGENT if why else "", why)


def served(policy: str, *callers: inputs.CallerJoined, opens: float = 0.0) -> list[str]:
    """The order in which the one agent, who comes when it `opens` and talks until 100, takes them, ten seconds each."""
    floor = Floor(policy_named(policy), lambda _queue: QueueRule(15, 0))
    arrivals = [(each.queued_at, each) for each in (joined("talks", 0.0), *callers)]
    come: list[tuple[float, inputs.Input]] = [*arrivals, (opens, inputs.AgentSignedIn(AGENT, {"a": 5}))]
    found, now = ["talks"], 100.0
    for at, each in sorted(come, key=lambda one: one[0]):
        floor.handle(at, each)
        floor.handle(at, inputs.OfferAccepted("talks", AGENT))
    for _ in callers:
        offers = [each for each in floor.handle(now, inputs.CallerLeft(found[-1])) if isinstance(each, Offer)]
        found += [each.call for each in offers]
        floor.handle(now, inputs.OfferAccepted(found[-1], AGENT))
        now += 10.0
    return found[1:]


def test_who_waits_for_his_last_agent_goes_before_those_who_wait_for_anybody() -> None:
    for policy in ("balanced", "longest-idle", "fifo"):
        assert served(policy, joined("anybody", 80.0), joined("his", 99.0, why="last-agent")) == ["his", "anybody"]


def test_who_waits_for_his_last_agent_does_not_go_before_the_highest_priority() -> None:
    callers = (joined("vip", 80.0, 3), joined("his", 99.0, why="last-agent"), joined("anybody", 99.0))
    for policy in ("balanced", "longest-idle"):
        assert served(policy, *callers) == ["vip", "his", "anybody"]


def test_who_waits_for_his_last_agent_does_not_go_before_who_has_waited_beyond_all_measure() -> None:
    callers = (joined("old", 3.0), joined("vip", 95.0, 3), joined("his", 99.0, why="last-agent"))
    assert served("balanced", *callers, opens=90.0) == ["old", "vip", "his"]


def test_of_two_who_wait_for_the_same_agent_the_higher_priority_goes_first() -> None:
    callers = (joined("ordinary", 80.0, why="last-agent"), joined("vip", 90.0, 3, why="manager"))
    for policy in ("balanced", "longest-idle"):
        assert served(policy, *callers) == ["vip", "ordinary"]
