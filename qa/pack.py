"""Rule packs: YAML read, derived packs merged with their base, checked, versioned and compiled for matching."""

import hashlib
import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import yamlfile
from core.errors import BadInput, ConfigError
from qa import weigh
from qa.checks import Check, Text
from qa.match import Phrases
from qa.named import families_of
from qa.pattern import Node, Pattern, PatternError, compile_pattern
from recordings.transcript import Speaker

_NAME = r"^[a-z][a-z0-9-]*$"
ROWS = (
    *(f"A{row}" for row in range(1, 8)), *(f"B{row}" for row in range(1, 6)), *(f"C{row}" for row in range(1, 4)),
    *(f"D{row}" for row in range(1, 7)), *(f"E{row}" for row in range(1, 4)), *(f"F{row}" for row in range(1, 8)),
)  # fmt: skip
"""The rows of the scoring form; every pack has all of them."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Softened(_Model):
    """A hit is doubtful when a phrase of these families stands in the same turn, so many tokens before or after it."""

    by: tuple[str, ...] = Field(min_length=1)
    before: int = Field(default=0, ge=0)
    after: int = Field(default=0, ge=0)


class Family(_Model):
    """Phrases that mean the same. `excepted` phrases take back a hit they touch, `doubtful` ones make it a review."""

    say: tuple[str, ...] = Field(min_length=1)
    excepted: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    instead: Text | None = None
    title: Text | None = None
    negation: bool = True
    approximate: bool = True
    spelled: int = Field(default=0, ge=0, description="hits of at most so many tokens count only as written")
    written: float = Field(
        default=0.5, ge=0, le=1, description="part of a hit that must be written as in the phrase, not only sound so"
    )
    one_sentence: bool = Field(default=False, description="hits across the end of a sentence do not count")
    quoting: bool = Field(default=False, description="the pack's `quoting` phrases make a hit doubtful")
    weighed: bool = Field(default=False, description="the pack's `manner` makes a hit doubtful")
    softened: Softened | None = None


class Scale(_Model):
    """`words`: what weighs so much, one or two characters each, with blanks between; `<` begins a turn, `>` ends it."""

    bias: float
    words: dict[float, str]

    def ready(self) -> weigh.Scale:
        return weigh.ready(self.bias, {weight: many.split() for weight, many in self.words.items()})


class Manner(_Model):
    """How turns of the agent's read, as `hotline qa learn` found it; see qa/weigh.py."""

    least: float = Field(description="hits of `weighed` families among words that weigh less are for a person")
    hear: float = Field(description="a turn that weighs so much without a hit is for a person")
    offends: Scale
    rows: dict[str, Scale]
    answers: Scale


class Act(Scale):
    """How turns of `by` with phrases of these families read where that is what is meant."""

    by: Speaker
    families: tuple[str, ...] = Field(min_length=1)
    phrase: float | None = Field(default=None, description="what a phrase adds, where turns without one are read too")


class Acts(_Model):
    """Which turns do what, as `hotline qa learn` found it; hits in turns that weigh less than `least` do not count.

    A turn without a phrase that weighs `alone` does it too, where what a phrase adds is known.
    """

    least: float
    alone: float = 2
    read: dict[str, Act]


class Row(_Model):
    """One row of the form. Rows of the veto section weigh nothing."""

    title: Text
    weight: float = Field(default=0, ge=0)
    how: Literal["auto", "assist", "manual"]
    checks: tuple[Check, ...] = Field(min_length=1)


class Anger(_Model):
    """A customer is angry when he says phrases of these families, or speaks `louder` dB above his own median.

    Words at least once, and `signs` at least: a line with such words is one, a loud line is one.
    """

    families: tuple[str, ...] = Field(min_length=1)
    louder: float = Field(default=8, gt=0)
    signs: int = Field(default=2, ge=1)


class Pack(_Model):
    """A rule pack as written; weights of all rows outside `veto_section` add up to 100."""

    pack: str = Field(pattern=_NAME)
    version: str
    language: Literal["zh", "en"]
    title: Text
    based_on: str | None = None
    least_confidence: float = Field(default=0.45, ge=0, le=1, description="evidence below it gives a review")
    veto_section: str = "F"
    sections: dict[str, Text]
    words: dict[str, list[str]] = {}
    quoting: tuple[str, ...] = ()
    anger: Anger | None = None
    manner: Manner | None = None
    acts: Acts | None = None
    families: dict[str, Family]
    items: dict[str, Row]


