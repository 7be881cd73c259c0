"""The role that only runs Asterisk, so that engines beside it can come and go (containers, separate services)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from core import site as sites
from core.settings import Settings
from core.site import Site
from pbx.home import Home
from pbx.probe import is_ready
from pbx.provision import AsteriskProgram
from pbx.render import Phone
from pbx.server import AsteriskInfo, AsteriskServer, Wanted
from pbx.state import asterisk_home


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

    The phones are those the engines gave it last: they know the people, this role needs no database.
    """
    site = sites.load(settings.config_dir)
    wanted = wish(settings, site, None)
    home = asterisk_home(settings.data_dir)
    server = AsteriskServer(program, home, wanted, templates=settings.config_dir / "asterisk")
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


async def answers(settings: Settings) -> bool:
    """Whether an Asterisk runs for this data directory and lets us in."""
    known = Home(asterisk_home(settings.data_dir)).recall()
    return known is not None and await is_ready(known.ports.ami, known.ami_secret, 5)
