"""A running centre: the parts put together on one bus, started in order, stopped in reverse."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType

import structlog

from accounts import service as accounts
from acd.dispatcher import Dispatcher
from app import configuration, datadir, fallback_words, parts, schema, serve, standby, waiting_words
from app.configuration import Configuration
from app.keeper import wish
from app.parts import Ground
from app.phonebook import phones_of
from app.publishing import publish_files
from app.settings import in_force, last_published
from app.web import compose
from core.bus import Bus
from core.clock import Clock, system_clock
from core.database import Database
from core.errors import BadInput, HotlineError
from core.leasing import Holding
from core.settings import Settings
from core.tasks import Supervisor
from ivr.prompts.store import PromptStore, by_cause, cache_of_user
from pbx.asterisk import AsteriskSwitch
from pbx.provision import AsteriskProgram
from pbx.server import AsteriskInfo, AsteriskServer
from pbx.state import asterisk_home
from recordings import jobs
from recordings.keeping import rotation
from recordings.store.vault import open_vault

Say = Callable[[str], None]

log = structlog.get_logger(__name__)

LINK_SECONDS = 60.0
IDLE_SECONDS = 5.0
"""A server ends writing transactions that idle so long: what a stopped engine has open holds up who takes over."""


@dataclass(frozen=True, slots=True)
class Centre:
    """What runs. `web` is the address for browsers and programs."""

    settings: Settings
    configuration: Configuration
    db: Database
    bus: Bus
    switch: AsteriskSwitch
    server: AsteriskServer
    asterisk: AsteriskInfo
    dispatcher: Dispatcher
    lease: Holding
    web: str


@contextlib.asynccontextmanager
async def running_centre(
    settings: Settings, program: AsteriskProgram, say: Say = lambda _text: None, *,
    clock: Clock = system_clock, standing_by: standby.Tell = lambda _engine: None,
) -> AsyncIterator[Centre]:  # fmt: skip
    """Start everything, once no other engine is there; on leaving, stop everything, Asterisk last, but leave it to an
    engine that stands by, and to the next one where this one never came to serve. Raises HotlineError before anything
    is heard.
    """
    await _configuration(settings)
    async with contextlib.AsyncExitStack() as stack:
        datadir.usable(settings.data_dir)
        await jobs.demand_reachable(settings.redis_url)
        vault = open_vault(settings)
        place = stack.enter_context(serve.listen(settings.web_host, settings.web_port))
        db = Database(settings.database, Bus(), idle=IDLE_SECONDS)
        stack.push_async_callback(db.close)
        _settle(stack)
        lease = await stack.enter_async_context(standby.engine(db, settings.data_dir, place, standing_by))
        config = await _configuration(settings)
        for file, fault in config.wrong.items():
            log.error("spoilt file not taken, the text published last stands in", file=str(file), why=str(fault))
        await _prepare_database(db, settings, config)
        config = await in_force(db, config, say)
        serves = asyncio.Event()
        server, info = await _started_asterisk(stack, settings, config, program, db, lease, serves, say)
        for complaint in await rotation.complaints(db, vault.keys, schema.SEALED):
            say(complaint)
        if complaint := config.hours.complaint(clock(), config.site.zone):
            say(complaint)
        prompts = await _prepared_prompts(settings, config, info, say)
        ground = Ground(settings, config, db, lease, server, info, prompts, vault, clock)
        centre = await _run(stack, ground, place)
        serves.set()
        yield centre


async def _configuration(settings: Settings) -> Configuration:
    """A file that was spoilt since its last publication must not silence the hotline."""
    try:
        return configuration.load(settings.config_dir)
    except BadInput:
        return configuration.load_standing(settings.config_dir, await last_published(settings.database))


async def _prepare_database(db: Database, settings: Settings, config: Configuration) -> None:
    await schema.migrate(db)
    async with db.transaction() as tx:
        await accounts.seed_people(tx, config.people)
    await publish_files(db, settings.config_dir, system_clock, config.wrong)


async def _started_asterisk(
    stack: contextlib.AsyncExitStack, settings: Settings, config: Configuration,
    program: AsteriskProgram, db: Database, lease: Holding, serves: asyncio.Event, say: Say,
) -> tuple[AsteriskServer, AsteriskInfo]:  # fmt: skip
    wanted = wish(settings, config.site, await phones_of(db, system_clock()))
    server = AsteriskServer(program, asterisk_home(settings.data_dir), wanted, templates=settings.templates)
    say("starting Asterisk")
    info = await server.start()

    async def leave(_kind: type[BaseException] | None, why: BaseException | None, _where: TracebackType | None) -> None:
        """Talks outlive an engine that cannot even start: the next try adopts them, and so does an heir. Until then
        Asterisk serves who calls, if it did before."""
        another = lease.lost.is_set() or datadir.has_heir(settings.data_dir)
        found = info.adopted and not isinstance(why, asyncio.CancelledError)
        if another or (not serves.is_set() and (found or await server.has_calls())):
            server.detach()
        else:
            await server.stop()

    stack.push_async_exit(leave)
    return server, info


async def _prepared_prompts(settings: Settings, config: Configuration, info: AsteriskInfo, say: Say) -> PromptStore:
    prompts = PromptStore(info.sounds / "prompts", settings.config_dir / "prompts", cache=cache_of_user())
    say("preparing prompts")
    spoken = dict.fromkeys(each for menu in config.menus.values() for each in menu.all_spoken())
    faults = [*await prompts.prepare(spoken), *await fallback_words.prepare(prompts, info.sounds)]
    faults += await waiting_words.prepare(prompts, config.queues)
    for fault, more in by_cause(faults):
        say(f"{fault}{f' ({more} more)' if more else ''}; callers who need it are passed on to a person")
    for fault in prompts.too_long(spoken):
        say(str(fault))
    return prompts


async def _run(stack: contextlib.AsyncExitStack, ground: Ground, place: socket.socket) -> Centre:
    made = parts.build(ground)
    await parts.listen(ground, made)
    supervisor = Supervisor()
    parts.keep(ground, made, supervisor)
    stack.push_async_callback(ground.db.bus.drain)
    stack.push_async_callback(supervisor.stop)
    stack.push_async_callback(made.switch.close)
    stack.push_async_callback(made.dispatcher.stop)
    stack.callback(made.hearing.close)
    stack.push_async_callback(made.runner.stop)
    stack.push_async_callback(made.editor.close)
    await _demand_service(made.switch)  # callers first: all the rest takes longer than what they need
    await stack.enter_async_context(serve.served(compose(ground, made), place))
    stack.push_async_callback(made.lines.close)
    stack.callback(made.desk.live.close)
    parts.housekeep(ground, made, supervisor)
    _settle(stack)
    web = f"http://{ground.settings.web_host}:{place.getsockname()[1]}"
    return Centre(
        ground.settings, ground.config, ground.db, ground.db.bus, made.switch, ground.server, ground.info,
        made.dispatcher, ground.lease, web,
    )  # fmt: skip


def _settle(stack: contextlib.AsyncExitStack) -> None:
    """What has been made so far lives as long as the centre: to look through half a million objects for garbage again
    and again would stop the loop for a third of a second each time, and hold up who takes over."""
    gc.collect()
    gc.freeze()
    stack.callback(gc.unfreeze)


async def _demand_service(switch: AsteriskSwitch) -> None:
    try:
        await asyncio.wait_for(switch.beating.wait(), LINK_SECONDS)
    except TimeoutError:
        raise HotlineError("Asterisk runs but lets nobody in", "see the log above, and Asterisk's own log") from None
