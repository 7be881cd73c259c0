"""A text of YAML made to say something else, where only the lines of what differs become others. Pure.

Comments, order, quotes and blank lines of all else stay as somebody wrote them. A comment directly above an entry goes
where the entry goes.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, MappingNode, SequenceNode
from ruamel.yaml.error import YAMLError

from core import yamlfile
from core.errors import ConfigError

WIDTH = 100
"""What does not fit on one line of so many columns is written in lines of its own."""
STEP = 2
DEPTHS = (1000, 3, 2, 1)
"""How deep a text is followed: where it points from one place to another, the whole entry is written anew."""


def said(text: str, content: Any, path: Path) -> str:
    """The text that says `content` (plain mappings, lists and values), `path` is what messages call it.

    Raises ConfigError where `text` is no YAML.
    """
    old = yamlfile.remembered(text, path)
    if old is content or repr(old) == repr(content):
        return text
    merge = _Merge(text)
    for depth in DEPTHS:
        made = merge.document(old, content, depth)
        if made is not None and _says(made, content, path):
            return made
    return f"{_heading(text)}{_lines(content, 0)}\n"


def _says(text: str, content: Any, path: Path) -> bool:
    try:
        return repr(yamlfile.remembered(text, path)) == repr(content)
    except ConfigError:
        return False


def _heading(text: str) -> str:
    """The comments that a text begins with."""
    lines = text.splitlines(keepends=True)
    until = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:until])


class _Merge:
    def __init__(self, text: str) -> None:
        self._text = text
        self._root = yamlfile.outline(text)

    def document(self, old: Any, content: Any, depth: int) -> str | None:
        """The whole text; None of one that says nothing."""
        if self._root is None:
            return None
        begin, end = self._root.start_mark.index, self._end(self._root)
        return self._text[:begin] + self._node(self._root, old, content, depth) + self._text[end:]

    def _node(self, node: Any, old: Any, new: Any, depth: int) -> str:
        """What stands between the node's beginning and end from now on."""
        begin, end = node.start_mark.index, self._end(node)
        if repr(old) == repr(new):
            return self._text[begin:end]
        if depth and _alike(node, old, new):
            if _in_lines(node):
                return self._block(node, old, new, depth - 1)
            if _keys(old) == _keys(new):
                return self._flow(node, old, new, depth - 1)
        return _lines(new, node.start_mark.column) if _in_lines(node) else _flow(new)

    def _flow(self, node: Any, old: Any, new: Any, depth: int) -> str:
        """The same keys, or as many items: each is changed where it stands."""
        values = [pair[1] for pair in node.value] if isinstance(node, MappingNode) else node.value
        told, at = [], node.start_mark.index
        for each, key in zip(values, _keys(new), strict=True):
            told += [self._text[at : each.start_mark.index], self._node(each, old[key], new[key], depth)]
            at = self._end(each)
        return "".join([*told, self._text[at : self._end(node)]])

    def _block(self, node: Any, old: Any, new: Any, depth: int) -> str:
        """Its entries cut apart and put together again, in the order of now."""
        column, keys = node.start_mark.column, list(_keys(old))
        pieces = self._pieces(node, column)
        if len(pieces) != len(keys):
            return _lines(new, column)
        told = []
        for key, known in zip(_keys(new), _matches(old, new), strict=True):
            if known is None:
                told.append(_entry(key, new[key], column, isinstance(new, list)))
            else:
                told.append(self._piece(node, pieces, known, (old[keys[known]], key, new[key]), depth))
        return f"\n{' ' * column}".join(told)

    def _piece(self, node: Any, pieces: list[str], at: int, said: tuple[Any, Any, Any], depth: int) -> str:
        """One entry; `said`: what it said, its key of now, and what it says."""
        was, key, now = said
        listed = isinstance(node, SequenceNode)
        value = node.value[at] if listed else node.value[at][1]
        name: Any = None if listed else node.value[at][0]
        begin = self._lead(node, at)
        tail = pieces[at][self._end(value) - begin :]
        first = value if listed else name
        fore, head, between = pieces[at][: first.start_mark.index - begin], "", ""
        if not listed:
            between = self._text[name.end_mark.index : value.start_mark.index]
            written = self._text[name.start_mark.index : name.end_mark.index]
            head = f"{written if name.value == str(key) else _scalar(key)}{between}"
        kept = _alike(value, was, now) and (_in_lines(value) or _keys(was) == _keys(now))
        if repr(was) == repr(now) or kept or not (_wide(now, node) or _in_lines(value)):
            gap = " " if between.endswith(":") and repr(was) != repr(now) else ""
            return f"{fore}{head}{gap}{self._node(value, was, now, depth)}{tail}"
        column = node.start_mark.column
        above = fore if not listed else fore[: fore.rfind("-")]
        return f"{above}{_entry(key, now, column, listed)}{tail}"

    def _pieces(self, node: Any, column: int) -> list[str]:
        leads = [self._lead(node, at) for at in range(len(node.value))]
        gap = f"\n{' ' * column}"
        cut = [self._text[a:b].removesuffix(gap) for a, b in pairwise(leads)]
        return [*cut, self._text[leads[-1] : self._end(node)]]

    def _lead(self, node: Any, at: int) -> int:
        """Where an entry begins: with the comments directly above it, in its column, that follow another entry."""
        listed = isinstance(node, SequenceNode)
        first = (node.value[at] if listed else node.value[at][0]).start_mark
        begin = self._text.rfind("-", 0, first.index) if listed else first.index
        if not at:
            return begin
        column = node.start_mark.column
        floor = self._end(node.value[at - 1] if listed else node.value[at - 1][1])
        while True:
            line = self._text.rfind("\n", 0, begin)  # the end of the line above
            above = self._text.rfind("\n", 0, line) + 1
            if above <= floor or self._text[above : above + column + 1] != f"{' ' * column}#":
                return begin
            begin = above + column

    def _end(self, node: Any) -> int:
        """Of what the node says; a block ends with its last line, whatever comment that has."""
        if _in_lines(node) and node.value:
            last = node.value[-1] if isinstance(node, SequenceNode) else node.value[-1][1]
            found = self._text.find("\n", self._end(last))
            return len(self._text) if found < 0 else found
        end: int = node.end_mark.index
        while end > node.start_mark.index and self._text[end - 1] in " \n":
            end -= 1
        return end


