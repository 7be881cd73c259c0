"""Names in a document that are a known one written otherwise: what they tell would be left out without a word. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rapidfuzz.distance import OSA

Place = tuple[int | str, ...]

_LONG = 5
"""Letters from which one wrong letter makes no other word: code is not mode."""


def misspelt(tree: Any, model: type[BaseModel], place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Where a name stands that `model` does not know but for its spelling, and the right one."""
    if isinstance(tree, list):
        for index, each in enumerate(tree):
            yield from misspelt(each, model, (*place, index))
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if (field := model.model_fields.get(name)) is None:
                if meant := _meant(name, tree, model.model_fields):
                    yield (*place, name), meant
            elif part := _model_in(field.annotation):
                yield from misspelt(value, part, (*place, name))


def nearest(name: str, known: Mapping[str, object]) -> str | None:
    """The known name that this one is in other letters: capitals, dashes, or one letter wrong, missing, too many or
    beside its place."""
    for each in known:
        if _plain(each) == _plain(name):
            return each
    return next((each for each in known if len(each) >= _LONG - 1 and OSA.distance(each, name.lower()) <= 1), None)


def _meant(name: str, tree: Mapping[str, Any], known: Mapping[str, FieldInfo]) -> str | None:
    """Another system may have a name of its own that is near a known one: beside that it is no slip."""
    meant = nearest(name, known)
    if meant is None or _plain(meant) == _plain(name):
        return meant
    return meant if meant not in tree and (len(meant) >= _LONG or known[meant].is_required()) else None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
