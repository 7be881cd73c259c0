"""A recorded day becomes traffic: what callers asked for, patience and talks, shifts from the history."""

import asyncio
import json
import shutil
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from accounts import published
from accounts.access import Role
from accounts.models import Person
from accounts.settings import KIND
from acd import figures
from acd.models import AgentEvent, Call, CallEvent, Offer, QueueVisit
from acd.simulation.replay import Came, callers_of, came, really, ringing_of, shifts_of, wrap_up_of
from app.commands.acd import app
from core import site
from core.bus import Bus
from core.database import Base, Database
from core.errors import BadInput, NotFound
from core.settings import Settings
from ivr import hours

SKILLS = {"8001": {"zh": 5}, "8002": {"en": 7}}
CLOCKS_CHANGE = "2026-03-29", "2026-10-25"


ASKED: dict[str, Any] = {"queue": "cards", "skills": {"zh": 1}, "priority": 1}


def line(call: str, at: float, kind: str, agent: str = "", **data: Any) -> CallEvent:
    return CallEvent(call=call, at=at, kind=kind, agent=agent, data=data)


def lines(call: str, queued: float, connected: float | None, ended: float) -> list[CallEvent]:
    """He waits, talks to 8001 if he is connected, and hangs up."""
    found = [line(call, queued, "queued", **ASKED), line(call, ended, "ended", ended_by="customer")]
    if connected is not None:
        found[1:1] = [line(call, connected, "connected", "8001"), line(call, ended, "disconnected", "8001")]
    return found


def day(*history: CallEvent, until: float = inf) -> list[Came]:
    return came(figures.stays(history), 1000, until)


def moved(agent: str, at: float, state: str) -> AgentEvent:
    return AgentEvent(agent=agent, at=at, state=state)


def test_callers_are_those_who_waited_in_order_with_what_is_known_of_them() -> None:
    waited = [*lines("b", 1030, 1040, 1100), *lines("a", 1010, None, 1025), *lines("of yesterday", 990, 1010, 1020)]
    found = callers_of(day(*waited, *lines("of tomorrow", 3000, 3010, 3020), until=3000), 1000)
    assert [(each.row, each.arrival, each.handle, each.patience) for each in found] == [
        (0, 10, 60, 15),
        (1, 30, 60, 15),
    ]
    assert (found[0].queue, found[0].priority, found[0].skills) == ("cards", 1, {"zh": 1})


def test_a_caller_asks_for_what_he_asked_when_he_came_though_his_queue_asked_for_less_and_he_flowed_over() -> None:
    second: dict[str, Any] = {"queue": "second", "skills": {}, "priority": 3}
    waited = [
        line("a", 1000, "queued", **ASKED), line("a", 1020, "restaged", why="relaxed", **ASKED | {"skills": {}}),
        line("a", 1060, "restaged", why="overflow", **second), line("a", 1070, "connected", "8001"),
        line("a", 1170, "disconnected", "8001"), line("b", 1001, "queued", **ASKED),
        line("b", 1061, "restaged", why="overflow", **second), line("b", 1091, "sent-back", to="sorry"),
        line("b", 1095, "ended", ended_by="customer"),
    ]  # fmt: skip
    first, other = callers_of(day(*waited), 1000)
    assert (first.queue, first.priority, first.skills, first.arrival) == ("cards", 1, {"zh": 1}, 0)
    assert (first.handle, first.patience, other.queue, other.patience) == (100, 90, "cards", 90)
    assert really(day(*waited), lambda queue: 80)["asa"] == 70


