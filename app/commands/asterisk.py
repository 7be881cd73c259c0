"""`hotline asterisk`: only Asterisk, in the foreground, for engines that run beside it."""

import asyncio
import json
import os
from typing import Annotated

import typer

from app import prepare as machine
from app.commands.centre import PRIVATE, Config, Data, Json, SipPort, settings_with, stop_signal
from app.keeper import answers, keep_asterisk
from core import log
from core.log import say
from pbx.server import AsteriskInfo

Check = Annotated[bool, typer.Option("--check", help="only tell by the exit code whether it runs and answers")]


def asterisk(
    config: Config = None, data: Data = None, sip_port: SipPort = None, check: Check = False, as_json: Json = False
) -> int:
    """Asterisk alone, with the site's configuration; `hotline up` on the same data directory uses it."""
    settings = settings_with(config, data, None, sip_port)
    if check:
        return 0 if asyncio.run(answers(settings)) else 1
    log.configure(as_json=settings.log_json, level=settings.log_level)
    program = machine.prepare_base(say)
    os.umask(PRIVATE)

    def tell(info: AsteriskInfo) -> None:
        facts = {
            "ready": True,
            "sip": f"{info.sip_host}:{info.sip_port}",
            "asterisk": info.version,
            "asterisk_pid": info.pid,
        }
        text = "ready: SIP {sip}, Asterisk {asterisk}".format(**facts)
        print(json.dumps(facts) if as_json else text, flush=True)

    async def serve() -> None:
        await keep_asterisk(settings, program, stop_signal(), tell)

    asyncio.run(serve())
    return 0
