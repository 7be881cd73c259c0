"""Running a centre: `up`, and the roles and preparations it is made of."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app import prepare as machine
from app import schema
from app.centre import Centre, running_centre
from app.commands.writing import tell
from app.datadir import told
from app.speech import die_with_parent
from app.standby import StandingBy
from app.worker import run_worker
from core import log
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from core.log import say
from core.settings import Settings, strangers

Config = Annotated[Path | None, typer.Option("--config", help="directory of the site's configuration")]
Data = Annotated[
    Path | None, typer.Option("--data", readable=False, help="directory for database, recordings and logs")
]
WebPort = Annotated[int | None, typer.Option("--web-port", help="0: any free port")]
SipPort = Annotated[int | None, typer.Option("--sip-port", help="0: any free port")]
Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]

PRIVATE = 0o027
"""What we write is nobody else's business; what Asterisk's user needs is opened to him where it is made."""


def up(
    config: Config = None, data: Data = None, web_port: WebPort = None, sip_port: SipPort = None, as_json: Json = False
) -> int:
    """The centre in the foreground; one line when it is ready. While another engine serves it stands by for it."""
    settings = settings_with(config, data, web_port, sip_port)
    log.configure(as_json=settings.log_json, level=settings.log_level)
    for line in strangers(os.environ):
        say(line, "warning")
    program = machine.prepare_base(say)
    os.umask(PRIVATE)

    async def serve() -> None:
        def wait(standing: StandingBy) -> None:
            print(standby_line(standing, as_json), flush=True)

        async with running_centre(settings, program, say, standing_by=wait) as centre:
            print(ready_line(centre, as_json), flush=True)
            await centre.lease.lost.wait()
        raise HotlineError("another engine has taken over", "start this one again, and it stands by")

    asyncio.run(_until_stopped(serve))
    return 0


async def _until_stopped(serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
    stop, serving = stop_signal(), asyncio.create_task(serve())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({stopped, serving}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        stopped.cancel()
    else:
        say("stopping")
        serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


def prepare(
    tests: Annotated[bool, typer.Option(help="also what the tests need")] = False, as_json: Json = False
) -> int:
    """Install what is missing on this machine: Debian packages, page scripts, Asterisk."""
    (machine.prepare_tests if tests else machine.prepare_site)(say)
    tell({"prepared": True}, "prepared", as_json=as_json)
    return 0


def worker() -> int:
    """One speech worker of the centre in `HOTLINE_DATA_DIR`; `up` starts its own."""
    settings = Settings()
    log.configure(as_json=settings.log_json, level=settings.log_level)
    die_with_parent()

    async def serve() -> None:
        await run_worker(settings, stop_signal())

    asyncio.run(serve())
    return 0


def migrate(
    message: Annotated[str, typer.Option(help="write a new revision from the models, with this message")] = "",
    data: Data = None,
    as_json: Json = False,
) -> int:
    """Bring the database to the newest revision."""
    settings = settings_with(None, data, None, None)

    async def run() -> None:
        database = Database(settings.database, Bus())
        await schema.migrate(database)
        if message:
            await schema.write_revision(database, message)
        await database.close()

    with told(settings.data_dir):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(run())
    tell({"migrated": True}, "migrated", as_json=as_json)
    return 0


def settings_with(config: Path | None, data: Path | None, web_port: int | None, sip_port: int | None) -> Settings:
    """The environment's settings, changed by what the command line gives."""
    given: dict[str, Any] = {"config_dir": config and config.absolute(), "data_dir": data and data.absolute(),
             "web_port": web_port, "sip_port": sip_port}  # fmt: skip
    return Settings(**{name: value for name, value in given.items() if value is not None})


def ready_line(centre: Centre, as_json: bool) -> str:
    facts = {
        "ready": True,
        "web": centre.web,
        "sip": f"{centre.asterisk.sip_host}:{centre.asterisk.sip_port}",
        "rtp": f"{centre.asterisk.rtp_first}-{centre.asterisk.rtp_last}",
        "hotline": centre.configuration.site.hotline,
        "numbers": list(centre.configuration.site.numbers),
        "asterisk": centre.asterisk.version,
        "pid": os.getpid(),
        "asterisk_pid": centre.asterisk.pid,
    }
    if as_json:
        return json.dumps(facts)
    return "ready: web {web}, SIP {sip} (dial {hotline}), RTP {rtp}, Asterisk {asterisk}".format(**facts)


def standby_line(standing: StandingBy, as_json: bool) -> str:
    if as_json:
        return json.dumps({"ready": False, "standby": True, **asdict(standing), "pid": os.getpid()})
    return f"standing by: web {standing.web}, for the engine at {standing.engine}"


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM or SIGINT; call inside the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
