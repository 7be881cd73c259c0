"""The command line of menus in use: `hotline ivr publish`, `back`, `versions`, `show`, `diff`, `use`, `reorder`."""

import asyncio
import datetime as dt
import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from accounts import repository
from acd import queues
from app.commands.database import opened, settings_of
from app.commands.writing import hand_over, tell, write
from app.skills import skills_now
from app.wiring import FROM_WORKERS
from core import site as sites
from core.clock import system_clock
from core.database import Database
from core.errors import BadInput
from core.relay import Outbox
from ivr import customers, draw, hours
from ivr.lint import lint
from ivr.prompts.store import PromptStore, cache_of_user
from ivr.published.answers import VersionOut, use_document
from ivr.published.checking import MenuChecker
from ivr.published.deeds import MenuOffice, Published
from ivr.published.endpoints import told_versions
from ivr.published.records import Figures
from ivr.rules import Rules
from ivr.usage import period
from ivr.usage.period import Period
from ivr.usage.use import DEFINITIONS, MenuUse

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]
Data = Annotated[Path | None, typer.Option("--data", readable=False, help="the centre's data directory")]
Config = Annotated[Path | None, typer.Option("--config", help="configuration directory")]
Menu = Annotated[str, typer.Argument(metavar="MENU", help="a menu of the centre (main)")]
File = Annotated[Path, typer.Argument(help="the menu's YAML file; its name names the menu")]
Reason = Annotated[str, typer.Option(help="why: kept with the version and in the audit trail")]
By = Annotated[str, typer.Option(help="whose login, for the audit trail; the system's user if not given")]
Seen = Annotated[int | None, typer.Option(min=0, help="refuse if another version is live; any if not given")]
Days = Annotated[float, typer.Option(min=0.01, help="of the last so many days")]
Day = Annotated[str, typer.Option(help="of one day instead, site time: 2026-03-02")]
Number = Annotated[
    int,
    typer.Option(
        "--version", min=0, help="of this version; the newest that had calls and was no challenger if not given"
    ),
]
Out = Annotated[Path | None, typer.Option(help="write here instead of printing")]
Result = TypeVar("Result")


