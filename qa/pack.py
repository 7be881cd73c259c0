"""Rule packs: YAML read, derived packs merged with their base, checked, versioned and compiled for matching."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import BadInput, ConfigError
from core.yamlfile import Place
from qa import sense, weigh
from qa.checks import Check, Text
from qa.derive import NAME, Wrong, merged, missed, told, unread
from qa.match import Phrases
from qa.named import families_of, family_places
from qa.pattern import Node, Pattern, PatternError, compile_pattern
from recordings.transcript import Speaker

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

    pack: str = Field(pattern=NAME)
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


def load(packs_dir: Path, name: str, *, standing: bool = False) -> Ruleset:
    """The pack called `name`; raises BadInput for an unknown name, ConfigError that tells of all faults with lines.

    `standing`: it was published before; rules that cannot work (`qa.sense`) were no fault then, and are none now.
    """
    if not re.fullmatch(NAME, name) or not (packs_dir / f"{name}.yaml").is_file():
        known = ", ".join(sorted(path.stem for path in packs_dir.glob("*.yaml")))
        raise BadInput(f"no rule pack {name!r} in {packs_dir}", f"choose one of: {known or 'none there'}")
    tree, files = merged(packs_dir, packs_dir / f"{name}.yaml")
    try:
        pack = Pack.model_validate(tree)
    except ValidationError as fault:
        raise _together(unread(files, fault.errors(include_url=False), Pack)) from None
    phrases, wrong = _compile(pack)
    wrong += _misfits(pack, name, standing=standing)
    faults = told(files, wrong if standing else [*wrong, *_senseless(pack)])
    if faults := faults if standing else [*faults, *missed(files[0])]:
        raise _together(faults)
    plain = json.dumps(pack.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(plain.encode()).hexdigest()[:10]
    return Ruleset(pack, f"{pack.version}+{digest}", phrases)


def restore(content: dict[str, Any], version: str) -> Ruleset:
    """A pack from the history, ready for use; raises BadInput when this program cannot read it any more."""
    unreadable = BadInput(f"version {version} was written for another version of this program")
    try:
        pack = Pack.model_validate(content)
    except ValidationError:
        raise unreadable from None
    phrases, wrong = _compile(pack)
    if wrong:
        raise unreadable
    return Ruleset(pack, version, phrases)


def bases(packs_dir: Path, name: str) -> tuple[str, ...]:
    """The packs that `name` is based on, the nearest first; raises ConfigError."""
    _, files = merged(packs_dir, packs_dir / f"{name}.yaml")
    return tuple(file.path.stem for file in files[1:])


def _together(faults: list[ConfigError]) -> ConfigError:
    """Those of the pack's own file before those of its bases, each by their lines."""
    order = list(dict.fromkeys(each.path for each in faults))
    first, *others = sorted(faults, key=lambda each: (order.index(each.path), each.line))
    first.also = tuple(others)
    return first


@lru_cache(maxsize=4)
def _compiler(words: str) -> Callable[[str], Pattern]:
    """Compiles phrases with these word lists (JSON), each once: packs derived from another share nearly all."""
    named: dict[str, list[str]] = json.loads(words)
    lists: dict[str, Node] = {}
    return lru_cache(maxsize=50_000)(lambda source: compile_pattern(source, named, lists))


