"""Command line of keeping recordings: `hotline recordings keys|sweep|reconcile|hold|release`."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy import exists, select

from acd import queues
from app import facts, forgetting
from app.commands.database import opened, settings_of
from app.commands.writing import tell
from app.configuration import Part
from app.erasure import erase_quotes
from app.schema import SEALED
from app.settings import texts_of
from core import site
from core.clock import system_clock
from core.database import Database, Transaction
from core.errors import BadInput, HotlineError, NotFound
from core.settings import Settings
from qa.office.unjudged import Unjudged, try_again, unjudged
from recordings.keeping import deletion, retention, rotation
from recordings.keeping import reconcile as books
from recordings.keeping.retention import Retention
from recordings.models import Recording, TranscriptRow
from recordings.store import keys as key_file
from recordings.store.vault import Vault, open_vault

keys = typer.Typer(help="The keys that recordings are sealed with.")
EVERY_ONE = 1_000_000
Result = TypeVar("Result")
Data = Annotated[Path | None, typer.Option("--data", readable=False, help="The centre's data directory.")]
Config = Annotated[Path | None, typer.Option("--config", help="The configuration directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Call = Annotated[str, typer.Argument(metavar="CALL", help="The call's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; written to the audit trail.")]


async def _retention(db: Database, directory: Path) -> Retention:
    """What was published since the files, else the files."""
    part = Part(directory, await texts_of(db))
    known = part("queues.yaml", queues.read, queues.load).queues
    return part(
        retention.FILE, lambda text: retention.read(text, known), lambda folder: retention.load(folder, known)
    )  # fmt: skip


@keys.command()
def new(
    name: Annotated[str, typer.Option("--name", help="What the key is called; by default the time.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a new current key in the file HOTLINE_KEY_FILE. Keep a copy of that file apart from the recordings."""
    path = _key_file()
    name = name or f"k{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    key_file.add(path, name, data or Settings().data_dir)
    tell(
        {"file": str(path), "key": name}, f"{name} is the current key in {path}: keep a copy elsewhere", as_json=as_json
    )


@keys.command("list")
def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """How many recordings hang on which key."""

    async def read(db: Database, vault: Vault) -> dict[str, dict[str, Any]]:
        async with db.reading() as session:
            found = await rotation.counts(session, SEALED)
        known = vault.keys.ids()
        return {
            key or "(plain)": {"recordings": found.get(key, 0), "there": key in ("", *known)}
            for key in dict.fromkeys((*known, *sorted(found)))
        }

    rows = _at_work(data, read)
    text = "\n".join(
        f"{key}  {row['recordings']} recordings{'' if row['there'] else '  KEY IS GONE'}" for key, row in rows.items()
    )
    tell({"keys": rows}, text or "no keys, no recordings", as_json=as_json)


@keys.command()
def rotate(data: Data = None, as_json: AsJson = False) -> int:
    """Wrap the key of every recording with the current key; sound is not touched. Exit code 1 if a key is gone."""
    key_file.demand_readable(_key_file(), data or Settings().data_dir)
    done = _at_work(data, lambda db, vault: rotation.rotate(db, vault.keys, SEALED))
    text = f"{done.rewrapped} recordings now hang on {done.key}, {done.current} did already"
    text += f"; {done.plain} were stored plain and stay so" if done.plain else ""
    text += "".join(f"\nkey is gone: {path}" for path in done.gone)
    tell(asdict(done), text, as_json=as_json)
    return 1 if done.gone else 0


@keys.command()
def seal(data: Data = None, as_json: AsJson = False) -> int:
    """Seal recordings that were stored plain, before there were keys. Exit code 1 if one could not be."""
    key_file.demand_readable(_key_file(), data or Settings().data_dir)
    done = _at_work(data, rotation.seal_plain)
    lines = [f"{len(done.sealed)} recordings sealed", *(f"FAILED {each}" for each in done.failed)]
    tell(asdict(done), "\n".join(lines), as_json=as_json)
    return 1 if done.failed else 0


def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    data: Data = None, config: Config = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Delete recordings and texts, forget callers, as config/retention.yaml says. Exit code 1 if one could not be."""

    async def work(db: Database, vault: Vault) -> tuple[deletion.Swept, int]:
        rules, now = await _retention(db, _config(config)), system_clock()
        swept = await deletion.sweep(db, vault, rules, now, also=erase_quotes, dry_run=dry_run)
        return swept, await forgetting.forget(
            db, vault, rules.callers_days, now, tickets_days=rules.tickets_days, dry_run=dry_run
        )

    swept, forgotten = _at_work(data, work)
    will = "would be " if dry_run else ""
    lines = [f"{len(swept.deleted)} recordings {will}deleted", *swept.deleted]
    lines += [*(f"FAILED {each}" for each in swept.failed), f"{forgotten} traces of callers {will}forgotten"]
    tell(asdict(swept) | {"forgotten": forgotten, "dry_run": dry_run}, "\n".join(lines), as_json=as_json)
    return 1 if swept.failed else 0


def reconcile(
    quick: Annotated[bool, typer.Option("--quick", help="Look for files without reading them.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Compare files in the store, recordings and calls. Exit code 1 if anything is off."""

    async def compare(db: Database, vault: Vault) -> books.Books:
        async def talks(before: float) -> set[str]:
            async with db.reading() as session:
                return await facts.talks_ended(session, before)

        reads = books.nothing if quick else books.everything
        return await books.reconcile(db, vault, talks, system_clock(), reads=reads)

    found = _at_work(data, compare)
    listed = asdict(found)
    lines = [f"{found.checked} recordings looked at, {found.faults} faults"]
    lines += [f"{kind}: {each}" for kind, names in listed.items() if kind != "checked" for each in names]
    tell(listed | {"faults": found.faults}, "\n".join(lines), as_json=as_json)
    return 1 if found.faults else 0


