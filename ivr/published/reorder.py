"""Options of a menu read out in another order, as an edit of the file's text: keys, words and comments stay."""

from collections.abc import Sequence

from ruamel.yaml import YAML

from core.errors import BadInput
from ivr.schema import Flow, Menu


def reordered(text: str, step: str, order: Sequence[str]) -> str:
    """The text in which `step` reads `order` (some of its keys) in the places these have now.

    A key keeps its words and its target: callers who know it by heart lose nothing, recorded prompts stay right.
    Raises BadInput when the options do not stand on lines of their own.
    """
    tree = YAML(typ="rt").load(text)
    node = tree["steps"][step]["options"]
    keys = [str(key) for key in node]
    lines = text.splitlines(keepends=True)
    column = {node.lc.data[key][1] for key in node}
    starts = [node.lc.data[key][0] for key in node]
    if len(set(starts)) < len(starts) or len(column) != 1 or node.fa.flow_style():
        problem = f"step {step}: its options do not stand on lines of their own"
        raise BadInput(problem, "write one option a line, then ask again")
    blocks = _blocks(lines, keys, starts, min(column))
    wanted = iter(order)
    told = [next(wanted) if key in order else key for key in keys]
    new = "".join("".join(blocks[key]) for key in told)
    first = starts[0] - _comments_above(lines, starts[0], min(column))
    result = "".join(lines[:first]) + new + "".join(lines[first + sum(map(len, blocks.values())) :])
    _same_but_for_order(text, result, step, told)
    return result


def _blocks(lines: list[str], keys: list[str], starts: list[int], column: int) -> dict[str, list[str]]:
    """Each option's lines, comments right above it included."""
    begins = [start - _comments_above(lines, start, column) for start in starts]
    end = starts[-1] + 1
    while end < len(lines) and _indent(lines[end]) > column:
        end += 1
    ends = [*begins[1:], end]
    blocks = {key: lines[begin:end] for key, begin, end in zip(keys, begins, ends, strict=True)}
    for block in blocks.values():
        if not block[-1].endswith("\n"):
            block[-1] += "\n"
    return blocks


def _comments_above(lines: list[str], start: int, column: int) -> int:
    above = 0
    while lines[start - above - 1].lstrip().startswith("#") and _indent(lines[start - above - 1]) == column:
        above += 1
    return above


def _indent(line: str) -> int:
    """-1 for an empty line: it belongs to nobody."""
    return len(line) - len(line.lstrip()) if line.strip() else -1


def _same_but_for_order(before: str, after: str, step: str, order: list[str]) -> None:
    """An edit of text may fail in ways nobody thought of: the flow must be the same in all but this."""
    old, new = (Flow.model_validate(YAML(typ="rt").load(each)) for each in (before, after))
    menu = new.steps[step]
    if new != old or not isinstance(menu, Menu) or list(menu.options) != order:
        raise BadInput(f"step {step}: its options cannot be put in order by an edit of the text", "order them by hand")
