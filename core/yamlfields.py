"""Which fields a model may have at a place, so that a misspelt one is told what was meant. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def nearest_field(model: type[BaseModel], place: Iterable[int | str], name: str) -> str:
    """The field most like `name` of what stands at `place`; '' where none is like it.

    In a place as the typing library tells it, members of unions are named as well.
    """
    here: list[Any] = [model]
    for part in place:
        here = [*_below(here, part)] or _members(here, str(part)) or here
    fields = [field for each in here if _is_model(each) for field in _fields(each)]
    return next(iter(get_close_matches(name, fields, 1)), "")


def _below(types: Iterable[Any], part: int | str) -> Iterator[Any]:
    """What may stand at this part of a model, mapping or list."""
    for each in types:
        origin, inner = get_origin(each), [item for item in get_args(each) if item is not ...]
        if _is_model(each):
            yield from _plain(_fields(each)[str(part)]) if part in _fields(each) else ()
        elif origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
            yield from _plain(inner[-1])
        elif inner and isinstance(part, int):
            yield from (kind for item in inner for kind in _plain(item))


def _members(types: list[Any], tag: str) -> list[Any]:
    """The members of a union that go by this name: of the class, or of the value that tells them apart."""
    return [each for each in types if _is_model(each) and (each.__name__ == tag or tag in _tags(each))]


def _tags(model: type[BaseModel]) -> set[Any]:
    literals = (field.annotation for field in model.model_fields.values() if get_origin(field.annotation) is Literal)
    return {value for each in literals for value in get_args(each)}


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """As they are written in a file, with their types."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _plain(kind: Any) -> Iterator[Any]:
    """The types behind notes and unions."""
    if get_origin(kind) is Annotated:
        yield from _plain(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        yield from (plain for each in get_args(kind) for plain in _plain(each))
    else:
        yield kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, BaseModel)
