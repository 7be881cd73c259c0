"""YAML configuration read into typed models; every fault names its file and line."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML, MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent

from core.errors import ConfigError
from core.yamlfields import nearest_field
from core.yamlwords import WIDE_COLON, told, wide_colon

Model = TypeVar("Model", bound=BaseModel)

_NAMED_WIDE = re.compile(rf"(?:^|[{{,])[ \t]*(?:- +)*[\"']?([\w*#-]+)[\"']?[ \t]*{WIDE_COLON}", re.ASCII)
"""At the place of a name; words that are said are in other letters, or stand after a colon."""
Place = tuple[int | str, ...]
"""Keys and indexes on the way from the top of a file to a part of it."""


def load(path: Path, model: type[Model]) -> Model:
    """The file's content as `model`; raises ConfigError, which tells of all that is wrong, with lines and remedies."""
    return loads(read(path), path, model)


def loads(text: str, path: Path, model: type[Model]) -> Model:
    """The same for a text that is not in a file; `path` is what messages call it."""
    content = parse(text, path)
    try:
        return model.model_validate(content)
    except ValidationError as fault:
        raise ConfigError.of(faults(fault.errors(include_url=False), outline(text), path, model)) from None


def faults(found: Sequence[ErrorDetails], nodes: Any, path: Path, model: type[BaseModel]) -> Iterator[ConfigError]:
    """What the typing library found, one a place; of a union what is wrong with the member that fits best."""
    places: dict[Place, tuple[int, ErrorDetails]] = {}
    for each in found:
        written, line = _written(nodes, each["loc"])
        missing = each["type"] == "missing"
        places.setdefault((*written, each["loc"][-1]) if missing else written, (line, each))
    holders = {place[:size] for place in places for size in range(len(place))}
    for place, (line, each) in places.items():
        if place in holders or (each["type"] == "missing" and _misspelt(place, places)):
            continue
        name, meant = ".".join(str(part) for part in place), ""
        if each["type"] == "extra_forbidden":
            meant = nearest_field(model, each["loc"][:-1], str(each["loc"][-1]))
        problem, remedy = told(each, meant)
        yield ConfigError(path, line, f"{name}: {problem}" if name else problem, remedy, each["loc"])


def _misspelt(missing: Place, places: dict[Place, tuple[int, ErrorDetails]]) -> bool:
    """Whether the name is there and only written otherwise, which is told already."""
    extra = [
        str(at[-1]) for at, (_, each) in places.items() if each["type"] == "extra_forbidden" and at[:-1] == missing[:-1]
    ]
    return bool(get_close_matches(str(missing[-1]), extra, 1))


def read(path: Path) -> str:
    """The file's text; raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not path.parent.is_dir():
            remedy = "restore it from the shipped config/, or name another with --config"
            raise ConfigError(path, 0, f"there is no directory {path.parent}", remedy) from None
        raise ConfigError(path, 0, "the file is missing", "restore it from the shipped config/") from None
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise ConfigError(path, line, "not UTF-8", "save the file in UTF-8") from None
    except OSError as fault:
        raise ConfigError(path, 0, f"cannot be read: {fault.strerror}", "check its path and rights") from None


def said(path: Path) -> str:
    """The file's text; '' for one that is not there, or cannot be read."""
    try:
        return read(path)
    except ConfigError:
        return ""


def parse(text: str, path: Path) -> Any:
    """The content in plain mappings, lists and values; `path` is what messages call it. Raises ConfigError."""
    try:
        return YAML(typ="safe").load(text)
    except (YAMLError, ValueError, KeyError):
        pass  # the C parser refuses some valid YAML 1.2, such as [09:00, 17:00]; and the fault needs its line
    return _patiently(YAML(typ="safe", pure=True), text, path)


@lru_cache(maxsize=4)
def remembered(text: str, path: Path) -> Any:
    """As `parse`, for those who come back with the same text again and again; what is returned must not be changed."""
    return parse(text, path)


def editable(text: str, path: Path) -> Any:
    """The content as ruamel's tree, which keeps comments and order when it is written again."""
    return _patiently(YAML(typ="rt"), text, path)


def outline(text: str) -> Any:
    """The nodes of a text that `parse` accepted, or None of an empty one, for `line_of`."""
    try:
        return YAML(typ="safe").compose(text)
    except YAMLError:
        return YAML(typ="safe", pure=True).compose(text)


