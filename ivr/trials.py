"""Menu tests: calls written as YAML beside a flow, played as text, compared with what must be heard and reached."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from core import yamlfile
from core.errors import BadInput
from ivr.menus import LoadedMenu
from ivr.refusing import Refused, demand_led_to, reasons
from ivr.rules import Rules
from ivr.schema.parts import Part
from ivr.walk import Walk, World, inputs, walk

SUFFIX = ".tests.yaml"


def _typed(keys: str) -> str:
    inputs(keys)
    return keys


class Ends(Part):
    """Only what is written is compared. `outcome`: queue, message, self_service, failed, hung_up or menu."""

    outcome: str | None = None
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
    """`faults` empty: the call went as written."""

    name: str
    line: int
    faults: tuple[str, ...]


def load(path: Path) -> tuple[Trials, list[int]]:
    """The tests with their lines; raises ConfigError."""
    text = yamlfile.read(path)
    trials, outline = yamlfile.loads(text, path, Trials), yamlfile.outline(text)
    return trials, [yamlfile.line_of(outline, ("tests", index)) for index in range(len(trials.tests))]


def run(path: Path, menu: LoadedMenu, rules: Rules, dialled: str, world: World) -> list[Tried]:
    """`world`: what all these calls meet."""
    trials, lines = load(path)
    return [
        Tried(trial.name, line, tuple(_faults(trial, menu, rules, dialled, world)))
        for trial, line in zip(trials.tests, lines, strict=True)
    ]


def _faults(trial: Trial, menu: LoadedMenu, rules: Rules, dialled: str, world: World) -> list[str]:
    strange = [step for step in (*trial.path, trial.ends.step) if step is not None and step not in menu.flow.steps]
    if strange:
        return [f"there is no step {strange[0]!r}"]
    try:
        return compare(trial, _play(trial, menu, rules, dialled, world))
    except BadInput as fault:
        return [str(fault)]


def _play(trial: Trial, menu: LoadedMenu, rules: Rules, dialled: str, world: World) -> Walk:
    moment = trial.at if trial.at.tzinfo else trial.at.replace(tzinfo=rules.zone)
    met = replace(world, answers=trial.answers, refused=reasons(trial.refused))
    demand_led_to(menu.flow, met.refused)
    return walk(menu, met, trial.keys, rules.started(moment.timestamp(), trial.caller, dialled))


def compare(trial: Trial, walked: Walk) -> list[str]:
    """What went otherwise than the test says, a line each."""
    heard = [line.text for line in walked.lines if line.kind == "hears"]
    steps = [line.text.partition(" ")[0] for line in walked.lines if line.kind == "step"]
    faults = [
        f"ends with {name} {getattr(walked.end, name)!r}, not {wanted!r}"
        for name, wanted in trial.ends.model_dump(exclude_none=True).items()
        if getattr(walked.end, name) != wanted
    ]
    if (missed := _first_missed(trial.hears, heard)) is not None:
        faults.append(f"never hears {missed!r} (in this order)")
    if (missed := _first_missed(trial.path, steps, whole=True)) is not None:
        faults.append(f"never comes to step {missed!r} (in this order); the path was {' '.join(steps)}")
    faults += [f"hears {each!r}" for each in trial.never_hears if any(each in text for text in heard)]
    took = walked.lines[-1].at if walked.lines else 0.0
    if trial.within is not None and took > trial.within:
        faults.append(f"takes {took:.0f} s, not at most {trial.within:g} s")
    return faults


def _first_missed(wanted: tuple[str, ...], told: list[str], *, whole: bool = False) -> str | None:
    rest = iter(told)
    for each in wanted:
        if not any(each == text if whole else each in text for text in rest):
            return each
    return None
