"""The command line of the menus: `hotline ivr walk`, `lint`, `test`, `draw`, `prompts` …"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, get_args

import typer
from pydantic import TypeAdapter, ValidationError

from accounts import passwords
from acd import queues
from app.commands import ivr_faults, ivr_live, ivr_recordings, ivr_trial
from app.commands.writing import hand_over, tell
from app.skills import skills_of
from core import site as sites
from core.clock import system_clock
from core.errors import BadInput
from core.settings import Settings
from ivr import customers, draw, hours, menus, trials
from ivr import lint as checks
from ivr.menus import LoadedMenu
from ivr.prompts.store import PromptStore
from ivr.prompts.wanted import unsaid
from ivr.published.deeds import moment_of
from ivr.refusing import Refused, demand_led_to, reasons
from ivr.rules import Rules
from ivr.schema import Flow, Refusal
from ivr.walk import WALK_KEYS, Answer, World, document, inputs, spoken_seconds
from ivr.walk import walk as play
from recordings.speech import languages

app = typer.Typer(help="Voice menus: try, check, and list what they say.")

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]
FlowName = Annotated[str, typer.Argument(metavar="FLOW", help="a menu of config/menus (main), or a YAML file")]
Config = Annotated[Path | None, typer.Option("--config", help="configuration directory")]


app.command("publish")(ivr_live.publish)
app.command("back")(ivr_live.back)
app.command("versions")(ivr_live.list_versions)
app.command("show")(ivr_live.show)
app.command("diff")(ivr_live.diff)
app.command("use")(ivr_live.use)
app.command("reorder")(ivr_live.reorder)
app.add_typer(ivr_trial.app, name="trial")
app.command("record-in")(ivr_recordings.record_in)
app.command("faults")(ivr_faults.faults)
app.command("acknowledge")(ivr_faults.acknowledge)


@app.callback()
def _group() -> None:
    """Voice menus: try, check, and list what they say."""


@app.command()
def walk(
    flow: FlowName = "main",
    keys: Annotated[
        str, typer.Option(help="keys in order, or [spoken words]; - lets a question pass in silence, h hangs up")
    ] = "",
    caller: Annotated[str, typer.Option("--from", help="calling number")] = "",
    at: Annotated[str, typer.Option(help="moment of the call, site time: 2026-03-02T10:00; now if not given")] = "",
    answers: Annotated[
        str, typer.Option(help='what steps get: {"find-caller": "failed", "find-balance": {"balance": "500"}}')
    ] = "",
    refused: Annotated[
        str, typer.Option(help='queues that take nobody: ["cards"] are closed, {"cards": "full"} says why')
    ] = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Play a flow as text: what the caller hears and where he ends."""
    folder = config or Settings().config_dir
    site, table = sites.load(folder), hours.load(folder)
    try:
        inputs(keys)
    except ValueError as fault:
        raise BadInput(str(fault), f"keys are {' '.join(WALK_KEYS)}, spoken words [我要挂失]") from None
    menu = _load(folder, flow, table)
    rules = Rules({site.hotline: menu}, customers.load(folder), table, site.zone)
    world = replace(_world(folder, rules), answers=_answers(answers), refused=_refused(refused))
    demand_led_to(menu.flow, world.refused)
    walked = play(menu, world, keys, rules.started(moment_of(at, system_clock(), rules), caller, site.hotline))
    if as_json:
        print(json.dumps(document(walked), ensure_ascii=False))
        return
    for line in walked.lines:
        print(f"{line.at:7.1f}  {line.kind:9}  {line.text}".rstrip())
    where = f"queue {walked.end.queue}" if walked.end.queue else walked.end.outcome
    print(f"ends at step {walked.end.step}: {where}")


