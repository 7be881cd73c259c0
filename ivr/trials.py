"""Menu tests: calls written as YAML beside a flow, played as text, compared with what must be heard and reached."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from core import yamlfile
from core.yamlfile import Place
from ivr.menus import LoadedMenu
from ivr.refusing import Refused, not_led_to, reasons
from ivr.rules import Rules
from ivr.schema.parts import Part
from ivr.walk import Outcome, Walk, World, answer_fault, inputs, walk

SUFFIX = ".tests.yaml"


def _typed(keys: str) -> str:
    inputs(keys)
    return keys


class Ends(Part):
    """Only what is written is compared."""

    outcome: Outcome | None = None
    step: str | None = None
    queue: str | None = None
    priority: int | None = None
    language: str | None = None


class Trial(Part):
    """One call. `hears` are parts of sentences in their order, `path` steps in their order (others may lie between).

    `refused`: queues that are closed, or each with its reason.
    """

    name: str
    keys: Annotated[str, AfterValidator(_typed)] = ""
    caller: str = Field(default="", alias="from")
    at: datetime
    answers: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    refused: Refused = frozenset()
    hears: tuple[str, ...] = ()
    never_hears: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    within: float | None = Field(default=None, description="seconds until the end")
    ends: Ends = Ends()


class Trials(Part):
    tests: tuple[Trial, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """`faults` empty: the call went as written; `lines` are those of the fields they are about."""

    name: str
    line: int
    faults: tuple[str, ...]
    lines: tuple[int, ...] = ()


Fault = tuple[Place, str]
"""Where in the test, and what is wrong there."""


def run(path: Path, menu: LoadedMenu, rules: Rules, dialled: str, world: World) -> list[Tried]:
    """`world`: what all these calls meet. Raises ConfigError."""
    text = yamlfile.read(path)
    trials, outline = yamlfile.loads(text, path, Trials), yamlfile.outline(text)

    def line(index: int, place: Place) -> int:
        return yamlfile.line_of(outline, ("tests", index, *place))

    tried = []
    for index, trial in enumerate(trials.tests):
        found = list(_nonsense(trial, menu)) or compare(trial, _play(trial, menu, rules, dialled, world))
        faults, lines = tuple(what for _, what in found), tuple(line(index, place) for place, _ in found)
        tried.append(Tried(trial.name, line(index, ()), faults, lines))
    return tried


def _nonsense(trial: Trial, menu: LoadedMenu) -> Iterator[Fault]:
    """What it names and no caller of this menu can ever meet."""
    flow = menu.flow
    for index, step in enumerate(trial.path):
        if step not in flow.steps:
            yield ("path", index), f"there is no step {step!r}"
    for step, answer in trial.answers.items():
        if fault := answer_fault(menu, step, answer):
            yield ("answers", step), str(fault)
    for queue, unled in not_led_to(flow, trial.refused):
        yield ("refused", queue), str(unled)
    if trial.ends.step not in (None, *flow.steps):
        yield ("ends", "step"), f"there is no step {trial.ends.step!r}"
    for _, unled in not_led_to(flow, [trial.ends.queue] if trial.ends.queue else ()):
        yield ("ends", "queue"), str(unled)
    if trial.ends.language not in (None, *flow.languages):
        yield ("ends", "language"), f"{trial.ends.language!r} is none of the file's languages"


def _play(trial: Trial, menu: LoadedMenu, rules: Rules, dialled: str, world: World) -> Walk:
    moment = trial.at if trial.at.tzinfo else trial.at.replace(tzinfo=rules.zone)
    met = replace(world, answers=trial.answers, refused=reasons(trial.refused))
    return walk(menu, met, trial.keys, rules.started(moment.timestamp(), trial.caller, dialled))


def compare(trial: Trial, walked: Walk) -> list[Fault]:
    """What went otherwise than the test says."""
    heard = [line.text for line in walked.lines if line.kind == "hears"]
    steps = [line.text.partition(" ")[0] for line in walked.lines if line.kind == "step"]
    faults: list[Fault] = [
        (("ends", name), f"ends with {name} {getattr(walked.end, name)!r}, not {wanted!r}")
        for name, wanted in trial.ends.model_dump(exclude_none=True).items()
        if getattr(walked.end, name) != wanted
    ]
    if (missed := _first_missed(trial.hears, heard)) is not None:
        faults.append((("hears", missed), f"never hears {trial.hears[missed]!r} (in this order)"))
    if (missed := _first_missed(trial.path, steps, whole=True)) is not None:
        way = f"the path was {' '.join(steps)}"
        faults.append((("path", missed), f"never comes to step {trial.path[missed]!r} (in this order); {way}"))
    faults += [
        (("never_hears", index), f"hears {each!r}")
        for index, each in enumerate(trial.never_hears)
        if any(each in text for text in heard)
    ]
    took = walked.lines[-1].at if walked.lines else 0.0
    if trial.within is not None and took > trial.within:
        faults.append((("within",), f"takes {took:.0f} s, not at most {trial.within:g} s"))
    return faults


def _first_missed(wanted: tuple[str, ...], told: list[str], *, whole: bool = False) -> int | None:
    rest = iter(told)
    for index, each in enumerate(wanted):
        if not any(each == text if whole else each in text for text in rest):
            return index
    return None
