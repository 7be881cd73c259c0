"""Every number in an address has bounds: one that no database takes is refused like any other that does not fit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annotated_types import Le
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from core.numbers import FAR, LAST, Moment, Number
from tests.app.test_rights import complete


def asked_by(dependant: Dependant) -> Iterator[tuple[str, FieldInfo]]:
    """Parameters of an address, those of dependencies too."""
    for each in (*dependant.path_params, *dependant.query_params):
        yield each.name, each.field_info
    for needed in dependant.dependencies:
        yield from asked_by(needed)


def is_number(asked: FieldInfo) -> bool:
    return any(kind in (getattr(asked.annotation, "__args__", ()) or (asked.annotation,)) for kind in (int, float))


def most(asked: FieldInfo) -> float:
    """The upper bound; without one, more than there is."""
    arms = getattr(asked.annotation, "__args__", ())
    metadata = [*asked.metadata, *(each for arm in arms for each in getattr(arm, "__metadata__", ()))]
    metadata += [each for one in metadata if isinstance(one, FieldInfo) for each in one.metadata]
    return min((float(str(each.le)) for each in metadata if isinstance(each, Le)), default=float("inf"))


async def test_every_number_in_an_address_has_an_upper_bound(tmp_path: Path) -> None:
    app, found = await complete(tmp_path), dict[str, float]()
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            for name, asked in asked_by(route.original_route.dependant):
                if is_number(asked):
                    found[f"{route.path} {name}"] = most(asked) - (FAR if float in _kinds(asked) else LAST)
    assert len(found) > 50
    assert {place for place, over in found.items() if over > 0} == set()


def _kinds(asked: FieldInfo) -> tuple[object, ...]:
    return (asked.annotation, *getattr(asked.annotation, "__args__", ()))


@pytest.mark.parametrize(
    ("kind", "said"), [(Number, str(LAST + 1)), (Number, "-1"), (Moment, "NaN"), (Moment, "inf"), (Moment, "-1e13")]
)
def test_what_lies_in_no_bounds_is_refused(kind: Any, said: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(said)
