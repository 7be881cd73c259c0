"""Which rules a call's language asks for, and which model: of the tag as it is, else of the language without region."""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import InstrumentedAttribute


def names_of(language: str) -> tuple[str, ...]:
    """What rules may be named for a call's language, the best first: zh too of zh-CN, zh_CN and ZH."""
    return tuple(dict.fromkeys((language, _bare(language))))


def asks_for(spoken: InstrumentedAttribute[str], named: Iterable[str]) -> ColumnElement[bool]:
    """That the language of a row has one of these among its names."""
    names = list(named)
    bare = [each for each in names if each == _bare(each)]
    regions = [func.lower(spoken).startswith(each + mark, autoescape=True) for each in bare for mark in "-_"]
    return or_(spoken.in_(names), func.lower(spoken).in_(bare), *regions)


def _bare(language: str) -> str:
    return re.split("[-_]", language.lower(), maxsplit=1)[0]