def publish(
    file: File, reason: Reason = "", by: By = "", seen: Seen = None, config: Config = None, data: Data = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Check a menu and make it live: new calls follow it at once, running calls end on theirs."""
    text = text_of(file)
    told(in_office(data, config, lambda office: office.publish(file.stem, text, who(by), reason, seen), by), as_json)


def back(
    menu: Menu = "main", reason: Reason = "", by: By = "", seen: Seen = None, config: Config = None,
    data: Data = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Make the version before the live one live again; once more goes further back."""
    told(Published(in_office(data, config, lambda office: office.back(menu, who(by), reason, seen), by), ()), as_json)


def list_versions(menu: Menu = "main", config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Who changed a menu when, and why; the newest is live unless it is a challenger."""
    found = in_office(data, config, lambda office: told_versions(office, menu))
    if as_json:
        versions = [each.model_dump(exclude={"prompt_faults"}) for each in found]
        print(json.dumps({"menu": menu, "versions": versions}, ensure_ascii=False))
        return
    moment = site_time(data, config)
    for each in found:
        kind = "dropped challenger" if each.dropped else "challenger"
        note = f" (version {each.restores} again)" if each.restores else f" ({kind})" if each.challenger else ""
        print(f"{each.number:4}  {moment(each.published_at)}  {each.published_by:12}  {each.reason}{note}".rstrip())


def show(
    menu: Menu = "main",
    number: Annotated[int, typer.Argument(metavar="VERSION", min=0, help="the live one if not given")] = 0,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Print the YAML of a version."""
    found = in_office(data, config, lambda office: office.version(menu, number))
    tell({"menu": menu, "version": found.number, "text": found.text}, found.text, as_json=as_json)


def diff(
    before: Annotated[int, typer.Argument(min=1)],
    after: Annotated[int, typer.Argument(min=0, help="the live one if not given")] = 0,
    menu: Annotated[str, typer.Option(help="a menu of the centre")] = "main",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What two versions say otherwise, line by line."""
    lines = in_office(data, config, lambda office: office.difference(menu, before, after))
    tell({"menu": menu, "lines": lines}, "\n".join(lines), as_json=as_json)


def use(
    menu: Menu = "main",
    days: Days = 30,
    day: Day = "",
    number: Number = 0,
    draw_to: Annotated[Path | None, typer.Option("--draw", help="write the flow with these figures as SVG")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """How callers use a version of a menu: per step and way, self-service, times to a person, options by use."""
    found = counted(menu, days, day, number, config, data)
    loaded, told = found.menu, found.use
    if draw_to is not None:
        write(draw_to, draw.draw(loaded, use=told))
    findings = [asdict(each) for each in lint(loaded, told.keys) if each.rule == "against-use" and not each.waived]
    if as_json:
        print(json.dumps(use_document(found) | {"findings": findings}, ensure_ascii=False))
        return
    print(f"version {loaded.number} of menu {menu}")
    for each, calls in found.calls.items():
        if each != loaded.number:
            print(f"not counted here: {calls} calls of version {each}")
    _show(told)


def reorder(
    menu: Menu = "main",
    step: Annotated[str, typer.Option(help="this menu step only")] = "",
    days: Days = 30,
    out: Out = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A draft of the live version with the options in the order of their use; look at it, then publish it."""
    span = period.last_days(days, system_clock())
    text = in_office(data, config, lambda office: office.reordered(menu, span, step=step))
    hand_over(text, "text", out, as_json=as_json)


def counted(menu: str, days: float, day: str, number: int, config: Path | None, data: Path | None) -> Figures:
    """The figures that `use` and `draw` show."""

    def span(office: MenuOffice) -> Period:
        return period.day_of(day, office.rules().zone) if day else period.last_days(days, system_clock())

    return in_office(data, config, lambda office: office.figures(menu, span(office), number))


def _show(found: MenuUse) -> None:
    rate, lost = (
        "unknown" if each is None else f"{each:.1%}" for each in (found.self_service_rate, found.abandonment_rate)
    )
    print(f"{found.calls} calls, {found.queued} queued, {found.answered} answered, {found.messages} messages")
    print(f"self-service rate {rate}, abandonment rate {lost}")
    for name, spread in (("a person", found.seconds_to_person), ("the answer", found.seconds_to_answer)):
        if spread:
            print(f"seconds to {name}: mean {spread.mean:.1f}, median {spread.median:.1f}, p95 {spread.p95:.1f}")
    print(f"{'step':20} {'entered':>8} {'went on':>8} {'hung up':>8} {'seconds':>8}  keys")
    for step, each in found.steps.items():
        keys = " ".join(f"{key}:{count}" for key, count in found.keys.get(step, {}).items())
        print(f"{step:20} {each.entered:8} {each.left:8} {each.hung_up:8} {each.seconds:8.1f}  {keys}".rstrip())
    print(f"{'way':41} {'entered':>8} {'went on':>8} {'hung up':>8} {'seconds':>8}")
    for way in found.edges:
        name = f"{way.source or 'arrival'} {way.key or '-'}> {way.target}"
        print(f"{name:41} {way.entered:8} {way.left:8} {way.hung_up:8} {way.seconds:8.1f}")
    for one in found.suggestions:
        print(f"suggestion: {one.step}: read the options as {' '.join(one.by_use)} instead of {' '.join(one.read)}")
    if found.suggestions:
        print("`hotline ivr reorder` writes a draft that does so; it is live only when you publish it")
    for name, meaning in DEFINITIONS.items():
        print(f"{name}: {meaning}")


def told(published: Published, as_json: bool) -> None:
    """A version went live; what of it callers cannot hear."""
    version = VersionOut.of(published)
    if as_json:
        print(json.dumps(version.model_dump(), ensure_ascii=False))
        return
    print(f"menu {version.menu}: version {version.number} is live for new calls")
    for fault in version.prompt_faults:
        print(f"{fault}; callers who need it are passed on to a person")


def text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{file} cannot be read: {fault}", "name a menu file in UTF-8") from None


def who(by: str) -> str:
    return by or os.environ.get("SUDO_USER") or os.environ.get("USER") or "system"


def site_time(data: Path | None, config: Path | None) -> Callable[[float], str]:
    """Moments as the site's clocks show them, wherever the command is given."""
    zone = sites.load(config or settings_of(data).config_dir).zone
    return lambda at: dt.datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S %z")


def in_office(
    data: Path | None, config: Path | None, work: Callable[[MenuOffice], Awaitable[Result]], by: str = ""
) -> Result:  # fmt: skip
    """`work` with the centre's database and what config/ says; the engine hears of changes. `by`: as whom, who must be
    somebody of this centre."""
    settings = settings_of(data)
    folder = config or settings.config_dir
    site, table = sites.load(folder), hours.load(folder)
    rules = Rules({}, customers.load(folder), table, site.zone)
    lines = queues.load(folder)
    checker = MenuChecker(table.schedules, lines.queues)

    async def run(sounds: str) -> Result:
        prompts = PromptStore(Path(sounds), folder / "prompts", cache=cache_of_user())
        async with opened(settings, Outbox(FROM_WORKERS)) as db:
            await _demand_login(db, by)
            office = MenuOffice(
                db, checker, site.numbers.values, lambda: rules, prompts, system_clock,
                skills=lambda: skills_now(db, lines),
            )  # fmt: skip
            return await work(office)

    with tempfile.TemporaryDirectory(prefix="prompts-") as sounds:
        return asyncio.run(run(sounds))


async def _demand_login(db: Database, by: str) -> None:
    async with db.reading() as session:
        logins = await repository.persons(session)
    if by and by not in logins:
        raise BadInput(f"there is nobody with the login {by}", f"logins are: {', '.join(logins) or 'none yet'}")
