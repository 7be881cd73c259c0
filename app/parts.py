"""The live parts of a centre, made from the ground they stand on, and what each does from then on."""

from dataclasses import dataclass

from acd.calls import Calls
from acd.dispatcher import Dispatcher
from acd.fallback import Fallback
from acd.live import LiveCalls
from acd.roster import PeopleRoster
from acd.routing import Balanced
from agentdesk import script
from agentdesk.desk import Desk, make_desk
from agentdesk.sipline import SipLines
from agentdesk.softphone import PhoneLine, ice_servers
from app import publishing
from app.configuration import Configuration
from app.erasure import erase_quotes
from app.facts import talks_ended
from app.phonebook import PhoneBook
from app.speech import keep_worker
from app.wiring import FROM_WORKERS, Recording, wire
from core.clock import Clock
from core.database import Database
from core.relay import Relay
from core.settings import Settings
from core.tasks import Supervisor
from ivr.checking import MenuChecker
from ivr.live import LiveMenus
from ivr.prompts import PromptStore
from ivr.runner import Rules, Runner
from pbx.ami import LinkParameters
from pbx.asterisk import AsteriskSwitch
from pbx.server import AsteriskInfo, AsteriskServer
from qa.drafts import Editor
from recordings import deletion, reconcile
from recordings.jobs import SpeechQueue, open_queue
from recordings.pauses import Pauses
from recordings.recorder import Recorder
from recordings.vault import Vault


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands before any part lives: settings, database, a running Asterisk, prompts, the store."""

    settings: Settings
    config: Configuration
    db: Database
    server: AsteriskServer
    info: AsteriskInfo
    prompts: PromptStore
    vault: Vault
    clock: Clock


@dataclass(frozen=True, slots=True)
class Parts:
    switch: AsteriskSwitch
    dispatcher: Dispatcher
    runner: Runner
    live_menus: LiveMenus
    menus: MenuChecker
    recorder: Recorder
    pauses: Pauses
    desk: Desk
    phonebook: PhoneBook
    lines: SipLines
    phone: PhoneLine
    editor: Editor


def build(ground: Ground) -> Parts:
    """Everything made, nothing started; the pages listen to the bus already."""
    config, db, info, clock = ground.config, ground.db, ground.info, ground.clock
    switch = AsteriskSwitch(LinkParameters(info.ami_port, info.ami_user, info.ami_secret, info.ami_host), db.bus, clock)
    live = LiveCalls()
    rules = Rules(config.menus, config.customers, config.hours, config.site.zone)
    runner = Runner(
        switch=switch, calls=Calls(db, switch, live, config.queues, clock), rules=rules, prompts=ground.prompts,
        db=db, messages_dir=info.spool / "messages", clock=clock,
    )  # fmt: skip
    menus = MenuChecker(config.hours.schedules, config.queues.queues)
    speech = SpeechQueue(open_queue(ground.settings.data_dir, ground.settings.redis_url))
    packs = list(config.packs.values())
    phonebook = PhoneBook(db, ground.server, clock)
    lines = SipLines(f"ws://127.0.0.1:{info.http_port}/ws")
    return Parts(
        switch=switch,
        dispatcher=Dispatcher(db, db.bus, switch, live, config.queues, Balanced(), PeopleRoster(db), clock),
        runner=runner,
        live_menus=LiveMenus(db=db, runner=runner, rules=rules, checker=menus, prompts=ground.prompts, clock=clock),
        menus=menus,
        recorder=Recorder(
            db, switch, spool=info.spool / "recordings", vault=ground.vault, enqueue=speech.add, clock=clock
        ),
        pauses=Pauses(db, switch, clock),
        desk=make_desk(config.site, config.queues, db.bus, packs, config.menus, script.load(config.directory)),
        phonebook=phonebook,
        lines=lines,
        phone=PhoneLine(lines, phonebook.write, ice_servers(ground.settings.ice_servers)),
        editor=publishing.editor(config, ground.settings, db, clock),
    )


async def listen(ground: Ground, parts: Parts) -> None:
    """Subscribe to the bus, before the link to the switch is opened."""
    config, db, bus = ground.config, ground.db, ground.db.bus
    spool = ground.info.spool / "recordings"
    wire(bus, Recording(db, parts.recorder, spool, config.queues, config.site, ground.clock))
    parts.dispatcher.start()
    Fallback(db, parts.switch).listen(bus)
    parts.runner.listen(bus)
    await parts.live_menus.start(bus)
    parts.phonebook.listen(bus)
    parts.phone.listen(bus, db)


def keep(ground: Ground, parts: Parts, supervisor: Supervisor) -> None:
    """The loops that run as long as the centre does."""
    db, clock = ground.db, ground.clock

    async def talks(before: float) -> set[str]:
        async with db.reading() as session:
            return await talks_ended(session, before)

    supervisor.keep("asterisk", ground.server.watch)
    supervisor.keep("recorder", parts.recorder.run)
    supervisor.keep("phone book", parts.phonebook.run)
    supervisor.keep("pauses", parts.pauses.run)
    supervisor.keep("retention", lambda: deletion.run(db, ground.vault, ground.config.retention, clock, erase_quotes))
    supervisor.keep("reconciliation", lambda: reconcile.run(db, ground.vault, talks, clock))
    supervisor.keep("relay", Relay(db, db.bus, FROM_WORKERS, clock).run)
    if ground.settings.workers:
        supervisor.keep("speech worker", lambda: keep_worker(ground.settings))
    supervisor.keep("link", parts.switch.run)
