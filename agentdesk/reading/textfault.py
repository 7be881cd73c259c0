"""What is wrong with a text that people edit, in the parts its page shows. Pure."""

from dataclasses import dataclass

from core.errors import BadInput, ConfigError


@dataclass(frozen=True, slots=True)
class FaultParts:
    """A fault for people: `line` 0 where it is none of the file; `place` such as steps.main.prompt."""

    line: int
    place: str
    problem: str
    remedy: str


def fault_parts(fault: BadInput) -> list[FaultParts]:
    """All that it tells of."""
    if isinstance(fault, ConfigError):
        return [file_fault(each) for each in fault.all]
    return [FaultParts(0, "", fault.problem, fault.remedy)]


def file_fault(fault: ConfigError) -> FaultParts:
    place, colon, rest = fault.what.partition(": ")
    plain = bool(colon) and " " not in place
    return FaultParts(fault.line, place if plain else "", rest if plain else fault.what, fault.remedy)
