"""The live parts of a centre, made from the ground they stand on, and what each does from then on."""

from dataclasses import dataclass
from functools import partial

from accounts.settings import SettingsOffice
from acd.alarms.watch import AlarmWatch
from acd.calls import Calls
from acd.comfort import Comfort
from acd.dispatcher import Dispatcher
from acd.door import Door
from acd.fallback import Fallback
from acd.live import LiveCalls
from acd.opening import Opening, OpeningWatch
from acd.outward.callback_list import Callbacks
from acd.outward.campaigns import Campaigns
from acd.roster import PeopleRoster
from acd.rota.planned import Rota
from agentdesk.desk import Desk, make_desk
from agentdesk.reading.underway import UnderWay
from agentdesk.reports.mailing import Mailing
from agentdesk.reports.reader import ReportReader
from agentdesk.softphone.endpoints import PhoneLine
from agentdesk.softphone.line import SipLines
from app import forgetting, publishing, waiting_words
from app.configuration import Configuration
from app.departures import Departures
from app.editing import article_files, setting_files
from app.effects import weigher
from app.erasure import erase_left, erase_quotes
from app.facts import talks_ended
from app.lostphones import LostPhones
from app.phonebook import PhoneBook
from app.promises import Promises
from app.settings import SETTINGS, demand
from app.skills import skills_now
from app.speech import keep_worker
from app.taking import Taker, Taking, call_backs, waiting_callers
from app.vanished import Vanished
from app.waiting_words import WaitingWords
from app.wiring import FROM_WORKERS, Recording, wire
from core.addresses import ice_servers
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.leasing import Holding
from core.mail import post_of
from core.relay import Relay
from core.settings import Settings
from core.tasks import Supervisor
from ivr.faults.kept import callers
from ivr.messages.storing import MessageStore
from ivr.prompts.store import PromptStore
from ivr.published.book import Speakable
from ivr.published.checking import MenuChecker
from ivr.published.closing import FaultCloser
from ivr.published.deeds import MenuOffice
from ivr.published.live import LiveMenus
from ivr.reminder import remind
from ivr.runner import Rules, Runner
from ivr.speaking.hearing import Hearing
from knowledge.article import Known
from knowledge.library import Library
from knowledge.office import KnowledgeOffice
from pbx.ami import LinkParameters
from pbx.asterisk import AsteriskSwitch
from pbx.leftovers import Leftovers
from pbx.server import AsteriskInfo, AsteriskServer
from pbx.switch import SwitchError
from qa.office.drafts import Editor
from qa.repository import angry_lately
from recordings.jobs import SpeechQueue, open_queue
from recordings.keeping import deletion, reconcile
from recordings.pauses import Pauses
from recordings.recorder import Recorder
from recordings.sound import Coding
from recordings.speech.languages import Engines
from recordings.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands before any part lives: settings, database, its lease, a running Asterisk, prompts, the store."""

    settings: Settings
    config: Configuration
    db: Database
    lease: Holding
    server: AsteriskServer
    info: AsteriskInfo
    prompts: PromptStore
    vault: Vault
    clock: Clock


@dataclass(frozen=True, slots=True)
class Parts:
    switch: AsteriskSwitch
    dispatcher: Dispatcher
    rota: Rota
    calls: Calls
    callbacks: Callbacks
    campaigns: Campaigns
    opening: OpeningWatch
    comfort: Comfort
    runner: Runner
    hearing: Hearing
    live_menus: LiveMenus
    menus: MenuOffice
    recorder: Recorder
    pauses: Pauses
    desk: Desk
    phonebook: PhoneBook
    lines: SipLines
    phone: PhoneLine
    editor: Editor
    settings: SettingsOffice
    knowledge: KnowledgeOffice
    mailing: Mailing
    leftovers: Leftovers


def build(ground: Ground) -> Parts:
    """Everything made, nothing started; the pages listen to the bus already."""
    config, db, info, clock = ground.config, ground.db, ground.info, ground.clock
    link = LinkParameters(info.ami_port, info.ami_user, info.ami_secret, info.ami_host)
    switch = AsteriskSwitch(link, db.bus, clock, ground.lease.may_command)
    live = LiveCalls()
    rules = Rules(config.menus, config.customers.as_now(), config.hours.as_now(), config.site.zone)
    hearing = Hearing(switch, Engines(config.models), config.models.in_menus, info.spool / "ears", clock)
    opening = Opening(config.queues, lambda schedule, at: live_menus.rules.is_open(schedule, at))
    dispatcher = Dispatcher(
        db, db.bus, switch, live, config.queues, config.queues.new_policy, PeopleRoster(db), clock, opening,
        lambda: config.breaks, config.dialling, lambda: config.site.way_out, config.language_of,
        lambda: config.site.languages,
    )  # fmt: skip
    dispatcher.agents.rota = rota = Rota(config.shifts, config.breaks, config.site.zone)
    dispatcher.agents.codes = config.codes
    comfort = Comfort(
        db, switch, live, config.queues, clock, lambda: dispatcher.floor, dispatcher.carry_out,
        WaitingWords(ground.prompts, lambda dialled: live_menus.rules.menu_for(dialled)),
    )  # fmt: skip
    door = Door(db, config.queues, clock, opening)
    calls = Calls(db, switch, live, door, clock, dispatcher.join, dispatcher.remembers)
    runner = Runner(
        switch=switch, calls=calls, rules=rules, prompts=ground.prompts, versions=Speakable(db, ground.prompts).of,
        outside=dispatcher.outside, db=db, messages_dir=info.spool / "messages", clock=clock, ears=hearing,
    )  # fmt: skip
    checker = MenuChecker(config.hours.schedules, config.queues.queues)
    live_menus = _live_menus(ground, checker, runner, rules)
    phonebook = PhoneBook(db, ground.server, clock)
    lines = SipLines(f"ws://127.0.0.1:{info.http_port}/ws")
    desk = _desk(config, db.bus, dispatcher, rota)
    weigh = weigher(db, config.site.zone, clock, dispatcher.missing)
    return Parts(
        switch=switch,
        dispatcher=dispatcher,
        rota=rota,
        calls=calls,
        callbacks=Callbacks(
            db, clock, dispatcher.outbound, lambda: config.dialling.callbacks, config.queues, dispatcher.carry_out
        ),
        campaigns=Campaigns(db, clock, dispatcher.outbound, config.dialling),
        opening=OpeningWatch(db, opening, clock, lambda: dispatcher.floor, dispatcher.carry_out),
        comfort=comfort,
        runner=runner,
        hearing=hearing,
        live_menus=live_menus,
        menus=_menus(ground, checker, live_menus, hearing),
        recorder=_recorder(ground, switch),
        pauses=Pauses(db, switch, clock),
        desk=desk,
        phonebook=phonebook,
        lines=lines,
        phone=PhoneLine(lines, phonebook.write, ice_servers(ground.settings.ice_servers)),
        editor=publishing.editor(config, ground.settings, db, clock),
        settings=SettingsOffice(db, SETTINGS, demand(config.directory, db), weigh, clock),
        knowledge=_knowledge(ground),
        mailing=_mailing(ground, desk),
        leftovers=Leftovers(ground.server.command),
    )


def _live_menus(ground: Ground, checker: MenuChecker, runner: Runner, rules: Rules) -> LiveMenus:
    return LiveMenus(
        db=ground.db, runner=runner, rules=rules, checker=checker, prompts=ground.prompts, clock=ground.clock,
        skills=partial(skills_now, ground.db, ground.config.queues),
    )  # fmt: skip


def _menus(ground: Ground, checker: MenuChecker, live: LiveMenus, hearing: Hearing) -> MenuOffice:
    site = ground.config.site
    return MenuOffice(
        ground.db, checker, lambda: set(site.numbers.values()), lambda: live.rules, ground.prompts, ground.clock,
        lambda: hearing.languages, partial(skills_now, ground.db, ground.config.queues),
    )  # fmt: skip


def _desk(config: Configuration, bus: Bus, engine: Dispatcher, rota: Rota) -> Desk:
    under_way = UnderWay(
        engine.consults.of, engine.control.holds, engine.supervision.of, engine.outbound.of, engine.consults.asked,
        engine.missing,
    )  # fmt: skip
    packs = list(config.packs.values())
    return make_desk(
        config.site,
        config.queues,
        bus,
        packs,
        lambda: config.scripts,
        config.dialling,
        under_way,
        rota,
        config.codes,
        Library(config.articles),
    )


def _knowledge(ground: Ground) -> KnowledgeOffice:
    config = ground.config

    def known() -> Known:
        return Known(config.site.languages, config.queues.queues, config.codes.choices)

    return KnowledgeOffice(ground.db, known, ground.clock)


def _recorder(ground: Ground, switch: AsteriskSwitch) -> Recorder:
    speech = SpeechQueue(open_queue(ground.settings.data_dir, ground.settings.redis_url))
    return Recorder(
        ground.db, switch, spool=ground.info.spool / "recordings", vault=ground.vault, enqueue=speech.add,
        clock=ground.clock, coding=Coding(ground.settings.sound_coding),
    )  # fmt: skip


def _alarm_watch(ground: Ground, engine: Dispatcher) -> AlarmWatch:
    config = ground.config
    return AlarmWatch(
        ground.db, lambda: config.alarms, config.queues, lambda: config.breaks, config.site.zone,
        ground.clock, angry_lately, callers, engine.missing,
    )  # fmt: skip


def _mailing(ground: Ground, desk: Desk) -> Mailing:
    config, settings = ground.config, ground.settings
    reader = ReportReader(config.site, config.queues, desk.book, config.codes)
    post = post_of(settings.smtp_url)
    return Mailing(ground.db, config.reports, reader, desk.pages, post, settings.mail_from, ground.clock)


async def listen(ground: Ground, parts: Parts) -> None:
    """Subscribe to the bus, before the link to the switch is opened."""
    config, db, bus = ground.config, ground.db, ground.db.bus
    spool = ground.info.spool / "recordings"
    wire(bus, Recording(db, parts.recorder, parts.pauses, spool, config.queues, config.site, ground.clock))
    parts.dispatcher.start()
    parts.callbacks.listen(bus)
    parts.campaigns.listen(bus)
    Promises(db, parts.calls, parts.callbacks, ground.clock).listen(bus)
    Fallback(db, parts.switch, lambda: parts.dispatcher.serving, parts.dispatcher.begin_anew).listen(bus)
    parts.switch.beat_while(parts.dispatcher.healthy)
    ground.lease.pulse = parts.dispatcher.stores
    parts.opening.listen(bus)
    parts.comfort.listen(bus)
    await parts.hearing.begin()
    parts.runner.listen(bus)
    await parts.live_menus.start(bus)
    Taking(config, db, _takers(ground, parts)).listen(bus)
    await parts.desk.library.begin(db, bus)
    parts.phonebook.listen(bus)
    parts.phone.listen(bus, db)


def _takers(ground: Ground, parts: Parts) -> list[Taker]:
    """Who has something to do when a setting is another, in this order."""
    config = ground.config

    async def switch(fresh: Configuration) -> None:
        await ground.server.write_site(tuple(fresh.site.numbers), fresh.site.trunks)

    async def ears(fresh: Configuration) -> None:
        config.models.become(fresh.models)
        await parts.hearing.learn(fresh.models.in_menus)

    async def menus(fresh: Configuration) -> None:
        await parts.live_menus.use_site(fresh.menus, fresh.customers, fresh.hours, fresh.queues.queues)

    async def words(fresh: Configuration) -> None:
        await waiting_words.prepare(ground.prompts, fresh.queues)

    waiting = waiting_callers(ground.db, parts.dispatcher, config.queues, ground.clock)
    return [
        Taker(frozenset({"site"}), switch),
        Taker(frozenset({"models"}), ears),
        Taker(frozenset({"queues"}), words),
        Taker(frozenset({"site", "customers", "hours", "queues"}), menus),
        Taker(frozenset({"queues"}), waiting),
        Taker(frozenset({"dialling"}), call_backs(parts.callbacks, config.dialling)),
    ]


def keep(ground: Ground, parts: Parts, supervisor: Supervisor) -> None:
    """The loops that callers need, for as long as the centre runs."""
    db, clock = ground.db, ground.clock
    departures = Departures(db, parts.dispatcher, supervisor, clock)
    departures.listen(db.bus)
    supervisor.keep("departures", departures.run)
    LostPhones(parts.dispatcher, parts.switch, supervisor, clock).listen(db.bus)
    supervisor.keep("asterisk", ground.server.watch)
    supervisor.keep("opening", parts.opening.run)
    supervisor.keep("comfort", parts.comfort.run)
    supervisor.keep("recorder", parts.recorder.run)
    supervisor.keep("phone book", parts.phonebook.run)
    supervisor.keep("pauses", parts.pauses.run)
    supervisor.keep("recorded prompts", ground.prompts.follow)
    messages = MessageStore(db, ground.vault, parts.runner.faults)
    messages.listen(db.bus)
    supervisor.keep("messages", messages.run)
    supervisor.keep("relay", Relay(db, db.bus, FROM_WORKERS, clock).run)
    supervisor.keep("call backs", parts.callbacks.run)
    supervisor.keep("link", parts.switch.run)


def housekeep(ground: Ground, parts: Parts, supervisor: Supervisor) -> None:
    """The loops of which no caller feels that they begin a little later."""
    db, clock = ground.db, ground.clock

    async def talks(before: float) -> set[str]:
        async with db.reading() as session:
            return await talks_ended(session, before)

    async def channels() -> set[str] | None:
        try:
            return {leg.leg for leg in await parts.switch.legs()}
        except SwitchError:
            return None

    supervisor.keep("desks", Vanished(db, parts.dispatcher, parts.desk.presence).run)  # pages can answer from now on
    supervisor.keep("leftovers", parts.leftovers.run)
    supervisor.spawn("quotes of what is deleted", erase_left(db))
    supervisor.keep(
        "retention", lambda: deletion.run(db, ground.vault, lambda: ground.config.retention, clock, erase_quotes)
    )
    supervisor.keep("forgetting", lambda: forgetting.run(db, ground.vault, lambda: ground.config.retention, clock))
    supervisor.keep("reconciliation", lambda: reconcile.run(db, ground.vault, talks, channels, clock))
    supervisor.keep("holidays", lambda: remind(lambda: parts.live_menus.rules, clock))
    closer = FaultCloser(db, lambda: parts.live_menus.rules, parts.runner.running, clock)
    supervisor.keep("menu faults", closer.run)
    directory, wrong = ground.config.directory, ground.config.wrong
    supervisor.keep("setting files", setting_files(directory, parts.settings, wrong).run)
    supervisor.keep("article files", article_files(directory, parts.knowledge, wrong).run)
    if ground.settings.workers:
        supervisor.keep("speech worker", lambda: keep_worker(ground.settings))
    supervisor.keep("alarms", _alarm_watch(ground, parts.dispatcher).run)
    supervisor.keep("reports by e-mail", parts.mailing.run)