@app.command()
def lint(
    flow: FlowName = "main",
    config: Config = None,
    data: Annotated[
        Path | None, typer.Option("--data", readable=False, help="hold the order of options against this use")
    ] = None,
    days: Annotated[float, typer.Option(min=0.01, help="with --data: of the last so many days")] = 30,
    as_json: Json = False,
) -> None:
    """Check a flow against the rules of good menus; exit code 1 when one is broken and not waived."""
    folder = config or Settings().config_dir
    opening = hours.load(folder)
    menu = _load(folder, flow, opening)
    used = None if data is None else ivr_live.counted(menu.name, days, "", 0, config, data).use.keys
    recorded = ivr_recordings.measured(menu.all_spoken(), PromptStore(Path(), folder / "prompts"))
    found = checks.lint(
        menu, used, lambda text, of: recorded.get((text, of)) or spoken_seconds(text, of), skills_of(folder)
    )
    open_findings = [each for each in found if not each.waived]
    complaint = opening.complaint(system_clock(), sites.load(folder).zone)
    if as_json:
        told = {"flow": menu.name, "file": str(menu.path), "findings": [asdict(each) for each in found]}
        print(json.dumps(told, ensure_ascii=False))
    for each in [] if as_json else found:
        waived = f" (waived: {each.waived})" if each.waived else ""
        where = f"step {each.step}: " if each.step else ""
        print(f"{menu.path}:{each.line}: {where}{each.rule}: {each.problem}{waived}")
    if not as_json and not found:
        print(f"{menu.path}: nothing to complain about in {len(menu.flow.steps)} steps")
    if complaint:
        print(f"{folder / 'hours.yaml'}: {complaint}", file=sys.stderr)
    if open_findings:
        raise typer.Exit(1)


@app.command()
def rules(as_json: Json = False) -> None:
    """The rules of `lint`, with what each keeps a caller from."""
    if as_json:
        print(json.dumps(checks.RULES, ensure_ascii=False))
        return
    for name, why in checks.RULES.items():
        print(f"{name:20}  {why}")


@app.command("test")
def run_tests(flow: FlowName = "main", config: Config = None, as_json: Json = False) -> None:
    """Run the calls written beside a flow (main.tests.yaml); exit code 1 when one goes otherwise."""
    folder = config or Settings().config_dir
    site, table = sites.load(folder), hours.load(folder)
    menu = _load(folder, flow, table)
    path = menu.path.with_name(menu.path.stem + trials.SUFFIX)
    if not path.exists():
        raise BadInput(f"there are no tests of menu {menu.name}", f"write its calls into {path}")
    site_rules = Rules({site.hotline: menu}, customers.load(folder), table, site.zone)
    tried = trials.run(path, menu, site_rules, site.hotline, _world(folder, site_rules))
    failed = [each for each in tried if each.faults]
    if as_json:
        print(json.dumps({"flow": menu.name, "tests": [asdict(each) for each in tried]}, ensure_ascii=False))
    else:
        for each in failed:
            told = zip(each.lines, each.faults, strict=True)
            print(*(f"{path}:{line}: {each.name}: {fault}" for line, fault in told), sep="\n")
        print(f"{path}: {len(tried) - len(failed)} of {len(tried)} calls went as written")
    if failed:
        raise typer.Exit(1)


@app.command("draw")
def draw_flow(
    flow: FlowName = "main",
    out: Annotated[Path | None, typer.Option(help="write here instead of printing")] = None,
    language: Annotated[str, typer.Option(help="of the prompts shown")] = "",
    day: ivr_live.Day = "",
    number: ivr_live.Number = 0,
    config: Config = None,
    data: ivr_live.Data = None,
    as_json: Json = False,
) -> None:
    """Draw a flow as SVG; with --data, --day or --version a version that was live, with its callers on every way."""
    folder = config or Settings().config_dir
    if data is not None or day or number:
        found = ivr_live.counted(flow, 30, day, number, config, data)
        menu, used = found.menu, found.use
    else:
        menu, used = _load(folder, flow, hours.load(folder)), None
    if language not in ("", *menu.flow.languages):
        raise BadInput(f"menu {menu.name} has no words in {language!r}", f"it has: {', '.join(menu.flow.languages)}")
    picture = draw.draw(menu, language, used)
    hand_over(picture, "svg", out, as_json=as_json)


@app.command()
def schema(_as_json: Json = False) -> None:
    """The JSON schema of menu files, for editors."""
    print(json.dumps(Flow.model_json_schema(), ensure_ascii=False, indent=1))


