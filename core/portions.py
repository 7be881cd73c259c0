"""Long lists in portions: a statement takes only so many values (SQLite 32,766, PostgreSQL's protocol as many)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

MOST = 500


def portions(items: Iterable[Item], most: int = MOST) -> Iterator[list[Item]]:
    rest = iter(items)
    while portion := list(islice(rest, most)):
        yield portion