def test_who_is_passed_on_asks_twice_and_keeps_his_earlier_talk_and_who_is_handed_over_talks_on() -> None:
    waited = [
        *lines("a", 1000, 1010, 1610)[:-1], line("a", 1610, "transfer", "8001", mode="blind", target="loans"),
        line("a", 1610, "queued", **ASKED | {"queue": "loans"}, waited=10), line("a", 1615, "connected", "8002"),
        line("a", 1675, "disconnected", "8002"),
        *lines("b", 1001, 1011, 1111)[:-1], line("b", 1111, "transfer", "8001", mode="attended", target="8002"),
        line("b", 1111, "queued", **ASKED), line("b", 1111, "offered", "8002"), line("b", 1111, "connected", "8002"),
        line("b", 1131, "disconnected", "8002"),
    ]  # fmt: skip
    found = callers_of(day(*waited), 1000)
    assert [(each.queue, each.arrival, each.handle) for each in found] == [
        ("cards", 0, 600),
        ("cards", 1, 120),
        ("loans", 610, 60),
    ]


def test_a_call_out_with_its_talk_and_wrap_up_is_no_time_for_callers() -> None:
    states = ((0, "ready"), (100, "outbound"), (110, "talking"), (1310, "wrap-up"), (1320, "ready"), (2000, "meal"))
    history = [moved("8001", float(at), state) for at, state in states]
    found = shifts_of(history, SKILLS, 0, 3000)
    assert [(each.start, each.end) for each in found] == [(0, 100), (1320, 2000)]
    assert wrap_up_of(history, 0) == 0.0


def test_shifts_are_the_time_at_work_cut_to_the_day() -> None:
    history = [
        moved("8001", 900, "ready"), moved("8001", 1100, "talking"), moved("8001", 1200, "not-ready"),
        moved("8002", 1150, "ready"), moved("gone", 1150, "ready"), moved("8001", 1300, "ready"),
        moved("8001", 1400, "signed-out"), moved("8002", 1500, "wrap-up"),
    ]  # fmt: skip
    found = shifts_of(history, SKILLS, 1000, 2000)
    assert [(each.agent, each.start, each.end) for each in found] == [
        ("8001", 0, 200),
        ("8002", 150, 1000),
        ("8001", 300, 400),
    ]
    assert found[1].skills == {"en": 7}


def test_what_really_happened_is_counted_by_the_same_definitions() -> None:
    those = day(*lines("a", 1010, 1015, 1060), *lines("b", 1020, 1060, 1070), *lines("c", 1030, None, 1040))
    assert really(those, {"cards": 20}.__getitem__) == {
        "offered": 3, "answered": 2, "service_level": 1 / 3, "service_level_seconds": 20, "asa": 22.5,
    }  # fmt: skip


def run(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False, standalone_mode=False)
    if isinstance(result.exception, BadInput | NotFound):
        raise result.exception
    return result.stdout


def store(folder: Path, *rows: Base) -> None:
    async def write() -> None:
        db = Database(f"sqlite+aiosqlite:///{folder}/hotline.db", Bus())
        await db.create_all()
        async with db.transaction() as tx:
            for row in rows:
                tx.session.add(row)
                await tx.session.flush()
        await db.close()

    asyncio.run(write())


def publish(folder: Path, file: str, text: str) -> None:
    async def write() -> None:
        db = Database(f"sqlite+aiosqlite:///{folder}/hotline.db", Bus())
        async with db.transaction() as tx:
            name = file.removesuffix(".yaml")
            await published.begin(tx, KIND, name, (Settings().config_dir / file).read_text("utf-8"), file, 1.0)
            await published.publish(tx, KIND, name, text, "sun.li", "agreed", 2.0)
        await db.close()

    asyncio.run(write())


def stored_call(name: str, queued: float, connected: float, ended: float) -> Call:
    return Call(
        id=name, leg=name, caller="13800000000", dialled="95000", arrived_at=queued, state="ended", queue="cards",
        queued_at=queued, connected_at=connected, talk_ended_at=ended, ended_at=ended,
    )  # fmt: skip


def stored(name: str, queued: float, connected: float, ended: float) -> list[Base]:
    """The call with its stay and its history."""
    stay = QueueVisit(
        call=name, queue="cards", queued_at=queued, waits_since=queued, until_at=connected, result="answered"
    )
    return [stored_call(name, queued, connected, ended), stay, *lines(name, queued, connected, ended)]


