"""What the menu tests share: the shipped flow, a caller in virtual time, a small flow from text."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from acd.queues import Queue
from core.settings import ROOT
from ivr import menus
from ivr.effects import (
    Effect,
    EnterQueue,
    Heard,
    HungUp,
    Input,
    Known,
    LookedUp,
    LookUp,
    MessageEnded,
    NoteStep,
    Pressed,
    QueueRefused,
    RecordMessage,
    Say,
    SendOutside,
    SoundEnded,
    Speaks,
    Started,
    StartTimer,
    TimedOut,
    TransferRefused,
    Verified,
    VerifySecret,
)
from ivr.flow import Session
from ivr.menus import LoadedMenu

SCHEDULES = ("always", "personal", "business")
QUEUES = {name: Queue(name={"zh": name}) for name in ("general", "cards", "loans", "lost-card", "complaints")}
SOUND_SECONDS = 2.0

SMALL = """
languages: [zh, en]
start: main
person: person
keys: {"0": person, "*": back, "#": repeat}
priorities: {diamond: 30}
phrases:
  wrong_key: {zh: 错了, en: wrong}
  no_key: {zh: 没有, en: silence}
  sorry: {zh: 抱歉, en: sorry}
steps:
  main:
    kind: menu
    prompt: {zh: 主菜单, en: main menu}
    options:
      "1": {go: more, say: {zh: 一, en: one}}
    retries: 1
    retry: [{zh: 再来, en: again}]
  more:
    kind: menu
    prompt: {zh: 更多, en: more}
    options:
      "1": {go: news}
    barge_in: false
  news: {kind: play, prompt: {zh: 新闻, en: news}, next: bye}
  bye: {kind: hang_up, prompt: {zh: 再见, en: goodbye}}
  person: {kind: queue, to: general}
"""


SERVICE = """
languages: [zh, en]
start: main
person: person
keys: {"0": person, "*": back, "#": repeat}
outside: {police: "110"}
phrases:
  wrong_key: {zh: 错了, en: wrong}
  no_key: {zh: 没有, en: silence}
  sorry: {zh: 抱歉, en: sorry}
steps:
  main:
    kind: menu
    prompt: {zh: 主菜单, en: main menu}
    options:
      "1": {go: card, say: {zh: 一, en: one}}
      "2": {go: find, say: {zh: 二, en: two}}
      "3": {go: outside, say: {zh: 三, en: three}}
      "4": {go: call-back, say: {zh: 四, en: four}}
      "5": {go: survey, say: {zh: 五, en: five}}
      "6": {go: detour, say: {zh: 六, en: six}}
      "7": {go: ask-pin, say: {zh: 七, en: seven}}
      "8": {go: birth, say: {zh: 八, en: eight}}
  card:
    kind: collect
    prompt: {zh: 卡号, en: card number}
    into: card
    least: 12
    most: 19
    check: luhn
    wrong: {zh: 卡号不对, en: not a card}
    next: card-said
  card-said: {kind: say, parts: [{zh: 您的卡号, en: your card}, {value: card, as: digits}], next: main}
  find:
    kind: lookup
    source: customers
    fields: {balance: account.balance}
    waiting: {zh: 请稍候, en: one moment}
    found: pin
    not_found: main
  pin:
    kind: verify
    prompt: {zh: 密码, en: pin}
    wrong: {zh: 密码错误, en: wrong pin}
    verified: balance
    failed: main
    locked: bye
  balance:
    kind: say
    parts: [{zh: 余额, en: balance}, {value: balance, as: amount}]
    next: main
    missing: person
  outside: {kind: transfer, to: police, prompt: {zh: 转接, en: connecting}, refused: main}
  call-back:
    kind: callback
    prompt: {zh: 回拨, en: we call}
    confirm: {zh: 按一, en: press one}
    other: {zh: 号码, en: number}
    thanks: {zh: 谢谢, en: thanks}
  survey: {kind: survey, prompt: {zh: 评价, en: rate}, next: rated}
  rated:
    kind: branch
    on: score
    ranges: [{below: 3, go: person}]
    otherwise: bye
  detour: {kind: sub, start: noted, next: bye}
  noted: {kind: set, values: {wish: "card of {caller}"}, next: told}
  told: {kind: play, prompt: {zh: 知道, en: noted}, next: turn}
  turn: {kind: return}
  ask-pin: {kind: collect, prompt: {zh: 口令, en: code}, into: code, least: 4, most: 4, secret: true, next: web}
  web:
    kind: lookup
    source: {url: "https://bank.test/{caller}", method: POST, body: {code: "{code}"}, retries: 0}
    fields: {limit: card.limit}
    found: bye
    not_found: main
  birth: {kind: collect, prompt: {zh: 生日, en: birthday}, into: born, least: 8, most: 8, check: date, next: born-said}
  born-said: {kind: say, parts: [{value: born, as: date}], next: bye}
  bye: {kind: hang_up, prompt: {zh: 再见, en: goodbye}}
  person: {kind: queue, to: general}
