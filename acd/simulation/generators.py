"""Made-up traffic to try routing with: kinds of days, each drawn anew from a seed, and their files."""

import csv
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from acd.simulation.traffic import AGENT_COLUMNS, CALL_COLUMNS, Caller, Shift
from core.errors import BadInput

HOURS = 3.0


@dataclass(frozen=True, slots=True)
class Traffic:
    callers: list[Caller]
    shifts: list[Shift]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller: its share of all calls, mean seconds on the call, and chances of priorities 0, 1, 2."""

    queue: str
    skills: Mapping[str, int]
    share: float
    handle: float
    tiers: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True)
class Plan:
    """`load` is the work offered ÷ agents at second t; `patience` is the mean in seconds, infinite for none."""

    agents: Sequence[Mapping[str, int]]
    kinds: Sequence[Kind]
    load: Callable[[float], float]
    patience: float = math.inf


def generate(kind: str, seed: int) -> Traffic:
    """A day of about three hours. Raises BadInput for a kind that is not in KINDS."""
    if kind not in KINDS:
        raise BadInput(f"there is no kind of traffic {kind!r}", f"choose one of {', '.join(KINDS)}")
    draw = random.Random(f"{kind} {seed}")
    return _play(KINDS[kind](draw), draw)


def write(traffic: Traffic, folder: Path) -> None:
    """calls.csv and agents.csv as `hotline acd simulate` reads them. Raises BadInput if they cannot be written."""
    calls = [
        (f"{each.arrival:.3f}", each.queue, each.priority, _joined(each.skills, ">="), f"{each.handle:.3f}",
         "" if math.isinf(each.patience) else f"{each.patience:.3f}")
        for each in traffic.callers
    ]  # fmt: skip
    agents = [(each.agent, _joined(each.skills, ":"), each.start, each.end) for each in traffic.shifts]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns, rows in (("calls.csv", CALL_COLUMNS, calls), ("agents.csv", AGENT_COLUMNS, agents)):
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    except OSError as fault:
        raise BadInput(f"{folder}: cannot be written: {fault.strerror}", "choose another folder") from None


def _joined(skills: Mapping[str, int], sign: str) -> str:
    return ";".join(f"{skill}{sign}{level}" for skill, level in skills.items())


def _play(plan: Plan, draw: random.Random) -> Traffic:
    """Arrivals are Poisson at the rate of the moment (thinned from the highest), calls and patience random."""
    mean = sum(kind.share * kind.handle for kind in plan.kinds) / sum(kind.share for kind in plan.kinds)
    seconds = HOURS * 3600
    highest = max(plan.load(second) for second in range(0, int(seconds), 10))
    at, callers = 0.0, list[Caller]()
    while (at := at + draw.expovariate(highest * len(plan.agents) / mean)) < seconds:
        if draw.random() * highest > plan.load(at):
            continue
        kind = draw.choices(plan.kinds, [each.share for each in plan.kinds])[0]
        priority = draw.choices(range(len(kind.tiers)), kind.tiers)[0]
        handle = draw.lognormvariate(math.log(kind.handle) - 0.32, 0.8)  # variance of about 0.9 mean²
        patience = math.inf if math.isinf(plan.patience) else draw.expovariate(1 / plan.patience)
        callers.append(Caller(len(callers), at, kind.queue, priority, kind.skills, handle, patience))
    shifts = [Shift(f"{8001 + n}", skills, 0.0, 1.25 * seconds) for n, skills in enumerate(plan.agents)]
    return Traffic(callers, shifts)


def _level(draw: random.Random) -> int:
    return draw.randint(3, 10)


def _flat(load: float) -> Callable[[float], float]:
    return lambda second: load


def _mixed_staff(draw: random.Random, skills: Sequence[str], count: int) -> list[dict[str, int]]:
    """Everybody has a main skill; most have one or two more, some have all."""
    staff = list[dict[str, int]]()
    for number in range(count):
        main = skills[number % len(skills)]
        more = draw.choices((0, 1, 2, len(skills) - 1), (35, 35, 20, 10))[0]
        others = draw.sample([each for each in skills if each != main], min(more, len(skills) - 1))
        staff.append({main: draw.randint(6, 10)} | {each: _level(draw) for each in others})
    draw.shuffle(staff)
    return staff


def _mixed_kinds(draw: random.Random, skills: Sequence[str], tiers: tuple[float, ...]) -> list[Kind]:
    return [Kind(skill, {skill: 1}, draw.uniform(0.7, 1.3), draw.uniform(120, 240), tiers) for skill in skills]


def _mixed(
    draw: random.Random, load: Callable[[float], float], patience: float, tiers: tuple[float, ...] = (1.0,)
) -> Plan:
    skills = ["cards", "loans", "savings", "bank", "funds"][: draw.randint(3, 5)]
    agents = _mixed_staff(draw, skills, draw.randint(20, 50))
    return Plan(agents, _mixed_kinds(draw, skills, tiers), load, patience)


def _poisson(draw: random.Random) -> Plan:
    agents = [{"zh": _level(draw)} for _ in range(draw.randint(10, 50))]
    return Plan(agents, [Kind("cards", {"zh": 1}, 1.0, draw.uniform(120, 300))], _flat(draw.uniform(0.85, 0.97)))


def _skills(draw: random.Random) -> Plan:
    return _mixed(draw, _flat(draw.uniform(0.85, 0.97)), draw.choice((math.inf, draw.uniform(90, 400))))


def _scarce(draw: random.Random) -> Plan:
    """Few speak English, all speak Chinese; the few are the best at both."""
    count = draw.randint(16, 50)
    few = max(2, round(count * draw.uniform(0.12, 0.25)))
    agents = [{"zh": 10, "en": 9} for _ in range(few)] + [{"zh": _level(draw)} for _ in range(count - few)]
    draw.shuffle(agents)
    share = few / count * draw.uniform(0.5, 0.75)
    tiers = (0.9, 0.1) if draw.random() < 0.5 else (1.0,)
    kinds = [
        Kind("chinese", {"zh": 1}, 1 - share, 180, tiers),
        Kind("english", {"en": draw.choice((1, 5))}, share, 180, tiers),
    ]
    return Plan(agents, kinds, _flat(draw.uniform(0.82, 0.95)), draw.choice((math.inf, draw.uniform(90, 400))))


def _tiers(draw: random.Random) -> Plan:
    """Ordinary, gold and diamond customers; half of the days with one skill, half with several."""
    load, patience = _flat(draw.uniform(0.88, 1.0)), draw.uniform(120, 600)
    tiers = (0.7, 0.2, 0.1)
    if draw.random() < 0.5:
        return _mixed(draw, load, patience, tiers)
    agents = [{"zh": _level(draw)} for _ in range(draw.randint(12, 50))]
    return Plan(agents, [Kind("cards", {"zh": 1}, 1.0, draw.uniform(120, 300), tiers)], load, patience)


def _peak(draw: random.Random) -> Plan:
    """A hump in the middle of the day that for a while is more than the staff can do."""
    low, high, tiers = draw.uniform(0.55, 0.75), draw.uniform(1.1, 1.35), draw.choice(((1.0,), (0.85, 0.15)))

    def load(second: float) -> float:
        return low + (high - low) * math.exp(-(((second / 3600 - HOURS / 2) / 0.6) ** 2))

    return _mixed(draw, load, draw.uniform(120, 600), tiers)


def _bursts(draw: random.Random) -> Plan:
    """Calm, and every now and then some minutes of thrice the calls."""
    calm, times = draw.uniform(0.55, 0.7), [draw.uniform(0, HOURS * 3600) for _ in range(draw.randint(4, 8))]
    lengths = [draw.uniform(60, 240) for _ in times]
    tiers = draw.choice(((1.0,), (0.85, 0.15)))

    def load(second: float) -> float:
        return calm * (3 if any(0 <= second - at < long for at, long in zip(times, lengths, strict=True)) else 1)

    return _mixed(draw, load, draw.choice((math.inf, draw.uniform(120, 600))), tiers)


def _overload(draw: random.Random) -> Plan:
    tiers = draw.choice(((1.0,), (0.85, 0.15), (0.7, 0.2, 0.1)))
    return _mixed(draw, _flat(draw.uniform(1.08, 1.3)), draw.uniform(90, 300), tiers)


def _impatience(draw: random.Random) -> Plan:
    """Callers who give up within a minute."""
    return _mixed(draw, _flat(draw.uniform(0.95, 1.1)), draw.uniform(20, 60), draw.choice(((1.0,), (0.85, 0.15))))


KINDS: dict[str, Callable[[random.Random], Plan]] = {
    "poisson": _poisson,
    "skills": _skills,
    "scarce": _scarce,
    "tiers": _tiers,
    "peak": _peak,
    "bursts": _bursts,
    "overload": _overload,
    "impatience": _impatience,
}
"""Name → how such a day is drawn."""