def _compile(pack: Pack) -> tuple[dict[str, Phrases], list[Wrong]]:
    """The phrases by family, and what is wrong with them: of a broken one nothing is ready."""
    made: dict[tuple[str, ...], tuple[Pattern, ...]] = {}
    wrong: list[Wrong] = []
    compiled = _compiler(json.dumps(pack.words, sort_keys=True))

    def ready(sources: tuple[str, ...], place: Place) -> tuple[Pattern, ...]:
        if sources not in made:
            read = (_pattern(source, (*place, index)) for index, source in enumerate(sources))
            made[sources] = tuple(each for each in read if each)
        return made[sources]

    def _pattern(source: str, place: Place) -> Pattern | None:
        try:
            return compiled(source)
        except (PatternError, re.error) as fault:
            wrong.append(Wrong(place, str(fault)))
            return None

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
        for index, other in enumerate(soft.by):
            if other not in pack.families:
                wrong.append(Wrong(("families", name, "softened", "by", index), f"there is no phrase family {other!r}"))
        by = tuple(replace(plain[other], approximate=False) for other in soft.by if other in plain)
        return replace(plain[name], softeners=by, before=soft.before, after=soft.after)

    softened = {
        name: softening(name, family.softened) if family.softened else plain[name]
        for name, family in pack.families.items()
    }
    return softened, wrong


def _weights(manner: Manner) -> weigh.Weights:
    rows = {row: scale.ready() for row, scale in manner.rows.items()}
    return weigh.Weights(manner.least, manner.hear, manner.offends.ready(), rows, manner.answers.ready())


def _acts(acts: Acts) -> dict[str, weigh.Act]:
    """By family."""

    def ready(act: Act) -> weigh.Act:
        alone = None if act.phrase is None else acts.alone + act.phrase
        return weigh.Act(act.by, act.ready(), acts.least, alone)

    return {family: ready(act) for act in acts.read.values() for family in act.families}


LATELY = frozenset(("pauses", "lost", "breaks_off", "before"))
"""Families named there were not looked for before: packs that are published may name some that they have not."""


def _misfits(pack: Pack, name: str, *, standing: bool) -> Iterator[Wrong]:
    """What does not fit together."""
    if pack.pack != name:
        yield Wrong(("pack",), f"the pack calls itself {pack.pack!r} but its file is {name}.yaml")
    if missing := [row for row in ROWS if row not in pack.items]:
        yield Wrong(("items",), f"rows are missing: {', '.join(missing)}")
    for row in pack.items:
        if row not in ROWS:
            yield Wrong(("items", row), f"{row} is no row of the form")
    for whose, place, family in _named(pack):
        if family not in pack.families and not (standing and place[-2] in LATELY):
            lacks = ("families", family)
            yield Wrong(place, f"{whose} names the phrase family {family!r}, which does not exist", lacks)
    total = sum(item.weight for row, item in pack.items.items() if not row.startswith(pack.veto_section))
    if abs(total - 100) > 1e-6:
        yield Wrong(("items",), f"the weights add up to {total:g}, not 100")


def _senseless(pack: Pack) -> Iterator[Wrong]:
    """What fits together and cannot work."""
    if pack.veto_section not in {row[0] for row in ROWS}:
        yield Wrong(("veto_section",), f"no row of the form is of a section {pack.veto_section!r}")
    weighed = pack.manner.rows if pack.manner else ()
    for row, item in pack.items.items():
        for index, check in enumerate(item.checks):
            for each in sense.of_check(check, weighed, pack.words):
                yield Wrong(("items", row, "checks", index, *each.place), f"{row}: {each.problem}", each.lacks)
    yield from sense.endless(pack)


def _named(pack: Pack) -> Iterator[tuple[str, Place, str]]:
    """Who names phrase families, where, and which."""
    for row, item in pack.items.items():
        for index, check in enumerate(item.checks):
            for place, family in family_places(check):
                yield row, ("items", row, "checks", index, *place), family
    for index, family in enumerate(pack.anger.families if pack.anger else ()):
        yield "anger", ("anger", "families", index), family
    for act, read in pack.acts.read.items() if pack.acts else ():
        for index, family in enumerate(read.families):
            yield f"the act {act}", ("acts", "read", act, "families", index), family


def unused_families(pack: Pack) -> list[str]:
    """Families that no check names."""
    used = {family for item in pack.items.values() for check in item.checks for family in families_of(check)}
    used |= set(pack.anger.families) if pack.anger else set()
    used |= {other for family in pack.families.values() if family.softened for other in family.softened.by}
    return sorted(set(pack.families) - used)
