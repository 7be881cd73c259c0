"""One day, counted by the wallboard and its chart, by the reports and by /api/figures: the same callers everywhere."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from acd import repository
from acd.agent_state import AgentState
from acd.queues import Queues
from acd.roster import AgentCard
from acd.wrapup.codes import Codes
from agentdesk.reading.board import BoardReader
from agentdesk.reading.switchwatch import SwitchWatch
from agentdesk.reports.choice import Choice
from agentdesk.reports.reader import ReportReader
from core import site
from core.clock import midnight
from core.settings import ROOT
from ivr.published.book import MenuBook
from tests.acd.centre import Centre, centre
from tests.acd.test_supervision import listening
from tests.virtual_time import now, virtual_time

SITE = site.load(ROOT / "config").model_copy(update={"time_zone": "UTC"})
RULES = Queues.model_validate({"queues": {
    "general": {"name": {"en": "General"}},
    "cards": {"name": {"en": "Cards"}, "skills": {"cards": 1}, "overflow": {"after": 40, "to": "loans"}},
    "loans": {"name": {"en": "Loans"}, "skills": {"loans": 1}},
}})  # fmt: skip


async def connected(running: Centre, queue: str) -> tuple[str, str]:
    call, leg = await running.caller(queue)
    await asyncio.sleep(3)
    assert (await running.call(call)).state == "talking"
    return call, leg


async def over(running: Centre, leg: str) -> None:
    """He hangs up, and everybody has wrapped up."""
    running.pbx.hang_up(leg)
    await asyncio.sleep(12)


async def handed_over(running: Centre) -> None:
    """Four callers of cards: left to a colleague who was asked, taken over, taken up again, sent to another queue."""
    control, consults = running.dispatcher.control, running.dispatcher.consults
    call, leg = await connected(running, "cards")
    await running.sign_in("8002")
    await consults.start(call, "8002", "li.na")
    await asyncio.sleep(5)
    await consults.complete(call, "li.na")
    await asyncio.sleep(10)
    await over(running, leg)
    await running.dispatcher.set_state("8002", AgentState.SIGNED_OUT, "", "test")
    call, leg = await connected(running, "cards")
    await listening(running, call)
    await running.dispatcher.supervision.take_over(call, "sun.li")
    await asyncio.sleep(7)
    await over(running, leg)
    call, leg = await connected(running, "cards")
    await control.reclaim(call, "li.na")
    await asyncio.sleep(9)
    await over(running, leg)
    call, leg = await connected(running, "cards")
    await running.sign_in("8002")
    await control.transfer(call, "li.na", queue="loans")
    await asyncio.sleep(20)
    await over(running, leg)


async def still_wrapping_up(running: Centre) -> None:
    _, leg = await connected(running, "cards")
    running.pbx.hang_up(leg)
    await asyncio.sleep(4)


async def lost_for_good(running: Centre) -> None:
    """The agent's telephone does not come back: the caller waits, in earnest, until a colleague takes him."""
    await running.dispatcher.set_state("8002", AgentState.SIGNED_OUT, "", "test")
    call, leg = await connected(running, "cards")
    running.pbx.phone("phone-8001", answers_after=99.0)
    await running.dispatcher.control.reclaim(call, "li.na")
    await asyncio.sleep(25)
    await running.sign_in("8002")
    await asyncio.sleep(5)
    await over(running, leg)
    await running.dispatcher.set_state("8002", AgentState.SIGNED_OUT, "", "test")


async def nobody_there(running: Centre) -> None:
    """Two hang up, soon and late; one overflows and is answered at once then; two wait still."""
    _, soon = await running.caller("cards", caller="1")
    await asyncio.sleep(3)
    running.pbx.hang_up(soon)
    _, late = await running.caller("cards", caller="2")
    await asyncio.sleep(30)
    running.pbx.hang_up(late)
    _, moved = await running.caller("cards", caller="3")
    await asyncio.sleep(42)
    running.team.cards["8003"] = AgentCard("8003", "of loans alone", {"loans": 5}, "test")
    await running.sign_in("8003")
    await asyncio.sleep(6)
    await over(running, moved)
    await running.dispatcher.set_state("8003", AgentState.SIGNED_OUT, "", "test")
    await asyncio.sleep(1800)
    await running.caller("cards", caller="4")
    await asyncio.sleep(30)
    await running.caller("cards", caller="5")
    await asyncio.sleep(4)


