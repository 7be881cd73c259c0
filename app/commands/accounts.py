"""Command line of accounts: `hotline people`, `hotline passwd USER`, `hotline token USER`."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from accounts import repository, service
from app.commands.asking import asked_password
from app.commands.database import opened, settings_of
from app.wiring import FROM_WORKERS
from core.clock import system_clock
from core.database import Database
from core.relay import Outbox

app = typer.Typer()
Result = TypeVar("Result")
Data = Annotated[Path | None, typer.Option("--data", readable=False, help="The centre's data directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Login = Annotated[str, typer.Argument(metavar="USER", help="The person's login.")]


@app.command()
def token(
    user: Login,
    data: Data = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="End all tokens of USER instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Issue a bearer token that acts as USER over HTTP. It is shown once."""

    async def issue(db: Database) -> str:
        async with db.transaction() as tx:
            return await service.issue_token(tx, user, system_clock())

    async def end(db: Database) -> int:
        async with db.transaction() as tx:
            return await service.withdraw_tokens(tx, user)

    if withdraw:
        count = _with_database(data, end)
        print(json.dumps({"user": user, "withdrawn": count}) if as_json else f"{count} tokens of {user} withdrawn")
        return
    issued = _with_database(data, issue)
    print(json.dumps({"user": user, "token": issued}) if as_json else issued)


@app.command()
def passwd(
    user: Login,
    data: Data = None,
    random: Annotated[bool, typer.Option("--random", help="Make a password up and print it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set USER's password, from standard input or asked twice; ends all sessions of USER."""
    password = secrets.token_urlsafe(9) if random else asked_password()

    async def change(db: Database) -> None:
        async with db.transaction() as tx:
            await service.set_password(tx, user, password)

    _with_database(data, change)
    shown = {"user": user} | ({"password": password} if random else {})
    print(json.dumps(shown) if as_json else password if random else f"password of {user} set")


@app.command()
def people(data: Data = None, as_json: AsJson = False) -> None:
    """List everybody: login, name, role, number, skills, team, and whether the account is blocked."""

    async def read(db: Database) -> list[dict[str, object]]:
        async with db.reading() as session:
            found = await repository.people(session)
        columns = ("login", "name", "role", "number", "skills", "team", "lead", "active")
        return [{column: getattr(person, column) for column in columns} for person in found]

    rows = _with_database(data, read)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("login", "name", "role", "number", "skills", "team", "account")
    for row in rows:
        skills = row["skills"] if isinstance(row["skills"], dict) else {}
        listed = " ".join(f"{skill}:{level}" for skill, level in skills.items())
        account = "" if row["active"] else "blocked"
        table.add_row(
            str(row["login"]), str(row["name"]), str(row["role"]), str(row["number"]), listed, str(row["team"]), account
        )
    Console().print(table)


def _with_database(data: Path | None, work: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with opened(settings_of(data), Outbox(FROM_WORKERS)) as db:
            return await work(db)

    return asyncio.run(run())
