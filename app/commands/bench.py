"""`hotline bench`: churn and ring against a private centre that lives as long as the bench; qa without one."""

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app import prepare as machine
from app.bench import acd as routing
from app.bench import qa as qa_bench
from app.bench import reports as reports_bench
from app.bench import speech as speech_bench
from app.bench.churn import Churn, ChurnResult
from app.bench.day import DayBench, DayResult
from app.bench.desk import DeskBench, DeskResult
from app.bench.engines import engines
from app.bench.ivr import IvrBench, IvrResult, write_menu
from app.bench.ring import RingBench, RingResult
from app.bench.site import write_config
from app.bench.wallboard import AIM_MS, BoardBench, BoardResult
from app.centre import Centre, running_centre
from core import log
from core.errors import BadInput
from core.log import say
from core.settings import Settings
from pbx.provision import AsteriskProgram

app = typer.Typer()
Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]
Agents = Annotated[int, typer.Option(min=1, max=100, help="agents' phones")]


@app.callback()
def end_in_order() -> None:
    """Load and speed on this machine, with real SIP."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing of a private centre may stay


@app.command()
def churn(
    calls: Annotated[int, typer.Option(min=1, help="how many calls")] = 500,
    at_once: Annotated[int, typer.Option(min=1, max=200, help="how many at a time")] = 16,
    agents: Agents = 8,
    seed: Annotated[int, typer.Option(help="the same seed makes the same choices")] = 1,
    kills: Annotated[int, typer.Option(min=0, help="how often the engine is killed; another stands by")] = 0,
    cuts: Annotated[int, typer.Option(min=0, help="how often its link to Asterisk is cut")] = 0,
    as_json: Json = False,
) -> int:
    """Hang up at random at every stage; nothing may be left, recordings and call records must agree."""

    async def run() -> ChurnResult:
        with _private_settings(agents, prompt=True) as (settings, program):
            async with engines(settings, program, heir=kills > 0) as running:
                result = await Churn(running, calls, at_once, seed, kills, cuts).run()
                if not result.passed:
                    say("\n".join(running.complaints()))
                return result

    result = asyncio.run(run())
    print(json.dumps(result.as_json(), ensure_ascii=False)) if as_json else _show_churn(result)
    return 0 if result.passed else 1


@app.command()
def ring(
    calls: Annotated[int, typer.Option(min=1, help="how many calls each way")] = 200,
    agents: Agents = 10,
    waiting: Annotated[int, typer.Option(min=0, max=100, help="callers who always wait; 0: agents are free")] = 0,
    as_json: Json = False,
) -> int:
    """Caller joins → agent's phone rings, or agent free → his phone rings: our engine next to app_queue."""

    async def run() -> RingResult:
        with _private_settings(agents, prompt=False) as (settings, program):
            async with engines(settings, program, heir=False) as running:
                return await RingBench(running, calls, waiting).run()

    result = asyncio.run(run())
    print(json.dumps(result.as_json())) if as_json else _show_ring(result)
    return 0 if result.passed else 1


@app.command("acd")
def routing_cost(
    agents: Annotated[int, typer.Option(min=100, help="agents on the floor")] = 5000,
    skills: Annotated[int, typer.Option(min=4, help="skills; each agent has one to four")] = 60,
    waiting: Annotated[int, typer.Option(min=1, help="callers who wait")] = 2000,
    decisions: Annotated[int, typer.Option(min=100, help="how many to measure")] = 5000,
    hour_calls: Annotated[int, typer.Option(min=0, help="simulate an hour of so many calls; 0: do not")] = 60000,
    as_json: Json = False,
) -> int:
    """What a routing decision costs, without phones: processor time when crowded, calm, and with ever more busy."""
    result = routing.run(agents, skills, waiting, decisions, hour_calls)
    print(json.dumps(result.as_json()) if as_json else routing.text(result))
    return 0 if max(result.crowded.p99, result.calm.p99) < 1000 else 1


@app.command("ivr")
def menu_keys(
    callers: Annotated[str, typer.Option(help="how many callers at once, one round each")] = "1,50,150",
    presses: Annotated[int, typer.Option(min=2, help="keys by each caller, each way")] = 20,
    as_json: Json = False,
) -> int:
    """Key → next prompt starts, as callers hear it: our menu next to plain dial plan in the same Asterisk."""
    rounds = tuple(int(each) for each in callers.split(",") if each.strip().isdigit() and int(each))
    if not rounds:
        raise BadInput(f"{callers!r} names no number of callers", "write for example 1,50,150")

    async def run() -> IvrResult:
        async with _private_centre(1, prompt=True, change=write_menu) as centre:
            return await IvrBench(centre, rounds, presses).run()

    result = asyncio.run(run())
    print(json.dumps(result.as_json())) if as_json else _show_ivr(result)
    return 0 if result.passed else 1