def test_why_tells_the_steps_of_a_call_and_names_one_that_is_not_there(tmp_path: Path) -> None:
    rank = {"priority": 1, "urgency": 90.5, "wait": 4.5, "in_time": 20, "passed_over": 66, "shortness": 1.0}
    rank["starves_after"] = 30.0
    chosen = {**rank, "missed": 0.5, "next_agent": {"agent": "8002", "missed": 0.7}, "next": {"call": "c0", **rank}}
    why = {"offer": "o1", "waited": 4.5, "waiting": 3, "free": 1, "policy": "balanced", "idle": 9.0, "why": chosen}
    store(
        tmp_path, stored_call("c1", 100, 106, 200),
        CallEvent(call="c1", at=100, kind="queued", data={"queue": "cards"}),
        CallEvent(call="c1", at=104.5, kind="offered", agent="8001", data=why),
    )  # fmt: skip
    found = json.loads(run("why", "c1", "--data", str(tmp_path), "--json"))
    assert [step["kind"] for step in found["steps"]] == ["queued", "offered"]
    assert found["steps"][1]["agent"] == "8001"
    told = run("why", "c1", "--data", str(tmp_path))
    for said in (
        "to 8001 by balanced",
        "had waited 4.5 s, 3 callers waiting, 1 agents free; the agent had been free for 9.0 s",
        "this caller: priority 1, urgency 90.5 = (wait 4.5 + in time 20 + passed over 66) × 1.0, starves after 30.0 s",
        "before caller c0, the first of another kind: priority 1",
        "rather than 8002, missed at 0.7",
    ):
        assert said in told
    with pytest.raises(NotFound, match="there is no call"):
        run("why", "nothing", "--data", str(tmp_path))


def test_why_tells_what_placed_a_caller_and_who_picked_him(tmp_path: Path) -> None:
    rank = {"urgency": 90.5, "wait": 4.5, "in_time": 20, "passed_over": 66, "shortness": 1.0, "starves_after": 30.0}
    rank |= {"highest": 2, "beyond_after": 45.0}
    middle = rank | {"goes": "urgency", "priority": 1, "worth": 31.5}
    beyond = rank | {"goes": "beyond", "priority": 0, "next": {"call": "c0", **middle}}
    diamond = rank | {"goes": "highest", "priority": 2}
    diamond |= {"agent_by": "skill-level"}
    rows: list[dict[str, object]] = [{"policy": "balanced", "why": beyond}, {"policy": "balanced", "why": diamond},
            {"policy": "picked", "by": "sun.li"}]  # fmt: skip
    store(
        tmp_path, stored_call("c1", 100, 106, 200),
        *(CallEvent(call="c1", at=104.5, kind="offered", agent="8001", data={"offer": "o1", **row}) for row in rows),
    )  # fmt: skip
    told = run("why", "c1", "--data", str(tmp_path))
    for said in (
        "starves after 30.0 s (has waited beyond all measure, 45.0 s: goes before everybody)",
        "before caller c0, the first of another kind: priority 1, urgency 90.5",
        "× 1.0, starves after 30.0 s (with 31.5 for the priority 122.0)",
        "(of the highest priority that calls, 2 or more: only who has waited 45.0 s goes before)",
        "this agent: chosen by skill-level, as his queue has it",
        "to 8001, picked by sun.li",
    ):
        assert said in told


def test_why_tells_of_a_call_back_why_it_was_this_agents_turn(tmp_path: Path) -> None:
    chosen = {"missed": 0.5, "not_permitted": ["8002", "8003"]}
    turn = {"waited": 4.5, "waiting": 3, "free": 3, "policy": "balanced", "skills": {"zh": 1}, "idle": 9.0, "order": 2}
    data = {"queue": "cards", "shown": "95566", "by": "", **turn, "why": chosen}
    store(
        tmp_path, stored_call("c1", 100, 106, 200),
        CallEvent(call="c1", at=104.5, kind="dialled", agent="8001", data=data),
        CallEvent(call="c1", at=105.5, kind="dialled", agent="8001", data={"queue": "cards", "by": "li.na"}),
    )  # fmt: skip
    told = run("why", "c1", "--data", str(tmp_path))
    for said in (
        "8001 queue cards, shown 95566, policy balanced\n",
        "had waited 4.5 s, 3 callers waiting, 3 agents free; the agent had been free for 9.0 s\n",
        "passed over, for their permission class does not allow this number: 8002, 8003\n",
        "8001 queue cards, by li.na\n",
    ):
        assert said in told


