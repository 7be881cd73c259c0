"""One caller's visit to the menu: the flow's effects carried out on the switch, the answers brought back."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import structlog

from acd.calls import Landing
from core.clock import Clock
from core.errors import NotFound, Refused
from core.log import about_call
from ivr.background import Background
from ivr.distributor import Calls, Outside
from ivr.effects import (
    ChooseContact,
    Deafen,
    DropMessage,
    Effect,
    EndCall,
    EnterQueue,
    Finish,
    Heard,
    HungUp,
    Identified,
    Input,
    KeepAnswer,
    KeepMessage,
    Listen,
    LookUp,
    NoteStep,
    Pressed,
    PromiseCallBack,
    QueueRefused,
    RecordMessage,
    Say,
    SendOutside,
    SoundEnded,
    SpeakLanguage,
    StartTimer,
    TimedOut,
    TransferRefused,
    Trouble,
    VerifySecret,
)
from ivr.fault import FaultKind, at, in_words
from ivr.faults.kept import Faults
from ivr.faults.rescue import Rescue
from ivr.flow import Session
from ivr.menus import LoadedMenu, Spoken, Versions
from ivr.messages.box import MessageBox
from ivr.messages.dictation import Dictation
from ivr.mouth import Mouth, Prompts
from ivr.rules import Rules
from ivr.selfservice.asking import SelfService
from ivr.speaking.hearing import Ears
from ivr.standing import link_is_down
from ivr.surveys import Surveys
from pbx.commands import Answer, HangUp
from pbx.events import CallArrived, KeyPressed
from pbx.switch import HEAD_START, LegGone, LinkLost, Switch

log = structlog.get_logger(__name__)

KEY_TWICE = 0.06
"""Seconds between two ends of the same key within which no finger presses it again (a key and its pause are 80 ms)."""
NEWS_SECONDS = 1.0
"""How much later than the distributor we may hear that a caller has hung up."""
NO_QUEUE = "unknown_queue"
NOT_RUNG = {
    "no_outside_line": "this centre has no line for calls out",
    "unreachable": "{} cannot be reached: there is no such number",
    "failed": "{} cannot be rung: the line out refuses it",
}
"""Reasons of `acd.outside` that are faults; that a number is busy or does not answer is none."""


class Visit:
    """`tell` what happens on the leg; `run` ends when the call has left the menu."""

    def __init__(
        self, arrival: CallArrived, *, switch: Switch, calls: Calls, outside: Outside, rules: Rules, prompts: Prompts,
        versions: Versions, box: MessageBox, surveys: Surveys, service: SelfService, clock: Clock, faults: Faults,
        ears: Ears | None = None,
    ) -> None:  # fmt: skip
        self.call = ""
        self._arrival = arrival
        self._leg = arrival.leg
        self._switch = switch
        self._calls = calls
        self._outside = outside
        self._surveys = surveys
        self._prompts = prompts
        self._landing: Landing | None = None
        self._rules = rules
        self._versions = versions
        self._customer = rules.customers.find(arrival.caller)
        self._service = service
        self._box = box
        self._clock = clock
        self._faults = faults
        self._met: set[tuple[str, FaultKind]] = set()
        self._ears = ears
        self._listening: asyncio.Task[None] | None = None
        self._inbox: asyncio.Queue[Input | Exception] = asyncio.Queue()
        self._mouth = Mouth(self._leg, switch, prompts, partial(self._report, FaultKind.PROMPT))
        self._timer: asyncio.TimerHandle | None = None
        self._background = Background(self._inbox.put_nowait)
        self._dictation = Dictation(
            arrival, switch=switch, box=box, clock=clock, tell=self.tell, background=self._background,
            report=partial(self._report, FaultKind.MESSAGE),
        )  # fmt: skip
        self._last_key = ("", 0.0)
        self._use(rules.menu_for(arrival.dialled, arrival.leg))

    def _use(self, menu: LoadedMenu) -> None:
        self._menu = menu
        self._session = Session(menu, self._rules.is_open)
        self._rescue = Rescue(self._leg, self._switch, self._calls, self._rules, menu, self._prompts, self._clock)

    @property
    def rules(self) -> Rules:
        """What the call began with."""
        return self._rules

    @property
    def menu(self) -> LoadedMenu:
        return self._menu

    def tell(self, happened: Input) -> None:
        self._inbox.put_nowait(happened)

    def press(self, event: KeyPressed) -> None:
        """A key; one that a late packet makes the switch tell twice counts once."""
        key, at = self._last_key
        if event.key == key and 0 < event.at - at < KEY_TWICE:
            return
        self._last_key = (event.key, event.at)
        self.tell(Pressed(event.at, event.key))

    async def run(self, *, resumed: bool) -> None:
        try:
            try:
                language = await self._begin(resumed)
            except Exception as fault:  # without a record of the call nobody can take it: he is told and let go
                log.exception("call not recorded", leg=self._leg)
                self._report(FaultKind.STOPPED, in_words(fault))
                await self._rescue.regret(self.call, self._session.language)
                return
            with about_call(self.call):
                await self._live(language, resumed)
        finally:
            if self._timer:
                self._timer.cancel()
            self._background.cancel()

    # The way of a visit

    async def _begin(self, resumed: bool) -> str:
        tier, language = self._tier, self._customer.language if self._customer else ""
        language = language or self._menu.flow.languages[0]
        menu = self._menu
        known = await self._calls.resume(self._leg) if resumed else None
        if known is not None:
            self.call, language = known
        else:
            self.call = await self._calls.begin(self._arrival, tier, language, menu.name, menu.number)
        self._landing = await self._calls.landing(self.call)
        await self._keep_version()
        return self._landing.language if self._landing else language

    async def _keep_version(self) -> None:
        """A call that comes back ends on the version it began with, as long as that has the step it comes back to."""
        name, number = await self._calls.runs_on(self.call)
        if number == 0 or (name, number) == (self._menu.name, self._menu.number):
            return
        own = await self._versions(name, number)
        if own and (self._landing is None or self._landing.step in own.flow.steps):
            self._use(own)
        else:
            await self._calls.change_version(self.call)

    async def _live(self, language: str, resumed: bool) -> None:
        try:
            if resumed and await self._dictation.take_up(self.call):
                self._forget_keys()
            await self._switch.do(Answer(self._leg))
            await self._talk(language)
        except LegGone:
            pass  # he hung up; the distributor closes the call's record
        except Exception as fault:
            if isinstance(fault, NotFound) and await self._hangs_up():
                return  # the distributor heard of it first and has closed the call
            if isinstance(fault, LinkLost) and await link_is_down(self._switch):
                return  # when it is back the caller is found in the menu and taken up again
            # Whatever broke, there is a caller on the line: he must reach somebody.
            log.exception("menu failed", menu=self._menu.name, step=self._session.step)
            self._report(FaultKind.STOPPED, in_words(fault))
            self._hush()
            await self._rescue.hand_over(self.call, self._tier, self._session.language, language)

    async def _talk(self, language: str) -> None:
        arrival = self._arrival
        hears = self._ears.languages if self._ears else frozenset()
        started = self._rules.started(self._clock(), arrival.caller, arrival.dialled, language, hears)
        if self._landing:
            started = replace(started, step=self._landing.step)
        await self._perform(self._session.handle(started))
        while not self._session.over:
            happened = await self._inbox.get()
            if isinstance(happened, Exception):
                raise happened
            heeded = False
            if isinstance(happened, Pressed) and not self._session.is_deaf_to(happened):
                heeded = True
                if self._mouth.is_followed(happened.key):
                    await asyncio.sleep(HEAD_START)
            effects = self._session.handle(happened)
            answers = heeded or (isinstance(happened, Heard) and effects)
            if answers and (piece := self._mouth.key()):
                self._background.start(self._mouth.stop(piece))
            await self._perform(effects)

    def _forget_keys(self) -> None:
        """What ended his message is no answer to what he hears next; that he hung up is still to be heard."""
        for _ in range(self._inbox.qsize()):
            happened = self._inbox.get_nowait()
            if not isinstance(happened, Pressed):
                self._inbox.put_nowait(happened)

    def _report(self, kind: FaultKind, problem: str, step: str | None = None) -> None:
        """At the present step, unless another is named."""
        place = self._session.step if step is None else step
        again = (place, kind) in self._met
        self._met.add((place, kind))
        self._faults.report(at(self._menu, place, kind, problem), self.call, again=again)

    @property
    def _tier(self) -> str:
        return self._customer.tier if self._customer else "ordinary"

    # Effects

    async def _perform(self, effects: list[Effect]) -> None:
        """Sound first, then the ears: the caller must not wait for the database, nor be missed while it is slow."""
        for effect in effects:
            self._start(effect)
        await self._mouth.under_way()
        for effect in effects:
            await self._lend_ear(effect)
        for effect in effects:
            await self._carry_out(effect)

    def _start(self, effect: Effect) -> None:
        match effect:
            case Say():
                self._hush()
                self._mouth.begin(effect)
                self._background.start(self._speak(effect, self._session.ahead()))
            case StartTimer(token=token, seconds=seconds):
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(seconds, lambda: self.tell(TimedOut(self._clock(), token)))
            case LookUp():
                self._background.start(self._look_up(effect))
            case VerifySecret():
                self._background.start(self._verify(effect))
            case RecordMessage() | EnterQueue() | SendOutside() | EndCall():
                self._hush()
            case _:
                pass

    async def _lend_ear(self, effect: Effect) -> None:
        """In their order: the switch makes one recording of a leg, so one pair of ears is closed before the next."""
        match effect:
            case Deafen():
                await self._stop_listening()
            case Listen(language=language) if self._ears:
                self._listening = self._background.start(self._hear(self._ears, language))
            case _:
                pass

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case NoteStep(at=moment, step=step, keys=keys):
                self._miss_ears(step)
                await self._calls.step(self.call, moment, step, keys)
            case SpeakLanguage(language=language):
                await self._calls.set_language(self.call, language)
            case RecordMessage():
                await self._dictation.begin(effect, self.call, self._session.language)
            case KeepMessage(seconds=seconds):
                await self._dictation.keep(seconds)
            case DropMessage():
                await self._dictation.drop()
            case ChooseContact(by=by):
                await self._box.choose_contact(self.call, by)
            case Identified(customer=customer, tier=tier):
                await self._calls.identify(self.call, customer, tier)
            case Trouble(step=step, kind=kind, why=why):
                self._report(kind, why, step)
            case PromiseCallBack(number=number, schedule=schedule):
                await self._box.promise(self.call, number, self._session.language, schedule)
            case EnterQueue():
                await self._enter_queue(effect)
            case KeepAnswer():
                await self._surveys.keep(self.call, effect, self._landing)
            case SendOutside(number=number):
                if why := await self._outside.connect(self.call, number):
                    log.info("outside number not connected", step=self._session.step, why=why)
                    if why in NOT_RUNG:
                        self._report(FaultKind.TRANSFER, NOT_RUNG[why].format(number))
                    await self._perform(self._session.handle(TransferRefused(self._clock(), why)))
            case Finish(outcome=outcome, ended_by=ended_by):
                await self._calls.finish(self.call, outcome, ended_by)
            case EndCall():
                await self._switch.do(HangUp(self._leg))
            case Say() | StartTimer() | Listen() | Deafen() | LookUp() | VerifySecret():
                pass  # done already

    async def _enter_queue(self, wish: EnterQueue) -> None:
        try:
            where = (wish.queue, dict(wish.skills), wish.priority, wish.after_step, wish.manager)
            await self._calls.enqueue(self.call, *where)
        except Refused as fault:
            log.info("queue refused", queue=wish.queue, reason=fault.reason)
            if fault.reason == NO_QUEUE:
                self._report(FaultKind.QUEUE, f"there is no queue {wish.queue!r}")
            await self._perform(self._session.handle(QueueRefused(self._clock(), fault.reason)))

    async def _look_up(self, wish: LookUp) -> None:
        report = partial(self._report, FaultKind.LOOKUP, step=self._session.step)
        self.tell(await self._service.look_up(wish, self._rules.customers, self._rules.zone, report))

    async def _verify(self, wish: VerifySecret) -> None:
        self.tell(await self._service.verify(wish, self._rules.customers))

    async def _hangs_up(self) -> bool:
        """Whether news of the hang-up is here or comes within a moment."""
        try:
            async with asyncio.timeout(NEWS_SECONDS):
                while not isinstance(await self._inbox.get(), HungUp):
                    pass
        except TimeoutError:
            return False
        return True

    def _miss_ears(self, step: str) -> None:
        """Where callers should be able to speak and cannot."""
        why = self._ears.away.get(self._session.language) if self._ears else None
        if why and getattr(self._menu.flow.steps[step], "speak", False):
            self._report(FaultKind.HEARING, why, step)

    async def _hear(self, ears: Ears, language: str) -> None:
        try:
            await ears.follow(self._leg, language, self.tell)
        except LegGone:
            pass
        except Exception as fault:  # whatever it is that cannot hear, the caller has his keys
            log.exception("caller not heard", language=language)
            self._report(FaultKind.HEARING, in_words(fault))

    async def _stop_listening(self) -> None:
        """Before anything else may record on this leg."""
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None

    def _hush(self) -> None:
        """What is being said or awaited no longer matters."""
        self._mouth.hush()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    # Sound

    async def _speak(self, say: Say, then: Mapping[str, Spoken]) -> None:
        missing = await self._mouth.speak(say, then)
        if missing is not None:
            self.tell(SoundEnded(self._clock(), say.token, missing))