@app.command()
def secret(
    value: Annotated[str, typer.Option(prompt="secret", hide_input=True, help="PIN or last six of the identity card")],
    as_json: Json = False,
) -> None:
    """The hash of a customer's secret for config/customers.yaml; asks for it without showing it."""
    typed = value.upper()  # as callers type it: their star is an X
    if not re.fullmatch("[0-9]{3,17}[0-9X]", typed):
        raise BadInput("a telephone secret has 4 to 18 digits", "a letter only as the X at the end of an identity card")
    made = asyncio.run(passwords.fingerprint(typed))
    tell({"hash": made}, made, as_json=as_json)


@app.command()
def prompts(
    flow: FlowName = "main",
    out: Annotated[Path | None, typer.Option(help="make the sounds into this directory")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="the list for a voice artist, as CSV")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="with --csv: only what is not recorded yet")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List what a flow says, which file a recording of it must have, and what nothing says any longer.

    With --out, make and measure the sounds.
    """
    folder = config or Settings().config_dir
    menu = _load(folder, flow, hours.load(folder))
    store = PromptStore(out or Path(), folder / "prompts")
    if as_csv:
        wanted = ivr_recordings.listed([menu], queues.load(folder))
        ivr_recordings.print_table([each for each in wanted if not (missing and store.is_recorded(each.spoken))])
        return
    spoken = menu.all_spoken()
    began = time.perf_counter()
    faults = [*asyncio.run(store.prepare(spoken)), *store.too_long(spoken)] if out else []
    rows = [
        {"name": each.name, "language": each.language, "text": each.text, "recording": str(store.recording_of(each)),
         "recorded": store.is_recorded(each), "sound": str(store.sound(each) or ""),
         "seconds": round(store.seconds(each), 2)}
        for each in spoken
    ]  # fmt: skip
    shared, files = unsaid(menu.flow), ivr_recordings.unused(menu, folder, store)
    if as_json:
        told = {"faults": [str(each) for each in faults], "unsaid": shared, "unused": [str(each) for each in files]}
        print(json.dumps({"prompts": rows} | told, ensure_ascii=False))
    else:
        for row in rows:
            print(f"{'recorded ' if row['recorded'] else 'synthetic'}  {row['recording']}  {row['text']}")
        print(f"{len(rows)} prompts" + (f", made in {time.perf_counter() - began:.1f} s" if out else ""))
        for name in shared:
            print(f"{menu.path}:{menu.line('prompts', name)}: prompts.{name}: no step says it: remove it")
        for file in files:
            print(f"{file}: no menu says these words now; a former version may")
        for fault in faults:
            print(fault)
    if faults:
        raise typer.Exit(1)


def _load(folder: Path, flow: str, table: hours.Hours) -> LoadedMenu:
    path = Path(flow) if flow.endswith((".yaml", ".yml")) else folder / "menus" / f"{flow}.yaml"
    if not path.exists():
        there = ", ".join(sorted(each.stem for each in (folder / "menus").glob("*.yaml") if "." not in each.stem))
        known = (
            f"config/menus has: {there}" if there else "config/menus has none yet: docs/menus.md says how to write one"
        )
        raise BadInput(f"there is no menu {flow}", known)
    return menus.load(path, schedules=table.schedules, queues=queues.load(folder).queues)


def _world(folder: Path, rules: Rules) -> World:
    """What every caller of this site meets."""
    hears = languages.read(folder).in_menus
    return World(rules.is_open, rules.customers, hears=hears, queues=queues.load(folder).queues)


def _refused(text: str) -> Mapping[str, str]:
    try:
        return reasons(TypeAdapter[frozenset[str] | dict[str, Refusal]](Refused).validate_json(text or "[]"))
    except ValidationError as fault:
        remedy = f'write ["queue"] or {{"queue": "reason"}}; reasons are: {", ".join(get_args(Refusal))}'
        raise BadInput(f"--refused: {fault.errors()[0]['msg']}", remedy) from None


def _answers(text: str) -> dict[str, Answer]:
    try:
        return TypeAdapter(dict[str, Answer]).validate_json(text or "{}")
    except ValidationError as fault:
        remedy = 'write {"step": "failed"} or {"step": {"variable": "value"}}'
        raise BadInput(f"--answers: {fault.errors()[0]['msg']}", remedy) from None