def test_replay_puts_what_would_have_been_next_to_what_was(tmp_path: Path) -> None:
    zone = site.load(Settings().config_dir).zone
    nine = datetime(2026, 3, 2, 9, tzinfo=zone).timestamp()
    agent = Person(login="a", name="A", role=Role.AGENT, number="8001", skills={"zh": 5}, active=True)
    store(
        tmp_path, agent, *stored("c1", nine + 10, nine + 60, nine + 100),
        AgentEvent(agent="8001", at=nine, state="ready"),
    )  # fmt: skip
    found = json.loads(run("replay", "2026-03-02", "--data", str(tmp_path), "--json"))
    assert (found["really"]["asa"], found["replayed"]["asa"]) == (50.0, 0.0)
    assert found["replayed"]["per_agent"]["8001"]["answered"] == 1


@pytest.mark.parametrize(("open_again", "waited"), [("09:00", 30.0), ("09:01", 50.0)])
def test_a_replayed_caller_flows_over_in_time_and_while_the_other_queue_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_again: str, waited: float
) -> None:
    shutil.copytree(Settings().config_dir, config := tmp_path / "config")
    monkeypatch.setenv("HOTLINE_CONFIG_DIR", str(config))
    (config / "queues.yaml").write_text("""queues:
  general: {name: {en: General}, entry: {hours: day}}
  cards: {name: {en: Cards}, skills: {cards: 1}, overflow: {after: 30, to: general}}
""")
    week = ", ".join(f"{day}: ['{open_again}-17:00']" for day in hours.WEEKDAYS)
    (config / "hours.yaml").write_text(f"schedules: {{day: {{holidays: none, weekly: {{{week}}}}}}}")
    nine = datetime(2026, 3, 2, 9, tzinfo=site.load(config).zone).timestamp()
    agent = Person(login="a", name="A", role=Role.AGENT, number="8001", skills={"zh": 5}, active=True)
    call, stay, queued, *more = stored("c1", nine + 10, nine + 90, nine + 100)
    assert isinstance(queued, CallEvent)
    queued.data = ASKED | {"skills": {"zh": 1, "cards": 1}}
    store(tmp_path, agent, call, stay, queued, *more, AgentEvent(agent="8001", at=nine, state="ready"))
    found = json.loads(run("replay", "2026-03-02", "--data", str(tmp_path), "--json"))
    assert (found["replayed"]["answered"], found["replayed"]["asa"]) == (1, waited)


def test_ringing_and_wrap_up_of_a_day_are_the_means_of_what_they_took() -> None:
    assert ringing_of([(10.0, 14.0), (20.0, 22.0), (30.0, None)]) == 3.0
    history = [
        moved("8001", 900, "wrap-up"), moved("8001", 930, "ready"), moved("8001", 1100, "wrap-up"),
        moved("8002", 1105, "wrap-up"), moved("8001", 1110, "ready"), moved("8002", 1125, "not-ready"),
        moved("8001", 1900, "wrap-up"),
    ]  # fmt: skip
    assert wrap_up_of(history, 1000) == 15.0
    assert (ringing_of([]), wrap_up_of([], 1000)) == (0.0, 0.0)


