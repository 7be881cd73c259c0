"""The role that only runs Asterisk, so that engines beside it can come and go (containers, separate services)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from accounts import published
from accounts.published_models import Published
from accounts.settings import KIND
from core import site as sites
from core import yamlfile
from core.addresses import file_of
from core.bus import Bus
from core.database import Database
from core.errors import BadInput, ConfigError
from core.settings import Settings
from core.site import Site
from pbx.home import Home
from pbx.probe import is_ready
from pbx.provision import AsteriskProgram
from pbx.render import Phone, check_site
from pbx.server import AsteriskInfo, AsteriskServer, Wanted
from pbx.state import asterisk_home

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 3.0
"""A database that says nothing keeps callers from Asterisk no longer."""


def wish(settings: Settings, site: Site, phones: tuple[Phone, ...] | None) -> Wanted:
    """What the centre asks of its Asterisk."""
    return Wanted(
        numbers=tuple(site.numbers),
        trunks=site.trunks,
        phones=phones,
        sip_host=settings.sip_host,
        sip_port=settings.sip_port,
        rtp=settings.rtp_range,
        external=settings.sip_external,
    )


async def keep_asterisk(
    settings: Settings, program: AsteriskProgram, stop: asyncio.Event, ready: Callable[[AsteriskInfo], None]
) -> None:
    """Run the site's Asterisk until `stop`; calls `ready` once it serves. Raises HotlineError.

    The phones are those the engines gave it last: they know the people.
    """

    async def wanted() -> Wanted:
        return wish(settings, await site_in_force(settings), None)

    home = asterisk_home(settings.data_dir)
    server = AsteriskServer(program, home, await wanted(), templates=settings.templates, wish=wanted)
    ready(await server.start(keep=True))
    watching = asyncio.create_task(server.watch())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
    finally:
        for task in (watching, stopped):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await server.stop()


async def site_in_force(settings: Settings) -> Site:
    """The site as it was published; by its file where that is newer and sound, and while the database cannot be
    reached."""
    live, newer = "", True
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            live, newer = await _published(settings)
        if live and not newer:
            return sites.read(live)
    except (SQLAlchemyError, OSError, TimeoutError) as fault:
        why = str(fault).partition("\n")[0] or "it says nothing"
        log.warning("published numbers and lines are not known, site.yaml counts", database=why)
    except ConfigError as fault:
        log.warning("published settings are not taken, site.yaml counts", why=str(fault))
    try:
        found = sites.load(settings.config_dir)
        check_site(found.numbers, found.trunks)
    except BadInput as fault:
        if not live or not newer:
            raise
        log.error("spoilt file not taken, the text published last stands in", file="site.yaml", why=str(fault))
        return sites.read(live)
    return found


async def _published(settings: Settings) -> tuple[str, bool]:
    """The live text, '' for none; and whether the file is another since: the next engine publishes it at its start."""
    file = file_of(settings.database)
    if file and not file.exists():
        return "", True
    said = yamlfile.said(settings.config_dir / "site.yaml")
    db = Database(settings.database, Bus())
    try:
        async with db.reading() as session:
            connection = await session.connection()
            if not await connection.run_sync(lambda each: inspect(each).has_table(Published.__tablename__)):
                return "", True
            live = await published.live(session, KIND, "site")
            return live.text if live else "", not await published.knows(session, KIND, "site", said)
    finally:
        await db.close()


async def answers(settings: Settings) -> bool:
    """Whether an Asterisk runs for this data directory and lets us in."""
    known = Home(asterisk_home(settings.data_dir)).recall()
    return known is not None and await is_ready(known.ports.ami, known.ami_secret, 5)
