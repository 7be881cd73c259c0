"""Places in plain mappings and lists, written as JSON pointers (RFC 6901): what stands there, and other contents. Pure.

A key that is no string (a date, a number) is written as it reads. Raises NotFound for a place that is not there.
"""

import copy
from typing import Any

from core.errors import NotFound

APPENDED = "-"
"""In place of an index or a key: an entry that is not there yet."""


def written(*parts: object) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def at(content: Any, pointer: str) -> Any:
    for part in parts(pointer):
        content = content[_key(content, part, pointer)]
    return content


def put(content: Any, pointer: str, value: Any) -> Any:
    """`value` there: instead of what stands there, as a new key, or appended to a list (`-`)."""
    if not pointer:
        return value
    made, holder, last = _opened(content, pointer)
    if isinstance(holder, dict):
        holder[_known(holder, last, last)] = value
    elif isinstance(holder, list) and last == APPENDED:
        holder.append(value)
    else:
        holder[_key(holder, last, pointer)] = value
    return made


def without(content: Any, pointer: str) -> Any:
    made, holder, last = _opened(content, pointer)
    del holder[_key(holder, last, pointer)]
    return made


def renamed(content: Any, pointer: str, key: Any) -> Any:
    """The entry of a mapping under another key, at its place among the others; one that has the key already goes."""
    made, holder, last = _opened(content, pointer)
    old = _key(holder, last, pointer)
    entries = [(key if each == old else each, value) for each, value in holder.items() if each == old or each != key]
    holder.clear()
    holder.update(entries)
    return made


def moved(content: Any, pointer: str, by: int) -> Any:
    """`by` places up (negative) or down among its siblings; the first and the last stay within."""
    made, holder, last = _opened(content, pointer)
    key = _key(holder, last, pointer)
    entries = list(holder.items()) if isinstance(holder, dict) else list(holder)
    index = list(holder).index(key) if isinstance(holder, dict) else key
    entries.insert(min(max(index + by, 0), len(entries) - 1), entries.pop(index))
    holder.clear()
    holder.update(entries) if isinstance(holder, dict) else holder.extend(entries)
    return made


def copied(content: Any, pointer: str) -> tuple[Any, str]:
    """A copy after it, under a key that is free; and where that is."""
    made, holder, last = _opened(content, pointer)
    key = _key(holder, last, pointer)
    value = copy.deepcopy(holder[key])
    if isinstance(holder, list):
        holder.insert(key + 1, value)
        return made, f"{pointer.rpartition('/')[0]}/{key + 1}"
    fresh = next(f"{key}-{n}" for n in range(2, len(holder) + 3) if f"{key}-{n}" not in holder)
    entries = list(holder.items())
    entries.insert(list(holder).index(key) + 1, (fresh, value))
    holder.clear()
    holder.update(entries)
    return made, pointer.rpartition("/")[0] + written(fresh)


def _opened(content: Any, pointer: str) -> tuple[Any, Any, str]:
    """A copy of the content, what holds the place in it, and the last part of the place."""
    made = copy.deepcopy(content)
    fore, _, last = pointer.rpartition("/")
    holder = at(made, fore)
    if not isinstance(holder, dict | list):
        raise NotFound(f"there is nothing at {pointer}")
    return made, holder, parts(f"/{last}")[0]


def _key(holder: Any, part: str, pointer: str) -> Any:
    match holder:
        case dict() if (found := _known(holder, part, None)) is not None:
            return found
        case list() if part.isdecimal() and int(part) < len(holder):
            return int(part)
    raise NotFound(f"there is nothing at {pointer}")


def _known(holder: dict[Any, Any], part: str, otherwise: Any) -> Any:
    return next((key for key in holder if str(key) == part), otherwise)


def keys(value: Any) -> list[Any]:
    """Of a mapping or a list; none of anything else."""
    match value:
        case dict():
            return list(value)
        case list():
            return list(range(len(value)))
    return []
