"""What is wrong with a running menu is a fact: once for a place and version, with who met it, until acknowledged."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from accounts.models import AuditEntry
from core.bus import Bus
from core.database import Database
from core.errors import NotFound
from ivr.events import MenuFaultChanged
from ivr.fault import REMEDIES, Fault, FaultKind
from ivr.faults import kept as faults
from ivr.faults.kept import AGAIN, Faults
from ivr.menu_models import MenuFault
from ivr.runner import Rules
from tests.fakes import FakePbx
from tests.ivr.material import SERVICE, SPEAKING, write_menu
from tests.ivr.test_hearing import ToldEars
from tests.ivr.test_runner import NUMBER, House, house
from tests.virtual_time import now, virtual_time

SERVICE_FAULT = Fault("main", 3, "balance", 12, FaultKind.LOOKUP, "status 503")


def use(home: House, folder: Path, text: str) -> None:
    rules = home.runner._rules
    home.runner.use_rules(Rules({NUMBER: write_menu(folder, text)}, rules.customers, rules.hours, rules.zone))


async def stored(home: House) -> list[MenuFault]:
    async with home.db.reading() as session:
        return list(await faults.history(session))


def told(row: MenuFault) -> tuple[str, str, int, int]:
    return row.step, row.kind, row.times, row.calls


def nonsense(home: House) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=b"<html>"))
    home.runner._service.lookups._transport = transport


def mute(home: House) -> None:
    home.prompts.missing.add("small.news.prompt")


def closed_line(home: House) -> None:
    home.calls.not_connected = "no_outside_line"


def busy_line(home: House) -> None:
    home.calls.not_connected = "busy"


CIRCLE = SERVICE.replace("next: told}", "next: noted}")
STRAY = SERVICE.replace('"6": {go: detour', '"6": {go: turn').replace(
    "start: noted, next: bye", "start: told, next: bye"
)
BLANK = SERVICE.replace("not_found: main\n  pin:", "not_found: balance\n  pin:").replace("    missing: person\n", "")


@pytest.mark.parametrize(
    ("text", "keys", "breaks", "fault"),
    [
        (SERVICE, "79753", nonsense, ("web", "lookup", "answer is no JSON")),
        (SERVICE, "3", closed_line, ("outside", "transfer", "this centre has no line for calls out")),
        (SERVICE, "3", busy_line, None),
        (CIRCLE, "6", mute, ("noted", "circle", "leads in circles without a key of the caller")),
        (STRAY, "6", mute, ("turn", "return", "no sub step led to this return")),
        (BLANK, "2", mute, ("balance", "value", "'balance' holds nothing that can be read as amount")),
    ],
)
@virtual_time
async def test_every_kind_of_fault_is_kept_with_its_step_and_what_is_wrong(
    tmp_path: Path, text: str, keys: str, breaks: Callable[[House], None], fault: tuple[str, str, str] | None
) -> None:
    async with house(tmp_path) as home:
        use(home, tmp_path, text)
        breaks(home)
        await home.call(keys)
        await asyncio.sleep(30)
        rows = await stored(home)
        assert [(each.step, each.kind, each.problem) for each in rows] == ([fault] if fault else [])
        assert all(each.line > 0 and each.menu == "small" for each in rows)


@virtual_time
async def test_queue_that_is_gone_and_a_recogniser_that_is_away_are_faults_of_their_steps(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ToldEars(frozenset(), away={"zh": "model zh does not load"})) as home:
        use(home, tmp_path, SPEAKING)
        home.calls.gone.add("loans")
        await home.call("2")
        await asyncio.sleep(20)
        assert [told(each) for each in await stored(home)] == [("loans", "queue", 1, 1), ("main", "hearing", 1, 1)]
        assert [queue for _, queue, _, _ in home.calls.queued] == ["general"], "he reaches a person all the same"


class HardOfHearing(ToldEars):
    async def follow(self, leg: str, language: str, tell: object) -> None:
        raise OSError("no such file")


@virtual_time
async def test_ears_that_break_in_a_call_are_a_fault_and_the_caller_has_his_keys(tmp_path: Path) -> None:
    async with house(tmp_path, ears=HardOfHearing()) as home:
        use(home, tmp_path, SPEAKING)
        await home.call("2")
        await asyncio.sleep(20)
        (row,) = await stored(home)
        assert (row.kind, row.problem) == ("hearing", "OSError in the engine")
        assert [queue for _, queue, _, _ in home.calls.queued] == ["loans"]


@virtual_time
async def test_fault_is_counted_by_times_and_calls_and_reported_anew_only_after_it_was_acknowledged(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        home.prompts.missing.add("main.main.prompt")
        with capture_logs() as logs:
            legs = [await home.call("1") for _ in range(3)]
            await asyncio.sleep(10)
            (row,) = await stored(home)
            assert (told(row), row.call) == (("main", "prompt", 3, 3), legs[-1])
            async with home.db.transaction() as tx:
                seen = await faults.acknowledge(tx, row.id, "sun.li", now())
                assert (await faults.acknowledge(tx, row.id, "admin", now())).seen_by == "sun.li" == seen.seen_by
            async with home.db.reading() as session:
                assert await faults.unseen(session) == []
                assert await faults.counts(session) == {}
                entry = (await session.scalars(select(AuditEntry))).one()
            assert (entry.who, entry.what, entry.about) == ("sun.li", "menu_fault_acknowledged", "menu:main")
            await home.call("1")
            await asyncio.sleep(10)
        back, old = await stored(home)
        assert (told(back), old.id) == (("main", "prompt", 1, 1), row.id)
        assert len([line for line in logs if line["event"] == "menu fault"]) == 2
        async with home.db.reading() as session:
            assert await faults.callers(session) == {back.id: 1.0}
            assert await faults.counts(session) == {"main": 1}


@virtual_time
async def test_one_call_that_meets_a_fault_again_and_again_counts_as_one(tmp_path: Path) -> None:
    async with house(tmp_path, kind=FakePbx) as home:
        use(home, tmp_path, SERVICE.replace("not_found: main\n  birth", "not_found: main\n    failed: main\n  birth"))
        nonsense(home)
        await home.call("7975379753")
        await asyncio.sleep(60)
        assert [told(each) for each in await stored(home)] == [("web", "lookup", 2, 1)]


@virtual_time
async def test_faults_wait_for_a_database_that_is_away(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/faults.db", Bus())
    changes: list[MenuFaultChanged] = []

    async def hear(event: MenuFaultChanged) -> None:
        changes.append(event)

    db.bus.subscribe("test", MenuFaultChanged, hear)
    book = Faults(db, now)
    with capture_logs() as logs:
        for call in ("a", "b"):
            book.report(SERVICE_FAULT, call)
            await asyncio.sleep(0.5)  # there are no tables
        await db.create_all()
        book.report(SERVICE_FAULT, "b", again=True)
        await asyncio.sleep(2 * AGAIN)
        await db.bus.drain()
    async with db.reading() as session:
        (row,) = await faults.unseen(session, "main")
        assert (row.times, row.calls, row.call, row.version, row.line) == (3, 2, "b", 3, 12)
        assert await faults.unseen(session, "other") == []
    assert {line["event"] for line in logs} == {"menu faults not stored", "menu fault"}
    assert [event.menu for event in changes] == ["main"]
    async with db.transaction() as tx:
        with pytest.raises(NotFound):
            await faults.acknowledge(tx, "nothing", "admin", now())
    await book.close()
    await db.close()


def test_piece_of_a_number_that_only_one_step_reads_is_a_fault_of_that_step(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    pieces = [each for each in menu.all_spoken() if each.language == "zh"]
    assert {each.text: menu.step_saying(each) for each in pieces if each.text in ("元", "一月", "三")} == {
        "元": "balance", "一月": "born-said", "三": "",
    }  # fmt: skip


def test_every_kind_says_what_to_do() -> None:
    assert set(REMEDIES) == set(FaultKind)