@app.command()
def qa(
    pack: Annotated[str, typer.Option(help="rule pack")] = "zh-bank",
    rounds: Annotated[int, typer.Option(min=5, help="how often the call is judged")] = 100,
    calls: Annotated[int, typer.Option(min=1, help="how many calls are judged again")] = 10_000,
    as_json: Json = False,
) -> int:
    """Scoring of a five-minute call, its cost as the rules grow tenfold, and many calls judged again on all cores."""
    packs_dir, workers = Settings().config_dir / "packs", os.cpu_count() or 1
    result = qa_bench.run(packs_dir, pack, rounds, (1, 3, 10), calls, workers)
    print(json.dumps(result.as_json())) if as_json else _show_scoring(result)
    return 0 if result.passed else 1


@app.command()
def speech(
    calls: Annotated[int, typer.Option(min=1, help="how many calls of two minutes")] = 10,
    rounds: Annotated[int, typer.Option(min=1, help="how often each is heard, each way")] = 1,
    seed: Annotated[int, typer.Option(help="the same seed makes the same calls")] = 1,
    dialogues: Annotated[Path | None, typer.Option(help="labelled dialogues to speak; those beside zh-bank")] = None,
    as_json: Json = False,
) -> int:
    """Calls an hour and core, and character errors: our pipeline next to plain Vosk on the same calls."""
    result = speech_bench.run(Settings().config_dir, dialogues, "zh", calls, rounds, seed)
    print(json.dumps(result.as_json())) if as_json else _show_speech(result)
    return 0 if result.passed else 1


@app.command("reports")
def report_times(
    calls: Annotated[int, typer.Option(min=100, help="calls of the month")] = 20_000,
    seed: Annotated[int, typer.Option(help="the same seed makes the same month")] = 1,
    database: Annotated[str, typer.Option(help="address of an empty database; a file of its own otherwise")] = "",
    as_json: Json = False,
) -> int:
    """Seconds to read and draw each report over a month of calls."""
    url = Settings(database_url=database).database_url
    result = asyncio.run(reports_bench.run(Settings(), url, calls, seed))
    print(json.dumps(asdict(result)) if as_json else reports_bench.text(result))
    return 0


@app.command()
def wallboard(
    samples: Annotated[int, typer.Option(min=1, help="callers who wait and hang up, each round")] = 40,
    watchers: Annotated[str, typer.Option(help="open wallboards besides the browser's, one round each")] = "0,199",
    as_json: Json = False,
) -> int:
    """Caller's channel ends in Asterisk → the browser has drawn it; and what each watcher costs the server."""
    rounds = tuple(int(each) for each in watchers.split(",") if each.strip().isdigit())
    if not rounds:
        raise BadInput(f"{watchers!r} names no number of watchers", "write for example 0,199")

    async def run() -> BoardResult:
        async with _private_centre(1, prompt=False) as centre:
            return await BoardBench(centre, samples, rounds).run()

    result = asyncio.run(run())
    print(json.dumps(result.as_json())) if as_json else _show_board(result)
    return 0 if result.passed else 1


@app.command()
def desk(
    agents: Annotated[int, typer.Option(min=1, max=500, help="agents signed in, each with an open desk")] = 200,
    calls: Annotated[int, typer.Option(min=1, max=500, help="how many of them talk at once")] = 100,
    as_json: Json = False,
) -> int:
    """Desk ready in the browser, its weight; and whether the engine's loop stalls under a whole floor."""

    async def run() -> DeskResult:
        async with _private_centre(agents, prompt=False) as centre:
            return await DeskBench(centre, calls).run()

    result = asyncio.run(run())
    print(json.dumps(result.as_json())) if as_json else _show_desk(result)
    return 0 if result.passed else 1


@app.command()
def day(
    agents: Annotated[int, typer.Option(min=2, max=100, help="open desks, one of them in a browser")] = 12,
    hours: Annotated[int, typer.Option(min=4, max=100, help="hours of the day; in each five calls an agent")] = 8,
    trace: Annotated[bool, typer.Option("--trace", help="name the lines that take memory; slow")] = False,
    as_json: Json = False,
) -> int:
    """A day at the desk done as fast as it goes: whether memory grows in the browser or in the server."""

    async def run() -> DayResult:
        async with _private_centre(agents, prompt=False) as centre:
            return await DayBench(centre, hours, trace).run()

    result = asyncio.run(run())
    print(json.dumps(result.as_json())) if as_json else _show_day(result)
    return 0 if result.passed else 1