def _in_lines(node: Any) -> bool:
    """Whether it is a block: its entries have lines of their own, with no brackets around them."""
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style


def _alike(node: Any, old: Any, new: Any) -> bool:
    """Whether both are mappings, or lists, that say something."""
    return type(old) is type(new) and isinstance(node, MappingNode | SequenceNode) and bool(old) and bool(new)


def _keys(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, dict) else range(len(value))


def _matches(old: Any, new: Any) -> list[int | None]:
    """For each entry of now, which of the former ones it is, None for a new one."""
    before, after = list(_keys(old)), list(_keys(new))
    if isinstance(new, dict):
        found = [before.index(key) if key in before else None for key in after]
        pairs: Callable[[int, int], bool] = lambda at, was: repr(new[after[at]]) == repr(old[before[was]])  # noqa: E731
    else:
        found, pairs = [None] * len(after), lambda at, was: repr(new[at]) == repr(old[was])
    for test in (pairs, lambda at, was: at == was and len(before) == len(after)):
        for at, known in enumerate(found):
            if known is None:
                free = (was for was in range(len(before)) if was not in found and test(at, was))
                found[at] = next(free, None)
    return found


def _wide(value: Any, node: Any) -> bool:
    return isinstance(value, dict | list) and bool(value) and len(_flow(value)) + node.start_mark.column > WIDTH


def _entry(key: Any, value: Any, column: int, listed: bool) -> str:
    """A new entry of a block that begins at `column`, without that for its first line."""
    short = f"- {_flow(value)}" if listed else f"{_scalar(key)}: {_flow(value)}"
    if not isinstance(value, dict | list) or not value or len(short) + column <= WIDTH:
        return short
    inner = column + STEP
    return f"- {_lines(value, inner)}" if listed else f"{_scalar(key)}:\n{' ' * inner}{_lines(value, inner)}"


def _lines(value: Any, column: int) -> str:
    if not isinstance(value, dict | list) or not value:
        return _flow(value)
    told = [_entry(key, value[key], column, isinstance(value, list)) for key in _keys(value)]
    return f"\n{' ' * column}".join(told)


def _flow(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """Plain where YAML reads it back as the same."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            try:
                plain = value.isprintable() and YAML(typ="safe").load(f"[{value}]") == [value]
            except YAMLError:
                plain = False
            return value if plain else _quoted(value)
    return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in escaped) + '"'
