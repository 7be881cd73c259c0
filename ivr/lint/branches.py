"""Checks of branches: every case and range of it can hold, and nothing before it takes all that it is for."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import get_args

from ivr.lint.findings import Finding
from ivr.moment import WEEKDAYS
from ivr.reading.values import as_span, plain_number
from ivr.schema import Assign, Branch, Flow, Http, Lookup, Survey
from ivr.schema.parts import Tier, named

OLDEST = 120
FIRST_DAY, DAYS = dt.date(2020, 1, 1), 80 * 366


def check(flow: Flow) -> Iterator[Finding]:
    for name, step in flow.steps.items():
        if isinstance(step, Branch):
            yield from _branch(name, step, _possible(flow, step.on) or _tried(step))


def _branch(name: str, step: Branch, possible: set[str]) -> Iterator[Finding]:
    """In the order in which they are looked at."""
    left = set(possible)
    for place, words, holds in _choices(step):
        here = {each for each in possible if holds(each)}
        if not here:
            yield Finding(name, "never-true", f"{step.on} is never {words}", place=place)
        elif not here & left:
            yield Finding(name, "never-true", f"{words}: what stands before it takes all of these", place=place)
        left -= here


def _choices(step: Branch) -> Iterator[tuple[tuple[str, ...], str, Callable[[str], bool]]]:
    for value in step.cases:
        yield ("cases", value), repr(value), value.__eq__
    for prefix in sorted(step.prefixes, key=len, reverse=True):
        yield ("prefixes", prefix), f"{prefix}…", partial(_begins, prefix)
    for index, each in enumerate(step.ranges):
        yield ("ranges", str(index)), str(each), each.holds


def _begins(prefix: str, value: str) -> bool:
    return plain_number(value).startswith(prefix)


def _possible(flow: Flow, variable: str) -> set[str]:
    """All values that a variable may have, as far as they can be told; empty where it may be anything."""
    setters = [step for step in flow.steps.values() if variable in step.sets()]
    match variable:
        case "tier" if not any(isinstance(step, Lookup) and isinstance(step.source, Http) for step in setters):
            return set(get_args(Tier))
        case "language":
            return set(flow.languages)
        case "known":
            return {"yes", "no"}
        case "weekday":
            return set(WEEKDAYS)
        case "hour":
            return {str(hour) for hour in range(24)}
        case "time":
            return {f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)}
        case "date":
            return {(FIRST_DAY + dt.timedelta(days=day)).isoformat() for day in range(DAYS)}
        case "age":
            return {"", *(str(age) for age in range(OLDEST))}
    texts: set[str] = {""}
    for step in setters:
        match step:
            case Survey(lowest=lowest, highest=highest):
                texts |= {str(key) for key in range(lowest, highest + 1)}
            case Assign(to=to) if not named(to[variable]):
                texts.add(to[variable])
            case _:
                return set()
    return texts if setters else set()


def _tried(step: Branch) -> set[str]:
    """Of what may be anything: cases, numbers with each prefix, and where each range begins and the next thing does."""
    numbers = {f"{prefix}{more}" for prefix in step.prefixes for more in ("", *"0123456789")}
    bounds = {Decimal(str(bound)) for each in step.ranges for bound in (each.at_least, each.below) if bound is not None}
    numbers |= {f"{bound:f}" for bound in bounds} | {f"{min(bounds) - 1:f}" if bounds else ""}
    spans = [span for each in step.ranges if each.between and (span := as_span(each.between))]
    times = {f"{minute // 60 % 24:02}:{minute % 60:02}" for span in spans for minute in span}
    return {*step.cases, *numbers, *times}
