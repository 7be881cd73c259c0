"""`hotline qa impact` and `hotline qa versions`: what the history says about rule packs."""

import asyncio
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app import impact as stored
from app.assignment import assigned
from app.commands.database import opened, settings_of
from core import site
from qa import repository
from qa.impact import Comparison, document

Data = Annotated[Path | None, typer.Option("--data", readable=False, help="data directory of the centre")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
PackName = Annotated[str, typer.Argument(help="Installed pack, file.yaml, or NAME@VERSION of the history.")]


def impact(
    before: PackName,
    after: PackName,
    data: Data = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="calls scored in the last so many days")] = 30,
    workers: Annotated[int, typer.Option(min=0, help="processes; 0: one for each core")] = 0,
    own: Annotated[
        bool,
        typer.Option(
            "--own",
            help="only calls that the site and its queues give to the pack of BEFORE; to packs based "
            "on it, too, judged by these, where both files lie among them under one name",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What a change of rules would have done to stored calls: scores and verdicts by BEFORE and by AFTER."""
    settings = settings_of(data)

    async def run() -> tuple[Comparison, str, str]:
        async with opened(settings) as db:
            async with db.reading() as session:
                first = await stored.find_rules(session, settings.config_dir / "packs", before, standing=True)
                second = await stored.find_rules(session, settings.config_dir / "packs", after)
            pairs, by = {first.pack.pack: (first, second)}, None
            if own:
                by = await assigned(db, settings.config_dir)
                pairs |= stored.derived(settings.config_dir / "packs", before, after, by.names)
            found = await stored.compare(db, pairs, time.time(), days, workers or os.cpu_count() or 1, by)
            return found, f"{first.pack.pack} {first.version}", f"{second.pack.pack} {second.version}"

    found, first, second = asyncio.run(run())
    if as_json:
        print(json.dumps(document(found, first, second, days), ensure_ascii=False, indent=2))
    else:
        _show(found, first, second, days)


def versions(data: Data = None, as_json: AsJson = False) -> None:
    """Versions of rule packs that the engine has used, oldest first."""

    settings = settings_of(data)

    async def run() -> list[dict[str, object]]:
        async with opened(settings) as db, db.reading() as session:
            return [
                {"pack": row.pack, "version": row.version, "first_used_at": row.first_used_at}
                for row in await repository.pack_versions(session)
            ]

    found = asyncio.run(run())
    if as_json:
        print(json.dumps(found, indent=2))
        return
    zone = site.load(settings.config_dir).zone
    for row in found:
        at = datetime.fromtimestamp(float(str(row["first_used_at"])), zone)
        print(f"{row['pack']}@{row['version']}  first used {at:%Y-%m-%d %H:%M %z}")


def _show(found: Comparison, before: str, after: str, days: int) -> None:
    print(f"{found.calls} calls of the last {days} days: {before} → {after}")
    if found.means is None:
        return
    print(f"mean score {found.means[0]:.2f} → {found.means[1]:.2f}; {found.changed} calls change: "
          f"{found.better} better, {found.worse} worse")  # fmt: skip
    print(f"vetoes: {found.vetoes_gained} more, {found.vetoes_lost} fewer")
    for (row, old, new), count in sorted(found.flips.items()):
        print(f"  {row} {old} → {new}: {count} calls")
    for each in found.most[:10]:
        flips = ", ".join(f"{row} {old}→{new}" for row, old, new in each.flips)
        print(f"  {each.call}: {each.before:g} → {each.after:g}  {flips}")
