"""A running centre: the parts put together on one bus, started in order, stopped in reverse."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from accounts import service as accounts
from acd.calls import Calls
from acd.dispatcher import Dispatcher
from acd.fallback import Fallback
from acd.live import LiveCalls
from acd.roster import PeopleRoster
from acd.routing import Balanced
from agentdesk import script
from agentdesk.desk import make_desk
from agentdesk.sipline import SipLines
from agentdesk.softphone import PhoneLine, ice_servers
from app import configuration, datadir, fallback_words, schema, serve
from app.configuration import Configuration
from app.erasure import erase_quotes
from app.facts import talks_ended
from app.phonebook import PhoneBook, phones_of
from app.speech import keep_worker
from app.web import compose
from app.wiring import FROM_WORKERS, Recording, wire
from core.bus import Bus
from core.clock import Clock, system_clock
from core.database import Database
from core.relay import Relay
from core.settings import Settings
from core.tasks import Supervisor
from ivr.checking import MenuChecker
from ivr.endpoints import menus_router
from ivr.live import LiveMenus
from ivr.prompts import PromptStore, cache_of_user
from ivr.runner import Rules, Runner
from pbx.ami import LinkParameters
from pbx.asterisk import AsteriskSwitch
from pbx.provision import AsteriskProgram
from pbx.server import AsteriskInfo, AsteriskServer, Wanted
from pbx.state import asterisk_home
from recordings import deletion, reconcile, rotation
from recordings.jobs import SpeechQueue, open_queue
from recordings.pauses import Pauses
from recordings.reconcile import Talks
from recordings.recorder import Recorder
from recordings.vault import Vault, open_vault

Say = Callable[[str], None]


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
    web: str


@contextlib.asynccontextmanager
async def running_centre(
    settings: Settings, program: AsteriskProgram, say: Say = lambda _text: None, *, clock: Clock = system_clock
) -> AsyncIterator[Centre]:
    """Start everything; on leaving, stop everything, Asterisk last. Raises HotlineError before anything is heard."""
    config = configuration.load(settings.config_dir)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(datadir.taken(settings.data_dir))
        vault = open_vault(settings)
        place = stack.enter_context(serve.listen(settings.web_host, settings.web_port))
        db = await _opened_database(stack, settings, config)
        server, info = await _started_asterisk(stack, settings, config, program, db, say)
        for complaint in await rotation.complaints(db, vault.keys):
            say(complaint)
        prompts = await _prepared_prompts(settings, config, info, say)
        yield await _run(stack, settings, config, db, server, info, prompts, vault, place, clock)


async def _opened_database(stack: contextlib.AsyncExitStack, settings: Settings, config: Configuration) -> Database:
    db = Database(settings.database, Bus())
    stack.push_async_callback(db.close)
    await schema.migrate(db)
    async with db.transaction() as tx:
        await accounts.seed_people(tx, config.people)
    return db


async def _started_asterisk(
    stack: contextlib.AsyncExitStack, settings: Settings, config: Configuration,
    program: AsteriskProgram, db: Database, say: Say,
) -> tuple[AsteriskServer, AsteriskInfo]:  # fmt: skip
    wanted = Wanted(
        numbers=tuple(config.site.numbers),
        trunks=config.site.trunks,
        phones=await phones_of(db, system_clock()),
        sip_host=settings.sip_host,
        sip_port=settings.sip_port,
    )
    templates = settings.config_dir / "asterisk"
    server = AsteriskServer(program, asterisk_home(settings.data_dir), wanted, templates=templates)
    say("starting Asterisk")
    info = await server.start()
    stack.push_async_callback(server.stop)
    return server, info


async def _prepared_prompts(settings: Settings, config: Configuration, info: AsteriskInfo, say: Say) -> PromptStore:
    prompts = PromptStore(info.sounds / "prompts", settings.config_dir / "prompts", cache=cache_of_user())
    say("preparing prompts")
    spoken = dict.fromkeys(each for menu in config.menus.values() for each in menu.all_spoken())
    for fault in (*await prompts.prepare(spoken), *await fallback_words.prepare(prompts, info.sounds)):
        say(f"{fault}; callers who need it are passed on to a person")
    return prompts


async def _run(
    stack: contextlib.AsyncExitStack, settings: Settings, config: Configuration, db: Database,
    server: AsteriskServer, info: AsteriskInfo, prompts: PromptStore, vault: Vault, place: socket.socket,
    clock: Clock,
) -> Centre:  # fmt: skip
    bus = db.bus
    switch = AsteriskSwitch(LinkParameters(info.ami_port, info.ami_user, info.ami_secret, info.ami_host), bus, clock)
    live = LiveCalls()
    dispatcher = Dispatcher(db, bus, switch, live, config.queues, Balanced(), PeopleRoster(db), clock)
    calls = Calls(db, switch, live, config.queues, clock)
    rules = Rules(config.menus, config.customers, config.hours, config.site.zone)
    runner = Runner(
        switch=switch, calls=calls, rules=rules, prompts=prompts, db=db,
        messages_dir=info.spool / "messages", clock=clock,
    )  # fmt: skip
    speech = SpeechQueue(open_queue(settings.data_dir, settings.redis_url))
    recorder = Recorder(
        db, switch, spool=info.spool / "recordings", vault=vault, enqueue=speech.add, clock=clock,
    )  # fmt: skip
    pauses = Pauses(db, switch, clock)
    wire(bus, Recording(db, recorder, info.spool / "recordings", config.queues, config.site, clock))
    desk = make_desk(
        config.site, config.queues, bus, list(config.packs.values()), config.menus, script.load(config.directory)
    )
    dispatcher.start()
    Fallback(db, switch).listen(bus)
    runner.listen(bus)
    menus = MenuChecker(config.hours.schedules, config.queues.queues)
    await LiveMenus(db=db, runner=runner, rules=rules, checker=menus, prompts=prompts, clock=clock).start(bus)
    phonebook = PhoneBook(db, server, clock)
    phonebook.listen(bus)
    lines = SipLines(f"ws://127.0.0.1:{info.http_port}/ws")
    phone = PhoneLine(lines, phonebook.write, ice_servers(settings.ice_servers))
    phone.listen(bus, db)

    supervisor = Supervisor()
    supervisor.keep("asterisk", server.watch)
    supervisor.keep("recorder", recorder.run)
    supervisor.keep("phone book", phonebook.run)
    supervisor.keep("pauses", pauses.run)
    supervisor.keep("retention", lambda: deletion.run(db, vault, config.retention, clock, erase_quotes))
    supervisor.keep("reconciliation", lambda: reconcile.run(db, vault, _talks(db), clock))
    supervisor.keep("relay", Relay(db, bus, FROM_WORKERS, clock).run)
    if settings.workers:
        supervisor.keep("speech worker", lambda: keep_worker(settings))
    supervisor.keep("link", switch.run)
    stack.push_async_callback(bus.drain)
    stack.push_async_callback(supervisor.stop)
    stack.push_async_callback(switch.close)
    stack.push_async_callback(dispatcher.stop)
    stack.push_async_callback(runner.stop)

    app = compose(config, db, desk, info, dispatcher, vault, pauses, phone, clock)
    app.include_router(menus_router(db, menus, {menu.name for menu in config.menus.values()}, clock))
    await stack.enter_async_context(serve.served(app, place))
    stack.push_async_callback(lines.close)
    stack.callback(desk.live.close)
    web = f"http://{settings.web_host}:{place.getsockname()[1]}"
    return Centre(settings, config, db, bus, switch, server, info, dispatcher, web)


def _talks(db: Database) -> Talks:
    async def talks(before: float) -> set[str]:
        async with db.reading() as session:
            return await talks_ended(session, before)

    return talks
