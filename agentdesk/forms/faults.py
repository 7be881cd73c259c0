"""What is wrong with a draft, at the place where it is wrong. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from core import shapes, yamlfile
from core.errors import BadInput, ConfigError
from core.places import written


@dataclass(frozen=True, slots=True)
class Fault:
    """`place`: a JSON pointer, '' for the file as a whole. `words` and `remedy` in English."""

    place: str
    words: str
    remedy: str = ""


def of_model(model: type[BaseModel], content: Any) -> list[Fault]:
    """All that the model says against the content."""
    try:
        model.model_validate(content)
    except ValidationError as fault:
        return [Fault(_place(each["loc"], content), shapes.told(each)) for each in fault.errors(include_url=False)]
    return []


def of_check(fault: BadInput, file: str, text: str) -> Fault | None:
    """Of the check that comes before publishing; None where it is about another file."""
    if not isinstance(fault, ConfigError):
        return Fault("", fault.problem, fault.remedy)
    if fault.path.name != file:
        return None
    problem = fault.what
    dotted, colon, rest = problem.partition(": ")
    place = fault.spot or yamlfile.place_at(yamlfile.outline(text), fault.line)
    if colon and " " not in dotted and dotted == ".".join(map(str, place)):
        problem = rest
    return Fault(_place(place, yamlfile.parse(text, fault.path)), problem, fault.remedy)


def _place(loc: Sequence[int | str], content: Any) -> str:
    """Without the names of union members, which pydantic mentions and the content does not have."""
    told: list[object] = []
    for at, part in enumerate(loc):
        match content:
            case dict() if (key := next((each for each in content if str(each) == str(part)), None)) is not None:
                told.append(key)
                content = content[key]
            case list() if isinstance(part, int) and part < len(content):
                told.append(part)
                content = content[part]
            case dict() if at == len(loc) - 1 and str(part) != "[key]":
                told.append(part)
    return written(*told)
