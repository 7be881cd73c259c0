"""Articles: Markdown with facts in front, read and checked with the line of every fault. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import yamlfile
from core.errors import ConfigError

FOLDER = "knowledge"
FENCE = "---"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,50}\.[a-z]{2}")
"""`lost-card.zh`: the matter, and the language; the same matter in another language is the same article there."""


class State(StrEnum):
    VALID = "valid"
    COMING = "coming"
    EXPIRED = "expired"


class Facts(BaseModel):
    """`queues`, `skills`, `codes` (wrap-up codes) and `steps` (of menus): the calls to which it is suggested.

    Valid from the first day to the last, both included; always without them. `owner`: the login of who keeps it true.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=120)
    language: str
    owner: str = Field(min_length=1, max_length=64)
    keywords: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> "Facts":
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("it would end before it begins: valid_until comes before valid_from")
        return self


@dataclass(frozen=True, slots=True)
class Article:
    name: str
    facts: Facts
    text: str

    @property
    def matter(self) -> str:
        """The same in every language."""
        return self.name.rpartition(".")[0]

    def state(self, day: date) -> State:
        facts = self.facts
        if facts.valid_until and facts.valid_until < day:
            return State.EXPIRED
        return State.COMING if facts.valid_from and facts.valid_from > day else State.VALID


@dataclass(frozen=True, slots=True)
class Known:
    """What articles may name."""

    languages: Collection[str]
    queues: Collection[str]
    codes: Collection[str]


def read(name: str, text: str, known: Known | None = None) -> Article:
    """Raises ConfigError with the line; what the facts name is checked against `known` where that is given."""
    found = _read(name, text)
    if known is not None:
        _demand_known(found.facts, known, *_head(name, text))
    return found


@lru_cache(2000)
def _read(name: str, text: str) -> Article:
    """Remembered: the same articles are read at every check of a setting."""
    path = Path(f"{name}.md")
    if not NAME.fullmatch(name):
        problem = f"{name!r} is no name of an article"
        raise ConfigError(path, 0, problem, "write the matter and the language, such as lost-card.zh")
    head, body = _parts(text, path)
    facts = yamlfile.loads(head, path, Facts)
    if facts.language != name[-2:]:
        problem = f"the article says language {facts.language!r}, its name {name[-2:]!r}"
        raise ConfigError(path, yamlfile.line_of(yamlfile.outline(head), ("language",)), problem, "make them the same")
    if not body.strip():
        raise ConfigError(path, 0, "the article says nothing", "write its text below the second ---")
    return Article(name, facts, body.strip())


def load(config_dir: Path) -> tuple[Article, ...]:
    """Of the folder, by name; raises ConfigError. What they name need not be there: it would only not be suggested."""
    return tuple(load_file(path) for path in files(config_dir))


def load_file(path: Path) -> Article:
    """Raises ConfigError."""
    try:
        return read(path.stem, yamlfile.read(path))
    except ConfigError as fault:
        raise fault.of_file(path) from None


def files(config_dir: Path) -> list[Path]:
    return sorted((config_dir / FOLDER).glob("*.md"))


def _parts(text: str, path: Path) -> tuple[str, str]:
    """Facts, with the first fence so that lines count from the top of the file; and what stands below."""
    lines = text.splitlines()
    ends = [place for place, line in enumerate(lines) if line.strip() == FENCE]
    if len(ends) < 2 or ends[0] != 0:
        raise ConfigError(
            path, 1, "an article begins with ---, its facts, and --- again", "write title, language and owner there"
        )
    return "\n".join(lines[: ends[1]]), "\n".join(lines[ends[1] + 1 :])


def _head(name: str, text: str) -> tuple[str, Path]:
    path = Path(f"{name}.md")
    return _parts(text, path)[0], path


def _demand_known(facts: Facts, known: Known, head: str, path: Path) -> None:
    yamlfile.demand_known("language", [(("language",), facts.language)], known.languages, head, path)
    for what, names, those in (("queue", facts.queues, known.queues), ("wrap-up code", facts.codes, known.codes)):
        field = "queues" if what == "queue" else "codes"
        yamlfile.demand_known(what, (((field, at), name) for at, name in enumerate(names)), those, head, path)
