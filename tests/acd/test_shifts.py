"""Shifts: read from a table, what they allow, and how agents keep them."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.intervals import Interval
from acd.models import AgentEvent, AgentRow, ShiftRow
from acd.rota import allowance
from acd.rota import endpoints as rota_endpoints
from acd.rota.adherence import adherence
from acd.rota.planned import Rota
from acd.rota.shifts import Pause, Plan, Shift, ShiftRules, moved, read, refusal
from core.errors import BadInput, Refused
from tests.acd.centre import Centre, centre
from tests.acd.test_endpoints import client
from tests.virtual_time import now, virtual_time

ZONE = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
AGENTS = {"8001", "8002"}
HEAD = "agent,date,start,end\n"
HOUR = 3600.0
RULES = ShiftRules(ready_before=180)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def test_table_becomes_shifts_and_one_may_end_on_the_next_day() -> None:
    plan = read(HEAD + "8002,2026-03-02,22:00,06:00\n8001,2026-03-02,09:00,17:00\n,2026-03-03,,\n", ZONE, AGENTS)
    assert [str(day) for day in plan.days] == ["2026-03-02", "2026-03-03"]
    assert plan.shifts == (
        Shift("8001", at("2026-03-02 09:00"), at("2026-03-02 17:00")),
        Shift("8002", at("2026-03-02 22:00"), at("2026-03-03 06:00")),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agent,date,start\n", "line 1 names no column `end`"),
        (HEAD, "line 2 is missing"),
        (HEAD + "8001,2026-03-02,09:00,17:00\n8009,2026-03-02,09:00,17:00\n", "line 3: there is no agent 8009"),
        (HEAD + "8001,2026-03-02,9,17:00\n", "line 2: '9' is no time such as 09:00"),
        (HEAD + "8001,March,09:00,17:00\n", "line 2: 'March' is no day such as 2026-03-02"),
        (HEAD + "8001,2026-03-02,09:00,08:00\n", "line 2: a shift of 23 hours is too long"),
        (
            HEAD + "8001,2026-03-02,09:00,17:00\n8001,2026-03-02,16:00,20:00\n",
            "two shifts of agent 8001 overlap at 2026-03-02 16:00",
        ),
    ],
)
def test_fault_in_a_table_names_its_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as fault:
        read(text, ZONE, AGENTS)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("02:30,03:15,", "line 2: 02:30-03:15 is no time on 2026-03-29, when the clock is put forward"),
        ("02:30,03:30,", "line 2: 02:30-03:30 is no time on 2026-03-29"),
        ("00:00,08:00,meal 02:30-03:00", "line 2: 02:30-03:00 is no time on 2026-03-29"),
        ("02:30,08:00,meal 03:00-03:45", "line 2: the break at 03:00 is not inside the shift"),
    ],
)
def test_shift_or_break_that_the_clock_jumps_over_is_refused(line: str, said: str) -> None:
    with pytest.raises(BadInput) as fault:
        read(f"agent,date,start,end,breaks\n8001,2026-03-29,{line}\n", BERLIN, AGENTS)
    assert said in str(fault.value)


def test_shift_is_not_moved_to_a_day_on_which_the_clock_jumps_over_it() -> None:
    (mine,) = read(HEAD + "8001,2026-03-22,02:30,03:15\n", BERLIN, AGENTS).shifts
    with pytest.raises(ValueError, match="02:30-03:15 is no time on 2026-03-29"):
        moved(mine, timedelta(days=7), BERLIN)


def test_sign_in_is_allowed_from_a_little_before_the_shift_until_its_end() -> None:
    strict, mine = ShiftRules(outside="refused", early=900), [Shift("8001", 10 * HOUR, 18 * HOUR)]
    told = [refusal(strict, mine, hour * HOUR) is None for hour in (9.7, 9.76, 14, 17.99, 18)]
    assert told == [False, True, True, True, False]
    assert refusal(RULES, mine, 0.0) is None
    assert refusal(strict, [], 14 * HOUR) == (
        "outside_shift", "this agent has no shift now; a supervisor may overrule",
    )  # fmt: skip


def worked(*spans: tuple[str, float, float]) -> list[Interval]:
    return [Interval("8001", state, start * HOUR, end * HOUR) for state, start, end in spans]


SHIFT = [Shift("8001", 10 * HOUR, 18 * HOUR)]


def test_agent_who_was_there_all_the_time_kept_his_shift() -> None:
    history = worked(("ready", 9.9, 12), ("talking", 12, 13), ("meal", 13, 13.5), ("ready", 13.5, 18))
    kept = adherence("8001", SHIFT, history, RULES, Breaks(), 20 * HOUR)
    assert (kept.planned, kept.kept, kept.adherence) == (8 * HOUR, 8 * HOUR, 1.0)
    assert (kept.late, kept.left_early) == (0.0, 0.0)
    assert kept.outside == pytest.approx(180.0)


def test_coming_late_leaving_early_not_ready_and_long_breaks_are_told_apart() -> None:
    history = worked(("not-ready", 10.5, 11), ("ready", 11, 13), ("meal", 13, 14), ("ready", 14, 17))
    kept = adherence("8001", SHIFT, history, RULES, Breaks(), 20 * HOUR)
    assert kept.late == HOUR + 180
    assert kept.left_early == HOUR
    assert kept.kept == 5.5 * HOUR  # the meal was half an hour too long
    assert kept.adherence == pytest.approx(5.5 / 8)


def test_shift_that_goes_on_counts_up_to_now_and_one_that_comes_not_at_all() -> None:
    history = worked(("ready", 10, 12))
    kept = adherence("8001", SHIFT, history, ShiftRules(ready_before=0), Breaks(), 12 * HOUR)
    assert (kept.planned, kept.adherence, kept.left_early) == (2 * HOUR, 1.0, 0.0)
    before = adherence("8001", SHIFT, [], RULES, Breaks(), 9 * HOUR)
    assert (before.planned, before.adherence, before.late) == (0.0, None, 0.0)


def test_who_never_came_is_late_by_the_whole_shift() -> None:
    kept = adherence("8001", SHIFT, [], RULES, Breaks(), 20 * HOUR)
    assert (kept.adherence, kept.late, kept.left_early) == (0.0, 8 * HOUR + 180, 0.0)


LUNCH = [Shift("8001", 10 * HOUR, 18 * HOUR, (Pause("meal", 12 * HOUR, 13 * HOUR),))]


@pytest.mark.parametrize(
    ("history", "now", "kept", "planned"),
    [
        ([("ready", 9.9, 12), ("meal", 12, 13), ("ready", 13, 18)], 20, 8, 8),
        ([("ready", 9.9, 12), ("short-break", 12, 13), ("ready", 13, 18)], 20, 8, 8),
        ([("ready", 9.9, 12.25), ("meal", 12.25, 13.25), ("ready", 13.25, 18)], 20, 7.5, 8),
        ([("ready", 9.9, 15), ("meal", 15, 15.5), ("ready", 15.5, 18)], 20, 6.5, 8),
        ([("ready", 9.9, 18)], 20, 7, 8),
        ([("ready", 9.9, 12), ("not-ready", 12, 13), ("ready", 13, 18)], 20, 7, 8),
        ([("ready", 9.9, 12), ("signed-out", 12, 13), ("training", 13, 18)], 20, 7, 8),
        ([("ready", 9.9, 12), ("meal", 12, 12.75)], 12.75, 2.75, 2.75),
        ([("ready", 9.9, 12.75)], 12.75, 2, 2.75),
    ],
)
def test_where_breaks_are_planned_it_is_kept_to_be_on_a_break_then_and_at_work_else(
    history: list[tuple[str, float, float]], now: float, kept: float, planned: float
) -> None:
    """Hours of a day with its meal from 12 to 13, which is longer than the rules of breaks allow."""
    found = adherence("8001", LUNCH, worked(*history), RULES, Breaks(), now * HOUR)
    assert (found.kept / HOUR, found.planned / HOUR) == pytest.approx((kept, planned))
    assert (found.late, found.left_early) == (0.0, 0.0)


def test_each_shift_of_a_day_has_its_own_plan_of_breaks() -> None:
    parts = [Shift("8001", 6 * HOUR, 9 * HOUR), LUNCH[0]]
    history = worked(
        ("ready", 5.9, 7), ("short-break", 7, 7.5), ("ready", 7.5, 12), ("meal", 12, 13), ("ready", 13, 18)
    )
    found = adherence("8001", parts, history, RULES, Breaks(), 20 * HOUR)
    assert found.planned - found.kept == pytest.approx(1200.0)  # half an hour, ten minutes of which are allowed


SPLIT = [Shift("8001", 9 * HOUR, 12 * HOUR), Shift("8001", 14 * HOUR, 18 * HOUR)]


@pytest.mark.parametrize(
    ("history", "now", "late", "left_early"),
    [
        ([("ready", 8.9, 11), ("signed-out", 11, 15), ("ready", 15, 18)], 20, 3600 + 180, 3600),
        ([("ready", 8.9, 12)], 20, 4 * 3600 + 180, 0),
        ([("ready", 13.9, 18)], 20, 3 * 3600 + 180, 0),
        ([("not-ready", 8.9, 12), ("ready", 12, 18)], 20, 3 * 3600 + 180, 0),
        ([("not-ready", 8.9, 10), ("ready", 10, 11), ("not-ready", 11, 12), ("ready", 12, 18)], 20, 3600 + 180, 0),
        ([("ready", 8.9, 12), ("ready", 13.97, 13.98), ("ready", 15, 17)], 20, 3600 + 144, 3600),
        ([("ready", 8.9, 12)], 13.99, 0, 0),
        ([("ready", 8.9, 12)], 14.5, 1800 + 180, 0),
        ([("ready", 8.9, 12), ("ready", 14.25, 14.4)], 14.5, 900 + 180, 0),
        ([], 20, 7 * 3600 + 360, 0),
    ],
)
def test_each_shift_of_a_day_counts_for_itself_who_was_not_ready_for_it_and_who_left_it_early(
    history: list[tuple[str, float, float]], now: float, late: float, left_early: float
) -> None:
    """Hours of a day with shifts from 9 to 12 and from 14 to 18."""
    found = adherence("8001", SPLIT, worked(*history), RULES, Breaks(), now * HOUR)
    assert (found.late, found.left_early) == pytest.approx((late, left_early))


@pytest.mark.parametrize("pauses", [(), (Pause("short-break", 9.9 * HOUR, 10 * HOUR),)])
def test_break_at_the_end_of_a_shift_makes_nobody_late_for_the_one_that_follows_on_it(pauses: tuple[Pause]) -> None:
    before = Shift("8001", 6 * HOUR, 10 * HOUR, pauses)
    history = worked(("ready", 5.9, 9.9), ("short-break", 9.9, 10), ("ready", 10, 18))
    for shifts, beside in (([before, *LUNCH], []), (LUNCH, [before])):
        assert adherence("8001", shifts, history, RULES, Breaks(), 20 * HOUR, beside).late == 0.0


def test_who_gets_ready_before_his_shift_is_not_outside_it_before_it_begins() -> None:
    found = adherence("8001", SHIFT, worked(("ready", 9.96, 9.99)), RULES, Breaks(), 9.99 * HOUR)
    assert (found.outside, found.late) == (0.0, 0.0)


def test_time_of_a_shift_that_began_the_day_before_is_not_outside_the_shifts() -> None:
    night, evening = Shift("8001", -2 * HOUR, 6 * HOUR), Shift("8001", 22 * HOUR, 30 * HOUR)
    history = worked(("ready", 0, 6), ("ready", 12, 13), ("ready", 21.95, 30))
    kept = adherence("8001", [evening], history, RULES, Breaks(), 40 * HOUR, [night])
    assert (kept.planned, kept.kept, kept.late, kept.left_early) == (8 * HOUR, 8 * HOUR, 0.0, 0.0)
    assert kept.outside == HOUR


def test_time_to_get_ready_within_the_shift_before_counts_once() -> None:
    early, late = Shift("8001", 6 * HOUR, 10 * HOUR), SHIFT[0]
    history = worked(("ready", 9, 19))
    for shifts, beside in (([early, late], []), ([late], [early])):
        kept = adherence("8001", shifts, history, RULES, Breaks(), 20 * HOUR, beside)
        assert kept.outside == HOUR


NIGHT = worked(("signed-out", -16, -2), ("ready", -2, 2), ("signed-out", 2, 3), ("ready", 3, 7))


@pytest.mark.parametrize(
    ("shift", "history", "now", "since"),
    [
        (Shift("8001", 9, 17), worked(("short-break", -8, -7), ("signed-out", -7, 9), ("ready", 9, 10.5)), 10.5, 8.95),
        (Shift("8001", -2, 6), NIGHT, 5, -2.05),
        (Shift("8001", 22, 30), NIGHT, 7, -2),
        (None, NIGHT, 7, -2),
        (None, worked(("ready", -24, -4), ("signed-out", -4, 1), ("ready", 1, 7)), 7, 0),
        (None, worked(("ready", 8, 10), ("signed-out", 10, 16), ("ready", 16, 20)), 20, 0),
        (None, worked(("not-ready", -48, 7)), 7, -9),
        (None, [], 7, 0),
    ],
)
def test_breaks_count_together_since_the_shift_began_or_the_day_but_no_midnight_parts_a_nights_work(
    shift: Shift | None, history: list[Interval], now: float, since: float
) -> None:
    """Hours from midnight on."""
    planned = shift and Shift("8001", shift.start * HOUR, shift.end * HOUR)
    assert allowance.since(planned, history, RULES, 0.0, now * HOUR) == pytest.approx(since * HOUR)


@virtual_time
async def test_breaks_of_the_shift_before_use_up_nothing_of_this_one(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.agents.rota = rota = Rota(RULES, Breaks(), ZONE)
        began = now()
        await planned(
            running, rota, Shift("8001", began - 20 * HOUR, began - 12 * HOUR), Shift("8001", began, began + HOUR)
        )
        async with running.db.transaction() as tx:
            for hours, state in ((-20, "ready"), (-14, "short-break"), (-13, "ready"), (-12, "signed-out")):
                tx.session.add(AgentEvent(agent="8001", at=began + hours * HOUR, state=state))
        await running.sign_in("8001")
        await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "", "test")
        await asyncio.sleep(1800)
        await running.dispatcher.set_state("8001", AgentState.READY, "", "test")
        with pytest.raises(Refused) as refused:
            await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "", "test")
        assert refused.value.reason == "break_used_up"


@virtual_time
async def test_night_worker_who_keeps_his_shifts_works_outside_none(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        rota, midnight = Rota(RULES, Breaks(), ZONE), at("2025-06-10 00:00")
        nights = [(midnight + hours * HOUR, midnight + (hours + 8) * HOUR) for hours in (-2, 22)]
        async with running.db.transaction() as tx:
            tx.session.add(AgentRow(number="8001", state="signed-out", since_at=0.0))
            for start, end in nights:
                tx.session.add(ShiftRow(agent="8001", start_at=start, end_at=end, breaks=[]))
                tx.session.add(AgentEvent(agent="8001", at=start, state="ready"))
                tx.session.add(AgentEvent(agent="8001", at=end, state="signed-out"))
        async with running.db.reading() as session:
            (kept,) = await rota.kept(session, midnight, midnight + 24 * HOUR, now())
        assert kept.shifts == (Shift("8001", *nights[1]),)
        assert (kept.adherence.adherence, kept.adherence.outside) == (1.0, 0.0)


@virtual_time
async def test_who_signs_in_before_midnight_is_not_late_for_the_shift_that_begins_then(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        rota, midnight = Rota(RULES, Breaks(), ZONE), at("2025-06-10 00:00")
        async with running.db.transaction() as tx:
            for agent, came in (("8001", midnight - 600), ("8002", midnight - 60)):
                tx.session.add(ShiftRow(agent=agent, start_at=midnight, end_at=midnight + 8 * HOUR, breaks=[]))
                tx.session.add(AgentEvent(agent=agent, at=came, state="ready"))
                tx.session.add(AgentEvent(agent=agent, at=midnight + 8 * HOUR, state="signed-out"))
        async with running.db.reading() as session:
            found = await rota.kept(session, midnight, midnight + 24 * HOUR, now())
        told = [(each.adherence.late, each.adherence.adherence, each.adherence.outside) for each in found]
        assert told == [(0.0, 1.0, 0.0), (120.0, 1.0, 0.0)]


async def planned(running: Centre, rota: Rota, *shifts: Shift) -> None:
    async with running.db.transaction() as tx:
        day = datetime.fromtimestamp(now(), ZONE).date()
        await rota.replace(tx, Plan((day,), shifts), "sun.li")


@virtual_time
async def test_agent_outside_his_shift_is_refused_by_rule_and_a_supervisor_overrules(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        running.dispatcher.agents.rota = rota = Rota(ShiftRules(outside="refused"), Breaks(), ZONE)
        await planned(running, rota, Shift("8002", now() - HOUR, now() + HOUR))
        running.pbx.phone("phone-8001")
        running.pbx.phone("phone-8002")
        await asyncio.sleep(0.1)
        with pytest.raises(Refused) as refused:
            await running.dispatcher.set_state("8001", AgentState.READY, "", "")
        assert refused.value.reason == "outside_shift"
        await running.dispatcher.set_state("8002", AgentState.READY, "", "")
        await running.dispatcher.set_state("8001", AgentState.READY, "", "sun.li")
        assert [await running.agent(number) for number in ("8001", "8002")] == [("ready", ""), ("ready", "")]


@virtual_time
async def test_kept_time_is_read_from_the_history_and_a_new_table_replaces_the_old(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        rota, began = Rota(RULES, Breaks(), ZONE), now()
        await planned(running, rota, Shift("8001", began, began + HOUR))
        await planned(running, rota, Shift("8001", began, began + 2 * HOUR))
        await asyncio.sleep(HOUR)
        await running.sign_in("8001")
        await asyncio.sleep(HOUR / 2)
        async with running.db.reading() as session:
            (found,) = await rota.kept(session, began - HOUR, began + HOUR, now())
            kept = found.adherence
            assert (await rota.current(session, now()))["8001"].end == began + 2 * HOUR
        assert kept.planned == pytest.approx(1.5 * HOUR, abs=1)
        assert kept.adherence == pytest.approx(1 / 3, abs=0.01)
        assert kept.late == pytest.approx(HOUR + 180, abs=1)


@virtual_time
async def test_supervisor_plans_over_http_and_the_floor_shows_shift_and_adherence(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.agents.rota = rota = Rota(RULES, Breaks(), ZONE)
        more = [rota_endpoints.router(running.db, rota, running.team, now)]
        began = datetime.fromtimestamp(now(), ZONE)
        line = f"8001,{began:%Y-%m-%d},{began:%H:%M},{began.replace(hour=(began.hour + 2) % 24):%H:%M}\n"
        async with client(running, "sun.li", "supervisor", more=more) as ask:
            kind = {"Content-Type": "text/csv"}
            wrong = await ask.put("/api/shifts", content=HEAD + "8009,2026-03-02,09:00,17:00\n", headers=kind)
            assert (wrong.status_code, "line 2: there is no agent 8009" in wrong.text) == (422, True)
            told = await ask.put("/api/shifts", content=HEAD + line, headers=kind)
            assert (told.status_code, told.json()["shifts"]) == (200, 1)
            await running.sign_in("8001")
            await asyncio.sleep(1800)
            (agent,) = (await ask.get("/api/agents")).json()
            assert agent["shift_end_at"] - agent["shift_start_at"] == 2 * HOUR
            assert agent["adherence"] > 0.9
            day = (await ask.get(f"/api/shifts?day={began:%Y-%m-%d}")).json()
            assert set(day["definitions"]) <= set(day["agents"][0])
            assert day["agents"][0]["kept"] >= 1800
        async with client(running, "li.na", "agent", "8001", more=more) as ask:
            assert (await ask.get(f"/api/shifts?day={began:%Y-%m-%d}")).status_code == 403
