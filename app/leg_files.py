"""Recordings that the dial plan began while the engine was gone: files named by the leg, until its call is known."""

import asyncio
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from acd.models import Call
from core.database import Database
from core.portions import portions
from recordings import repository
from recordings.store.files import stem_of


async def name_by_call(db: Database, spool: Path) -> None:
    """Give every such file whose call is known the name that the recorder expects; it may be growing still."""
    files = await asyncio.to_thread(lambda: {file.stem: file for file in spool.glob("*.*.raw")})
    if not files:
        return
    async with db.reading() as session:
        names = {}
        for legs in portions(files):
            found = (await session.execute(select(Call.leg, Call.id).where(Call.leg.in_(legs)))).all()
            for leg, call in found:
                names[leg] = stem_of(call, await repository.free_number(session, call))
    for leg, name in names.items():
        target = spool / f"{name}.raw"
        with suppress(FileNotFoundError):  # who began another talk at this moment was quicker
            if not target.exists():
                await asyncio.to_thread(files[leg].rename, target)
