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
from acd.decisions import Connected, Offer, Promised
from acd.floor import Floor
from acd.free import Free, Profile
from acd.routing.memory import past_of, teach
from acd.routing.ours import Balanced, Member, Policy
from acd.routing.policies import policy_named
from acd.rule import QueueRule
from acd.waiting import Contact, Waiting
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
    assert strict.first(60.0, STAFF) == 60.0
    serve(strict, "b", X, 0.0, 60.0)
    serve(strict, "c", X, 0.0, 70.0)
    assert strict.first(900.0, STAFF) == 0.0


def test_whom_strict_order_has_served_long_ago_gives_back_another_when_his_offer_fails() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"), ("c", 20.0, "x"))
    serve(strict, "c", X, 0.0, 50.0)  # instead of "a", who waits on in truth
    serve(strict, "a", X, 0.0, 60.0)  # instead of "b"
    strict.put_back("a", (("x", 1),), 0.0, 70.0)
    assert strict.first(70.0, STAFF) == 60.0
    assert strict.longest(70.0, STAFF) == 60.0


def test_who_waits_again_after_a_talk_waits_beside_his_place_of_before() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"))
    serve(strict, "b", X, 0.0, 50.0)  # instead of "a"
    strict.talked("b")
    strict.put_back("b", (("x", 1),), 60.0, 60.0)
    serve(strict, "a", X, 0.0, 70.0)  # instead of the talk that "b" has had
    assert strict.first(70.0, STAFF) == 10.0


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


SCENES = [(0.0, 0.0), (0.2, 0.0), (0.0, 0.3), (0.2, 0.3)]
LINE = pytest.mark.parametrize(("unanswered", "transferred"), SCENES)


@LINE
def test_the_highest_tier_waits_no_longer_than_by_strict_priority(unanswered: float, transferred: float) -> None:
    ours, strict = (_waits(policy_named(name), unanswered, transferred)[1] for name in ("balanced", "longest-idle"))
    assert fmean(ours) <= 1.1 * fmean(strict) + 1.0


@LINE
def test_the_others_wait_at_most_one_and_a_half_times_as_long_as_in_order_of_arrival(
    unanswered: float, transferred: float
) -> None:
    ours, arrival = (max(_waits(policy_named(name), unanswered, transferred)[0]) for name in ("balanced", "fifo"))
    assert ours <= 1.5 * arrival


class AsLong(Balanced):
    """Looks whether the line of strict order is as long as the real one."""

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        assert sum(len(each.places) for each in self._strict._lines.values()) == waiting.count
        return super().rank(contact, waiting, free, now)


class Arrival(Balanced):
    """Serves in order of arrival, and looks whether the line of strict order then is the real one."""

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        return (contact.queued_at, contact.order)

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        (line,) = self._strict._lines.values()
        assert line.places[0][2] is self._strict._waits[contact.call]
        super().served(contact, profile, member, now)


@LINE
@pytest.mark.parametrize("policy", [AsLong, Arrival])
def test_the_line_of_strict_order_is_kept_through_all_of_it(
    policy: type[Balanced], unanswered: float, transferred: float
) -> None:
    assert max(_waits(policy(), unanswered, transferred)[0]) > 1000.0


def _waits(policy: Policy, unanswered: float, transferred: float) -> tuple[list[float], list[float]]:
    """Of the others, and of callers of the highest tier, a tenth: more call than ten agents can serve, and nobody hangs
    up."""
    draw, chance, order = random.Random(5), random.Random(6), count()
    floor = Floor(policy, lambda _queue: QueueRule(15.0, 0.0))
    todo: list[tuple[float, int, str, str]] = []

    def plan(at: float, what: str, who: str) -> None:
        heappush(todo, (at, next(order), what, who))

    at = 0.0
    while at < 4 * 3600.0:
        at += draw.expovariate(1.2 * 10 / 200 / (1 + transferred))
        plan(at, "joins", f"{at}")
    highest = {who for _, _, _, who in todo if draw.random() < 0.1}
    floor.handle(0.0, *(inputs.AgentSignedIn(f"{agent}", {"x": 5}) for agent in range(10)))
    found: tuple[list[float], list[float]] = ([], [])
    while todo:
        now, _, what, who = heappop(todo)
        contact = floor.contacts.get(who)
        agent = contact.agent if contact else ""
        happened: inputs.Input
        match what:
            case "joins":
                happened = inputs.CallerJoined(who, "q", ONE, int(who in highest), now)
            case "answers":
                if contact:
                    found[who in highest].append(now - contact.queued_at)
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
    policy._strict.join("older", (("x", 1),), 40.0)
    policy._strict.join("served before", (("x", 1),), 50.0)
    serve(policy._strict, "served before", X, 0.0, 60.0)  # instead of "older"
    floor.handle(100.0, inputs.CallerJoined("a", "q", ONE, 0, 100.0))
    assert floor.contacts["a"].agent == "1"
    assert policy._strict.first(900.0, STAFF) == 0.0


