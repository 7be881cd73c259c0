"""The measures of a day, and the rules of breaks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from acd import breaks, counting, repository
from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.figures import DEFINITIONS, Stay, measures
from acd.intervals import Interval
from acd.queues import Queues
from acd.tally import all_stays
from core.errors import Refused
from core.settings import ROOT
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_admission import enqueue, rules
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_figures_of_a_day_follow_from_its_history_and_agree_with_the_board(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        since = now() - 1
        await running.sign_in("8001", answers_after=2.0)
        held, leg = await running.caller("cards", caller="1")
        await asyncio.sleep(12)
        await running.dispatcher.control.hold(held, "test")
        await asyncio.sleep(5)
        await running.dispatcher.control.resume(held, "test")
        await asyncio.sleep(15)
        await running.dispatcher.control.transfer(held, "test", queue="loans")
        await asyncio.sleep(2)
        running.pbx.hang_up(leg)
        _, short = await running.caller("cards", caller="2")
        await asyncio.sleep(3)
        running.pbx.hang_up(short)
        await asyncio.sleep(20)
        async with running.db.reading() as session:
            rows = {
                by: await repository.day_figures(session, QUEUES.queues, by, since, now() + 1, now())
                for by in ("queue", "agent", "skill", "interval")
            }
            board = {each.queue: each for each in await repository.queue_figures(session, QUEUES.queues, since, now())}
            span = counting.Span(since, now() + 1, now())
            counted = all_stays((await counting.stays(session, QUEUES.queues, ["cards"], span)).values())
            worked = (await counting.work(session, span))["8001"]
        cards: dict[str, Any] = rows["queue"]["cards"]
        expected = {
            "offered": 2,
            "answered": 1,
            "abandoned": 1,
            "short_abandoned": 1,
            "failed": 0,
            "service_level": 0.5,
        }
        assert {name: cards[name] for name in expected} == expected
        assert cards["hold"] == pytest.approx(5, abs=0.2)
        assert cards["talk"] == pytest.approx(25, abs=0.5)
        assert cards["wrap_up"] == pytest.approx(10, abs=0.2)
        assert cards["handle_time"] == pytest.approx(40, abs=0.7)
        assert cards["transferred"] == 1.0
        assert (counted.offered, counted.answered, counted.short) == (2, 1, 1)
        assert (counted.talk, counted.held, counted.wrapped, counted.handle_time) == pytest.approx(
            (cards["talk"], cards["hold"], cards["wrap_up"], cards["handle_time"]), abs=1e-3
        )
        assert worked.occupancy == pytest.approx(rows["agent"]["8001"]["occupancy"], abs=1e-3)
        assert rows["queue"]["loans"]["abandoned"] == 1
        assert set(rows["skill"]) == {"cards", "loans"}
        assert rows["agent"]["8001"]["answered"] == 1
        assert 0.4 < rows["agent"]["8001"]["occupancy"] < 0.9  # type: ignore[operator]  # a share
        assert sum(int(str(row["offered"])) for row in rows["interval"].values()) == 3
        assert set(cards) <= set(DEFINITIONS)
        for name, row in rows["queue"].items():
            of_board = (board[name].offered, board[name].answered, board[name].abandoned, board[name].short_abandoned)
            assert of_board == (row["offered"], row["answered"], row["abandoned"], row["short_abandoned"])


@virtual_time
async def test_whom_the_longest_wait_sends_back_counts_where_he_waited_until_he_goes_to_another_queue(
    tmp_path: Path,
) -> None:
    asked = rules(longest={"after": 600, "step": "sorry"})
    async with centre(tmp_path, "8001", rules=asked) as running:
        since = now() - 1
        stays, _ = await enqueue(running, "1")
        goes_on, _ = await enqueue(running, "2")
        await asyncio.sleep(605)
        running.pbx.hang_up((await running.call(stays)).leg)
        assert await offered(running, asked, since) == {"general": (2, 2)}
        await running.calls.enqueue(goes_on, "second", {}, 0)
        assert await offered(running, asked, since) == {"general": (1, 1), "second": (1, 0)}


async def offered(running: Centre, asked: Queues, since: float) -> dict[str, tuple[int, int]]:
    """By queue, how many came and how many of them were sent back, as every reader of figures tells it."""
    await asyncio.sleep(1)
    until = now() + 1
    async with running.db.reading() as session:
        rows: dict[str, dict[str, Any]] = await repository.day_figures(
            session, asked.queues, "queue", since, until, until
        )
        board = await repository.queue_figures(session, asked.queues, since, until)
        span = counting.Span(since, until, until)
        counted = {name: all_stays((await counting.waits(session, asked.queues, [name], span)).values())
                   for name in asked.queues}  # fmt: skip
        listed = {
            name: len(set(await session.scalars(counting.calls_of_stays("sent_back", asked.queues, [name], span))))
            for name in asked.queues
        }
    told = {name: (row["offered"], row["sent_back"]) for name, row in rows.items() if row["offered"]}
    assert all(row["longest_wait"] == pytest.approx(600, abs=1) for row in rows.values() if row["sent_back"])
    assert told == {name: (each.offered, each.sent_back) for name, each in counted.items() if each.offered}
    assert {name: count for name, (count, _) in told.items()} == {
        each.queue: each.offered for each in board if each.offered
    }
    assert {name: back for name, (_, back) in told.items()} == {name: listed[name] for name in told}
    return told


def test_callers_of_a_queue_that_is_gone_are_answered_in_time_as_those_of_the_fallback() -> None:
    found = [Stay("c1", "gone", {}, 0.0, 0.0, 20.0, "answered"), Stay("c2", "gone", {}, 0.0, 0.0, 4.0, "abandoned"),
             Stay("c3", "gone", {}, 90.0, 90.0), Stay("c4", "gone", {}, 90.0, 60.0)]  # fmt: skip
    told = measures(found, QUEUES.queues, 100.0)
    assert (told["offered"], told["short_abandoned"], told["longest_wait"]) == (4, 1, 40.0)
    assert told["service_level"] == pytest.approx(1 / 3), "who waits 10 s does not count yet, who waits 40 s does"


@pytest.mark.parametrize(
    ("taken", "staff", "free", "waiting", "reason"),
    [
        (1800.0, 9, 9, 0, "break_used_up"),
        (0.0, 9, 9, 1, "callers_wait"),
        (0.0, 9, 3, 0, "few_free"),
        (0.0, 3, 3, 0, None),
        (0.0, 3, 2, 0, "few_free"),
        (0.0, 1, 1, 0, None),
        (1799.0, 9, 4, 0, None),
    ],
)
def test_break_begins_only_when_the_group_can_spare_the_agent(
    taken: float, staff: int, free: int, waiting: int, reason: str | None
) -> None:
    rules = breaks.load(ROOT / "config")
    state = AgentState.SHORT_BREAK
    refused = breaks.refusal(rules, state, taken, staff=staff, free=free, waiting=waiting)
    assert (refused[0] if refused else None) == reason
    assert breaks.refusal(rules, AgentState.TRAINING, taken, staff=staff, free=free, waiting=waiting) is None


def test_break_that_lasts_too_long_is_found_with_the_seconds_too_much() -> None:
    long = Interval("8001", "short-break", 0.0, 700.0)
    assert breaks.overruns(Breaks(), [long, Interval("8001", "meal", 800.0, 1000.0)]) == [(long, 100.0)]
    assert breaks.taken([long], AgentState.SHORT_BREAK) == 700.0


@virtual_time
async def test_refused_break_and_a_supervisors_overruling_are_written_down(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await running.caller()
        await asyncio.sleep(2)
        await running.caller()
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        with pytest.raises(Refused) as refused:
            await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "", "test")
        assert refused.value.reason == "callers_wait"
        await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "tired", "chief")
        await running.dispatcher.set_state("8001", AgentState.MEAL, "", "chief")
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(11)
        assert await running.agent("8001") == ("meal", "")
        async with running.db.reading() as session:
            told = [(each.who, each.what) for each in await session.scalars(select(AuditEntry))]
            last = (await repository.agent_history(session, "8001", 0))[-1]
        assert told == [("test", "state_refused"), ("chief", "break_overruled"), ("chief", "break_overruled")]
        assert (last.state, last.by) == ("meal", "chief")


@virtual_time
async def test_wrap_up_is_lengthened_by_what_the_queue_allows(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await running.caller("cards")
        await asyncio.sleep(3)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        with pytest.raises(Refused, match="60 s more"):
            await running.dispatcher.agents.extend_wrap_up("8001", 61, "test")
        await running.dispatcher.agents.extend_wrap_up("8001", 40, "test")
        await asyncio.sleep(30)
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(20)
        assert await running.agent("8001") == ("ready", "")
