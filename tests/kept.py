"""What is kept in memory: how much the collections hold that services own."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

OURS = ("acd", "ivr", "pbx", "core")


def _parts(held: Any) -> Iterator[tuple[str, Any]]:
    slots = (getattr(kind, "__slots__", ()) for kind in type(held).__mro__)
    names = chain(getattr(held, "__dict__", ()), *slots)
    return ((name, getattr(held, name)) for name in names if hasattr(held, name))


def kept(*roots: object) -> Counter[str]:
    """How much every collection holds that can be reached from `roots` through objects of ours."""
    found: Counter[str] = Counter()
    seen: set[int] = set()
    look: list[tuple[str, Any]] = [("", root) for root in roots]
    while look:
        place, each = look.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, Mapping | list | set | deque | tuple | frozenset):
            found[place] += len(each)
            look += [(place, inner) for inner in (each.values() if isinstance(each, Mapping) else each)]
        elif type(each).__module__.partition(".")[0] in OURS:
            look += [(f"{type(each).__name__}.{name}", part) for name, part in _parts(each)]
    return found
