"""The checks of rule packs and their fields, as Markdown and JSON schema, out of the classes that read them. Pure."""

import re
from collections.abc import Iterator
from enum import StrEnum
from inspect import cleandoc, isclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from qa.checks import CHECKS, NAMES_FAMILIES, BaseCheck, Check, Duty, Step, Text

EVERY = frozenset(BaseCheck.model_fields)
"""What every check has."""

_PLAIN: dict[Any, str] = {str: "text", float: "number", int: "whole number", bool: "true or false", Text: "{zh, en}"}


def reference() -> str:
    """A section for every check, and for what checks are made of."""
    every = _section("every check", BaseCheck, frozenset())
    named = (_section(f"`{_name(check)}`", check, EVERY | {"check"}) for check in CHECKS)
    parts = (_section(f"one of `{name}`", part, frozenset()) for name, part in (("duties", Duty), ("steps", Step)))
    return "\n".join((every, *named, *parts))


def schema() -> dict[str, Any]:
    """The JSON schema of a check, for editors and programs."""
    return TypeAdapter(Check).json_schema()


def _name(check: type[BaseModel]) -> str:
    return str(get_args(check.model_fields["check"].annotation)[0])


def _section(title: str, model: type[BaseModel], without: frozenset[str]) -> str:
    rows = [row for name, field in model.model_fields.items() if name not in without for row in _row(name, field)]
    table = ["| field | value | if not given | |", "|---|---|---|---|", *rows] if rows else []
    about = " ".join(cleandoc(model.__doc__ or "").split())
    return "\n".join((f"### {title}", about, *(("", *table) if table else ()), ""))


def _row(name: str, field: FieldInfo) -> Iterator[str]:
    value = "families" if NAMES_FAMILIES in field.metadata else _kind(field.annotation)
    limits = [limit for each in field.metadata if (limit := _limit(each))]
    given = "must be given" if field.is_required() else _usual(field)
    yield f"| `{name}` | {', '.join((value, *limits))} | {given} | {field.description or ''} |"


def _kind(annotation: Any) -> str:
    match get_origin(annotation):
        case origin if origin is Literal:
            return " or ".join(f"`{each}`" for each in get_args(annotation))
        case origin if origin in (Union, UnionType):
            return _kind(next(each for each in get_args(annotation) if each is not type(None)))
        case origin if origin is tuple:
            return f"list of: {_kind(get_args(annotation)[0])}"
        case origin if origin is not None:
            return _kind(get_args(annotation)[0])
    if isclass(annotation) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{each}`" for each in annotation)
    return _PLAIN.get(annotation) or f"{annotation.__name__.lower()}, see below"


def _limit(limit: Any) -> str:
    found = re.fullmatch(r"(Gt|Ge|Lt|Le|MinLen)\(\w+=(.+)\)", repr(limit))
    words = {"Gt": "above", "Ge": "from", "Lt": "below", "Le": "up to", "MinLen": "at least"}
    return f"{words[found.group(1)]} {found.group(2)}" if found else ""


def _usual(field: FieldInfo) -> str:
    usual = field.default
    if usual is PydanticUndefined or usual is None or usual in ((), ""):
        return "–"
    return f"`{str(usual).lower() if isinstance(usual, bool) else usual}`"