def test_a_day_is_replayed_with_the_ringing_and_the_wrap_up_it_had(tmp_path: Path) -> None:
    zone = site.load(Settings().config_dir).zone
    nine = datetime(2026, 3, 2, 9, tzinfo=zone).timestamp()
    agent = Person(login="a", name="A", role=Role.AGENT, number="8001", skills={"zh": 5}, active=True)
    offer = Offer(
        id="o1", call="c1", agent="8001", device="PJSIP/8001", caller="", waited=0.0, offered_at=nine + 10,
        result="accepted", ended_at=nine + 16,
    )  # fmt: skip
    out = stored_call("out", nine + 60, nine + 90, nine + 95)
    out.direction, out.queued_at = "outbound", None
    dialled = Offer(
        id="o2", call="out", agent="8001", device="PJSIP/8001", caller="", waited=0.0, offered_at=nine + 60,
        result="accepted", ended_at=nine + 90,
    )  # fmt: skip
    store(
        tmp_path, agent, *stored("c1", nine + 10, nine + 16, nine + 40),
        *stored("c2", nine + 20, nine + 55, nine + 90), offer, out, dialled,
        AgentEvent(agent="8001", at=nine, state="ready"), AgentEvent(agent="8001", at=nine + 10, state="talking"),
        AgentEvent(agent="8001", at=nine + 40, state="wrap-up"), AgentEvent(agent="8001", at=nine + 50, state="ready"),
    )  # fmt: skip
    found = json.loads(run("replay", "2026-03-02", "--data", str(tmp_path), "--json"))
    assert (found["taken"]["ring"], found["taken"]["wrap_up"]) == (6.0, 10.0)
    assert found["replayed"]["asa"] == pytest.approx((6 + 36) / 2, abs=0.01)
    told = run("replay", "2026-03-02", "--data", str(tmp_path))
    assert "balanced was replayed with 6.0 s of ringing and 10.0 s of wrap-up for each call" in told
    assert "nobody hung up that day, so none of the answered does in the replay" in told
    told = run("replay", "2026-03-02", "--data", str(tmp_path), "--ring", "0", "--wrap-up", "0")
    assert "with 0.0 s of ringing and 0.0 s of wrap-up" in told


def test_a_replay_counts_by_the_seconds_of_the_queues(tmp_path: Path) -> None:
    nine = datetime(2026, 3, 2, 9, tzinfo=site.load(Settings().config_dir).zone).timestamp()
    agent = Person(login="a", name="A", role=Role.AGENT, number="8001", skills={"zh": 5}, active=True)
    store(
        tmp_path, agent, *stored("c1", nine + 10, nine + 25, nine + 100),
        AgentEvent(agent="8001", at=nine, state="ready"),
    )  # fmt: skip
    rules = "{queues: {general: {name: {en: G}}, cards: {name: {en: C}, service_level_seconds: 12}}}"
    publish(tmp_path, "queues.yaml", rules)
    found = json.loads(run("replay", "2026-03-02", "--data", str(tmp_path), "--json", "--ring", "11"))
    figures = [(each["service_level"], each["service_level_seconds"]) for each in (found["really"], found["replayed"])]
    assert figures == [(0.0, 12), (1.0, 12)]
    assert "wall_seconds" not in found["replayed"]
    assert "100.0% (12 s)" in run("replay", "2026-03-02", "--data", str(tmp_path), "--ring", "11")


def test_a_replay_of_today_ends_now_and_who_waits_has_waited_until_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nine = datetime(2026, 3, 2, 9, tzinfo=site.load(Settings().config_dir).zone).timestamp()
    agent = Person(login="a", name="A", role=Role.AGENT, number="8001", skills={"zh": 5}, active=True)
    store(
        tmp_path, agent, *stored("c1", nine + 10, nine + 10, nine + 60),
        AgentEvent(agent="8001", at=nine, state="ready"),
    )  # fmt: skip
    monkeypatch.setattr("time.time", lambda: nine + 100)
    found = json.loads(run("replay", "2026-03-02", "--data", str(tmp_path), "--json"))
    assert found["replayed"]["occupancy"] == 0.5
    [waiting] = day(line("c2", 1050, "queued", **ASKED), until=1100)
    assert waiting.waited == 50


