"""The phrase families that checks name: which of their fields do, and what stands there."""

from collections.abc import Iterator

from pydantic import BaseModel

from qa.checks import CHECKS, NAMES_FAMILIES, Duty, Step

Place = tuple[int | str, ...]

PARTS: tuple[type[BaseModel], ...] = (*CHECKS, Duty, Step)
"""Checks, and what they are made of."""

FAMILY_FIELDS = frozenset(
    name for model in PARTS for name, field in model.model_fields.items() if NAMES_FAMILIES in field.metadata
)
"""Their fields that name phrase families."""


def families_of(check: BaseModel) -> list[str]:
    """Every phrase family a check names, nested duties and steps included."""
    return [family for _, family in family_places(check)]


def family_places(check: BaseModel) -> Iterator[tuple[Place, str]]:
    """The same with the places inside of the check."""
    for name, field in type(check).model_fields.items():
        value = getattr(check, name)
        if NAMES_FAMILIES in field.metadata:
            yield from (((name, index), family) for index, family in enumerate(value))
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, BaseModel):
                    yield from (((name, index, *place), family) for place, family in family_places(part))
