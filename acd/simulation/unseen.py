"""Centres and days drawn far wider than `acd.simulation.generators`: what a policy meets that nobody tuned it for."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acd.free import profile_of, serves
from acd.simulation.generators import Traffic
from acd.simulation.traffic import Caller, Shift
from acd.waiting import need_of

Draw = Callable[[random.Random], float]
Load = Callable[[float], float]
"""Work offered ÷ agents at work, at a share 0..1 of the day."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`share` of all calls (any scale); `handle` and `patience` draw seconds; chances of the priorities 0, 1, …"""

    queue: str
    skills: dict[str, int]
    share: float
    handle: Draw
    patience: Draw
    tiers: Sequence[float]


@dataclass(frozen=True, slots=True)
class Centre:
    """`form` names its traffic for the report; callers come for `seconds`, at the rate of the moment."""

    form: str
    kinds: Sequence[Kind]
    shifts: Sequence[Shift]
    seconds: float
    rate: Load
    """Callers in a second, at a share of the day."""


FORMS = ("flat", "overload", "peak", "bursts", "impatient")


def centre(number: int) -> Centre:
    draw = random.Random(f"centre {number}")
    form = FORMS[number % len(FORMS)]
    skills = [f"s{each}" for each in range(draw.randint(1, 12))]
    agents = _agents(draw, skills, round(math.exp(draw.uniform(math.log(3), math.log(200)))))
    forever = form not in ("overload", "impatient") and draw.random() < 0.3
    kinds = _kinds(draw, skills, agents, _patience(draw, form, forever))
    total = sum(each.share for each in kinds)
    mean = sum(each.share * mean_of(each.handle) for each in kinds) / total
    load = _load(draw, form, forever)
    average = sum(load(step / 100) for step in range(100)) / 100
    calls = draw.uniform(500, 2000)
    seconds = min(max(calls * mean / (average * len(agents)), 1200.0), 12 * 3600.0)
    shifts = _shifts(draw, agents, seconds)
    return Centre(form, kinds, shifts, seconds, _rate(load, shifts, seconds, mean))


def play(centre: Centre, day: int) -> Traffic:
    """Arrivals are Poisson at the rate of the moment (thinned from the highest)."""
    draw = random.Random(f"day {day}")
    highest = max(centre.rate(step / 500) for step in range(500)) * 1.05
    shares = [each.share for each in centre.kinds]
    at, callers = 0.0, list[Caller]()
    while (at := at + draw.expovariate(highest)) < centre.seconds:
        if draw.random() * highest > centre.rate(at / centre.seconds):
            continue
        kind = draw.choices(centre.kinds, shares)[0]
        priority = draw.choices(range(len(kind.tiers)), kind.tiers)[0]
        callers.append(
            Caller(len(callers), at, kind.queue, priority, kind.skills, kind.handle(draw), kind.patience(draw))
        )
    return Traffic(callers, list(centre.shifts))


def mean_of(handle: Draw) -> float:
    """The mean of what it draws, near enough to set a load."""
    probe = random.Random(1)
    return sum(handle(probe) for _ in range(2000)) / 2000


def _agents(draw: random.Random, skills: Sequence[str], count: int) -> list[dict[str, int]]:
    """Specialists, neighbours in a chain, any few, everybody all, or a mixture; levels 1 to 10."""
    style = draw.choice(("one", "chain", "few", "all", "mixed", "mixed"))
    agents = []
    for number in range(count):
        main = number if number < len(skills) else draw.randrange(len(skills))
        mine = draw.choice(("one", "chain", "few", "all")) if style == "mixed" else style
        more = {"one": 0, "chain": 1, "few": draw.randint(0, 3), "all": len(skills) - 1}[mine]
        others = [skills[(main + 1) % len(skills)]] if mine == "chain" else draw.sample(skills, min(more, len(skills)))
        agents.append({each: draw.randint(1, 10) for each in dict.fromkeys([skills[main % len(skills)], *others])})
    return agents