def hold(call: Call, reason: Reason, data: Data = None, as_json: AsJson = False) -> None:
    """Keep a call's recordings whatever retention says, those that are left of it."""

    async def act(tx: Transaction, rows: Sequence[Recording], who: str) -> list[Recording]:
        return await deletion.hold(tx, rows, who, reason, system_clock())

    _each_of(call, reason, data, as_json, act, "held")


def release(call: Call, reason: Reason, data: Data = None, as_json: AsJson = False) -> None:
    """End a legal hold."""

    async def act(tx: Transaction, rows: Sequence[Recording], who: str) -> list[Recording]:
        for row in rows:
            await deletion.release(tx, row, who, reason)
        return []

    _each_of(call, reason, data, as_json, act, "released")


def retry(
    calls: Annotated[list[str] | None, typer.Argument(metavar="[CALL]…", help="Only these calls.")] = None,
    language: Annotated[str, typer.Option("--language", help="Only calls in this language.")] = "",
    data: Data = None, config: Config = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Have calls heard and judged again that could not be. Exit code 1 if some cannot be tried again."""

    async def work(db: Database, _vault: Vault) -> tuple[int, list[Unjudged]]:
        if language:
            await _demand_spoken(db, _config(config), language)
        async with db.transaction() as tx:
            for call in calls or ():
                await _parts(tx, call)
            found, _ = await unjudged(tx.session, 0.0, EVERY_ONE, language)
            wanted = [each for each in found if not calls or each.call in calls]
            again = await try_again(tx, [each.recording for each in wanted if each.again], _shell())
            return again, [each for each in wanted if not each.again]

    again, left = _at_work(data, work)
    lines = [f"{again} calls are tried again", *(f"{each.call}: {each.stop}: {each.why}" for each in left)]
    tell({"again": again, "left": [asdict(each) for each in left]}, "\n".join(lines), as_json=as_json)
    return 1 if left else 0


async def _demand_spoken(db: Database, directory: Path, language: str) -> None:
    """Here, by now or before."""
    known = Part(directory, await texts_of(db))("site.yaml", site.read, site.load).languages
    async with db.reading() as session:
        heard = await session.scalar(select(exists().where(TranscriptRow.language == language)))
    if not heard and language not in known:
        raise NotFound(f"no call is in the language {language}", f"write one of {', '.join(known)}")


async def _parts(tx: Transaction, call: str) -> Sequence[Recording]:
    """Of a call that has recordings; raises NotFound."""
    if rows := await deletion.parts(tx.session, call):
        return rows
    raise NotFound(f"there is no recording of the call {call}", "see its page for the id")


def _shell() -> str:
    return f"shell:{getpass.getuser()}"[:64]


def _each_of(
    call: str, reason: str, data: Path | None, as_json: bool,
    act: Callable[[Transaction, Sequence[Recording], str], Awaitable[list[Recording]]], done: str,
) -> None:  # fmt: skip
    """`act` returns the recordings that it could not be done with, as they are deleted."""
    if not reason.strip():
        raise BadInput("a reason is needed", "give --reason")

    async def work(db: Database, _vault: Vault) -> tuple[int, list[int]]:
        async with db.transaction() as tx:
            rows = await _parts(tx, call)
            gone = await act(tx, rows, _shell())
            return len(rows) - len(gone), [row.number for row in gone]

    count, gone = _at_work(data, work)
    text = f"{count} recordings of {call} {done}"
    text += f"; deleted before: {', '.join(f'recording {number}' for number in gone)}" if gone else ""
    tell({"call": call, "recordings": count, "state": done, "gone": gone}, text, as_json=as_json)


def _at_work(data: Path | None, work: Callable[[Database, Vault], Awaitable[Result]]) -> Result:
    settings = settings_of(data)

    async def run() -> Result:
        vault = open_vault(settings)
        async with opened(settings) as db:
            try:
                return await work(db, vault)
            except OSError as fault:
                raise HotlineError(str(fault), "see HOTLINE_STORAGE_URL") from None

    return asyncio.run(run())


def _key_file() -> Path:
    if not (path := Settings().key_file):
        raise BadInput("HOTLINE_KEY_FILE is not set", "set it to the path of the key file, outside the data directory")
    return Path(path)


def _config(config: Path | None) -> Path:
    return config or Settings().config_dir
