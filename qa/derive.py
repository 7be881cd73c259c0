"""Packs derived from others: files read, changes put upon their base, and where in which file a fault stands."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from core import yamlfile
from core.errors import ConfigError
from core.yamlfile import Place
from core.yamlwords import MEND

NAME = r"^[a-z][a-z0-9-]*$"
REMEDY = "correct the pack"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong at a place of the whole pack; `lacks`: the place of what is not there, which a file may remove."""

    place: Place
    problem: str
    lacks: Place = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A pack's own file, or one of those it is based on; `below`: the whole that its changes are put upon."""

    path: Path
    tree: dict[str, Any]
    text: str
    below: dict[str, Any]


def merged(packs_dir: Path, path: Path, seen: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[Written]]:
    """The whole pack and its files, its own first. Raises ConfigError."""
    text = yamlfile.read(path)
    tree = yamlfile.parse(text, path)
    if not isinstance(tree, dict):
        raise ConfigError(path, 1, "not a rule pack", "begin with 'pack: name'")
    base = tree.get("based_on")
    if base is None:
        return tree, [Written(path, tree, text, {})]
    line = yamlfile.line_of(yamlfile.outline(text), ("based_on",))
    if base in seen or base == path.stem:
        raise ConfigError(path, line, f"{base} is based on itself", "remove the circle")
    below = packs_dir / f"{base}.yaml"
    if not isinstance(base, str) or not re.fullmatch(NAME, base) or not below.is_file():
        raise ConfigError(path, line, f"there is no pack {base!r} to be based on", "name a pack of the same folder")
    found, files = merged(packs_dir, below, (*seen, path.stem))
    return change(found, tree), [Written(path, tree, text, found), *files]


def base_of(text: str) -> str | None:
    """What a pack's text says it is based on; None for nothing, and for a text that cannot be read."""
    try:
        tree = yamlfile.parse(text, Path())
    except ConfigError:
        return None
    base = tree.get("based_on") if isinstance(tree, dict) else None
    return base if isinstance(base, str) else None


def change(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes`: mappings merge, null removes, `key+` adds to a list, `key-` takes away from it."""
    result = dict(base)
    for key, value in changes.items():
        name = str(key)
        known = result.get(name[:-1], [])
        if name.endswith("+") and isinstance(value, list) and isinstance(known, list):
            result[name[:-1]] = [*known, *value]
        elif name.endswith("-") and isinstance(value, list) and isinstance(known, list):
            result[name[:-1]] = [kept for kept in known if kept not in value]
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = change(result[key], value)
        else:
            result[key] = deepcopy(value)
    return result


def missed(file: Written) -> list[ConfigError]:
    """What a file takes away (`key-`) and its base has not."""
    places = list(_missed(file.tree, file.below, ()))
    nodes = yamlfile.outline(file.text) if places else None
    return [
        ConfigError(file.path, yamlfile.line_of(nodes, place), _name(place) + ": there is no such thing to take away",
                    REMEDY, place)
        for place in places
    ]  # fmt: skip


def _missed(tree: dict[str, Any], below: Any, place: Place) -> Iterator[Place]:
    for key, value in tree.items():
        name = str(key)
        if isinstance(value, dict):
            yield from _missed(value, below.get(key, {}) if isinstance(below, dict) else {}, (*place, key))
        elif name.endswith("-") and isinstance(value, list):
            known = below.get(name[:-1], []) if isinstance(below, dict) else []
            yield from ((*place, key, index) for index, each in enumerate(value) if each not in (known or []))


def told(files: list[Written], wrong: Iterable[Wrong]) -> list[ConfigError]:
    """The faults with the lines at which they are written, those of the pack's own file first."""
    spots = [(*(_removed(files, each.lacks) or _spot(files, each.place)), each.problem) for each in wrong]
    return [
        ConfigError(file.path, yamlfile.line_of(nodes, place), problem, REMEDY, place)
        for file, nodes, of_file in _by_file(files, spots)
        for place, problem in of_file
    ]


def unread(files: list[Written], found: Iterable[ErrorDetails], model: type[BaseModel]) -> list[ConfigError]:
    """What the typing library could not read, in people's words; `model`: of a whole pack."""
    spots = []
    for each in found:
        at, place = _spot(files, each["loc"])
        spots.append((at, place, {**each, "loc": place}))
    faults = []
    for file, nodes, of_file in _by_file(files, spots):
        for one in yamlfile.faults([details for _, details in of_file], nodes, file.path, model):
            remedy = REMEDY if one.remedy == MEND else one.remedy
            faults.append(ConfigError(one.path, one.line, one.what, remedy, one.spot))
    return faults


def _by_file(files: list[Written], spots: list[tuple[int, Place, Any]]) -> Iterator[tuple[Written, Any, list[Any]]]:
    """Each file that something is wrong with, its nodes, and the places with what is wrong there."""
    for at, of_file in groupby(sorted(spots, key=lambda each: each[0]), key=lambda each: each[0]):
        yield files[at], yamlfile.outline(files[at].text), [(place, what) for _, place, what in of_file]


def _removed(files: list[Written], lacks: Place) -> tuple[int, Place] | None:
    """The file that removes what is lacking, and where."""
    for index, file in enumerate(files if lacks else ()):
        node: Any = file.tree
        for part in lacks[:-1]:
            node = node.get(part) if isinstance(node, dict) else None
        if isinstance(node, dict) and lacks[-1] in node and node[lacks[-1]] is None:
            return index, lacks
    return None


def _spot(files: list[Written], place: Place) -> tuple[int, Place]:
    """The file which says what stands at a place of the whole, and the place there."""
    best, at, depth = place, 0, -1
    for index, file in enumerate(files):
        decides, reached, own = _followed(file.tree, file.below, place)
        if reached > depth:
            best, at, depth = own, index, reached
        if decides:
            return index, own
    return at, best


def _followed(tree: Any, below: Any, place: Place) -> tuple[bool, int, Place]:
    """Whether a file says itself what stands at a place, how much of the place it has, and what it calls it."""
    for reached, part in enumerate(place):
        if not isinstance(tree, dict):
            return True, reached, place
        added, known = tree.get(f"{part}+"), below.get(part) if isinstance(below, dict) else None
        if part not in tree and isinstance(added, list):
            following, size = place[reached + 1] if reached + 1 < len(place) else None, len(known or ())
            if isinstance(following, int) and following >= size:
                return True, reached + 1, (*place[:reached], f"{part}+", following - size, *place[reached + 2 :])
            return False, reached + 1, place
        if part not in tree:
            return False, reached, place
        tree, below = tree[part], known
    return True, len(place), place


def _name(place: Place) -> str:
    return ".".join(str(part) for part in place)