def test_replay_of_a_day_without_work_is_refused_in_one_line(tmp_path: Path) -> None:
    store(tmp_path)
    with pytest.raises(BadInput, match="nobody waited or nobody worked"):
        run("replay", "2026-03-02", "--data", str(tmp_path))
    with pytest.raises(BadInput, match="is not a day"):
        run("replay", "yesterday", "--data", str(tmp_path))


def test_figures_of_a_day_are_printed_with_what_they_mean(tmp_path: Path) -> None:
    zone = site.load(Settings().config_dir).zone
    nine = datetime(2026, 3, 2, 9, tzinfo=zone).timestamp()
    where = {"queue": "cards", "skills": {"cards": 1}, "priority": 0}
    store(
        tmp_path, stored_call("c1", nine, nine + 15, nine + 75),
        QueueVisit(call="c1", queue="cards", queued_at=nine, waits_since=nine, until_at=nine + 15, result="answered"),
        CallEvent(call="c1", at=nine, kind="queued", data=where),
        CallEvent(call="c1", at=nine + 15, kind="connected", agent="8001", data={}),
        CallEvent(call="c1", at=nine + 75, kind="disconnected", agent="8001", data={"ended_by": "customer"}),
        AgentEvent(agent="8001", at=nine - 45, state="ready"),
        AgentEvent(agent="8001", at=nine + 15, state="talking"),
        AgentEvent(agent="8001", at=nine + 75, state="wrap-up"),
        AgentEvent(agent="8001", at=nine + 85, state="signed-out"),
    )  # fmt: skip
    found = json.loads(run("figures", "2026-03-02", "--by", "agent", "--data", str(tmp_path), "--json"))
    row = found["rows"]["8001"]
    assert (row["answered"], row["talk"], row["wrap_up"], row["handle_time"]) == (1, 60.0, 10.0, 70.0)
    assert row["occupancy"] == pytest.approx(70 / 130)
    told = run("figures", "2026-03-02", "--by", "interval", "--data", str(tmp_path))
    assert told.startswith("09:00\n  offered           1\n")
    assert "service_level     100.0%" in told
    assert "service_level: answered within the queue's service_level_seconds ÷ offered" in told
    with pytest.raises(BadInput, match="no figures by 'week'"):
        run("figures", "2026-03-02", "--by", "week", "--data", str(tmp_path))


def test_a_half_hour_of_a_day_on_which_clocks_change_has_the_time_that_clocks_showed(tmp_path: Path) -> None:
    zone = ZoneInfo("Europe/Berlin")
    came = {day: datetime.fromisoformat(f"{day}T10:05").replace(tzinfo=zone).timestamp() for day in CLOCKS_CHANGE}
    store(tmp_path, *(row for day, at in came.items() for row in stored(day, at, at + 15, at + 75)))
    said = (Settings().config_dir / "site.yaml").read_text("utf-8")
    publish(tmp_path, "site.yaml", said.replace("Asia/Shanghai", zone.key))
    for day in came:
        assert run("figures", day, "--by", "interval", "--data", str(tmp_path)).startswith("10:00\n  offered ")


def test_figures_of_a_day_go_by_the_rules_published_last_as_the_pages_do(tmp_path: Path) -> None:
    zone = site.load(Settings().config_dir).zone
    nine = datetime(2026, 3, 2, 9, tzinfo=zone).timestamp()
    where = {"queue": "general", "skills": {}, "priority": 0}
    store(
        tmp_path, stored_call("c1", nine, nine + 40, nine + 75),
        QueueVisit(call="c1", queue="general", queued_at=nine, waits_since=nine, until_at=nine + 40, result="answered"),
        CallEvent(call="c1", at=nine, kind="queued", data=where),
        CallEvent(call="c1", at=nine + 40, kind="connected", agent="8001", data={}),
        CallEvent(call="c1", at=nine + 75, kind="disconnected", agent="8001", data={"ended_by": "customer"}),
    )  # fmt: skip
    general = "{queues: {general: {name: {en: general}, service_level_seconds: 60}}}"
    publish(tmp_path, "queues.yaml", general)
    assert "service_level     100.0%" in run("figures", "2026-03-02", "--data", str(tmp_path))
