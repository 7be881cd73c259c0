"""The command line of menus that are in use: `hotline ivr publish`, `versions`, `back` and `use`."""

import asyncio
import datetime as dt
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from acd import queues
from acd.models import Call
from app.wiring import FROM_WORKERS
from core import site as sites
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import BadInput, HotlineError
from core.relay import Outbox
from core.settings import Settings
from ivr import draw, hours, versions
from ivr.checking import MenuChecker
from ivr.lint import lint
from ivr.models import MenuVersion
from ivr.use import DEFINITIONS, CallPath, MenuUse, measure, path_of

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]
Data = Annotated[Path | None, typer.Option("--data", help="the centre's data directory")]
Config = Annotated[Path | None, typer.Option("--config", help="configuration directory")]
Menu = Annotated[str, typer.Argument(metavar="MENU", help="a menu of the centre (main)")]
Reason = Annotated[str, typer.Option(help="why, for the audit trail")]
By = Annotated[str, typer.Option(help="who, for the audit trail; the system's user if not given")]
Result = TypeVar("Result")
DAY = 86400.0


def publish(
    file: Annotated[Path, typer.Argument(help="the menu's YAML file; its name names the menu")],
    reason: Reason = "",
    by: By = "",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check a menu and make it live: new calls follow it at once, running calls end on theirs."""
    folder = config or Settings().config_dir
    menu = _known(file.stem, folder)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{file} cannot be read: {fault}", "name a menu file in UTF-8") from None
    MenuChecker(hours.load(folder).schedules, queues.load(folder).queues).demand(menu, text)

    async def change(db: Database) -> MenuVersion:
        async with db.transaction() as tx:
            return await versions.publish(tx, menu, text, _who(by), reason, system_clock())

    _told(_with_database(data, change), as_json)


def back(
    menu: Menu = "main", reason: Reason = "", by: By = "", config: Config = None, data: Data = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Make the version before the live one live again; once more goes further back."""
    known = _known(menu, config or Settings().config_dir)

    async def change(db: Database) -> MenuVersion:
        async with db.transaction() as tx:
            return await versions.back(tx, known, _who(by), reason, system_clock())

    _told(_with_database(data, change), as_json)


def list_versions(menu: Menu = "main", config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Who changed a menu when, and why; the first is live."""
    known = _known(menu, config or Settings().config_dir)

    async def read(db: Database) -> list[dict[str, Any]]:
        async with db.reading() as session:
            return [facts(each) for each in await versions.history(session, known)]

    found = _with_database(data, read)
    if as_json:
        print(json.dumps({"menu": menu, "versions": found}, ensure_ascii=False))
        return
    for each in found:
        restored = f" (version {each['restores']} again)" if each["restores"] else ""
        when = dt.datetime.fromtimestamp(each["published_at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        print(f"{each['number']:4}  {when}  {each['published_by']:12}  {each['reason']}{restored}")


def use(
    menu: Menu = "main",
    days: Annotated[float, typer.Option(min=0.01, help="of the last so many days")] = 30,
    draw_to: Annotated[Path | None, typer.Option("--draw", help="write the flow with these figures as SVG")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """How callers use a menu: per step, self-service, time to a person, and the order of options by use."""
    folder = config or Settings().config_dir
    site = sites.load(folder)
    known, numbers = _known(menu, folder), [number for number, name in site.numbers.items() if name == menu]
    checker = MenuChecker(hours.load(folder).schedules, queues.load(folder).queues)

    async def read(db: Database) -> tuple[str | None, list[CallPath]]:
        async with db.reading() as session:
            version = await versions.live(session, known)
            columns = (Call.path, Call.arrived_at, Call.queued_at, Call.ended_at, Call.outcome)
            since = system_clock() - days * DAY
            rows = await session.execute(select(*columns).where(Call.arrived_at >= since, Call.dialled.in_(numbers)))
            paths = [CallPath(path_of(path or ()), *rest) for path, *rest in rows.tuples()]
            return version.text if version else None, paths

    text, paths = _with_database(data, read)
    text = text or (folder / "menus" / f"{menu}.yaml").read_text(encoding="utf-8")
    loaded = checker.read(known, text)
    found = measure(loaded, paths)
    if draw_to is not None:
        draw_to.write_text(draw.draw(loaded, counts=found.steps), encoding="utf-8")
    findings = [asdict(each) for each in lint(loaded, found.keys) if each.rule == "against-use" and not each.waived]
    if as_json:
        told = {"menu": menu, "days": days, **asdict(found), "findings": findings, "definitions": DEFINITIONS}
        print(json.dumps(told, ensure_ascii=False))
    else:
        _show(found)


def _show(found: MenuUse) -> None:
    rate = "unknown" if found.self_service_rate is None else f"{found.self_service_rate:.1%}"
    print(f"{found.calls} calls, {found.queued} queued, {found.messages} messages, self-service rate {rate}")
    if found.seconds_to_person:
        print("seconds to a person: " + ", ".join(f"{name} {s:.1f}" for name, s in found.seconds_to_person.items()))
    print(f"{'step':20} {'entered':>8} {'went on':>8} {'hung up':>8} {'seconds':>8}  keys")
    for step, each in found.steps.items():
        keys = " ".join(f"{key}:{count}" for key, count in found.keys.get(step, {}).items())
        print(f"{step:20} {each.entered:8} {each.left:8} {each.hung_up:8} {each.seconds:8.1f}  {keys}".rstrip())
    for one in found.suggestions:
        print(f"suggestion: {one.step}: read the options as {' '.join(one.by_use)} instead of {' '.join(one.read)}")
    for name, meaning in DEFINITIONS.items():
        print(f"{name}: {meaning}")


def facts(version: MenuVersion) -> dict[str, Any]:
    names = ("menu", "number", "restores", "published_by", "published_at", "reason")
    return {name: getattr(version, name) for name in names}


def _told(version: MenuVersion, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts(version), ensure_ascii=False))
    else:
        print(f"menu {version.menu}: version {version.number} is live for new calls")


def _known(menu: str, folder: Path) -> str:
    names = set(sites.load(folder).numbers.values())
    if menu not in names:
        raise BadInput(f"this centre has no menu {menu}", f"site.yaml names: {', '.join(sorted(names))}")
    return menu


def _who(by: str) -> str:
    return by or os.environ.get("SUDO_USER") or os.environ.get("USER") or "system"


def _with_database(data: Path | None, work: Callable[[Database], Awaitable[Result]]) -> Result:
    settings = Settings() if data is None else Settings(data_dir=data)

    async def run() -> Result:
        db = Database(settings.database, Bus(), Outbox(FROM_WORKERS))
        try:
            return await work(db)
        except DatabaseError:
            raise HotlineError(
                f"the database of {settings.data_dir} cannot be used", "start the centre once, or run `hotline migrate`"
            ) from None
        finally:
            await db.close()

    return asyncio.run(run())
