"""Wrap-up codes by rule: the catalogue, which of it is offered after a call, and what is still missing. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import yamlfile
from core.errors import ConfigError
from core.rulebook import Rulebook

FILE = "codes.yaml"
LEVELS = 3
FADES = 0.9
"""What a use counts against the one after it: often and lately used codes come first."""
CodeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Code(BaseModel):
    """A topic with `codes` below it, or a code that is chosen. What is said of a topic holds for all below it.

    `queues`, `skills`: offered after calls of these queues, or of queues that require one of these skills; everywhere
    without either. `note`, `ticket`: not complete without one. `resolved`: the matter was settled at first contact.
    `retired`: offered no more; calls that have it keep it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str] = Field(min_length=1)
    codes: dict[CodeName, "Code"] = {}
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    note: bool = False
    ticket: bool = False
    resolved: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A code that can be chosen; `way` are the topics above it and itself, by name."""

    name: str
    way: Mapping[str, Code]

    @property
    def note(self) -> bool:
        return any(each.note for each in self.way.values())

    @property
    def ticket(self) -> bool:
        return any(each.ticket for each in self.way.values())

    @property
    def resolved(self) -> bool:
        return any(each.resolved for each in self.way.values())

    @property
    def retired(self) -> bool:
        return any(each.retired for each in self.way.values())

    def fits(self, queue: str, skills: Collection[str]) -> bool:
        bound = [each for each in self.way.values() if each.queues or each.skills]
        return all(queue in each.queues or set(each.skills) & set(skills) for each in bound)

    def titles(self, language: str) -> tuple[str, ...]:
        """From the topic down, in a language or in the first there is."""
        return tuple(each.name.get(language) or next(iter(each.name.values())) for each in self.way.values())


class Codes(Rulebook):
    """`required`: queues after whose calls a code is needed before an agent is ready again by his own wish. When the
    wrap-up's time ends first he is ready all the same; the call counts as not coded and is on his list for `open_days`,
    in which agents may change what they chose."""

    codes: dict[CodeName, Code] = Field(default={})
    required: tuple[str, ...] = ()
    open_days: int = Field(default=3, ge=1, le=60)

    @model_validator(mode="after")
    def _sound(self) -> "Codes":
        names = [place[-1] for place, _, _ in _places(self.codes, (), 1)]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"the code {twice!r} is there twice; a code is known by its name wherever it stands")
        return self

    @cached_property
    def choices(self) -> dict[str, Choice]:
        """Every code that can be chosen or could be once, by name, in the order of the file."""
        return {each.name: each for each in _choices(self.codes, {})}

    def offered(self, queue: str, skills: Collection[str]) -> list[Choice]:
        return [each for each in self.choices.values() if not each.retired and each.fits(queue, skills)]

    def demanding(self, what: str) -> list[str]:
        """Names of the codes that are not complete without `what`: note or ticket."""
        return [name for name, each in self.choices.items() if getattr(each, what)]

    def missing(self, queue: str, chosen: Collection[str], note: str, *, ticket: bool) -> tuple[str, ...]:
        """Of code, note and ticket, those that this call still needs."""
        wanted = (
            ("code", queue in self.required and not chosen),
            ("note", not note.strip() and any(name in chosen for name in self.demanding("note"))),
            ("ticket", not ticket and any(name in chosen for name in self.demanding("ticket"))),
        )
        return tuple(what for what, needed in wanted if needed)

    def titles(self, name: str, language: str) -> tuple[str, ...]:
        """Topic to code; a code that is no more in the file by its name."""
        found = self.choices.get(name)
        return found.titles(language) if found else (name,)


def by_use(choices: Sequence[Choice], used: Sequence[str]) -> list[Choice]:
    """Those used often and lately first, the others as they are; `used` by one agent, the last first."""
    weights: dict[str, float] = {}
    for ago, name in enumerate(used):
        weights[name] = weights.get(name, 0.0) + FADES**ago
    return sorted(choices, key=lambda each: -weights.get(each.name, 0.0))


def load(config_dir: Path, queues: Collection[str]) -> Codes:
    """No codes where there is no file; raises ConfigError with the line."""
    path = config_dir / FILE
    return _checked(yamlfile.read(path), path, queues) if path.exists() else Codes()


def read(text: str, queues: Collection[str]) -> Codes:
    """What a published text says; raises ConfigError with the line."""
    return _checked(text, Path(FILE), queues)


def demand_kept(rules: Codes, used: Mapping[str, int]) -> None:
    """`used`: by how many calls. Raises ConfigError for a code that calls have and the file has not."""
    known = rules.choices
    for name, calls in used.items():
        if name not in known:
            problem = f"{calls} calls have the code {name!r}, which would be gone"
            raise ConfigError(Path(FILE), 0, problem, "keep it as retired, then it is offered no more")


def _checked(text: str, path: Path, queues: Collection[str]) -> Codes:
    rules = yamlfile.loads(text, path, Codes)
    named: list[tuple[yamlfile.Place, str]] = [(("required", place), name) for place, name in enumerate(rules.required)]
    for place, node, depth in _places(rules.codes, ("codes",), 1):
        if depth > LEVELS:
            line = yamlfile.line_of(yamlfile.outline(text), place)
            raise ConfigError(path, line, f"{place[-1]}: codes have {LEVELS} levels at most", "move it one level up")
        named += [((*place, "queues", at), name) for at, name in enumerate(node.queues)]
    yamlfile.demand_known("queue", named, queues, text, path)
    return rules


def _places(
    codes: Mapping[str, Code], above: yamlfile.Place, depth: int
) -> Iterator[tuple[yamlfile.Place, Code, int]]:  # fmt: skip
    for name, code in codes.items():
        yield (*above, name), code, depth
        yield from _places(code.codes, (*above, name, "codes"), depth + 1)


def _choices(codes: Mapping[str, Code], above: Mapping[str, Code]) -> Iterator[Choice]:
    for name, code in codes.items():
        way = {**above, name: code}
        if code.codes:
            yield from _choices(code.codes, way)
        else:
            yield Choice(name, way)
