"""The command line of accounts, used as its user would."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from accounts import service
from accounts.events import DESK_ENDED, SignedOut
from accounts.people import load
from app.commands.accounts import app
from app.wiring import FROM_WORKERS
from core.bus import Bus
from core.database import Database, Transaction
from core.errors import HotlineError, NotFound
from core.relay import RelayedEvent
from core.settings import ROOT

run = CliRunner()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("HOTLINE_DATABASE_URL", raising=False)

    async def fill() -> None:
        db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
        await db.create_all()
        async with db.transaction() as tx:
            await service.seed_people(tx, load(ROOT / "config"))
        await db.close()

    asyncio.run(fill())
    return str(tmp_path)


def test_people_are_listed_as_one_document(data: str) -> None:
    result = run.invoke(app, ["people", "--data", data, "--json"])
    listed = {person["login"]: person for person in json.loads(result.stdout)}
    assert len(listed) == 10
    assert listed["li.na"]["skills"] == {"zh": 9, "cards": 9, "loans": 4}
    assert "password_hash" not in listed["li.na"]
    assert "李娜" in run.invoke(app, ["people", "--data", data]).stdout


def test_token_is_printed_once_and_a_password_can_be_piped_in_or_made_up(data: str) -> None:
    first, second = (run.invoke(app, ["token", "admin", "--data", data]).stdout.strip() for _ in range(2))
    assert len(first) > 40
    assert first != second
    assert json.loads(run.invoke(app, ["token", "admin", "--json", "--data", data]).stdout)["user"] == "admin"
    piped = run.invoke(app, ["passwd", "li.na", "--data", data], input="a fine password\n")
    assert piped.stdout == "password of li.na set\n"
    made_up = json.loads(run.invoke(app, ["passwd", "li.na", "--random", "--json", "--data", data]).stdout)
    assert len(made_up["password"]) >= 12


def test_who_is_blocked_is_shown_and_gets_no_token(data: str) -> None:
    async def block() -> None:
        db = Database(f"sqlite+aiosqlite:///{data}/hotline.db", Bus())
        async with db.transaction() as tx:
            (await service.find(tx, "li.na")).active = False
        await db.close()

    assert "blocked" not in run.invoke(app, ["people", "--data", data]).stdout
    asyncio.run(block())
    refused = run.invoke(app, ["token", "li.na", "--data", data]).exception
    assert str(refused) == "li.na is blocked and gets no token: unblock the account on /people first"
    withdrawn = run.invoke(app, ["token", "li.na", "--withdraw", "--data", data]).stdout
    assert withdrawn == "0 tokens of li.na withdrawn\n"
    (line,) = [each for each in run.invoke(app, ["people", "--data", data]).stdout.splitlines() if "blocked" in each]
    assert "8001" in line


def test_tokens_are_withdrawn_all_at_once(data: str) -> None:
    for _ in range(2):
        run.invoke(app, ["token", "admin", "--data", data])
    assert run.invoke(app, ["token", "admin", "--withdraw", "--data", data]).stdout == "2 tokens of admin withdrawn\n"
    again = run.invoke(app, ["token", "admin", "--withdraw", "--json", "--data", data])
    assert json.loads(again.stdout) == {"user": "admin", "withdrawn": 0}
    assert isinstance(run.invoke(app, ["token", "nobody", "--withdraw", "--data", data]).exception, NotFound)


def test_running_centre_hears_that_a_new_password_has_ended_an_agents_sessions(data: str) -> None:
    async def with_database(work: Callable[[Transaction], Awaitable[object]]) -> object:
        db = Database(f"sqlite+aiosqlite:///{data}/hotline.db", Bus())
        async with db.transaction() as tx:
            found = await work(tx)
        await db.close()
        return found

    async def relayed(tx: Transaction) -> object:
        return [FROM_WORKERS.unpack(row.kind, row.payload) for row in await tx.session.scalars(select(RelayedEvent))]

    asyncio.run(with_database(lambda tx: service.open_session(tx, "li.na", 1.0)))
    run.invoke(app, ["passwd", "li.na", "--random", "--data", data])
    assert asyncio.run(with_database(relayed)) == [SignedOut("li.na", "8001", DESK_ENDED)]


def test_unknown_person_and_missing_database_are_one_clear_line_each(data: str, tmp_path: Path) -> None:
    unknown = run.invoke(app, ["token", "nobody", "--data", data]).exception
    assert isinstance(unknown, NotFound)
    assert str(unknown) == "there is nobody with the login nobody: `./hotline people` lists them"
    missing = run.invoke(app, ["people", "--data", str(tmp_path / "nothing")]).exception
    assert isinstance(missing, HotlineError)
    assert "start the centre once" in str(missing)


def test_a_database_that_cannot_be_used_is_told_with_the_remedy_for_what_ails_it(data: str, tmp_path: Path) -> None:
    file = Path(data) / "hotline.db"

    def said() -> str:
        fault = run.invoke(app, ["people", "--data", str(file.parent)]).exception
        assert isinstance(fault, HotlineError)
        return str(fault)

    for each in file.parent.glob("hotline.db*"):
        each.unlink()
    file.write_bytes(b"no database at all, whatever its name" * 100)
    assert "./hotline restore" in said()
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE moz_places (id INTEGER)")
    assert "tables of another product" in said()
    with sqlite3.connect(file) as other:
        other.execute("DROP TABLE moz_places")
    assert "start the centre once" in said()
