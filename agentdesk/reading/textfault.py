"""What is wrong with a text that people edit, in the parts its page shows. Pure."""

from dataclasses import dataclass

from core.errors import HotlineError


@dataclass(frozen=True, slots=True)
class FaultParts:
    """A fault for people: `line` 0 where it is none of the file; `place` such as steps.main.prompt."""

    line: int
    place: str
    problem: str
    remedy: str


def fault_parts(fault: HotlineError) -> FaultParts:
    problem = fault.problem
    path, line = getattr(fault, "path", None), getattr(fault, "line", 0)
    if path is not None:
        problem = problem.removeprefix(f"{path}:{line}: " if line else f"{path}: ")
    place, colon, rest = problem.partition(": ")
    plain = bool(colon) and " " not in place
    return FaultParts(line, place if plain else "", rest if plain else problem, fault.remedy)
