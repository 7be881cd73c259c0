"""`hotline backup` and `hotline restore`: a whole site in one file, and back."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from app import schema
from app.backup import making, restoring
from app.commands.centre import PRIVATE, Config, Data, Json, settings_with
from app.commands.database import opened
from app.commands.writing import tell
from core.errors import BadInput

To = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="a folder, made where it is missing, for a file named by the time; or a new file ….tar",
    ),
]
Of = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="what `hotline backup` made")]
Store = Annotated[bool, typer.Option("--recordings/--no-recordings", help="with the sound in the store")]


def backup(
    to: To, config: Config = None, data: Data = None, recordings: Store = True, as_json: Json = False
) -> int:  # fmt: skip
    """All of a site, running or not, in one file: database, configuration, recordings and messages."""
    settings = settings_with(config, data, None, None)

    async def run() -> making.Made:
        async with opened(settings) as db:
            revision = await schema.revision(db)
        try:
            return await asyncio.to_thread(making.make, settings, revision, to.absolute(), with_store=recordings)
        except OSError as fault:
            raise BadInput(f"{to} cannot be written ({fault.strerror})", "free some room, or name another") from None

    made = asyncio.run(run())
    document: dict[str, Any] = {
        "file": str(made.file), "bytes": made.size, "sounds": made.sounds, "config": str(settings.config_dir),
        "left_out": made.about.left_out,
    }  # fmt: skip
    text = (
        f"{made.file}: {made.size / 1e6:.1f} MB, the database, {settings.config_dir} and {made.sounds} recordings and"
        " messages\n" + "".join(f"not in it: {each}\n" for each in made.about.left_out)
    )
    tell(document, text, as_json=as_json)
    return 0


def restore(file: Of, config: Config = None, data: Data = None, as_json: Json = False) -> int:
    """Put a backup back, into directories with nothing in them."""
    settings = settings_with(config, data, None, None)
    os.umask(PRIVATE)
    try:
        about = asyncio.run(restoring.restore(file, settings))
    except OSError as fault:
        raise BadInput(f"the backup cannot be put back ({fault})", "check room and rights") from None
    start = f"./hotline up --data {settings.data_dir} --config {settings.config_dir}"
    missing = "".join(f"not in it: {each}\n" for each in about.left_out)
    text = f"as it was on {about.host} at {about.made_at}\n{missing}Now: {start}"
    tell({"made_at": about.made_at, "host": about.host, "left_out": about.left_out}, text, as_json=as_json)
    return 0
