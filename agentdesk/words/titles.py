"""Names of queues, skills and of the site, and what stands in a person's fields, in the reader's language."""

from collections.abc import Callable
from typing import Any

from accounts import staff
from acd.queues import Queues
from agentdesk.words.catalogue import N_
from agentdesk.words.codes import WORDS


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


YES_NO = {"yes": N_("Yes"), "no": N_("No")}


def person_field(field: str, value: Any, skill: Callable[[str], str], say: Callable[[str], str]) -> str:
    """A value of a change of a person; `skill` titles one."""
    text = staff.text_of(value)
    match field if text else "":
        case "skills":
            return ", ".join(f"{skill(name)} {level}" for name, level in staff.skills_of(text).items())
        case "role" | "locale":
            return say(WORDS.get(text, text))
        case "lead" | "active":
            return say(YES_NO.get(text, text))
    return text
