"""What administrators say of people: read from forms and files, compared, searched. Pure."""

import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from accounts.access import Role
from accounts.people import PersonEntry
from core import shapes
from core.errors import Refused

_ALIKE = str.maketrans("：；，、", ":;;;")
LONGEST_LEVEL = 10
"""Characters; which number is a level the entry says."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody as administrators see him. `signed_in`: in a browser; `has_password`: he can sign in; `tokens`: how many
    programs' tokens act as him."""

    entry: PersonEntry
    signed_in: bool = False
    has_password: bool = False
    must_change: bool = False
    second_factor: bool = False
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, '' where everything is wanted. `words` are looked for in login, name and number.

    `signed_in` is yes or no, `state` active or blocked.
    """

    words: str = ""
    role: str = ""
    team: str = ""
    skill: str = ""
    signed_in: str = ""
    state: str = ""

    def fits(self, member: Member) -> bool:
        entry = member.entry
        named = " ".join((entry.login, entry.name, entry.number)).lower()
        return (
            all(word in named for word in self.words.lower().split())
            and self.role in ("", entry.role)
            and self.team in ("", entry.team)
            and (not self.skill or self.skill in entry.skills)
            and self.signed_in in ("", "yes" if member.signed_in else "no")
            and self.state in ("", "active" if entry.active else "blocked")
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What of somebody is another now, as text."""

    field: str
    before: str
    after: str


def entry_of(values: Mapping[str, Any]) -> PersonEntry:
    """Raises Refused(person_<field>) naming the first value that cannot be."""
    try:
        return PersonEntry.model_validate(values)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if part != "[key]")
        raise Refused(
            f"person_{first['loc'][0]}", f"{place}: {shapes.told(first).removeprefix('Value error, ')}"
        ) from None


def digest(entry: PersonEntry) -> str:
    """Another one as soon as anything is another; the order of skills is none."""
    said = entry.model_dump(mode="json") | {"skills": sorted(entry.skills.items())}
    return hashlib.sha256(repr(said).encode()).hexdigest()


def skills_of(text: str) -> dict[str, int]:
    """`cards:9; loans:4`, also with Chinese punctuation or a line each; raises Refused(person_skills)."""
    found = {}
    for part in text.translate(_ALIKE).replace("\n", ";").split(";"):
        if part.strip():
            skill, _, level = part.partition(":")
            if not is_level(level.strip()):
                raise Refused("person_skills", f"{part.strip()!r} is no skill with its level, such as cards:9")
            found[skill.strip()] = int(level)
    return found


def is_level(text: str) -> bool:
    """Whether it is a number that can be judged; Python reads none of thousands of digits."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_LEVEL


def written(skills: Mapping[str, int]) -> str:
    """The same as text."""
    return "; ".join(f"{skill}:{level}" for skill, level in skills.items())


def differences(before: PersonEntry, after: PersonEntry) -> tuple[Difference, ...]:
    """Field by field; the order of skills is none."""
    return tuple(
        Difference(field, text_of(getattr(before, field)), text_of(getattr(after, field)))
        for field in PersonEntry.model_fields
        if getattr(before, field) != getattr(after, field)
    )


def told(found: Iterable[Difference]) -> str:
    """One line for the audit trail."""
    return ", ".join(f"{each.field}: {each.before or '–'} → {each.after or '–'}" for each in found)


def ruled(everybody: Iterable[PersonEntry], able: Container[str]) -> bool:
    """Whether an administrator can sign in; `able`: logins of those who have a password or a token."""
    return any(each.role is Role.ADMIN and each.active and each.login in able for each in everybody)


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return written(value) if isinstance(value, Mapping) else str(value)
