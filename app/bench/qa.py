"""The speed of scoring: a five-minute call again and again, with ten times the rules, and many calls on all cores."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from app import impact
from qa import dialogue, pack, scoring
from qa.named import FAMILY_FIELDS
from qa.pack import Ruleset
from recordings.transcript import Transcript, in_order

CALL_SECONDS = 300.0
TARGET_MS = 50.0
WARM_UP = 3
HEARD_WRONG = 0.05
PHRASES = ("say", "excepted", "doubtful")
_HAN = re.compile(r"\{[^{}]*\}|[㐀-鿿]")
_FIRST, _LAST = 0x4E00, 0x9FA5


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds for one call in one process, by the wall's clock; `cpu_ms` the mean of CPU time, which other work on
    the machine does not change; `calls_per_hour` by CPU time, for one core."""

    times: int
    families: int
    phrases: int
    checks: int
    median_ms: float
    p95_ms: float
    cpu_ms: float
    calls_per_hour: int


@dataclass(frozen=True, slots=True)
class Again:
    """Stored calls judged again, each by the rules before and the rules after a change; seconds by the wall's clock,
    with the start of the processes."""

    calls: int
    minutes_of_talk: float
    workers: int
    seconds: float
    calls_per_second: float


@dataclass(frozen=True, slots=True)
class ScoringResult:
    """`growth`: the pack as it is, then with more rules. `load_ms`: the pack read and compiled from its file."""

    pack: str
    call_seconds: float
    characters: int
    rounds: int
    load_ms: float
    growth: tuple[Speed, ...]
    again: Again

    @property
    def passed(self) -> bool:
        return self.growth[0].median_ms <= TARGET_MS

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "target_ms": TARGET_MS, "passed": self.passed}


def run(packs_dir: Path, name: str, rounds: int, growth: tuple[int, ...], calls: int, workers: int) -> ScoringResult:
    """Raises BadInput, ConfigError."""
    begin = time.perf_counter()
    rules = pack.load(packs_dir, name)
    load_ms = (time.perf_counter() - begin) * 1000
    talk = long_call(packs_dir / "tests" / "zh-bank.yaml")
    characters = sum(len(segment.text) for segment in talk.segments)
    speeds = tuple(_measure(talk, grown(rules, times), times, rounds) for times in growth)
    again = asyncio.run(_again(packs_dir / "tests" / "zh-bank.yaml", rules, calls, workers))
    return ScoringResult(name, CALL_SECONDS, characters, rounds, round(load_ms, 1), speeds, again)


async def _again(path: Path, rules: Ruleset, calls: int, workers: int) -> Again:
    """Labelled calls with other pauses and errors each time stand for stored ones."""
    told, talk = dialogue.read(path), 0.0

    async def batches() -> AsyncIterator[impact.Batch]:
        nonlocal talk
        for first in range(0, calls, impact.BATCH):
            made = [
                dialogue.transcript(told[number % len(told)], HEARD_WRONG, number)
                for number in range(first, min(first + impact.BATCH, calls))
            ]
            talk += sum(each.call.duration for each in made)
            yield [(rules.pack.pack, each.model_dump(mode="json", exclude_none=True)) for each in made]

    begin = time.perf_counter()
    await impact.judged(batches(), {rules.pack.pack: (rules, rules)}, workers)
    seconds = time.perf_counter() - begin
    return Again(calls, round(talk / 60, 1), workers, round(seconds, 1), round(calls / seconds, 1))


def long_call(path: Path) -> Transcript:
    """The labelled calls beside a pack, one after the other until five minutes are full."""
    segments: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    clock = 0.0
    while clock < CALL_SECONDS:
        for each in dialogue.read(path):
            told = dialogue.transcript(each).model_dump(mode="json", exclude_none=True)
            facts = facts or told["call"]
            for segment in told["segments"]:
                moved = {**segment, "start": segment["start"] + clock, "end": segment["end"] + clock}
                if moved["end"] <= CALL_SECONDS:
                    segments.append(moved)
            clock += told["call"]["duration"]
    call = {**facts, "duration": CALL_SECONDS}
    return in_order(Transcript.model_validate({"call": call, "segments": segments}))


def grown(rules: Ruleset, times: int) -> Ruleset:
    """The pack with so many times its rules: every family and check again, with phrases of the same shape but of other
    characters, so that nothing is found twice and nothing is cheaper than a real rule that finds nothing."""
    content = rules.pack.model_dump(mode="json")
    families = dict(content["families"])
    checks = {row: list(item["checks"]) for row, item in content["items"].items()}
    for copy in range(1, times):
        for name, family in families.items():
            moved = {
                part: [_other(phrase, copy) for phrase in family[part]] for part in ("say", "excepted", "doubtful")
            }
            content["families"][f"{name}-{copy}"] = {**family, **moved}
        for row, item in content["items"].items():
            item["checks"] += [_renamed(check, f"-{copy}") for check in checks[row]]
    return pack.restore(content, f"{rules.version} x{times}")


def _measure(talk: Transcript, rules: Ruleset, times: int, rounds: int) -> Speed:
    for _ in range(WARM_UP):
        scoring.score(talk, rules)
    spans = []
    busy = time.process_time()
    for _ in range(rounds):
        begin = time.perf_counter()
        scoring.score(talk, rules)
        spans.append((time.perf_counter() - begin) * 1000)
    busy = time.process_time() - busy
    return Speed(
        times=times,
        families=len(rules.pack.families),
        phrases=sum(len(family.say) for family in rules.pack.families.values()),
        checks=sum(len(item.checks) for item in rules.pack.items.values()),
        median_ms=round(median(spans), 2),
        p95_ms=round(quantiles(spans, n=20)[-1], 2),
        cpu_ms=round(busy / rounds * 1000, 2),
        calls_per_hour=int(3600 * rounds / busy),
    )


def _other(phrase: str, copy: int) -> str:
    """Other characters in the same places; word lists keep their names."""

    def moved(found: re.Match[str]) -> str:
        char = found.group()
        return char if len(char) > 1 else chr(_FIRST + (ord(char) - _FIRST + 97 * copy) % (_LAST - _FIRST))

    return _HAN.sub(moved, phrase)


def _renamed(check: Any, suffix: str) -> Any:
    """The check with the copies' families, in nested duties and steps too."""
    match check:
        case dict():
            return {
                key: [f"{name}{suffix}" for name in value] if key in FAMILY_FIELDS else _renamed(value, suffix)
                for key, value in check.items()
            }
        case list():
            return [_renamed(value, suffix) for value in check]
        case _:
            return check