def line_of(outline: Any, place: Place) -> int:
    """The 1-based line of the deepest part of `place` that exists in the text."""
    return _written(outline, place)[1]


def _written(outline: Any, place: Place) -> tuple[Place, int]:
    """The parts of `place` that stand in the text, and the line of the deepest: pydantic names union members too."""
    line = outline.start_mark.line + 1 if outline else 1
    node, written = outline, list[int | str]()
    for part, following in zip_longest(place, place[1:]):
        found = _inside(node, part)
        member = found is not None and _inside(node, following) and _inside(found[1], following) is None
        if found is not None and not member:
            line, node = found[0].start_mark.line + 1, found[1]
            written.append(part)
    return tuple(written), int(line)


def _inside(node: Any, part: int | str | None) -> tuple[Any, Any] | None:
    """The nodes that begin and hold this part of a mapping or list."""
    match node:
        case MappingNode():
            return next((pair for pair in node.value if pair[0].value == str(part)), None)
        case SequenceNode() if str(part).isdigit() and int(str(part)) < len(node.value):
            return (node.value[int(str(part))],) * 2
        case _:
            return None


def place_at(outline: Any, line: int) -> Place:
    """What begins on a 1-based line, or the last thing that began before it."""
    found: Place = ()
    node = outline
    while isinstance(node, MappingNode | SequenceNode) and node.value:
        pairs = node.value if isinstance(node, MappingNode) else [(each, each) for each in node.value]
        begun = [at for at, (key, _) in enumerate(pairs) if key.start_mark.line < line]
        if not begun:
            break
        key, value = pairs[begun[-1]]
        found = (*found, key.value if isinstance(node, MappingNode) else begun[-1])
        if key.start_mark.line == line - 1:
            break
        node = value
    return found


def demand_known(what: str, named: Iterable[tuple[Place, str]], known: Collection[str], text: str, path: Path) -> None:
    """`named` are places in a text that `parse` accepted and the `what` named there; '' stands for none.

    Raises ConfigError with the lines of those that are not `known`.
    """
    unknown = [(place, name) for place, name in named if name and name not in known]
    if unknown:
        nodes, remedy = outline(text), f"use one of {', '.join(sorted(known))}"
        raise ConfigError.of(
            ConfigError(path, line_of(nodes, place), f"there is no {what} {name!r}", remedy, place)
            for place, name in unknown
        )


def _patiently(reader: YAML, text: str, path: Path) -> Any:
    try:
        return reader.load(text)
    except MarkedYAMLError as fault:
        if wide := _wide_colon(text, fault):
            raise ConfigError(path, wide[0], *wide_colon(wide[1])) from None
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else 0
        # Of a key written twice ruamel tells both contents.
        problem = str(fault.problem or fault.context).partition(" with value ")[0]
        raise ConfigError(path, line, f"not valid YAML: {problem}", "check indentation and quotes") from None
    except YAMLError as fault:
        problem = " ".join(str(fault).split())
        raise ConfigError(path, 0, f"not valid YAML: {problem}", "check indentation and quotes") from None
    except (ValueError, KeyError):
        line, value = _unreadable(text)
        problem = f"{value[:40]!r} looks like a date or a number and is none"
        raise ConfigError(path, line, problem, "correct it, or write it in quotes") from None


def _wide_colon(text: str, fault: MarkedYAMLError) -> tuple[int, str] | None:
    """The line that a fault is about and the name there after which a colon stands that is none in YAML."""
    lines = text.split("\n")
    # A name without its colon is words, which go on until a line that cannot be theirs.
    for line in (at for mark in (fault.context_mark, fault.problem_mark) if mark for at in (mark.line, mark.line - 1)):
        if 0 <= line < len(lines) and (found := _NAMED_WIDE.search(lines[line])):
            return line + 1, found[1]
    return None


def _unreadable(text: str) -> tuple[int, str]:
    """The line and the words of the first value that is not what it looks like, such as 2026-02-30."""
    reader = YAML(typ="safe", pure=True)
    for event in reader.parse(text):
        if isinstance(event, ScalarEvent):
            tag = event.tag or reader.resolver.resolve(ScalarNode, event.value, event.implicit)
            try:
                reader.constructor.construct_object(ScalarNode(tag, event.value))
            except (ValueError, KeyError):
                return event.start_mark.line + 1, event.value
    return 0, ""
