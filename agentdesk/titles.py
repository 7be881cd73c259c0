"""Names of queues, skills and of the site in the reader's language."""

from collections.abc import Callable

from acd.queues import Queues
from agentdesk.words import WORDS


def title(names: dict[str, str], language: str) -> str:
    """The name in a language, or in the first there is."""
    return names.get(language) or next(iter(names.values()))


def titles_in(language: str, queues: Queues) -> dict[str, str]:
    """Queue → its name in a language."""
    return {name: title(queue.name, language) for name, queue in queues.queues.items()}


def skill_title(skill: str, language: str, queues: Queues, say: Callable[[str], str]) -> str:
    """A skill that has no title is a language, or told by its name in the file."""
    found = queues.skills.get(skill)
    return title(found.name, language) if found else say(WORDS.get(skill, skill))