def _kinds(
    draw: random.Random, skills: Sequence[str], agents: Sequence[dict[str, int]], patience: Sequence[Draw]
) -> list[Kind]:
    """Callers of one skill with or without a level, of two, or of none; of each about as many as its agents can do."""
    tiers = sorted((draw.random() ** 2 + 0.02 for _ in range(draw.randint(1, 5))), reverse=True)
    own_tiers, needs = draw.random() < 0.4, list[dict[str, int]]()
    for number in range(max(1, round(len(skills) * draw.uniform(1, 1.7)))):
        needed = {skills[number % len(skills)]: draw.choice((1, 1, 1, 3, 5, 7))}
        if draw.random() < 0.15:
            needed[draw.choice(skills)] = 1
        needs.append({} if draw.random() < 0.05 else needed)
    profiles = [profile_of(each) for each in agents]
    served = [[need for need in range(len(needs)) if serves(each, need_of(needs[need]))] for each in profiles]
    uneven, kinds = draw.choice((0.1, 0.25, 0.5)), list[Kind]()
    for number, needed in enumerate(needs):
        work = sum(1 / len(mine) for mine in served if number in mine) * math.exp(draw.gauss(0, uneven))
        if not work:
            continue
        chances = [each * draw.uniform(0.2, 2) for each in tiers] if own_tiers else tiers
        handle = _handle(draw)
        kinds.append(Kind(f"q{number}", needed, work / mean_of(handle), handle, draw.choice(patience), chances))
    return kinds or [Kind("q", {}, 1.0, _handle(draw), patience[0], tiers)]


def _handle(draw: random.Random) -> Draw:
    mean = math.exp(draw.gauss(math.log(180), 0.4))
    spread, often = draw.uniform(0.3, 1.2), draw.uniform(0.6, 0.95)
    return draw.choice((
        lambda one: one.lognormvariate(math.log(mean) - spread * spread / 2, spread),
        lambda one: one.expovariate(1 / mean),
        lambda one: one.gauss(mean / 2, mean / 20) if one.random() < often else one.uniform(2 * mean, 5 * mean),
    ))  # fmt: skip


def _patience(draw: random.Random, form: str, forever: bool) -> list[Draw]:
    """Of a few kinds of caller: memoryless, or about the same for all, with some who never hang up."""
    found = list[Draw]()
    for _ in range(draw.randint(1, 3)):
        mean = draw.uniform(15, 90) if form == "impatient" else draw.uniform(60, 600)
        spread, stay = draw.uniform(0.3, 1.2), draw.choice((0.0, 0.0, 0.1))
        found.append(_leaving(draw.random() < 0.5, mean, spread, 1.0 if forever else stay))
    return found


def _leaving(memoryless: bool, mean: float, spread: float, stay: float) -> Draw:
    def one(draw: random.Random) -> float:
        if draw.random() < stay:
            return math.inf
        return draw.expovariate(1 / mean) if memoryless else draw.lognormvariate(math.log(mean), spread)

    return one


def _load(draw: random.Random, form: str, forever: bool) -> Load:
    low, high = draw.uniform(0.6, 0.85), draw.uniform(1.05, 1.25 if forever else 1.6)
    middle, width = draw.uniform(0.25, 0.75), draw.uniform(0.05, 0.2)
    times = [(draw.random(), draw.uniform(0.005, 0.03)) for _ in range(draw.randint(2, 8))]
    match form:
        case "overload":
            return lambda at: high
        case "impatient":
            return lambda at: (low + high) / 2
        case "peak":
            return lambda at: low + (high - low) * math.exp(-(((at - middle) / width) ** 2))
        case "bursts":
            return lambda at: low * (1 + 2.5 * any(0 <= at - start < long for start, long in times))
    steady = draw.uniform(0.8, 0.99)
    return lambda at: steady


def _shifts(draw: random.Random, agents: Sequence[dict[str, int]], seconds: float) -> list[Shift]:
    """All the day, or some who come later, go earlier or pause; for each first of a skill somebody stays all day."""
    moving, late = draw.choice((0.0, 0.0, 0.3, 0.6)), seconds + 3 * 3600.0
    seen, shifts = set[str](), list[Shift]()
    for number, skills in enumerate(agents):
        start, end, name = 0.0, late, f"{8001 + number}"
        if not set(skills) - seen and draw.random() < moving:
            start, end = draw.choice(((0.0, draw.uniform(0.4, 0.9)), (draw.uniform(0.1, 0.6), 0.0), (0.0, 0.0)))
            if start == end:
                pause = draw.uniform(0.2, 0.7) * seconds
                shifts += [Shift(name, skills, 0.0, pause), Shift(name, skills, pause + seconds / 20, late)]
                continue
            start, end = start * seconds, end * seconds or late
        seen |= set(skills)
        shifts.append(Shift(name, skills, start, end))
    return shifts


def _rate(load: Load, shifts: Sequence[Shift], seconds: float, mean: float) -> Load:
    def rate(share: float) -> float:
        at = share * seconds
        return load(share) * sum(each.start <= at < each.end for each in shifts) / mean

    return rate
