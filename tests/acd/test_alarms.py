"""Alarms: when they are due, how long they last, and who has seen them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from acd.alarms import rules as alarms
from acd.alarms import watch as alarm_watch
from acd.alarms.rules import Alarm, AlarmKind, AlarmRules, FloorState, QueueState, due
from acd.alarms.watch import AlarmWatch
from acd.breaks import Breaks
from acd.events import AlarmChanged
from acd.models import AgentRow, Call, Callback, QueueVisit
from acd.queues import load
from core.bus import Bus
from core.database import Database
from core.errors import ConfigError, NotFound
from core.settings import ROOT
from tickets.life import TAKEN_UP_WITHIN, Category, State
from tickets.models import Ticket

RULES = AlarmRules(wait=90, queues={"complaints": 45}, service_level=0.6, saturation=0.9, break_overrun=120, anger=True,
                   menu_fault=2, ticket_due=3600, ticket_overdue=0, complaint_due=600, complaint_overdue=0,
                   callback_due=120, callback_overdue=60)  # fmt: skip
QUIET = FloorState((), serving=10, busy=3, overruns={})
LINES = load(ROOT / "config")
QUEUES = LINES.queues
NOW = 1_800_000_000.0


def queue(name: str, wait: float = 0.0, offered: int = 0, level: float | None = None) -> QueueState:
    return QueueState(name, wait, offered, level)


@pytest.mark.parametrize(
    ("floor", "kinds"),
    [
        (QUIET, {}),
        (replace(QUIET, queues=[queue("cards", 90.0), queue("loans", 90.5)]), {Alarm(AlarmKind.WAIT, "loans"): 90.5}),
        (replace(QUIET, queues=[queue("complaints", 46.0)]), {Alarm(AlarmKind.WAIT, "complaints"): 46.0}),
        (replace(QUIET, queues=[queue("cards", offered=19, level=0.1)]), {}),
        (
            replace(QUIET, queues=[queue("cards", offered=20, level=0.5)]),
            {Alarm(AlarmKind.SERVICE_LEVEL, "cards"): 0.5},
        ),
        (replace(QUIET, queues=[queue("cards", offered=20, level=0.6)]), {}),
        (replace(QUIET, busy=9), {Alarm(AlarmKind.SATURATION, ""): 0.9}),
        (replace(QUIET, serving=0, busy=0), {}),
        (replace(QUIET, overruns={"8001": 120.0, "8002": 121.0}), {Alarm(AlarmKind.BREAK, "8002"): 121.0}),
        (replace(QUIET, angry=["call1"]), {Alarm(AlarmKind.ANGER, "call1"): 0.0}),
        (replace(QUIET, faults={"f1": 1.0, "f2": 2.0}), {Alarm(AlarmKind.MENU, "f2"): 2.0}),
        (replace(QUIET, tickets={"t1": -3601.0, "t2": -3600.0}), {Alarm(AlarmKind.TICKET_DUE, "t2"): 0.0}),
        (
            replace(QUIET, tickets={"t1": 0.0, "t2": 1.0, "t3": 7300.0}),
            {
                Alarm(AlarmKind.TICKET_DUE, "t1"): 0.0,
                Alarm(AlarmKind.TICKET, "t2"): 0.0,
                Alarm(AlarmKind.TICKET, "t3"): 7200.0,
            },
        ),
        (
            replace(QUIET, complaints={"t1": -601.0, "t2": -600.0, "t3": 1.0}),
            {Alarm(AlarmKind.COMPLAINT_DUE, "t2"): 0.0, Alarm(AlarmKind.COMPLAINT, "t3"): 0.0},
        ),
        (
            replace(QUIET, callbacks={"c1": -121.0, "c2": -120.0, "c3": 60.0, "c4": 61.0}),
            {Alarm(AlarmKind.CALLBACK_DUE, "c2"): 0.0, Alarm(AlarmKind.CALLBACK, "c4"): 0.0},
        ),
    ],
)
def test_what_is_due_follows_the_rules(floor: FloorState, kinds: dict[Alarm, float]) -> None:
    assert due(RULES, floor) == kinds
    assert due(AlarmRules(), floor) == {}


def test_a_rule_for_a_queue_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "alarms.yaml").write_text("wait: 60\nqueues:\n  card: 10\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"alarms\.yaml:3: there is no queue 'card'"):
        alarms.load(tmp_path, QUEUES)
    assert alarms.load(ROOT / "config", QUEUES).queues == {"complaints": 45}
    assert alarms.load(tmp_path / "nowhere", QUEUES) == AlarmRules()


class Floor:
    """A watch on a database, at a time of the test's own."""

    def __init__(self, db: Database) -> None:
        self.db, self.now, self.angry, self.faults = db, NOW, list[str](), dict[str, float]()
        self.told: list[AlarmChanged] = []
        zone = ZoneInfo("Asia/Shanghai")
        self.watch = AlarmWatch(db, lambda: RULES, LINES, Breaks, zone, lambda: self.now, self._angry,
                                self._faults)  # fmt: skip

    async def _angry(self, session: AsyncSession, now: float) -> Sequence[str]:
        return self.angry

    async def _faults(self, session: AsyncSession) -> Mapping[str, float]:
        return self.faults

    async def hear(self, event: AlarmChanged) -> None:
        self.told.append(event)

    async def look(self, seconds: float = 0.0) -> list[tuple[str, str]]:
        """The alarms that last after `seconds`."""
        self.now += seconds
        await self.watch.look()
        async with self.db.reading() as session:
            return [(row.kind, row.about) for row in await alarm_watch.open_alarms(session)]


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    bus = Bus()
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", bus)
    await db.create_all()
    found = Floor(db)
    bus.subscribe("test", AlarmChanged, found.hear)
    yield found
    await db.close()


