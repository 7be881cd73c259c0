"""What may be wrong with a menu that answers callers: the kinds, and what to do about each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import HotlineError
from ivr.menus import LoadedMenu


class FaultKind(StrEnum):
    PROMPT = "prompt"  # words that cannot be heard
    VALUE = "value"  # a variable that cannot be read aloud
    LOOKUP = "lookup"  # a service that does not answer, or nonsense
    CIRCLE = "circle"  # steps that lead to each other without a key
    RETURN = "return"  # a return without a sub-flow
    QUEUE = "queue"  # a queue that is not there
    LANDING = "landing"  # a step that is not there, to which callers come back from a queue or an agent
    TRANSFER = "transfer"  # an outside number that cannot be rung
    MESSAGE = "message"  # what a caller said that cannot be recorded or stored
    HEARING = "hearing"  # the recogniser is away
    STOPPED = "stopped"  # the call could not go on for a reason outside the menu
    VERSION = "version"  # a version that cannot answer any more


REMEDIES: Mapping[FaultKind, str] = {
    FaultKind.PROMPT: "make or record the prompt anew (`hotline ivr prompts --out`), or change its words",
    FaultKind.VALUE: "lead on with `missing:`, or look at where the variable comes from",
    FaultKind.LOOKUP: "look at the service; callers go on at `failed`, else they reach a person",
    FaultKind.CIRCLE: "put a question or a person into the circle",
    FaultKind.RETURN: "lead to this step by a sub step only",
    FaultKind.QUEUE: "name a queue of queues.yaml, or add the queue",
    FaultKind.LANDING: "add the step to the menu, or name another in queues.yaml",
    FaultKind.TRANSFER: "look at `way_out` of site.yaml and at the number; callers go on at `refused`",
    FaultKind.MESSAGE: "look at the disk and at the switch's spool folder",
    FaultKind.HEARING: "look at the model in models.yaml; callers have their keys meanwhile",
    FaultKind.STOPPED: "look at the log of that moment; callers reach a person",
    FaultKind.VERSION: "publish a version that names only what there is",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong at one place: `step` '' is the whole menu, `line` 0 the whole file."""

    menu: str
    version: int
    step: str
    line: int
    kind: FaultKind
    problem: str


def at(menu: LoadedMenu, step: str, kind: FaultKind, problem: str) -> Fault:
    """`step` as the menu's file has it."""
    return Fault(menu.name, menu.number, step, menu.line("steps", step) if step else 0, kind, problem)


def not_there(step: str) -> str:
    return f"callers come back to step {step!r}, which is not there, and begin anew"


def in_words(failed: Exception) -> str:
    """What is not ours may tell of the caller: then only what it is."""
    return failed.problem if isinstance(failed, HotlineError) else f"{type(failed).__name__} in the engine"
