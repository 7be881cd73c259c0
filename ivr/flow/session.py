"""The session: hands what happened to the present step, and goes from step to step until one waits."""

from copy import copy

from ivr.effects import (
    Effect,
    Finish,
    Heard,
    HungUp,
    Input,
    LookedUp,
    MessageEnded,
    Pressed,
    QueueRefused,
    Say,
    SoundEnded,
    Speaks,
    Started,
    TimedOut,
    TransferRefused,
    Trouble,
    Verified,
)
from ivr.fault import FaultKind, not_there
from ivr.flow.kind import Kind
from ivr.flow.kinds import KINDS
from ivr.flow.talk import IsOpen, Phase, Talk
from ivr.menus import LoadedMenu, Spoken
from ivr.schema import Menu, Step, Sub

MOST_STEPS = 500
"""Steps of a whole call: more takes nobody who wants anything."""


class Session:
    """`handle` takes what happened and returns what to do. `over` is true once the call has left the menu."""

    def __init__(self, menu: LoadedMenu, is_open: IsOpen) -> None:
        self._talk = Talk(menu, is_open)
        self._steps = 0
        steps = menu.flow.steps
        self._most_unasked = len(steps) * (1 + sum(isinstance(each, Sub) for each in steps.values()))

    @property
    def over(self) -> bool:
        return self._talk.phase in (Phase.QUEUED, Phase.DONE)

    @property
    def step(self) -> str:
        return self._talk.step

    @property
    def language(self) -> str:
        return self._talk.language

    @property
    def phase(self) -> Phase:
        return self._talk.phase

    def handle(self, happened: Input) -> list[Effect]:
        talk = self._talk
        talk.out, talk.now = [], happened.at
        match happened:
            case Started() if talk.phase is Phase.NEW:
                self._start(happened)
            case HungUp():
                self._hung_up()
            case QueueRefused() | TransferRefused() if talk.phase is Phase.QUEUED and not talk.gone:
                self._go(self._kind.answered(talk, talk.here, happened))
            case _ if self.over or talk.phase is Phase.NEW:
                pass
            case Pressed():
                self._pressed(happened)
            case Speaks() if talk.hearing:
                talk.speaks()
            case Heard(words=words) if talk.hearing and not talk.gone:
                if words:
                    talk.pressed()
                self._go(self._kind.heard(talk, talk.here, happened))
            case SoundEnded(token=token, missing=missing) if token == talk.token:
                self._sound_ended(missing)
            case TimedOut(token=token) if token == talk.token:
                self._go(self._kind.silence(talk, talk.here))
            case MessageEnded(token=token) | LookedUp(token=token) | Verified(token=token) if token == talk.token:
                self._answered(happened)
            case _:
                pass  # answers to a sound, timer or recording that no longer matters
        return talk.out

    def is_deaf_to(self, pressed: Pressed) -> bool:
        """Whether this key does nothing at all, so that it must not end a sound either."""
        talk = self._talk
        told = talk.gone or talk.phase in (Phase.LEAVING, Phase.TROUBLED)
        return told or pressed.key in talk.deaf_to(pressed.at)

    def ahead(self) -> dict[str, Spoken]:
        """Key → what the caller would hear first if he pressed it now; nothing outside menus: keys may be secret."""
        talk = self._talk
        if self.over or not talk.listening or not isinstance(talk.here, Menu):
            return {}
        keys = dict.fromkeys(str(key) for key in (*talk.here.options, *talk.flow.keys))
        return {key: heard for key in keys if (heard := self._heard_after(key))}

    def _heard_after(self, key: str) -> Spoken | None:
        twin = copy(self)
        twin._talk = self._talk.twin()
        said = next((each for each in twin.handle(Pressed(twin._talk.now, key)) if isinstance(each, Say)), None)
        return said.pieces[0] if said and said.barge_in and said.pieces else None

    @property
    def _kind(self) -> Kind[Step]:
        return KINDS[type(self._talk.here)]

    def _start(self, started: Started) -> None:
        talk = self._talk
        talk.hears = started.hears
        if started.language in talk.flow.languages:
            talk.variables["language"] = started.language
        talk.variables |= dict(started.facts) | {
            "tier": started.tier,
            "caller": started.caller,
            "dialled": started.dialled,
            "known": "yes" if started.known else "no",
        }
        landed = started.step in talk.flow.steps
        if started.step and not landed:  # another version had it, or queues.yaml names one that is not there
            talk.out.append(Trouble(started.step, FaultKind.LANDING, not_there(started.step)))
        self._go(started.step if landed else talk.flow.start)

    def _pressed(self, pressed: Pressed) -> None:
        talk = self._talk
        if self.is_deaf_to(pressed):
            return
        talk.pressed()
        self._go(self._kind.key(talk, talk.here, pressed.key))

    def _sound_ended(self, missing: bool) -> None:
        talk = self._talk
        talk.quiet = True
        if talk.phase is Phase.TROUBLED:
            self._go(talk.person(), noted=True)
        elif talk.phase is Phase.LEAVING and (not missing or talk.kept or talk.outcome == "failed"):
            talk.end()
        elif missing:
            self._go(self._kind.mute(talk, talk.here))
        else:
            self._go(self._kind.sound_ended(talk, talk.here))

    def _answered(self, answer: Input) -> None:
        self._go(self._kind.answered(self._talk, self._talk.here, answer))
        if self._talk.gone:
            self._close_after_hang_up()

    def _hung_up(self) -> None:
        self._talk.gone = True
        if self._talk.phase not in (Phase.RECORDING, Phase.QUEUED, Phase.DONE):
            self._close_after_hang_up()

    def _close_after_hang_up(self) -> None:
        self._talk.out.append(Finish("message" if self._talk.kept else "abandoned", "customer"))
        self._talk.phase = Phase.DONE

    def _go(self, target: str | None, *, noted: bool = False) -> None:
        """Take steps until one of them waits for the world; `noted`: the first is on the caller's path already."""
        talk = self._talk
        while target is not None:
            self._steps += 1
            talk.unasked += 1
            # Who takes more steps than there are, without a key, has been at one before; in sub-flows he may.
            if talk.unasked > self._most_unasked or self._steps > MOST_STEPS:
                self._stop_walking()
                return
            talk.listen(wanted=False)
            talk.step, talk.tries = target, 0
            if not noted:
                talk.note(target)
            noted = False
            target = self._kind.enter(talk, talk.here)

    def _stop_walking(self) -> None:
        talk = self._talk
        circle = talk.unasked > self._most_unasked
        self._steps = talk.unasked = 0
        if circle:
            talk.broken(FaultKind.CIRCLE, "leads in circles without a key of the caller")
        else:
            talk.trouble()
