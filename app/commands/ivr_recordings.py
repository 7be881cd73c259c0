"""The command line of recorded prompts: what a voice artist gets, and what he sends back."""

import csv
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from acd import queues
from acd.queues import Queues
from app import fallback_words, waiting_words
from core.errors import BadInput
from core.settings import Settings
from ivr import hours, menus
from ivr.menus import LoadedMenu, Spoken
from ivr.prompts import delivery, voice
from ivr.prompts.delivery import Delivered
from ivr.prompts.store import PromptStore
from ivr.prompts.wanted import Line, lines

Length = dict[tuple[str, str], float]


def listed(loaded: list[LoadedMenu], lined: Queues) -> list[Line]:
    """Everything to be recorded for these menus, what waiting callers are told, and what the dial plan says by
    itself."""
    return lines(loaded, *waiting_words.spoken_in(lined), *fallback_words.spoken().values())


def unused(menu: LoadedMenu, folder: Path, store: PromptStore) -> list[Path]:
    """Recordings that neither `menu`, nor a menu of the configuration, nor anything said outside the menus uses."""
    elsewhere = [*fallback_words.spoken().values(), *waiting_words.spoken()]
    return store.unused([each for one in (menu, *_menus(folder, None)) for each in one.all_spoken()] + elsewhere)


def print_table(wanted: list[Line]) -> None:
    """The list for the artist, as a spreadsheet reads it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "language", "text", "step", "file"))
    for line in wanted:
        said = line.spoken
        writer.writerow((said.name, said.language, said.text, " ".join(line.steps), line.file))


def record_in(
    source: Annotated[Path, typer.Argument(metavar="FOLDER|ZIP", help="LANGUAGE/ID.wav for every recorded prompt")],
    flow: Annotated[
        Path | None, typer.Option(help="the YAML file whose list he was given; without, all of config/menus")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="configuration directory")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document instead of text")] = False,
) -> None:
    """Take recordings back from a voice artist: the good ones are stored and used by new calls at once.

    They are heard where these very words are said; versions of a menu with other words keep theirs. Exit code 1 when a
    file was refused.
    """
    folder = config or Settings().config_dir
    wanted = listed(_menus(folder, flow), queues.load(folder))
    if not source.exists():
        raise BadInput(f"{source} does not exist", "name the artist's folder or ZIP file")
    told = delivery.take_in(source, wanted, folder / "prompts")
    store = PromptStore(Path(), folder / "prompts")
    missing = [line.file for line in wanted if not store.is_recorded(line.spoken)]
    if as_json:
        files = [asdict(each) | {"taken": each.taken} for each in told]
        print(json.dumps({"files": files, "missing": missing}, ensure_ascii=False))
    else:
        _show(told, len(missing))
    if not all(each.taken for each in told):
        raise typer.Exit(1)


def _show(told: list[Delivered], missing: int) -> None:
    for each in told:
        word = "taken  " if each.taken else "refused"
        for problem in each.problems:
            print(f"{word}  {each.file}: {problem.what}: {problem.remedy}")
    taken = sum(each.taken for each in told)
    print(f"{taken} of {len(told)} files taken; {missing} prompts still have the synthetic voice")
    if missing:
        print("`hotline ivr prompts --csv --missing` lists them")


def _menus(folder: Path, flow: Path | None) -> list[LoadedMenu]:
    table, known = hours.load(folder), queues.load(folder).queues
    files = [flow] if flow else sorted(each for each in (folder / "menus").glob("*.yaml") if "." not in each.stem)
    return [menus.load(file, schedules=table.schedules, queues=known) for file in files]


def measured(spoken: list[Spoken], store: PromptStore) -> Length:
    """Seconds by text and language of what is recorded."""
    there = ((each, store.recording_of(each)) for each in spoken)
    return {(each.text, each.language): seconds_of(path) for each, path in there if path.exists()}


def seconds_of(path: Path) -> float:
    samples = voice.trim(voice.read_sound(path))
    return len(samples) / voice.RATE