@pytest.mark.parametrize("until", ["wrapping-up", "waiting"])
def test_wallboard_chart_reports_and_figures_of_a_day_agree(tmp_path: Path, until: str) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001", "8002", "9001", rules=RULES) as running:
            await running.sign_in("8001")
            await handed_over(running)
            if until == "waiting":
                await lost_for_good(running)
                await nobody_there(running)
            else:
                await still_wrapping_up(running)
            await compare(running, until)

    story()


async def compare(running: Centre, until: str) -> None:
    zone, moment = SITE.zone, now()
    reader = ReportReader(SITE, RULES, MenuBook(), Codes())
    async with running.db.reading() as session:
        board = await BoardReader(RULES, zone, SwitchWatch()).read(session, "en", moment)
        lines, halves = [
            (await reader.read(session, name, Choice(), "en", moment)).tables[0] for name in ("queues", "intervals")
        ]
        since = midnight(moment, zone)
        of_day = [await repository.day_figures(session, RULES.queues, by, since, since + 86400, moment)
                  for by in ("queue", "interval")]  # fmt: skip
    told = {row.key: row.values for row in lines.rows if row.values["offered"]}
    cards, loans = {"wrapping-up": ((5, 5), (1, 1)), "waiting": ((10, 6), (2, 2))}[until]
    found = tuple((told[name]["offered"], told[name]["answered"]) for name in ("cards", "loans"))
    assert found == (cards, loans)
    if until == "waiting":
        # In time 5 of 9: all but who was lost for good, two who hung up, one who waits; the last one is undecided.
        assert told["cards"]["in_time"] == 5
        assert told["cards"]["service_level"] == pytest.approx(5 / 9)
        assert (told["cards"]["abandoned"], told["cards"]["short"], told["cards"]["waiting"]) == (2, 1, 2)
        assert told["cards"]["longest"] == pytest.approx(34, abs=0.5)
    assert {tile.name for tile in board.queues if tile.offered} == told.keys() == of_day[0].keys()
    for tile in board.queues:
        if tile.offered:
            same(told[tile.name], of_day[0][tile.name])
            values = (tile.offered, tile.answered, tile.abandoned, tile.short_abandoned, tile.service_level)
            codes = ("offered", "answered", "abandoned", "short", "service_level")
            assert values == tuple(told[tile.name][code] for code in codes)
    bars = {_label(bar.at, zone): bar for bar in board.trend if bar.offered}
    rows = {row.label: row.values for row in halves.rows if row.values["offered"]}
    by_half = {_label(since + int(begin), zone): row for begin, row in of_day[1].items() if row["offered"]}
    assert bars.keys() == rows.keys() == by_half.keys()
    for label, bar in bars.items():
        same(rows[label], by_half[label])
        values = (bar.offered, bar.answered, bar.abandoned, bar.in_time, bar.service_level)
        codes = ("offered", "answered", "abandoned", "in_time", "service_level")
        assert values == tuple(rows[label][code] for code in codes)
    assert halves.total is not None
    assert lines.total is not None
    assert halves.total.values == lines.total.values


def same(report: Any, figures: Any) -> None:
    names = {
        "offered": "offered", "answered": "answered", "abandoned": "abandoned", "short": "short_abandoned",
        "failed": "failed", "sent_back": "sent_back", "service_level": "service_level",
        "answer_speed": "mean_answer_speed", "longest": "longest_wait", "talk": "talk", "handle_time": "handle_time",
    }  # fmt: skip
    for code, name in names.items():
        assert report[code] == pytest.approx(figures[name], abs=1e-3), code


def _label(at: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"