@dataclass(frozen=True)
class Ruleset:
    """A pack ready for use: `version` is the declared one and a hash of the content, `phrases` by family."""

    pack: Pack
    version: str
    phrases: dict[str, Phrases]

    @cached_property
    def manner(self) -> weigh.Weights | None:
        return _weights(self.pack.manner) if self.pack.manner else None


def load(packs_dir: Path, name: str) -> Ruleset:
    """The pack called `name`; raises BadInput for an unknown name, ConfigError with the line for a fault in it."""
    if not re.fullmatch(_NAME, name) or not (packs_dir / f"{name}.yaml").is_file():
        known = ", ".join(sorted(path.stem for path in packs_dir.glob("*.yaml")))
        raise BadInput(f"no rule pack {name!r} in {packs_dir}", f"choose one of: {known or 'none there'}")
    tree, files = _merged(packs_dir, packs_dir / f"{name}.yaml", ())
    try:
        pack = Pack.model_validate(tree)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        raise _fault(files, first["loc"], f"{_place(first['loc'])}: {message}") from None
    phrases = _compile(pack, files)
    _check(pack, name, files)
    plain = json.dumps(pack.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(plain.encode()).hexdigest()[:10]
    return Ruleset(pack, f"{pack.version}+{digest}", phrases)


def restore(content: dict[str, Any], version: str) -> Ruleset:
    """A pack from the history, ready for use; raises BadInput when this program cannot read it any more."""
    try:
        pack = Pack.model_validate(content)
        return Ruleset(pack, version, _compile(pack, [(Path(f"{pack.pack} {version}"), {}, "")]))
    except (ValidationError, ConfigError):
        raise BadInput(f"version {version} was written for another version of this program") from None


def bases(packs_dir: Path, name: str) -> tuple[str, ...]:
    """The packs that `name` is based on, the nearest first; raises ConfigError."""
    _, files = _merged(packs_dir, packs_dir / f"{name}.yaml", ())
    return tuple(path.stem for path, _, _ in files[1:])


_Files = list[tuple[Path, Any, str]]
"""The pack's own file and those it is based on, each with its content and text."""


def _merged(packs_dir: Path, path: Path, seen: tuple[str, ...]) -> tuple[dict[str, Any], _Files]:
    text = yamlfile.read(path)
    tree = yamlfile.parse(text, path)
    if not isinstance(tree, dict):
        raise ConfigError(path, 1, "not a rule pack", "begin with 'pack: name'")
    base = tree.get("based_on")
    if base is None:
        return tree, [(path, tree, text)]
    line = yamlfile.line_of(yamlfile.outline(text), ("based_on",))
    if base in seen or base == path.stem:
        raise ConfigError(path, line, f"{base} is based on itself", "remove the circle")
    below = packs_dir / f"{base}.yaml"
    if not isinstance(base, str) or not re.fullmatch(_NAME, base) or not below.is_file():
        raise ConfigError(path, line, f"there is no pack {base!r} to be based on", "name a pack of the same folder")
    found, files = _merged(packs_dir, below, (*seen, path.stem))
    return change(found, tree), [(path, tree, text), *files]


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


@lru_cache(maxsize=4)
def _compiler(words: str) -> Callable[[str], Pattern]:
    """Compiles phrases with these word lists (JSON), each once: packs derived from another share nearly all."""
    named: dict[str, list[str]] = json.loads(words)
    lists: dict[str, Node] = {}
    return lru_cache(maxsize=50_000)(lambda source: compile_pattern(source, named, lists))


def _compile(pack: Pack, files: _Files) -> dict[str, Phrases]:
    made: dict[tuple[str, ...], tuple[Pattern, ...]] = {}
    compiled = _compiler(json.dumps(pack.words, sort_keys=True))

    def ready(sources: tuple[str, ...], place: tuple[int | str, ...]) -> tuple[Pattern, ...]:
        if sources not in made:
            made[sources] = tuple(_pattern(source, (*place, index)) for index, source in enumerate(sources))
        return made[sources]

    def _pattern(source: str, place: tuple[int | str, ...]) -> Pattern:
        try:
            return compiled(source)
        except (PatternError, re.error) as fault:
            raise _fault(files, place, str(fault)) from None

    quoting = ready(pack.quoting, ("quoting",))
    manner = _weights(pack.manner) if pack.manner else None
    acts = _acts(pack.acts) if pack.acts else {}
    plain = {
        name: Phrases(
            name,
            ready(family.say, ("families", name, "say")),
            ready(family.excepted, ("families", name, "excepted")),
            ready(family.doubtful, ("families", name, "doubtful")) + (quoting if family.quoting else ()),
            family.negation,
            family.approximate,
            family.spelled,
            family.written,
            family.one_sentence,
            manner if family.weighed else None,
            acts.get(name),
        )
        for name, family in pack.families.items()
    }

    def softening(name: str, soft: Softened) -> Phrases:
        unknown = [other for other in soft.by if other not in pack.families]
        if unknown:
            raise _fault(files, ("families", name, "softened"), f"there is no phrase family {unknown[0]!r}")
        by = tuple(replace(plain[other], approximate=False) for other in soft.by)
        return replace(plain[name], softeners=by, before=soft.before, after=soft.after)

    return {
        name: softening(name, family.softened) if family.softened else plain[name]
        for name, family in pack.families.items()
    }


def _weights(manner: Manner) -> weigh.Weights:
    rows = {row: scale.ready() for row, scale in manner.rows.items()}
    return weigh.Weights(manner.least, manner.hear, manner.offends.ready(), rows, manner.answers.ready())


def _acts(acts: Acts) -> dict[str, weigh.Act]:
    """By family."""

    def ready(act: Act) -> weigh.Act:
        alone = None if act.phrase is None else acts.alone + act.phrase
        return weigh.Act(act.by, act.ready(), acts.least, alone)

    return {family: ready(act) for act in acts.read.values() for family in act.families}


def _check(pack: Pack, name: str, files: _Files) -> None:
    if pack.pack != name:
        raise _fault(files, ("pack",), f"the pack calls itself {pack.pack!r} but its file is {name}.yaml")
    missing = [row for row in ROWS if row not in pack.items]
    if missing:
        raise _fault(files, ("items",), f"rows are missing: {', '.join(missing)}")
    for row, item in pack.items.items():
        if row not in ROWS:
            raise _fault(files, ("items", row), f"{row} is no row of the form")
        for index, check in enumerate(item.checks):
            for family in families_of(check):
                if family not in pack.families:
                    place = ("items", row, "checks", index)
                    raise _fault(files, place, f"{row} names the phrase family {family!r}, which does not exist")
    for family in pack.anger.families if pack.anger else ():
        if family not in pack.families:
            raise _fault(files, ("anger",), f"anger names the phrase family {family!r}, which does not exist")
    for act, read in pack.acts.read.items() if pack.acts else ():
        for family in read.families:
            if family not in pack.families:
                problem = f"the act {act} names the phrase family {family!r}, which does not exist"
                raise _fault(files, ("acts", "read", act), problem)
    total = sum(item.weight for row, item in pack.items.items() if not row.startswith(pack.veto_section))
    if abs(total - 100) > 1e-6:
        raise _fault(files, ("items",), f"the weights add up to {total:g}, not 100")


def _fault(files: _Files, place: tuple[int | str, ...], problem: str) -> ConfigError:
    """The fault at the deepest place it can be found, in the pack's own file first."""
    for path, tree, text in files:
        if place and (place[0] in tree) and (len(files) == 1 or _holds(tree, place)):
            return ConfigError(path, yamlfile.line_of(yamlfile.outline(text), place), problem, "correct the pack")
    return ConfigError(files[0][0], 1, problem, "correct the pack")


def _holds(tree: Any, place: tuple[int | str, ...]) -> bool:
    """Whether the first names of `place`, as far as two levels, are in this file."""
    node = tree
    for part in place[:2]:
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "the pack"


def unused_families(pack: Pack) -> list[str]:
    """Families that no check names."""
    used = {family for item in pack.items.values() for check in item.checks for family in families_of(check)}
    used |= set(pack.anger.families) if pack.anger else set()
    used |= {other for family in pack.families.values() if family.softened for other in family.softened.by}
    return sorted(set(pack.families) - used)
