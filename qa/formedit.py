"""A pack as a form: weights, numbers of checks and phrase families, and changes of them written back into its YAML.

Everything else of the text, comments included, stays. In a pack based on another only what differs is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from math import isfinite, nan
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from core import yamlfile
from core.errors import BadInput
from qa.checks import Text
from qa.pack import Family, Pack

LISTS = ("say", "excepted", "doubtful")
"""What of a family the form can change."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a check; `key` names it in a change. `about`: what the check asks for, or the event it is about."""

    key: str
    check: str
    name: str
    value: float
    about: Text | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """`key` names the row's weight in a change."""

    id: str
    key: str
    weight: float
    numbers: tuple[Number, ...]


def rows_of(pack: Pack) -> tuple[RowView, ...]:
    """Rows in the order of the form, with the numbers that the pack sets."""
    return tuple(
        RowView(
            row, f"weight.{row}", item.weight,
            tuple(
                Number(
                    f"number.{row}.{index}.{name}", check.check, name, float(getattr(check, name)),
                    getattr(check, "what", None), getattr(check, "event", ""),
                )
                for index, check in enumerate(item.checks)
                for name in sorted(check.model_fields_set)
                if isinstance(getattr(check, name), int | float) and not isinstance(getattr(check, name), bool)
            ),
        )
        for row, item in pack.items.items()
    )  # fmt: skip


def key_of(family: str, part: str) -> str:
    """How the form names a list of a family."""
    return f"{part}.{family}"


def edited(text: str, pack: Pack, values: Mapping[str, str]) -> str:
    """`text` with the values that differ from `pack`, which it makes; raises BadInput for one that cannot be.

    Keys as in `RowView`, `Number` and `key_of`; a list's value has one phrase a line.
    """
    tree = yamlfile.editable(text, Path(f"{pack.pack}.yaml"))
    for key, value in values.items():
        kind, _, rest = key.partition(".")
        if kind == "weight":
            _set_weight(tree, pack, rest, value)
        elif kind == "number":
            _set_number(tree, pack, rest, value)
        elif kind in LISTS:
            _set_phrases(tree, pack, rest, kind, [line.strip() for line in value.splitlines() if line.strip()])
        else:
            raise BadInput(f"{key} is nothing that the form can change")
    out = StringIO()
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10**6
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(tree, out)
    return out.getvalue()


def _set_weight(tree: Any, pack: Pack, row: str, value: str) -> None:
    if row not in pack.items:
        raise BadInput(f"the form has no row {row}")
    if _number(f"{row}: weight", value) != pack.items[row].weight:
        _below(tree, "items", row)["weight"] = _plain(_number(row, value))


def _set_number(tree: Any, pack: Pack, rest: str, value: str) -> None:
    row, _, place = rest.partition(".")
    index, _, name = place.partition(".")
    known = {each.key: each for view in rows_of(pack) for each in view.numbers}.get(f"number.{rest}")
    if known is None:
        raise BadInput(f"{rest} is no number of the form")
    if _number(f"{row}: {name}", value) == known.value:
        return
    own = _below(tree, "items", row)
    if "checks" not in own:
        own["checks"] = [check.model_dump(mode="json", exclude_unset=True) for check in pack.items[row].checks]
    own["checks"][int(index)][name] = _plain(_number(row, value))


def _set_phrases(tree: Any, pack: Pack, family: str, part: str, phrases: Sequence[str]) -> None:
    known: Family | None = pack.families.get(family)
    if known is None:
        raise BadInput(f"there is no phrase family {family}")
    if tuple(phrases) == getattr(known, part):
        return
    own = _below(tree, "families", family)
    for change in (f"{part}+", f"{part}-"):
        own.pop(change, None)
    own[part] = list(phrases)


def _below(tree: Any, *names: str) -> Any:
    """The mapping at this place, made where it is missing or empty."""
    for name in names:
        if not tree.get(name):
            tree[name] = {}
        tree = tree[name]
    return tree


def _number(what: str, value: str) -> float:
    try:
        number = float(value.strip())
    except ValueError:
        number = nan
    if not isfinite(number):
        raise BadInput(f"{what}: {value!r} is no number", "write it with digits and a point")
    return number


def _plain(number: float) -> int | float:
    return int(number) if number == int(number) else number