"""


SPEAKING = """
languages: [zh, en]
start: main
person: person
keys: {"0": person, "*": back, "#": repeat}
phrases:
  wrong_key: {zh: 错了, en: wrong}
  no_key: {zh: 没有, en: silence}
  sorry: {zh: 抱歉, en: sorry}
  speech:
    invite: {zh: 请说, en: speak}
    heard: {zh: 您要办理, en: you want}
    confirm: {zh: 是请按一, en: press one}
    again: {zh: 再说一遍, en: again}
    keys_only: {zh: 请按键, en: press keys}
steps:
  main:
    kind: menu
    prompt: {zh: 主菜单, en: main menu}
    options:
      "1": {go: lost, say: {zh: 挂失按一, en: lost one}, phrases: {zh: [挂失, 卡丢了]}}
      "2": {go: loans, say: {zh: 贷款按二, en: loans two}, phrases: {zh: [贷款]}}
    speak: true
  lost: {kind: queue, to: lost-card, prompt: {zh: 转接, en: connecting}}
  loans: {kind: queue, to: loans, prompt: {zh: 转接, en: connecting}}
  person: {kind: queue, to: general}
"""


def shipped() -> LoadedMenu:
    return menus.load(ROOT / "config" / "menus" / "main.yaml", schedules=SCHEDULES, queues=QUEUES)


def write_menu(folder: Path, text: str = SMALL, queues: Mapping[str, Queue] = QUEUES) -> LoadedMenu:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return menus.load(path, schedules=SCHEDULES, queues=queues)


def leaving(step: str, queue: str = "general", **more: object) -> dict[str, Queue]:
    """QUEUES, of which `queue` sends callers on to `step` by the key 1."""
    way = Queue.model_validate({"name": {"zh": queue}, "way_out": {"key": "1", "step": step}} | more)
    return QUEUES | {queue: way}


@dataclass(frozen=True)
class Move:
    """From step to step; `keys` are those pressed since the caller came to `source`, or typed ahead."""

    source: str
    target: str
    keys: str
    troubled: bool


@dataclass
class Caller:
    """Plays the world for one session: sounds last SOUND_SECONDS, timers run out, messages last `message` seconds.

    `open_now`: the schedule business; at `night` only always is open. `mute`: no prompt can be heard. Lookups and
    secrets get the next of `answers` (`found` with `fields`), failing when there is none.
    """

    menu: LoadedMenu
    open_now: bool = True
    night: bool = False
    tier: str = "ordinary"
    language: str = ""
    refused: frozenset[str] = frozenset()
    message: float = 6.0
    facts: Known = ()
    hears: frozenset[str] = frozenset()
    answers: list[str] = field(default_factory=list)
    fields: Known = ()
    now: float = 1000.0
    effects: list[Effect] = field(default_factory=list)
    mute: bool = False
    moves: list[Move] = field(default_factory=list)
    _due: list[tuple[float, int, Input]] = field(default_factory=list)
    _here: str = ""
    _keys: str = ""

    def __post_init__(self) -> None:
        self.session = Session(self.menu, self._is_open)
        started = Started(self.now, "13800000009", "95566", self.tier, self.language, False, self.facts, self.hears)
        self.feed(started)

    def feed(self, happened: Input) -> None:
        talk = self.session._talk
        acted = happened.key if isinstance(happened, Pressed) else happened.words if isinstance(happened, Heard) else ""
        self._keys += acted
        ahead = "".join(each.key for each in talk.typed) + acted
        foreseen = self.session.ahead() if isinstance(happened, Pressed) else {}
        effects = self.session.handle(happened)
        if acted in foreseen:  # what was said ahead is what he hears
            assert next(each.pieces[0] for each in effects if isinstance(each, Say)) == foreseen[acted]
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, NoteStep):
                if self._here:
                    self.moves.append(Move(self._here, effect.step, self._keys, talk.troubled))
                self._here, self._keys = effect.step, ahead
            match effect:
                case Say(token=token, pieces=pieces):
                    self._later(SOUND_SECONDS * len(pieces), SoundEnded(0, token, self.mute))
                case StartTimer(token=token, seconds=seconds):
                    self._later(seconds, TimedOut(0, token))
                case RecordMessage(token=token):
                    self._later(self.message, MessageEnded(0, token, self.message, "silence"))
                case LookUp(token=token):
                    result = self.answers.pop(0) if self.answers else "failed"
                    fields = self.fields if result == "found" else ()
                    self._later(0.5, LookedUp(0, token, result, fields))
                case VerifySecret(token=token):
                    self._later(0.5, Verified(0, token, self.answers.pop(0) if self.answers else "failed"))
                case SendOutside():
                    self._later(0.01, TransferRefused(0, "no line"))
                case EnterQueue(queue=queue) if queue in self.refused:
                    self._later(0.01, QueueRefused(0, "closed"))
                case _:
                    pass

    def press(self, keys: str, after: float = 0.5) -> None:
        """Press keys one after the other; '.' waits until nothing but the caller can go on."""
        for key in keys:
            if key == ".":
                self.wait(self.until_timer())
                continue
            self.wait(after)
            self.feed(Pressed(self.now, key))

    def speak(self, words: str, after: float = 0.5, confidence: float = 1.0) -> None:
        """Say something, understood a second after its begin."""
        self.wait(after)
        self.feed(Speaks(self.now))
        self.wait(1.0)
        self.feed(Heard(self.now, words, confidence))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due and self._due[0][0] <= end and self._goes_on():
            self._step()
        self.now = max(self.now, end)

    def until_timer(self) -> float:
        """Seconds until the next thing happens by itself, a little more."""
        return self._due[0][0] - self.now + 0.001 if self._due else 0.0

    def run_out(self, most: int = 1000) -> int:
        """Be silent until the menu is over; returns how many things happened. More than `most` is a loop."""
        count = 0
        while self._due and count < most and self._goes_on():
            self._step()
            count += 1
        return count

    def hang_up(self) -> None:
        self.feed(HungUp(self.now))

    def path(self) -> list[tuple[str, str]]:
        return [(each.step, each.keys) for each in self.effects if isinstance(each, NoteStep)]

    def heard(self) -> list[str]:
        return [piece.text for each in self.effects if isinstance(each, Say) for piece in each.pieces]

    def queue(self) -> EnterQueue:
        return next(each for each in reversed(self.effects) if isinstance(each, EnterQueue))

    def all_of(self, kinds: type[Effect] | tuple[type[Effect], ...]) -> list[Effect]:
        return [each for each in self.effects if isinstance(each, kinds)]

    def _is_open(self, schedule: str, at: float) -> bool:
        return schedule == "always" or (not self.night and (self.open_now or schedule == "personal"))

    def _goes_on(self) -> bool:
        return not self.session.over or any(isinstance(each[2], QueueRefused | TransferRefused) for each in self._due)

    def _step(self) -> None:
        at, _, happened = heapq.heappop(self._due)
        self.now = max(self.now, at)
        self.feed(replace(happened, at=self.now))

    def _later(self, seconds: float, happened: Input) -> None:
        heapq.heappush(self._due, (self.now + seconds, len(self.effects) * 1000 + len(self._due), happened))