async def test_an_alarm_lasts_as_long_as_its_reason_and_keeps_the_worst(floor: Floor) -> None:
    async with floor.db.transaction() as tx:
        tx.session.add(Call(id="c", leg="c", caller="1", dialled="2", arrived_at=NOW, state="waiting", queue="cards"))
        await tx.session.flush()
        tx.session.add(QueueVisit(call="c", queue="cards", queued_at=NOW, waits_since=NOW))
    assert await floor.look(90) == []
    assert await floor.look(5) == [("wait", "cards")]
    assert await floor.look(30) == [("wait", "cards")]
    async with floor.db.transaction() as tx:
        visit = await tx.session.get_one(QueueVisit, 1)
        visit.until_at, visit.result = floor.now, "answered"
    assert await floor.look(5) == []
    async with floor.db.reading() as session:
        (row,) = await alarm_watch.history(session, NOW, NOW + 1000)
    assert (row.value, row.raised_at, row.ended_at) == (125.0, NOW + 95, NOW + 130)
    await floor.db.bus.drain()
    assert [event.kind for event in floor.told] == ["wait"] * 3, "raised, got worse, over"


async def test_a_break_over_its_time_and_an_angry_call_are_alarms_until_they_are_over(floor: Floor) -> None:
    async with floor.db.transaction() as tx:
        tx.session.add(AgentRow(number="8001", state="short-break", since_at=NOW))
    assert await floor.look(720) == []
    floor.angry = ["call1"]
    assert sorted(await floor.look(5)) == [("angry-caller", "call1"), ("break-overrun", "8001")]
    async with floor.db.transaction() as tx:
        (await tx.session.get_one(AgentRow, "8001")).state = "ready"
    floor.angry = []
    assert await floor.look(5) == []


async def test_the_first_who_looks_after_an_alarm_is_noted(floor: Floor) -> None:
    floor.angry = ["call1"]
    await floor.look()
    async with floor.db.transaction() as tx:
        (row,) = await alarm_watch.open_alarms(tx.session)
        await alarm_watch.see(tx, row.id, "sun.li", NOW + 1)
        again = await alarm_watch.see(tx, row.id, "admin", NOW + 2)
        assert (again.seen_by, again.seen_at) == ("sun.li", NOW + 1)
        with pytest.raises(NotFound):
            await alarm_watch.see(tx, "nothing", "sun.li", NOW)


async def test_a_fault_of_a_menu_is_an_alarm_until_it_is_acknowledged_and_another_one_when_it_is_back(
    floor: Floor,
) -> None:
    floor.faults = {"f1": 2.0}
    assert await floor.look() == [("menu-fault", "f1")]
    floor.faults = {"f1": 5.0}
    await floor.look(5)
    floor.faults = {}
    assert await floor.look(5) == []
    floor.faults = {"f2": 2.0}
    assert await floor.look(5) == [("menu-fault", "f2")]
    async with floor.db.reading() as session:
        assert [row.value for row in await alarm_watch.history(session, NOW, NOW + 1000)] == [2.0, 5.0]


