"""One caller's way through a menu: a pure state machine, inputs in, effects out, time only from the inputs."""

from collections.abc import Callable
from enum import StrEnum

from ivr import schema
from ivr.effects import (
    ChooseContact,
    Effect,
    EndCall,
    EnterQueue,
    Finish,
    HungUp,
    Input,
    KeepMessage,
    MessageEnded,
    NoteStep,
    Pressed,
    QueueRefused,
    RecordMessage,
    Say,
    SoundEnded,
    SpeakLanguage,
    Started,
    StartTimer,
    TimedOut,
)
from ivr.menus import LoadedMenu, Spoken

MOST_STEPS_UNASKED = 30
"""Steps taken without any key in between before the flow is called a loop and the caller goes to a person."""
MOST_STEPS = 200
"""Steps of a whole call before the caller goes to a person."""
KEY_ECHO_SECONDS = 0.5
"""The key that stopped a recording is also heard as a key press, up to this much later."""

IsOpen = Callable[[str, float], bool]
"""(schedule, seconds since the epoch) → people answer now."""
Part = tuple[tuple[str, ...], schema.Prompt]


class Phase(StrEnum):
    NEW = "new"
    SPEAKING = "speaking"  # a sentence, then the next step
    ASKING = "asking"  # a menu waits for a key
    ANNOUNCING = "announcing"  # the sentence before a queue
    INVITING = "inviting"  # the sentence before a recording
    TONE = "tone"  # the signal to speak
    RECORDING = "recording"
    CONTACT = "contact"  # how shall we answer the message
    LEAVING = "leaving"  # last words, then we hang up
    QUEUED = "queued"
    DONE = "done"


