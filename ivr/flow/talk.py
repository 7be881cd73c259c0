"""What is known of one caller in the menu, and the words with which steps ask the world for something."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from enum import StrEnum

from ivr import reading
from ivr.effects import Deafen, Effect, EndCall, Finish, Identified, Listen, NoteStep, Say, StartTimer, Trouble
from ivr.fault import FaultKind
from ivr.menus import LoadedMenu, Spoken, is_silent, value_piece
from ivr.schema import Asking, Place, Prompt, Step, Value
from ivr.secret import UNSEEN, Secret

IsOpen = Callable[[str, float], bool]
"""(schedule, seconds since the epoch) → people answer now."""
Part = tuple[Place, Prompt]
LONGEST_SENTENCE = 12.0
"""Seconds that a caller who has begun to speak is given until we have understood him."""
MOST_NOISES = 5
"""Times that sound from the caller may put off the end of our waiting: a television never falls silent."""


class Phase(StrEnum):
    NEW = "new"
    SPEAKING = "speaking"  # a sentence, then the next step
    ASKING = "asking"  # waits for keys
    WAITING = "waiting"  # for an answer from elsewhere
    ANNOUNCING = "announcing"  # the sentence before a queue
    INVITING = "inviting"  # the sentence before a recording
    TONE = "tone"  # the signal to speak
    RECORDING = "recording"
    CONFIRMING = "confirming"  # whether we understood him
    CONTACT = "contact"  # how shall we answer the message
    CHANGING = "changing"  # another number than the caller's
    TROUBLED = "troubled"  # told that something is broken, then a person
    LEAVING = "leaving"  # last words, then we hang up
    QUEUED = "queued"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Typed:
    """A key kept for the next question. `unseen`: pressed where digits were typed, so perhaps one of them."""

    key: str
    unseen: bool


class Talk:
    """The caller's variables, place and typed keys. Steps write effects into `out`.

    `claimed`: whom he says he is by a number he typed; it counts only once he has proved it.
    """

    def __init__(self, menu: LoadedMenu, is_open: IsOpen) -> None:
        self.menu = menu
        self.flow = menu.flow
        self.is_open = is_open
        self.phase = Phase.NEW
        self.step = ""
        self.variables: dict[str, str] = {"language": menu.flow.languages[0]}
        self.claimed: dict[str, str] = {}
        self.proven = ""
        self.secrets: dict[str, Secret] = {}
        self.typed: list[Typed] = []
        self.digits = ""
        self.listening = False
        self.hears: frozenset[str] = frozenset()
        self.hearing = False
        self.misses = 0
        self.guess = ""
        self.quiet = False
        self.noises = 0
        self.menus: list[tuple[str, int]] = []
        self.returns: list[str] = []
        self.tries = 0
        self.unasked = 0
        self.token = 0
        self.now = 0.0
        self.deaf_until = 0.0
        self.gone = False
        self.kept = False
        self.troubled = False
        self.outcome = "self_service"
        self.out: list[Effect] = []
        self._trail = ""
        self._unseen = False

    def twin(self) -> "Talk":
        """The same caller at the same place, for what might come next: what it is told leaves us as we are."""
        other = copy(self)
        other.out = []
        for name in ("variables", "claimed", "secrets", "typed", "menus", "returns"):
            setattr(other, name, copy(getattr(self, name)))
        return other

    @property
    def language(self) -> str:
        return self.variables["language"]

    @property
    def here(self) -> Step:
        return self.flow.steps[self.step]

    # Speaking

    def prompt(self, *place: str, prompt: Prompt) -> Part:
        """Words that stand at `place` in the present step."""
        return ("steps", self.step, *place), prompt

    def own_or_common(self, name: str, own: Prompt | None, common: str) -> Part:
        """The step's own wording or the file's phrase."""
        if own is not None:
            return self.prompt(name, prompt=own)
        phrase: Prompt = getattr(self.flow.phrases, common)
        return ("phrases", common), phrase

    def anew(self, first: Prompt, retry: tuple[Prompt, ...]) -> Part:
        """The question as it is put this time: in other words from the second time on, where the step has them."""
        if not self.tries or not retry:
            return self.prompt("prompt", prompt=first)
        index = min(self.tries, len(retry)) - 1
        return self.prompt("retry", str(index), prompt=retry[index])

    def say(self, *parts: Part, barge_in: bool = True, every: bool = False) -> None:
        """Words of the file; with `every`, in each language in turn."""
        languages = self.flow.languages if every else (self.language,)
        pieces: list[Spoken] = []
        for language in languages:
            said = [part for part in parts if not every or language in self.flow.words(part[1])]
            pieces += [self.menu.say(place, prompt, language) for place, prompt in said]
        self.utter(pieces, barge_in=barge_in)

    def utter(self, pieces: list[Spoken], *, barge_in: bool = True) -> None:
        self.listening, self.quiet, self.noises = barge_in, False, 0
        heard = tuple(each for each in pieces if not is_silent(each.text))
        self.out.append(Say(self.next_token(), heard, barge_in, self.deaf_to(self.now)))

    def words(self, *place: str, prompt: Prompt) -> Spoken:
        return self.menu.say(("steps", self.step, *place), prompt, self.language)

    def read(self, value: Value) -> list[Spoken] | None:
        """A variable's value aloud; None when it has no such value."""
        text = self.variables.get(value.value, "")
        said = reading.pieces(text, value.reading, self.language, value.measure(self.language))
        return None if said is None else [value_piece(each, self.language) for each in said]

    def listen(self, wanted: bool) -> None:
        """Hear what the caller says, or no longer."""
        if wanted is not self.hearing:
            self.hearing = wanted
            self.out.append(Listen(self.language) if wanted else Deafen())

    def speaks(self) -> None:
        """The caller has begun to speak: he is not silent, whatever the clock says."""
        if self.quiet and self.noises < MOST_NOISES:
            self.noises += 1
            self.wait_for_key(LONGEST_SENTENCE)

    def wait_for_key(self, seconds: float) -> None:
        self.listening = True
        self.out.append(StartTimer(self.next_token(), seconds))

    # Keys

    def keep(self, key: str) -> None:
        """A key nobody waits for is kept for the next question."""
        self.typed.append(Typed(key, isinstance(self.here, Asking)))

    def next_typed(self) -> str:
        """The first of the kept keys: the caller acts by it now."""
        first = self.typed.pop(0)
        self._unseen, self.unasked = first.unseen, 0
        return first.key

    def deaf_to(self, at: float) -> str:
        """The keys that would only end what is over already: they are no answer to what he hears now."""
        return "#*" if at < self.deaf_until else ""

    def pressed(self) -> None:
        """The caller acts: he is done with what came before."""
        self._unseen, self.unasked, self.deaf_until = False, 0, 0.0

    def everywhere(self, key: str) -> str | None:
        """Where a key leads that works in every step of the file; None when it is none."""
        match self.flow.keys.get(key):  # type: ignore[call-overload]  # a stray key has no action
            case "person":
                return self.person()
            case "back":
                return self.back()
            case "repeat":
                return self.step
            case _:
                return None

    # Who the caller is

    def prove(self, facts: Mapping[str, str]) -> None:
        """From here on the caller is the customer of `facts`, else he whose number calls; all known of him counts."""
        self.variables |= facts
        self.claimed = {}
        self.proven = self.variables["customer"]
        self.out.append(Identified(self.proven, self.variables.get("tier", "")))

    # Leaving

    def broken(self, kind: FaultKind, why: str) -> None:
        """The menu is broken here, which nobody knows yet."""
        self.out.append(Trouble(self.step, kind, why))
        self.trouble()

    def trouble(self) -> None:
        """It is broken and reported: say so and lead to a person, the second time let the caller go."""
        if self.troubled:
            self.sorry()
            return
        self.troubled, self.phase = True, Phase.TROUBLED
        self.say(self.flow.phrases.trouble_part, barge_in=False)
        self.note(self.flow.person)  # who hangs up now is on his way there: nothing has served him here

    def sorry(self) -> None:
        self.leave((("phrases", "sorry"), self.flow.phrases.sorry), "failed")

    def leave(self, last_words: Part, outcome: str) -> None:
        self.phase, self.outcome = Phase.LEAVING, outcome
        self.say(last_words, barge_in=False)

    def end(self) -> None:
        self.phase = Phase.DONE
        self.out += [Finish("message" if self.kept else self.outcome, "system"), EndCall()]

    # Small things

    def next_token(self) -> int:
        self.token += 1
        return self.token

    def note(self, step: str) -> None:
        """One more place on the caller's path, with the keys since the last."""
        keys, self._trail = self._trail, ""
        self.out.append(NoteStep(self.now, step, keys))

    def leave_trail(self, key: str) -> None:
        """A choice, shown on the path unless it may be a digit of what was typed before."""
        self._trail += UNSEEN if self._unseen else key

    def leave_masked(self, typed: str) -> None:
        """What stands on the path for digits."""
        self._trail += typed

    def enter_menu(self) -> None:
        """The present menu is where `back` leads from the steps after it."""
        if not self.menus or self.menus[-1][0] != self.step:
            self.menus.append((self.step, len(self.returns)))

    def back(self) -> str:
        """The menu before the present one, or the beginning; sub-flows entered since are left."""
        if self.menus and self.menus[-1][0] == self.step:
            self.menus.pop()
        step, depth = self.menus.pop() if self.menus else (self.flow.start, 0)
        del self.returns[depth:]
        return step

    def come_back(self) -> str | None:
        """The sub step that led here, whose menus are behind us now; None when there is none."""
        if not self.returns:
            return None
        name = self.returns.pop()
        while self.menus and self.menus[-1][1] > len(self.returns):
            self.menus.pop()
        return name

    def go_under(self) -> None:
        """The present sub step's steps begin; whoever comes to it again has left them without a return."""
        if self.step in self.returns:
            del self.returns[self.returns.index(self.step) :]
        self.returns.append(self.step)

    def person(self) -> str:
        return self.flow.person
