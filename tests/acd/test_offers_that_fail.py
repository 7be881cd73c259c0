"""Rings nobody answers, rings taken back and transfers: the others are served in the same order all the same."""

import random
from heapq import heappop, heappush
from itertools import count
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import pytest

from acd import inputs
from acd.agent_state import AgentState
from acd.decisions import Connected, Offer
from acd.floor import Floor
from acd.free import Free
from acd.routing.memory import past_of, teach
from acd.routing.ours import Balanced
from acd.routing.policies import policy_named
from acd.rule import QueueRule
from tests.acd.test_routing import STAFF, X, line, serve

ONE = {"x": 1}


def test_an_offer_that_fails_gives_back_whom_strict_order_had_served() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"))
    serve(strict, "b", X, 0.0, 50.0)
    assert strict.first(50.0, STAFF) == 40.0
    strict.put_back("b", (("x", 1),), 10.0, 60.0)
    assert strict.first(60.0, STAFF) == 60.0
    serve(strict, "a", X, 0.0, 60.0)
    serve(strict, "b", X, 0.0, 70.0)
    assert strict.first(900.0, STAFF) == 0.0


def test_as_many_come_back_as_were_taken_though_one_has_hung_up_and_another_was_served_meanwhile() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"), ("c", 20.0, "x"))
    serve(strict, "b", X, 0.0, 50.0)  # instead of "a"
    strict.leave("a", 0.0)  # and strict order loses "b" with him, who is served as it seems
    strict.put_back("b", (("x", 1),), 10.0, 60.0)
    assert strict.first(60.0, STAFF) == 50.0
    serve(strict, "b", X, 0.0, 60.0)
    serve(strict, "c", X, 0.0, 70.0)
    assert strict.first(900.0, STAFF) == 0.0


def test_told_of_somebody_who_waits_already_it_changes_nothing() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"))
    strict.put_back("a", (("x", 1),), 0.0, 50.0)
    serve(strict, "a", X, 0.0, 60.0)
    serve(strict, "b", X, 0.0, 70.0)
    assert strict.first(900.0, STAFF) == 0.0


def test_an_agent_whose_ring_was_taken_back_was_not_free_meanwhile() -> None:
    floor = Floor(Balanced(), lambda _queue: QueueRule(15.0, 0.0))
    floor.handle(0.0, inputs.AgentSignedIn("1", {"x": 5}))
    floor.handle(100.0, inputs.CallerJoined("a", "q", ONE, 0, 100.0), inputs.CallerJoined("b", "q", ONE, 0, 100.0))
    (offer,) = [each for each in floor.handle(110.0, inputs.CallerLeft("a")) if isinstance(each, Offer)]
    assert (offer.call, offer.idle) == ("b", 0.0)


@pytest.mark.parametrize(("unanswered", "transferred"), [(0.0, 0.0), (0.2, 0.0), (0.0, 0.3), (0.2, 0.3)])
def test_the_highest_tier_waits_no_longer_than_by_strict_priority(unanswered: float, transferred: float) -> None:
    ours, strict = (_waits(name, unanswered, transferred) for name in ("balanced", "longest-idle"))
    assert fmean(ours) <= 1.1 * fmean(strict) + 1.0


def _waits(policy: str, unanswered: float, transferred: float) -> list[float]:
    """Of callers of the highest tier, a tenth: more call than ten agents can serve, and nobody hangs up."""
    draw, chance, order = random.Random(5), random.Random(6), count()
    floor = Floor(policy_named(policy), lambda _queue: QueueRule(15.0, 0.0))
    todo: list[tuple[float, int, str, str]] = []

    def plan(at: float, what: str, who: str) -> None:
        heappush(todo, (at, next(order), what, who))

    at = 0.0
    while at < 4 * 3600.0:
        at += draw.expovariate(1.2 * 10 / 200 / (1 + transferred))
        plan(at, "joins", f"{at}")
    highest = {who for _, _, _, who in todo if draw.random() < 0.1}
    floor.handle(0.0, *(inputs.AgentSignedIn(f"{agent}", {"x": 5}) for agent in range(10)))
    found: list[float] = []
    while todo:
        now, _, what, who = heappop(todo)
        contact = floor.contacts.get(who)
        agent = contact.agent if contact else ""
        happened: inputs.Input
        match what:
            case "joins":
                happened = inputs.CallerJoined(who, "q", ONE, int(who in highest), now)
            case "answers":
                if who in highest and contact:
                    found.append(now - contact.queued_at)
                happened = inputs.OfferAccepted(who, agent)
            case "answers-not":
                happened = inputs.OfferFailed(who, agent, "no_answer")
                plan(now + 30.0, "is-back", agent)
            case "is-back":
                happened = inputs.AgentWished(who, AgentState.READY, "", who)
            case "sends-on":
                happened = inputs.Transferred(who, agent, "q", ONE, int(who in highest), now)
            case _:
                happened = inputs.CallerLeft(who)
        for each in floor.handle(now, happened):
            if isinstance(each, Offer):
                plan(now + 10.0, "answers-not" if chance.random() < unanswered else "answers", each.call)
            elif isinstance(each, Connected):
                length = draw.expovariate(1 / 190)
                plan(now + length, "sends-on" if chance.random() < transferred else "hangs-up", each.call)
    return found


def test_after_a_restart_it_knows_of_offers_that_failed_and_of_transfers() -> None:
    where: dict[str, Any] = {"queue": "q", "skills": ONE, "priority": 0}

    def told(at: float, call: str, kind: str, agent: str = "", **data: object) -> SimpleNamespace:
        return SimpleNamespace(call=call, at=at, kind=kind, agent=agent, data=data)

    offer: dict[str, Any] = {"order": 1, "idle": 0.0, "skills": {"x": 5}}
    history = [
        told(0.0, "before", "queued", **where),
        told(0.0, "before", "offered", "1", **offer | {"idle": 5.0}),
        told(0.0, "a", "queued", **where),
        told(10.0, "b", "queued", **where),
        told(50.0, "b", "offered", "1", **offer),
        told(60.0, "b", "offer-ended", "1", result="no_answer"),
    ]
    policy = Balanced()
    teach(policy, Free(), past_of(history))
    assert policy._strict.first(60.0, STAFF) == 60.0
    history += [
        told(70.0, "a", "offered", "1", **offer),
        told(80.0, "a", "connected", "1"),
        told(90.0, "a", "disconnected", "1"),
        told(90.0, "a", "transfer", "1", queue="q"),
        told(90.0, "a", "queued", waited=70.0, **where),
        told(95.0, "b", "offered", "1", **offer),
    ]
    policy = Balanced()
    teach(policy, Free(), past_of(history))
    assert policy._strict.first(100.0, STAFF) == pytest.approx(80.0)


def test_whoever_takes_a_caller_after_having_been_free_has_no_line_before_him() -> None:
    policy = Balanced()
    floor = Floor(policy, lambda _queue: QueueRule(15.0, 0.0))
    floor.handle(0.0, inputs.AgentSignedIn("1", {"x": 5}))
    policy._strict.join("left over", (("x", 1),), 50.0)
    floor.handle(100.0, inputs.CallerJoined("a", "q", ONE, 0, 100.0))
    assert floor.contacts["a"].agent == "1"
    assert policy._strict.first(900.0, STAFF) == 0.0