@pytest.mark.parametrize("idle", [True, False])
def test_an_agent_who_gets_the_skill_of_a_long_line_does_not_put_its_order_out(idle: bool) -> None:
    floor = Floor(Balanced(), lambda _queue: QueueRule(15.0, 0.0))
    floor.handle(0.0, inputs.AgentSignedIn("1", ONE), inputs.AgentSignedIn("2", {"y": 5}))
    called = [inputs.CallerJoined(f"c{number}", "q", ONE, 0, 1.0 + number) for number in range(9)]
    for each in called:
        floor.handle(each.queued_at, each)
    floor.handle(20.0, inputs.OfferAccepted("c0", "1"))
    if not idle:
        floor.handle(21.0, inputs.CallerJoined("other", "q", {"y": 1}, 0, 21.0))
        floor.handle(22.0, inputs.OfferAccepted("other", "2"))
    floor.handle(60.0, inputs.SkillsChanged("2", ONE), inputs.CallerLeft("other"))
    floor.handle(61.0, inputs.OfferAccepted("c1", "2"), inputs.CallerJoined("vip", "q", ONE, 3, 61.0))
    floor.handle(70.0, inputs.CallerLeft("c1"))
    assert floor.contacts["vip"].agent == "2"


def test_who_is_called_back_goes_before_the_others_but_not_before_the_highest_tier() -> None:
    floor = Floor(Balanced(), lambda _queue: QueueRule(15.0, 0.0))
    floor.handle(5000.0, inputs.AgentSignedIn("1", ONE))
    for call, priority, place in (("now", 0, 5001.0), ("high", 3, 5002.0), ("one", 0, 5003.0)):
        floor.handle(place, inputs.CallerJoined(call, "q", ONE, priority, place))
    floor.handle(5004.0, inputs.CallerJoined("back", "q", ONE, 0, 3000.0, promised=True))
    floor.handle(5005.0, inputs.OfferAccepted("now", "1"))
    floor.handle(5080.0, inputs.CallerLeft("now"))
    assert floor.contacts["high"].agent == "1"
    floor.handle(5081.0, inputs.OfferAccepted("high", "1"))
    (back,) = [each for each in floor.handle(5090.0, inputs.CallerLeft("high")) if isinstance(each, Promised)]
    assert back.call == "back"


def test_agents_are_spared_for_callers_who_come_by_transfer_too() -> None:
    policy = Balanced()
    floor = Floor(policy, lambda _queue: QueueRule(15.0, 0.0))
    floor.handle(0.0, inputs.AgentSignedIn("1", {"x": 5, "y": 5}), inputs.AgentSignedIn("2", ONE))
    now = 10.0
    for number in range(40):
        call = f"c{number}"
        floor.handle(now, inputs.CallerJoined(call, "q", ONE, 0, now))
        first = floor.contacts[call].agent
        floor.handle(now, inputs.OfferAccepted(call, first))
        floor.handle(now + 30.0, inputs.Transferred(call, first, "second", {"y": 1}, 0, now + 30.0))
        floor.handle(now + 31.0, inputs.OfferAccepted(call, "1"))
        floor.handle(now + 60.0, inputs.CallerLeft(call))
        now += 70.0
    floor.handle(now, inputs.CallerJoined("before", "q", ONE, 0, now))
    floor.handle(now, inputs.OfferAccepted("before", "2"))
    floor.handle(now + 60.0, inputs.CallerLeft("before"))
    floor.handle(now + 70.0, inputs.CallerJoined("last", "q", ONE, 0, now + 70.0))
    assert floor.contacts["last"].agent == "2", "though the other has been free for longer"