@asynccontextmanager
async def _private_centre(
    agents: int, *, prompt: bool, change: Callable[[Path], None] = lambda _config: None
) -> AsyncIterator[Centre]:
    with _private_settings(agents, prompt=prompt, change=change) as (settings, program):
        async with running_centre(settings, program, say) as centre:
            yield centre


@contextmanager
def _private_settings(
    agents: int, *, prompt: bool, change: Callable[[Path], None] = lambda _config: None
) -> Iterator[tuple[Settings, AsteriskProgram]]:
    base = Settings()
    log.configure(as_json=base.log_json, level="ERROR")
    program = machine.prepare_base(say)
    home = _new_home()
    config = write_config(base.config_dir, home / "config", agents, prompt=prompt)
    change(config)
    changed = {"config_dir": config, "data_dir": home / "data", "sip_port": 0, "web_port": 0, "workers": 0}
    settings = base.model_copy(
        update={**changed, "database_url": "", "redis_url": "", "storage_url": "", "key_file": ""}
    )
    try:
        yield settings, program
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _new_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="hlb-", dir="/tmp"))
    home.chmod(0o755)  # Asterisk runs as another user
    return home


def _show_churn(result: ChurnResult) -> None:
    console = Console()
    console.print(f"{result.calls} calls in {result.seconds:g} s, {result.answered} answered, {result.talked} talked")
    if result.kills or result.cuts:
        gaps = ", ".join(map(str, result.gaps)) or "-"
        console.print(
            f"the engine killed {result.kills} times (another served after {gaps} s), "
            f"its link cut {result.cuts} times; {result.unseen} talks began and ended unseen"
        )
    for title, counts in (("hung up", result.stages), ("outcomes", result.outcomes), ("offers", result.offers)):
        console.print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    console.print(
        f"call records {result.call_records}, recordings {result.recordings} ({result.silent} of them of talks "
        f"too short for any sound), channels left {result.leftover}"
    )
    for fault in result.faults:
        console.print(f"[red]{fault}")
    console.print("[green]nothing left, books agree" if result.passed else f"[red]{len(result.faults)} faults")


def _show_scoring(result: qa_bench.ScoringResult) -> None:
    table = Table(title=f"{result.pack}: {result.call_seconds:.0f} s, {result.characters} characters")
    for heading in ("rules", "families", "phrases", "checks", "median ms", "p95 ms", "CPU ms", "calls/h and core"):
        table.add_column(heading, justify="right")
    for each in result.growth:
        sizes = (each.families, each.phrases, each.checks)
        speeds = (f"{each.median_ms:.1f}", f"{each.p95_ms:.1f}", f"{each.cpu_ms:.1f}", f"{each.calls_per_hour:,}")
        table.add_row(f"×{each.times}", *map(str, sizes), *speeds)
    Console().print(table)
    Console().print(f"pack read and compiled in {result.load_ms:.0f} ms")
    again = result.again
    Console().print(
        f"{again.calls} calls ({again.minutes_of_talk:g} minutes of talk) judged by two packs in {again.seconds:g} s "
        f"on {again.workers} cores: {again.calls_per_second:g} calls a second"
    )


