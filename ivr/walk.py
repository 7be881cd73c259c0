"""A flow played as text: what a caller with these keys hears and where he ends, in virtual time."""

import heapq
from dataclasses import dataclass, replace

from ivr.effects import (
    ChooseContact,
    Effect,
    EnterQueue,
    Finish,
    HungUp,
    Input,
    MessageEnded,
    NoteStep,
    Pressed,
    RecordMessage,
    Say,
    SoundEnded,
    SpeakLanguage,
    Started,
    StartTimer,
    TimedOut,
)
from ivr.flow import IsOpen, Session
from ivr.menus import LoadedMenu

SECONDS_A_CHARACTER = {"zh": 0.27}
SECONDS_A_LETTER = 0.075
MESSAGE_SECONDS = 8.0
SILENCE, HANG_UP = "-", "h"
WALK_KEYS = "0123456789*#" + SILENCE + HANG_UP
MOST = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the walk: `at` seconds after the answer; `kind`: step, hears, presses, silent, records, queue …"""

    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Where the caller was when it was over. `outcome`: queue, message, self_service, failed, hung_up or menu."""

    outcome: str
    step: str
    queue: str = ""
    skills: tuple[tuple[str, int], ...] = ()
    priority: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    lines: tuple[Line, ...]
    end: Ended


class _Walker:
    def __init__(self, menu: LoadedMenu, is_open: IsOpen, keys: str, begun: float) -> None:
        self.session = Session(menu, is_open)
        self.lines: list[Line] = []
        self.end = Ended("menu", "")
        self._keys = list(keys)
        self._begun = begun
        self._now = begun
        self._due: list[tuple[float, int, Input]] = []

    def run(self, started: Started) -> Walk:
        self._feed(started)
        for _ in range(MOST):
            if self.session.over or not self._due:
                break
            self._next()
        return Walk(tuple(self.lines), replace(self.end, step=self.session.step, language=self.session.language))

    def _next(self) -> None:
        """The caller hears everything out and presses his next key when the menu waits for one."""
        at, _, happened = heapq.heappop(self._due)
        waits = isinstance(happened, TimedOut)
        if waits and self._keys:
            key = self._keys.pop(0)
            if key == HANG_UP:
                self._line("hangs up", "")
                self.end = Ended("hung_up", "")
                self._feed(HungUp(self._now))
                return
            if key != SILENCE:
                self._line("presses", key)
                self._feed(Pressed(self._now, key))
                return
        self._now = max(self._now, at)
        if waits:
            self._line("silent", "")
        self._feed(replace(happened, at=self._now))

    def _feed(self, happened: Input) -> None:
        for effect in self.session.handle(happened):
            self._show(effect)

    def _show(self, effect: Effect) -> None:
        match effect:
            case Say(token=token, pieces=pieces):
                for piece in pieces:
                    self._line("hears", piece.text)
                self._later(sum(spoken_seconds(piece.text, piece.language) for piece in pieces), SoundEnded(0, token))
            case StartTimer(token=token, seconds=seconds):
                self._later(seconds, TimedOut(0, token))
            case RecordMessage(token=token):
                self._line("records", f"{MESSAGE_SECONDS:.0f} s")
                self._later(MESSAGE_SECONDS, MessageEnded(0, token, MESSAGE_SECONDS, "silence"))
            case NoteStep(step=step, keys=keys):
                self._line("step", f"{step} (after {keys})" if keys else step)
            case SpeakLanguage(language=language):
                self._line("language", language)
            case ChooseContact(by=by):
                self._line("answer by", by)
            case EnterQueue(queue=queue, skills=skills, priority=priority):
                self._line("queue", f"{queue} (skills {_skills(skills)}; priority {priority})")
                self.end = Ended("queue", "", queue, skills, priority)
            case Finish(outcome=outcome):
                self._line("end", outcome)
                self.end = Ended(outcome, "")
            case _:
                pass

    def _line(self, kind: str, text: str) -> None:
        self.lines.append(Line(round(self._now - self._begun, 1), kind, text))

    def _later(self, seconds: float, happened: Input) -> None:
        self._due = [(self._now + seconds, 0, happened)]  # only the newest sound, timer or recording counts


def walk(menu: LoadedMenu, is_open: IsOpen, keys: str, started: Started) -> Walk:
    """`keys`: the keys in order, `-` lets a question pass in silence, `h` hangs up; then the caller stays silent."""
    return _Walker(menu, is_open, keys, started.at).run(started)


def spoken_seconds(text: str, language: str) -> float:
    """About how long the synthetic voice takes."""
    return len(text) * SECONDS_A_CHARACTER.get(language, SECONDS_A_LETTER)


def _skills(skills: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{skill} {level}" for skill, level in skills) or "none"
