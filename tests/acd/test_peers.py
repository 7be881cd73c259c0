"""The models of app_queue and mod_callcenter: who is next and which agent, as those programs decide."""

import pytest

from acd.routing.peers import MODELS, PEERS
from acd.routing.policies import policy_named
from acd.simulation.generators import KINDS, generate
from acd.simulation.simulator import Day, simulate
from acd.simulation.traffic import Caller, Shift

BOTH = {"8001": {"zh": 5}, "8002": {"zh": 5}, "8003": {"zh": 5}}


def calls(*times: tuple[float, float], need: str = "zh", priority: int = 0, queue: str = "q") -> list[Caller]:
    return [
        Caller(row, arrival, queue, priority, {need: 1}, handle, 1e9) for row, (arrival, handle) in enumerate(times)
    ]


def run(policy: str, callers: list[Caller], agents: dict[str, dict[str, int]]) -> Day:
    return simulate(callers, [Shift(agent, skills, 0, 1e6) for agent, skills in agents.items()], policy_named(policy))


def agents_of(day: Day) -> list[str]:
    return [each.agent for each in sorted(day.answered, key=lambda one: one.caller.row)]


ALONE = [(10.0 * number, 5.0) for number in range(6)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("app-queue-linear", ["8001"] * 6),
        ("callcenter-top-down", ["8001"] * 6),
        ("app-queue-rrmemory", ["8001", "8002", "8003"] * 2),
        ("callcenter-round-robin", ["8001", "8002", "8003"] * 2),
        ("app-queue-leastrecent", ["8001", "8002", "8003"] * 2),
        ("callcenter-longest-idle-agent", ["8001", "8002", "8003"] * 2),
        ("app-queue-fewestcalls", ["8001", "8002", "8003"] * 2),
    ],
)
def test_agents_are_taken_in_the_order_of_the_strategy(policy: str, expected: list[str]) -> None:
    assert agents_of(run(policy, calls(*ALONE), BOTH)) == expected


def test_least_talk_time_counts_seconds_and_not_calls() -> None:
    day = run("callcenter-agent-with-least-talk-time", calls((0, 100), (1, 5), (20, 5), (40, 5), (200, 5)), BOTH)
    assert agents_of(day) == ["8001", "8002", "8003", "8002", "8003"]


@pytest.mark.parametrize("policy", [each for each in MODELS if "wrandom" not in each])
def test_the_agent_with_the_lower_penalty_goes_first_whatever_the_strategy(policy: str) -> None:
    better, alone = {"zh": 9, "en": 9}, {"zh": 4}
    taken = agents_of(run(policy, calls(*ALONE), {"8001": better, "8002": alone}))
    if policy in PEERS:
        assert set(taken) == {"8001"}
    elif policy.endswith(":fewest-skills"):
        assert set(taken) == {"8002"}
    else:
        equals = {"8001": alone, "8002": alone}
        assert taken == agents_of(run(policy.removesuffix(":no-penalty"), calls(*ALONE), equals))


def test_wrandom_takes_an_agent_of_penalty_1_for_every_fourth_caller_where_another_has_none() -> None:
    day = run(
        "app-queue-wrandom", calls(*((10.0 * n, 5.0) for n in range(800))), {"8001": {"zh": 10}, "8002": {"zh": 9}}
    )
    assert agents_of(day).count("8002") == pytest.approx(200, abs=30)


def test_priority_counts_fully_in_a_queue_and_as_seconds_of_score_in_mod_callcenter() -> None:
    one = {"8001": {"zh": 5}}
    callers = [
        Caller(0, 0, "q", 0, {"zh": 1}, 500, 1e9),
        Caller(1, 1, "q", 0, {"zh": 1}, 5, 1e9),
        Caller(2, 400, "q", 1, {"zh": 1}, 5, 1e9),
    ]
    order = {policy: [each.caller.row for each in run(policy, callers, one).answered] for policy in PEERS}
    assert order["app-queue-linear"] == [0, 2, 1]
    assert order["callcenter-top-down"] == [0, 1, 2]


def test_queues_that_share_agents_win_by_chance_in_app_queue() -> None:
    callers = [Caller(0, 0, "a", 0, {"x": 1}, 10, 1e9)]
    callers += [Caller(1 + n, 1 + n / 100, "ab"[n % 2], 0, {"xy"[n % 2]: 1}, 10, 1e9) for n in range(30)]
    rows = [each.caller.row for each in run("app-queue-linear", callers, {"8001": {"x": 5, "y": 5}}).answered]
    assert rows != sorted(rows)
    for need in (0, 1):
        mine = [row for row in rows[1:] if row % 2 == need]
        assert mine == sorted(mine)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_seed_draws_the_same_traffic_and_every_caller_can_be_served(kind: str) -> None:
    first, again, other = generate(kind, 4), generate(kind, 4), generate(kind, 5)
    assert first == again
    assert first != other
    for caller in first.callers:
        assert any(
            all(shift.skills.get(skill, 0) >= least for skill, least in caller.skills.items()) for shift in first.shifts
        )
