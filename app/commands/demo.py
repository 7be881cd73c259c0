"""`hotline demo`: a centre with shipped configuration, callers and agents who play their stories on it."""

import asyncio
import json
import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from accounts import service
from app import configuration, serve
from app import prepare as machine
from app.centre import Centre, running_centre
from app.commands.centre import stop_signal
from app.datadir import told
from app.demo.report import Row
from app.demo.run import run_demo
from app.demo.site import copy_config
from app.demo.table import print_table
from core import log
from core.errors import HotlineError
from core.log import say
from core.settings import Settings

LOGINS = {"sun.li": "supervisor", "zhou.yan": "quality", "li.na": "agent 8001"}


def demo(
    data: Annotated[
        Path | None, typer.Option("--data", readable=False, help="directory of the demonstration's centre")
    ] = None,
    web_port: Annotated[int | None, typer.Option("--web-port", help="default 8080, or any free port")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="stop after the table instead of staying up")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document instead of the table")] = False,
) -> int:
    """Nine callers with stories, real phones, and a check of everything the centre recorded."""
    base = Settings()
    log.configure(as_json=base.log_json, level="WARNING")
    program = machine.prepare_base(say)
    home = (data or base.data_dir.parent / "demo").absolute()
    zone = configuration.load(base.config_dir).site.zone
    with told(home):
        copy_config(base.config_dir, home / "config", datetime.now(zone).date())
    settings = base.model_copy(
        update={
            "config_dir": home / "config",
            "data_dir": home / "data",
            "sip_port": 0,
            "web_port": _free_web_port(base, web_port),
            # Nothing of a demonstration may reach a real centre's books.
            "database_url": "",
            "redis_url": "",
            "storage_url": "",
            "key_file": "",
        }
    )

    async def play() -> bool:
        stop = stop_signal()
        async with running_centre(settings, program, say) as centre:
            rows = await run_demo(centre, home / "voices", say)
            logins = await _logins(centre)
            print(json.dumps(_document(centre, rows, logins), ensure_ascii=False, indent=1)) if as_json else None
            if not as_json:
                _show(centre, rows, logins)
            if not leave:
                say("the centre stays up; Ctrl-C ends it")
                await stop.wait()
            return all(row.passed for row in rows)

    return 0 if asyncio.run(play()) else 1


def _free_web_port(base: Settings, wanted: int | None) -> int:
    """The port asked for; without one the usual port, or any when that is taken."""
    if wanted is not None:
        return wanted
    try:
        serve.listen(base.web_host, base.web_port).close()
    except HotlineError:
        return 0
    return base.web_port


async def _logins(centre: Centre) -> list[dict[str, str]]:
    """New passwords for this demonstration's people."""
    logins = []
    for login, role in LOGINS.items():
        password = secrets.token_urlsafe(6)
        async with centre.db.transaction() as tx:
            await service.set_password(tx, login, password, "demo")
        logins.append({"login": login, "role": role, "password": password})
    return logins


def _document(centre: Centre, rows: list[Row], logins: list[dict[str, str]]) -> dict[str, object]:
    return {
        "passed": all(row.passed for row in rows),
        "web": centre.web,
        "sip": f"{centre.asterisk.sip_host}:{centre.asterisk.sip_port}",
        "asterisk": centre.asterisk.version,
        "calls": [row.as_json() for row in rows],
        "logins": logins,
    }


def _show(centre: Centre, rows: list[Row], logins: list[dict[str, str]]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160)
    print_table(rows, console)
    passed = sum(row.passed for row in rows)
    console.print(f"{passed} of {len(rows)} stories came out as told", style="green" if passed == len(rows) else "red")
    console.print(f"wallboard {centre.web}/wallboard   calls {centre.web}/calls   API {centre.web}/api/openapi.json")
    for each in logins:
        console.print(f"login {each['login']}  password {each['password']}  ({each['role']})", highlight=False)
