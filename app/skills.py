"""The skills that are known by name: those of queues.yaml and of people."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from accounts import people
from acd import queues
from acd.queues import Queues
from acd.roster import PeopleRoster
from core.database import Database
from core.errors import ConfigError


class Skilled(Protocol):
    @property
    def skills(self) -> Mapping[str, int]: ...


def known_skills(lines: Queues, entries: Iterable[Skilled]) -> frozenset[str] | None:
    """None where nobody is named who could have one: then any name may be right."""
    had = [entry.skills for entry in entries]
    return lines.named_skills.union(*had) if had else None


async def skills_now(db: Database, lines: Queues) -> frozenset[str] | None:
    """As `known_skills`, by the agents of the centre."""
    return known_skills(lines, await PeopleRoster(db).everyone())


def skills_of(config_dir: Path) -> frozenset[str] | None:
    """As `known_skills`, by people.yaml; None, too, where a file is missing or cannot be read."""
    with suppress(ConfigError):
        return known_skills(queues.load(config_dir), people.load(config_dir))
    return None