def _show_speech(result: speech_bench.SpeechResult) -> None:
    title = f"{result.calls} calls of {result.call_seconds:.0f} s, {result.active:.0%} of each channel is speech"
    table = Table(title=f"{title}; model {result.model}")
    for heading in ("", "CPU s", "calls/h and core", "character errors"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, each in (("this pipeline", result.ours), ("plain Vosk", result.plain)):
        table.add_row(name, f"{each.cpu_seconds:.1f}", f"{each.calls_per_hour:,}", f"{each.character_errors:.2%}")
    Console().print(table)
    Console().print(f"{result.times:.2f} times the calls, {100 * result.points:+.2f} points of character error")


def _show_ring(result: RingResult) -> None:
    crowded = f"Agent free → his phone rings, {result.agents} agents, {result.waiting} callers waiting (ms)"
    table = Table(title=crowded if result.waiting else f"Caller joins → phone rings, {result.agents} free agents (ms)")
    for heading in ("", "calls", "p50", "p95", "p99"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, each in (("this engine", result.ours), ("app_queue", result.app_queue)):
        table.add_row(name, str(each.samples), f"{each.p50:.2f}", f"{each.p95:.2f}", f"{each.p99:.2f}")
    table.add_row("ratio", "", *(f"{result.ratio[name]:.2f}" for name in ("p50", "p95", "p99")))
    Console().print(table)
    if result.missed:
        Console().print(f"[red]{result.missed} calls rang nowhere")


def _show_ivr(result: IvrResult) -> None:
    table = Table(title="Key → first packet of the next prompt (ms)")
    for heading in ("callers", "", "keys", "p50", "p95", "p99", "ratio p95", "our process, ms a key"):
        table.add_column(heading, justify="right" if heading else "left")
    for each in result.rounds:
        for name, one in (("this engine", each.ours), ("dial plan", each.plain)):
            ours = name == "this engine"
            told = (f"{each.ratio_p95:.2f}", f"{each.engine_ms_a_key:.2f}") if ours else ("", "")
            numbers = (str(one.samples), f"{one.p50:.1f}", f"{one.p95:.1f}", f"{one.p99:.1f}")
            table.add_row(str(each.callers) if ours else "", name, *numbers, *told)
    Console().print(table)
    if missed := sum(each.missed for each in result.rounds):
        Console().print(f"[red]{missed} keys led to no prompt")
    Console().print("within the aim of 1.5 at p95" if result.within_aim else "beyond the aim of 1.5 at p95")


def _show_board(result: BoardResult) -> None:
    table = Table(title="Event in Asterisk → drawn by the browser (ms)")
    for heading in ("watchers", "events", "p50", "p95", "p99", "server, of a core", "slowest fetch"):
        table.add_column(heading, justify="right")
    for each in result.rounds:
        shown = each.shown
        numbers = (str(shown.samples), f"{shown.p50:.0f}", f"{shown.p95:.0f}", f"{shown.p99:.0f}")
        table.add_row(str(each.watchers + 1), *numbers, f"{each.server_cpu:.0%}", f"{each.fetch_ms:.0f}")
    Console().print(table)
    Console().print(f"a watcher costs the server {result.watcher_cpu_ms:g} ms of processor time for each change")
    Console().print(f"p95 is {result.ratio:g} of the aim of {AIM_MS:g} ms")


def _show_desk(result: DeskResult) -> None:
    ready, load, stalls = result.ready, result.load, result.load.stalls
    Console().print(
        f"page ready: first visit {result.first_ms:.0f} ms, later ones p50 {ready.p50:.0f}, p95 {ready.p95:.0f}"
    )
    Console().print(f"transferred: {result.weight_kb:g} kB at the first visit, {result.again_kb:g} kB at the next")
    Console().print(
        f"{load.agents} agents with open desks, {load.talks} of {load.calls} calls talked on at once, "
        f"{load.unanswered} offers without a talk, {load.fetches} parts fetched, the slowest in {load.fetch_ms:g} ms"
    )
    Console().print(
        f"loop: waited at most {stalls.wall_max:g} ms (p99 {stalls.wall_p99:g}), "
        f"of it own work {stalls.own_max:g} ms (p99 {stalls.own_p99:g}), {stalls.over} stalls"
    )
    Console().print(f"ratios to the aims: {', '.join(f'{name} {each:g}' for name, each in result.ratios.items())}")


def _show_day(result: DayResult) -> None:
    table = Table(title="Memory at the end of each hour")
    heap = ("objects", "blocks", "C uses MB", "C keeps MB")
    for heading in ("hour", "calls", "server MB", *heap, "Asterisk MB", "page MB", "nodes", "listeners"):
        table.add_column(heading, justify="right")
    for number, each in enumerate(result.hours, 1):
        heap = (str(each.objects), str(each.blocks), f"{each.used_mb:.1f}", f"{each.idle_mb:.1f}")
        page = (f"{each.heap_mb:.2f}", str(each.nodes), str(each.listeners))
        table.add_row(str(number), str(each.calls), f"{each.rss_mb:.1f}", *heap, f"{each.asterisk_mb:.1f}", *page)
    rises = {name: f"{slope:+g}" for name, slope in result.slope.items()}
    server = (rises["rss_mb"], rises["objects"], rises["blocks"], "", "", rises["asterisk_mb"])
    table.add_row("an hour", "", *server, rises["heap_mb"], rises["nodes"], rises["listeners"])
    Console().print(table)
    for line in result.top:
        Console().print(line, markup=False)
    Console().print(f"[red]grows: {', '.join(result.grown)}" if result.grown else "[green]nothing grows")
    if result.failed:
        Console().print(f"[red]{result.failed} times something did not happen that should have")
