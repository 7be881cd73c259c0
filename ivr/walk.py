"""A flow played as text: what a caller with these keys hears and where he ends, in virtual time."""

import datetime as dt
import heapq
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from core.errors import BadInput
from ivr.customers import Customers
from ivr.effects import (
    ChooseContact,
    Effect,
    EnterQueue,
    Finish,
    Heard,
    HungUp,
    Identified,
    Input,
    LookedUp,
    LookUp,
    MessageEnded,
    NoteStep,
    Pressed,
    PromiseCallBack,
    QueueRefused,
    RecordMessage,
    Say,
    SendOutside,
    SoundEnded,
    SpeakLanguage,
    Started,
    StartTimer,
    TimedOut,
    TransferRefused,
    Trouble,
    Verified,
    VerifySecret,
)
from ivr.flow import IsOpen, Session
from ivr.menus import VALUE, LoadedMenu, Spoken
from ivr.reading.values import plain_number
from ivr.references import Lines
from ivr.schema import Lookup, Transfer, Verify

SECONDS_A_CHARACTER = {"zh": 0.27}
SECONDS_A_LETTER = 0.075
MESSAGE_SECONDS, TALK_SECONDS = 8.0, 60.0
SILENCE, HANG_UP, SERVED = "-", "h", "a"
WALK_KEYS = "0123456789*#" + SILENCE + HANG_UP + SERVED
_INPUT = re.compile(rf"\[([^\[\]]+)\]|([{re.escape(WALK_KEYS)}])|[ ,]+")
MOST = 500
UNASKED = "a walk asks no service: give its answer"
UNHEARD = "nothing listens to words here"
LOOKUP_RESULTS = ("failed", "not_found")
VERIFY_RESULTS = ("right", "wrong", "failed", "locked", "unknown")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the walk: `at` seconds after the answer; `kind`: step, hears, presses, says, silent, queue …"""

    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Where the caller was when it was over. `outcome` is one of `Outcome`."""

    outcome: str
    step: str
    queue: str = ""
    skills: tuple[tuple[str, int], ...] = ()
    priority: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """`customers`: those of the customer table of whom it may tell, by their plain numbers."""

    lines: tuple[Line, ...]
    end: Ended
    customers: frozenset[str] = frozenset()


Outcome = Literal["queue", "message", "outside", "self_service", "failed", "hung_up", "menu"]
"""How a walk may end."""
Answer = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """What the menu meets outside. `answers`: by step, `failed`, `not_found` or the variables a lookup fills; `right`,
    `wrong`, `failed`, `locked` or `unknown` of a verify step; why a transfer is not connected, as `busy`.

    Without an answer a service fails, every secret is right that the customer has, and transfers are connected.
    `refused`: queues that take nobody, with the reason; `hears`: the languages in which callers may speak; `queues`:
    those of queues.yaml, for their hours.
    """

    is_open: IsOpen
    customers: Customers = field(default_factory=lambda: Customers(customers={}))
    answers: Mapping[str, Answer] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    hears: frozenset[str] = frozenset()
    queues: Lines = field(default_factory=dict)

    def refusal(self, queue: str, at: float) -> str | None:
        """Why this queue does not take who comes now, as `acd.door` says it: outside its hours it is closed."""
        hours = self.queues[queue].entry.hours if queue in self.queues else ""
        return "closed" if hours and not self.is_open(hours, at) else self.refused.get(queue)

    def look_up(self, step: str, wish: LookUp, day: dt.date) -> LookedUp:
        match self.answers.get(step):
            case str() as result:
                return LookedUp(0, wish.token, result)
            case Mapping() as fields:
                return LookedUp(0, wish.token, "found", tuple(fields.items()))
            case _ if wish.service is not None:
                return LookedUp(0, wish.token, "failed")
            case _:
                return LookedUp(0, wish.token, *self.customers.answer(wish.by, wish.fields, day))

    def read(self, step: str, wish: LookUp | VerifySecret) -> set[str]:
        """Of whom the answer tells what the customer table knows; nobody when the answer was given."""
        if step in self.answers or (isinstance(wish, LookUp) and wish.service is not None):
            return set()
        return self.known(wish.by if isinstance(wish, LookUp) else wish.customer)

    def known(self, number: str) -> set[str]:
        """The plain number, if it is a customer's."""
        return {plain_number(number)} if self.customers.find(number) else set()

    def verify(self, step: str, wish: VerifySecret, before: int) -> str:
        """The result of a try after so many that were wrong."""
        customer = self.customers.find(wish.customer)
        has = customer is not None and bool(customer.pin if wish.kind == "pin" else customer.identity)
        result = str(self.answers.get(step, "right" if has else "unknown"))
        if result == "wrong" and before >= wish.attempts:
            return "locked"
        return "failed" if result == "wrong" and before + 1 == wish.attempts else result