class Session:
    """`handle` takes what happened and returns what to do. `over` is true once the call has left the menu."""

    def __init__(self, menu: LoadedMenu, is_open: IsOpen) -> None:
        self.menu = menu
        self.flow = menu.flow
        self.phase = Phase.NEW
        self.step = ""
        self.language = menu.flow.languages[0]
        self._is_open = is_open
        self._known: dict[str, str] = {}
        self._typed: list[str] = []
        self._listening = False
        self._trail = ""
        self._menus: list[str] = []
        self._tries = 0
        self._steps = 0
        self._unasked = 0
        self._token = 0
        self._now = 0.0
        self._deaf_until = 0.0
        self._gone = False
        self._kept = False
        self._outcome = "self_service"
        self._out: list[Effect] = []

    @property
    def over(self) -> bool:
        return self.phase in (Phase.QUEUED, Phase.DONE)

    def handle(self, happened: Input) -> list[Effect]:
        self._out = []
        self._now = happened.at
        match happened:
            case Started() if self.phase is Phase.NEW:
                self._start(happened)
            case Pressed(key=key):
                self._pressed(key)
            case SoundEnded(token=token, missing=missing) if token == self._token:
                self._sound_ended(missing)
            case TimedOut(token=token) if token == self._token:
                self._silence()
            case MessageEnded(token=token) if token == self._token and self.phase is Phase.RECORDING:
                self._recorded(happened)
            case QueueRefused() if self.phase is Phase.QUEUED and not self._gone:
                self._refused()
            case HungUp():
                self._hung_up()
            case _:
                pass  # answers to a sound, timer or recording that no longer matters
        return self._out

    # What happened

    def _start(self, started: Started) -> None:
        if started.language in self.flow.languages:
            self.language = started.language
        self._known = {
            "tier": started.tier,
            "caller": started.caller,
            "dialled": started.dialled,
            "known": "yes" if started.known else "no",
        }
        self._go(self.flow.start)

    def _pressed(self, key: str) -> None:
        if self.over or self._gone or (key in "#*" and self._now < self._deaf_until):
            return
        self._unasked = 0
        match self.phase:
            case Phase.ASKING if self._listening:
                self._key_in_menu(key)
            case Phase.CONTACT:
                self._key_in_contact(key)
            case Phase.SPEAKING | Phase.INVITING if self.flow.keys.get(key) == "person":  # type: ignore[call-overload]
                self._trail += key
                self._go(self.flow.person)
            case Phase.INVITING | Phase.ANNOUNCING | Phase.TONE | Phase.RECORDING | Phase.LEAVING:
                pass
            case _:
                self._typed.append(key)

    def _sound_ended(self, missing: bool) -> None:
        step = self.flow.steps[self.step]
        match self.phase, step:
            case Phase.SPEAKING, schema.Play(next=target):
                self._go(target)
            case Phase.ASKING, schema.Menu():
                self._prompt_over(step, missing)
            case Phase.ANNOUNCING, schema.Queue():
                self._enter_queue(step)
            case Phase.INVITING, schema.Message():
                self.phase = Phase.TONE
                self._out.append(Say(self._next_token(), (self.menu.tone(),), barge_in=False))
            case Phase.TONE, schema.Message():
                self.phase = Phase.RECORDING
                self._out.append(RecordMessage(self._next_token(), step.longest, step.silence, step.schedule))
            case Phase.CONTACT, schema.Message():
                self._out.append(StartTimer(self._next_token(), step.timeout))
            case Phase.LEAVING, _:
                self._end()
            case _:
                pass

    def _prompt_over(self, step: schema.Menu, missing: bool) -> None:
        if missing:
            self._go(step.last_resort or self.flow.person)
        elif self._typed:
            self._key_in_menu(self._typed.pop(0))
        else:
            self._listening = True
            self._out.append(StartTimer(self._next_token(), step.timeout))

    def _silence(self) -> None:
        step = self.flow.steps[self.step]
        match self.phase, step:
            case Phase.ASKING, schema.Menu():
                self._ask_again(step, step.no_key, ("no_key",), self.flow.phrases.no_key)
            case Phase.CONTACT, schema.Message():
                self._leave((("steps", self.step, "thanks"), step.thanks), "message")
            case _:
                pass

    def _recorded(self, ended: MessageEnded) -> None:
        step = self.flow.steps[self.step]
        assert isinstance(step, schema.Message)
        if ended.stopped_by == "key":
            self._deaf_until = ended.at + KEY_ECHO_SECONDS
        if ended.seconds >= step.shortest:
            self._kept = True
            self._out.append(KeepMessage(ended.seconds))
        if self._gone or ended.stopped_by == "hangup":
            self._close_after_hang_up()
        elif self._kept:
            self.phase, self._tries = Phase.CONTACT, 0
            self._ask_contact(step)
        elif ended.stopped_by == "failed":
            self._sorry()
        elif self._tries >= step.retries:
            self._leave((("steps", self.step, "nothing_heard"), step.nothing_heard), "failed")
        else:
            self._tries += 1
            self.phase = Phase.INVITING
            self._say((("steps", self.step, "nothing_heard"), step.nothing_heard))

    def _refused(self) -> None:
        step = self.flow.steps[self.step]
        assert isinstance(step, schema.Queue)
        if step.refused:
            self._go(step.refused)
        elif self.step != self.flow.person:
            self._go(self.flow.person)
        else:
            self._sorry()

    def _hung_up(self) -> None:
        self._gone = True
        if self.phase not in (Phase.RECORDING, Phase.QUEUED, Phase.DONE):
            self._close_after_hang_up()

    def _close_after_hang_up(self) -> None:
        if self._kept:
            self._out.append(Finish("message", "customer"))
        self.phase = Phase.DONE

    # Keys

    def _key_in_menu(self, key: str) -> None:
        step = self.flow.steps[self.step]
        assert isinstance(step, schema.Menu)
        self._trail += key
        option = step.options.get(key)  # type: ignore[call-overload]  # a stray key is no option
        action = self.flow.keys.get(key)  # type: ignore[call-overload]  # same
        if option is not None:
            self._go(option.go)
        elif action == "person":
            self._go(self.flow.person)
        elif action == "back":
            self._menus = self._menus[:-1]
            self._go(self._menus.pop() if self._menus else self.flow.start)
        elif action == "repeat":
            self._go(self.step)
        else:
            self._out.append(NoteStep(self._now, self.step, self._take_trail()))
            self._ask_again(step, step.wrong_key, ("wrong_key",), self.flow.phrases.wrong_key)

    def _key_in_contact(self, key: str) -> None:
        step = self.flow.steps[self.step]
        assert isinstance(step, schema.Message)
        contact = step.contact.get(key)  # type: ignore[call-overload]  # a stray key chooses nothing
        if contact is not None:
            self._out.append(ChooseContact(contact.by))
            self._leave((("steps", self.step, "thanks"), step.thanks), "message")
        elif self._tries < step.retries:
            self._tries += 1
            self._ask_contact(step)
        else:
            self._leave((("steps", self.step, "thanks"), step.thanks), "message")

    # Steps

    def _go(self, name: str) -> None:
        """Take steps until one of them waits for the world."""
        target: str | None = name
        while target is not None:
            self._steps += 1
            self._unasked += 1
            if self._unasked > MOST_STEPS_UNASKED or self._steps > MOST_STEPS:
                target = self._way_out(target)
                if target is None:
                    return
            self.step, self._tries = target, 0
            self._out.append(NoteStep(self._now, target, self._take_trail()))
            target = self._take(self.flow.steps[target])

    def _way_out(self, target: str) -> str | None:
        """A caller who runs in circles goes to a person, once; after that we say sorry and end the call."""
        if self._outcome == "failed":
            self._sorry()
            return None
        self._outcome, self._steps, self._unasked = "failed", 0, 0
        return self.flow.person if target != self.flow.person else target

    def _take(self, step: schema.Step) -> str | None:
        """Begin a step; the next one's name when it does not wait."""
        match step:
            case schema.Goto(next=target):
                return target
            case schema.Language(to=to, next=target):
                self.language = to
                self._out.append(SpeakLanguage(to))
                return target
            case schema.Opening():
                return step.open if self._is_open(step.schedule, self._now) else step.closed
            case schema.Branch(on=on):
                value = self.language if on == "language" else self._known.get(on, "")
                return step.cases.get(value, step.otherwise)
            case schema.Assign(values=values, next=target):
                self._known.update(values)
                return target
            case schema.Menu():
                self._open_menu(step)
            case schema.Play():
                self.phase = Phase.SPEAKING
                words: Part = (("steps", self.step, "prompt"), step.prompt)
                self._say(words, barge_in=step.barge_in, every=step.in_every_language)
            case schema.Queue(prompt=None):
                self._enter_queue(step)
            case schema.Queue(prompt=str() | dict() as prompt):
                self.phase = Phase.ANNOUNCING
                self._say((("steps", self.step, "prompt"), prompt))
            case schema.Message():
                self.phase = Phase.INVITING
                self._say((("steps", self.step, "prompt"), step.prompt))
            case schema.HangUp(prompt=None):
                self._end()
            case schema.HangUp(prompt=str() | dict() as prompt):
                self._leave((("steps", self.step, "prompt"), prompt), self._outcome)
        return None

    def _open_menu(self, step: schema.Menu) -> None:
        self.phase = Phase.ASKING
        if self._menus[-1:] != [self.step]:
            self._menus.append(self.step)
        if self._typed:
            self._key_in_menu(self._typed.pop(0))
        else:
            self._read_menu(step, (("prompt",), step.prompt))

    def _read_menu(self, step: schema.Menu, *opening: Part) -> None:
        here = ("steps", self.step)
        parts = [((*here, *place) if place[0] != "phrases" else place, prompt) for place, prompt in opening]
        parts += [((*here, "options", key, "say"), option.say) for key, option in step.options.items() if option.say]
        self._listening = step.barge_in
        self._say(*parts, barge_in=step.barge_in, every=step.in_every_language)

    def _ask_again(
        self, step: schema.Menu, own: schema.Prompt | None, place: tuple[str, ...], common: schema.Prompt
    ) -> None:
        """Read the menu anew after `own` or the common remark; after the last retry take the last resort."""
        if self._tries >= step.retries:
            self._unasked += 1
            self._go(step.last_resort or self.flow.person)
            return
        self._tries += 1
        remark: Part = (place, own) if own is not None else (("phrases", *place), common)
        index = min(self._tries, len(step.retry)) - 1
        again: Part = (("retry", str(index)), step.retry[index]) if step.retry else (("prompt",), step.prompt)
        self._read_menu(step, remark, again)

    def _ask_contact(self, step: schema.Message) -> None:
        self._say(*((("steps", self.step, "contact", key, "say"), each.say) for key, each in step.contact.items()))

    def _enter_queue(self, step: schema.Queue) -> None:
        self.phase = Phase.QUEUED
        self._token += 1
        table = self.flow.priorities if step.priorities is None else step.priorities
        skills = {**step.skills, self.language: 1}
        self._out.append(EnterQueue(step.to, tuple(sorted(skills.items())), table.get(self._known["tier"], 0)))

    def _sorry(self) -> None:
        self._leave((("phrases", "sorry"), self.flow.phrases.sorry), "failed")

    def _leave(self, last_words: Part, outcome: str) -> None:
        self.phase, self._outcome = Phase.LEAVING, outcome
        self._say(last_words, barge_in=False)

    def _end(self) -> None:
        self.phase = Phase.DONE
        self._out += [Finish("message" if self._kept else self._outcome, "system"), EndCall()]

    # Small things

    def _say(self, *parts: Part, barge_in: bool = True, every: bool = False) -> None:
        languages = self.flow.languages if every else (self.language,)
        pieces: list[Spoken] = []
        for language in languages:
            said = [part for part in parts if not every or language in self.flow.words(part[1])]
            pieces += [self.menu.say(place, prompt, language) for place, prompt in said]
        self._out.append(Say(self._next_token(), tuple(pieces), barge_in))

    def _next_token(self) -> int:
        self._token += 1
        return self._token

    def _take_trail(self) -> str:
        keys, self._trail = self._trail, ""
        return keys