async def test_old_tickets_that_nobody_sees_to_hide_no_new_ones(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_watch, "MOST", 2)
    async with floor.db.transaction() as tx:
        for name, due in (("old1", -900), ("old2", -800), ("old3", -700), ("new", -1), ("soon", 60)):
            tx.session.add(Ticket(id=name, call="c", customer="1", category="complaint", summary="", state="accepted",
                                  opened_by="li.na", opened_at=NOW, moved_at=1.0, due_at=NOW + due))  # fmt: skip
    found = await floor.look()
    assert sorted(found) == [("ticket-due", "soon"), ("ticket-overdue", "new"), ("ticket-overdue", "old3")]


async def test_a_ticket_is_an_alarm_before_its_deadline_and_another_after_it_until_its_customer_is_told(
    floor: Floor,
) -> None:
    async with floor.db.transaction() as tx:
        for name, told in (("t1", None), ("t2", NOW)):
            tx.session.add(Ticket(id=name, call="c", customer="1", category="complaint", summary="", state="accepted",
                                  opened_by="li.na", opened_at=NOW, moved_at=1.0, due_at=NOW + 4000,
                                  told_at=told))  # fmt: skip
    assert await floor.look() == []
    assert await floor.look(1000) == [("ticket-due", "t1")]
    assert await floor.look(3001) == [("ticket-overdue", "t1")]
    told = len(floor.told)
    await floor.look(60)
    await floor.db.bus.drain()
    assert [(event.kind, event.about) for event in floor.told[told:]] == [], "not every moment anew"
    async with floor.db.transaction() as tx:
        (await tx.session.get_one(Ticket, "t1")).told_at = floor.now
    assert await floor.look(5) == []


async def test_a_call_back_is_an_alarm_before_the_time_promised_and_another_after_it_until_it_is_made(
    floor: Floor,
) -> None:
    async with floor.db.transaction() as tx:
        for name, state in (("c1", "open"), ("c2", "done"), ("c3", "given_up")):
            tx.session.add(Callback(id=name, number="1", queue="cards", queued_at=1.0, promised_at=NOW + 1000,
                                    next_at=NOW, state=state))  # fmt: skip
    assert await floor.look() == []
    assert await floor.look(900) == [("callback-due", "c1")]
    assert await floor.look(200) == [("callback-overdue", "c1")]
    async with floor.db.transaction() as tx:
        row = await tx.session.get_one(Callback, "c1")
        row.state, row.call = "taken", "out"
        tx.session.add(Call(id="out", leg="out", caller="8001", dialled="1", arrived_at=NOW, state="dialling"))
    assert await floor.look(5) == [("callback-overdue", "c1")], "nobody is reached yet"
    async with floor.db.transaction() as tx:
        (await tx.session.get_one(Call, "out")).state = "talking"
    assert await floor.look(5) == [], "the customer is being talked with"
    async with floor.db.transaction() as tx:
        (await tx.session.get_one(Callback, "c1")).state = "done"
    assert await floor.look(5) == []


async def test_a_complaint_with_which_nobody_does_anything_is_an_alarm_before_its_day_is_over_and_another_after_it(
    floor: Floor,
) -> None:
    day = TAKEN_UP_WITHIN[Category.COMPLAINT]
    async with floor.db.transaction() as tx:
        for name, category, state in (
            ("new", Category.COMPLAINT, State.ACCEPTED), ("seen", Category.COMPLAINT, State.CLASSIFIED),
            ("question", Category.ENQUIRY, State.ACCEPTED),
        ):  # fmt: skip
            tx.session.add(Ticket(id=name, call="c", customer="1", category=category, summary="", state=state,
                                  opened_by="li.na", opened_at=NOW - day + 1000, moved_at=1.0,
                                  due_at=NOW + 2 * day))  # fmt: skip
    assert await floor.look() == []
    assert await floor.look(500) == [("complaint-due", "new")]
    assert await floor.look(501) == [("complaint-overdue", "new")]
    async with floor.db.transaction() as tx:
        (await tx.session.get_one(Ticket, "new")).state = State.CLASSIFIED
    assert await floor.look() == []