def inputs(text: str) -> list[str]:
    """Keys one by one and `[spoken words]` in one; blanks and commas between them. Raises ValueError."""
    found: list[str] = []
    at = 0
    while at < len(text):
        part = _INPUT.match(text, at)
        if part is None:
            raise ValueError(f"{text[at]!r} is no key")
        found += [each for each in part.groups() if each]
        at = part.end()
    return found


class _Walker:
    def __init__(self, menu: LoadedMenu, world: World, keys: list[str], begun: float, *, patient: bool) -> None:
        self.session = Session(menu, world.is_open)
        self._world = world
        self._menu = menu
        self._started: Started | None = None
        self._after = ""
        self._wrong: Counter[tuple[str, str]] = Counter()
        self.lines: list[Line] = []
        self._read: set[str] = set()
        self.end = Ended("menu", "")
        self._keys = keys
        self._patient = patient
        self._begun = begun
        self._now = begun
        self._due: list[tuple[float, int, Input]] = []

    def run(self, started: Started) -> Walk:
        self._started = started
        self._read |= self._world.known(started.caller)
        self._feed(started)
        for _ in range(MOST):
            if not self._due and not self._served():
                break
            if self._patient and not self._keys and isinstance(self._due[0][2], TimedOut):
                break
            self._next()
        end = replace(self.end, step=self.session.step, language=self.session.language)
        return Walk(tuple(self.lines), end, frozenset(self._read))

    def _served(self) -> bool:
        """An agent has taken the call from the queue and hung up: the caller goes on in the menu."""
        if self.end.outcome != "queue" or self._keys[:1] != [SERVED] or not self._after or self._started is None:
            return False
        del self._keys[0]
        self._line("talks", f"{TALK_SECONDS:.0f} s")
        self._now += TALK_SECONDS
        language = self.session.language
        self.session = Session(self._menu, self._world.is_open)
        self.end = Ended("menu", "")
        self._feed(replace(self._started, at=self._now, step=self._after, language=language))
        return True

    def _next(self) -> None:
        """The caller hears everything out and presses his next key when the menu waits for one."""
        at, _, happened = heapq.heappop(self._due)
        waits = isinstance(happened, TimedOut)
        while waits and self._keys[:1] == [SERVED]:
            del self._keys[0]  # he is in no queue
        if waits and self._keys:
            key = self._keys.pop(0)
            if key == HANG_UP:
                self._line("hangs up", "")
                self.end = Ended("hung_up", "")
                self._feed(HungUp(self._now))
                return
            if key != SILENCE:
                self._act(key, (at, 0, happened))
                return
        self._now = max(self._now, at)
        if waits:
            self._line("silent", "")
        self._feed(replace(happened, at=self._now))

    def _act(self, key: str, awaited: tuple[float, int, Input]) -> None:
        """Press or say it; what changes nothing leaves what was awaited."""
        spoken = len(key) > 1 or key not in WALK_KEYS
        end = getattr(self._menu.flow.steps.get(self.session.step), "end", "#")
        self._line("says" if spoken else "presses", key)
        self._feed(Heard(self._now, key) if spoken else Pressed(self._now, key))
        if not self._due and not self.session.over:
            self._due = [awaited]
            if spoken:
                self._line("unheard", UNHEARD)
        if self._keys[:1] == [end] and not self.session.over and self.session.is_deaf_to(Pressed(self._now, end)):
            del self._keys[0]  # he does not hear the next prompt before he ends what is complete already
            self._line("presses", end)

    def _feed(self, happened: Input) -> None:
        for effect in self.session.handle(happened):
            self._show(effect)

    def _show(self, effect: Effect) -> None:
        match effect:
            case Say(token=token, pieces=pieces):
                for text in _joined(pieces):
                    self._line("hears", text)
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
            case LookUp(token=token):
                answer = self._world.look_up(self.session.step, effect, self._today)
                self._read |= self._world.read(self.session.step, effect)
                self._line("looks up", answer.result)
                if effect.service is not None and self.session.step not in self._world.answers:
                    self._line("unasked", UNASKED)
                self._later(0.1, answer)
            case VerifySecret(token=token, customer=customer, kind=kind):
                result = self._world.verify(self.session.step, effect, self._wrong[customer, kind])
                self._read |= self._world.read(self.session.step, effect)
                self._wrong[customer, kind] += result in ("wrong", "failed")
                self._line("verifies", result)
                self._later(0.1, Verified(0, token, result))
            case Identified(customer=customer, tier=tier):
                self._line("proves", f"{customer} ({tier})")
            case Trouble(step=step, why=why):
                self._line("trouble", f"{step}: {why}")
            case PromiseCallBack(number=number):
                self._line("call back", number)
            case SendOutside(number=number) if self.session.step in self._world.answers:
                why = str(self._world.answers[self.session.step])
                self._line("transfer", f"{number} ({why})")
                self._later(0.1, TransferRefused(0, why))
            case SendOutside(number=number):
                self._line("transfer", number)
                self.end = Ended("outside", "")
            case EnterQueue(queue=queue) if refusal := self._world.refusal(queue, self._now):
                self._line("queue", f"{queue} refused ({refusal})")
                self._later(0.1, QueueRefused(0, refusal))
            case EnterQueue(queue=queue, skills=skills, priority=priority, after_step=after):
                self._after = after
                self._line("queue", f"{queue} (skills {_skills(skills)}; priority {priority})")
                self.end = Ended("queue", "", queue, skills, priority)
            case Finish(outcome="abandoned"):
                pass  # that he hangs up is a line of its own
            case Finish(outcome=outcome):
                self._line("end", outcome)
                self.end = Ended(outcome, "")
            case _:
                pass

    @property
    def _today(self) -> dt.date:
        facts = dict(self._started.facts) if self._started else {}
        return dt.date.fromisoformat(facts.get("date", "1970-01-01"))

    def _line(self, kind: str, text: str) -> None:
        self.lines.append(Line(round(self._now - self._begun, 1), kind, text))

    def _later(self, seconds: float, happened: Input) -> None:
        self._due = [(self._now + seconds, 0, happened)]  # only the newest sound, timer or recording counts


