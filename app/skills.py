"""The skills that are known by name: those of queues.yaml and of the people in people.yaml."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from accounts import people
from accounts.people import PersonEntry
from acd import queues
from acd.queues import Queues
from core.errors import ConfigError


def known_skills(lines: Queues, entries: Iterable[PersonEntry]) -> frozenset[str] | None:
    """None where nobody is named who could have one: then any name may be right."""
    had = [entry.skills for entry in entries]
    return lines.named_skills.union(*had) if had else None


def skills_of(config_dir: Path) -> frozenset[str] | None:
    """As `known_skills`; None, too, where a file is missing or cannot be read."""
    with suppress(ConfigError):
        return known_skills(queues.load(config_dir), people.load(config_dir))
    return None
