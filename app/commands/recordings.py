"""Command line of recordings: `hotline recordings analyse FILE`."""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from app.commands import keeping
from core.errors import BadInput
from core.settings import Settings
from recordings.promised import lost
from recordings.sound import RATE, read
from recordings.speech import languages
from recordings.speech.analysis import Analysis, transcribe
from recordings.speech.measures import Measures
from recordings.transcript import CallFacts, CallType, Direction, EndedBy, document

app = typer.Typer(help="Sound of calls.")
app.add_typer(keeping.keys, name="keys")
for command in (keeping.sweep, keeping.reconcile, keeping.hold, keeping.release, keeping.retry):
    app.command()(command)


@app.callback()
def recordings() -> None:
    """Sound of calls: left channel the customer, right channel the agent."""


@app.command()
def analyse(
    file: Annotated[Path, typer.Argument(help="A two-channel sound file (WAV, FLAC), left customer, right agent.")],
    language: Annotated[str, typer.Option(help="The language spoken.")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="The configuration directory.")] = None,
) -> None:
    """Measure who talked when, and write down what was said."""
    if len(language) < 2:
        raise BadInput(f"--language {language!r} is no language", "give for example zh or en")
    engines = languages.Engines(languages.load(config or Settings().config_dir))
    seconds = len(read(file)) / RATE
    if missing := lost(file, seconds):
        short = f"it is cut short: {seconds:.1f} s are there of {seconds + missing:.1f} s"
        print(f"hotline: {file}: {short}: copy it again", file=sys.stderr)
    facts = _facts(file, seconds, language)
    began = time.process_time()
    analysis = transcribe(file, facts, engines)
    spent = time.process_time() - began
    if as_json:
        print(json.dumps(_document(file, analysis, spent), ensure_ascii=False, indent=1))
    else:
        _show(analysis, spent)


def _facts(file: Path, seconds: float, language: str) -> CallFacts:
    """A file alone says little about its call; who needs more edits the written transcript."""
    name = os.fsencode(file.stem).decode(errors="replace")
    return CallFacts(
        id=name, direction=Direction.INBOUND, queue="", agent="", language=language, call_type=CallType.ENQUIRY,
        connected_at=datetime.fromtimestamp(file.stat().st_mtime, UTC), duration=round(seconds, 3),
        ended_by=EndedBy.SYSTEM,
    )  # fmt: skip


def _document(file: Path, analysis: Analysis, spent: float) -> dict[str, Any]:
    return {
        "file": str(file),
        "model": analysis.model or None,
        "note": analysis.note,
        "cpu_seconds": round(spent, 2),
        "measures": analysis.measures.model_dump(mode="json"),
        "transcript": document(analysis.transcript) if analysis.transcript else None,
    }


def _show(analysis: Analysis, spent: float) -> None:
    for segment in analysis.transcript.segments if analysis.transcript else ():
        sure = f" ({segment.confidence:.0%})" if segment.confidence is not None else ""
        print(f"{_clock(segment.start):>7}  {segment.speaker.value:<8}  {segment.text}{sure}")
    Console().print(_table(analysis.measures))
    measures = analysis.measures
    print(
        f"{measures.seconds:.1f} s; both talk {measures.overlap:.1f} s; nobody {measures.dead_air:.1f} s "
        f"(longest {measures.longest_dead_air:.1f} s); {spent:.1f} s of processor time"
    )
    for line in filter(None, (analysis.model and f"model {analysis.model}", analysis.note)):
        print(line)


def _table(measures: Measures) -> Table:
    sides = (measures.agent, measures.customer)
    table = Table("", "agent", "customer")
    table.add_row("talks", *(f"{side.talk:.1f} s" for side in sides))
    table.add_row("turns", *(str(side.turns) for side in sides))
    table.add_row("longest turn", *(f"{side.longest_turn:.1f} s" for side in sides))
    table.add_row("interrupts", *(str(side.interruptions) for side in sides))
    table.add_row("answers after", *(f"{side.response.mean:.1f} s" if side.response.count else "–" for side in sides))
    table.add_row("characters a minute", *(_number(side.characters_per_minute, "") for side in sides))
    table.add_row("level", *(_number(side.loudness, " dB") for side in sides))
    return table


def _number(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:.0f}{unit}"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