def walk(menu: LoadedMenu, world: World, keys: str, started: Started, *, patient: bool = False) -> Walk:
    """`keys`: the keys in order, `-` lets a question pass in silence, `h` hangs up, `a` has an agent take the call from
    the queue, talk and hang up; then the caller stays silent, or with `patient` the menu waits for him.

    `[words]` are spoken: then the menus hear every language. Raises ValueError for what is no key, BadInput for an
    answer that its step never gets.
    """
    for step, answer in world.answers.items():
        if fault := answer_fault(menu, step, answer):
            raise fault
    typed = inputs(keys)
    speaks = any(len(each) > 1 or each not in WALK_KEYS for each in typed)
    started = replace(started, hears=frozenset(menu.flow.languages) if speaks else world.hears)
    return _Walker(menu, world, typed, started.at, patient=patient).run(started)


def answer_fault(menu: LoadedMenu, step: str, answer: Answer) -> BadInput | None:
    """Why its step never gets this answer."""
    match menu.flow.steps.get(step):
        case None:
            return BadInput(f"there is no step {step!r}", f"steps are: {', '.join(menu.flow.steps)}")
        case Lookup(fields=fields) if isinstance(answer, Mapping):
            if strange := sorted(answer.keys() - fields.keys()):
                problem = f"step {step!r} never gets the variable {strange[0]!r}"
                return BadInput(problem, f"it fills: {', '.join(fields) or 'none'}")
        case Lookup() if answer not in LOOKUP_RESULTS:
            return BadInput(
                f"step {step!r} never gets {answer!r}", f"it may get: {', '.join(LOOKUP_RESULTS)}, or variables"
            )
        case Verify() if answer not in VERIFY_RESULTS:
            return BadInput(f"step {step!r} never gets {answer!r}", f"it may get: {', '.join(VERIFY_RESULTS)}")
        case Lookup() | Verify() | Transfer():
            pass
        case _:
            return BadInput(f"step {step!r} asks nobody outside", "name a lookup, verify or transfer step")
    return None


def document(walked: Walk) -> dict[str, Any]:
    """For JSON."""
    end = asdict(walked.end) | {"skills": dict(walked.end.skills)}
    return {"lines": [asdict(line) for line in walked.lines], "end": end}


def _joined(pieces: tuple[Spoken, ...]) -> list[str]:
    """One text a piece; those of a variable that is read aloud in one."""
    texts: list[str] = []
    within = False
    for piece in pieces:
        part = piece.name.startswith(VALUE)
        if part and within:
            texts[-1] += piece.text if piece.language == "zh" else f" {piece.text}"
        else:
            texts.append(piece.text)
        within = part
    return texts


def spoken_seconds(text: str, language: str) -> float:
    """About how long the synthetic voice takes."""
    return len(text) * SECONDS_A_CHARACTER.get(language, SECONDS_A_LETTER)


def _skills(skills: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{skill} {level}" for skill, level in skills) or "none"
