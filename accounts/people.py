"""The people of `config/people.yaml`: who exists on the first day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from accounts.access import Role
from core import yamlfile
from core.errors import ConfigError
from core.texts import Line

Level = Annotated[int, Field(ge=1, le=10)]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
Login = Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{1,63}$")]
Name = Annotated[Line, Field(min_length=1, max_length=120)]
Number = Annotated[str, Field(pattern=r"^([1-9][0-9]{2,7})?$")]
Team = Annotated[Line, Field(max_length=64)]
Locale = Literal["zh", "en"]


class PersonPatch(BaseModel):
    """All that may become another of somebody. `number` belongs to agents only; `skills` maps a skill to its level,
    10 best.

    `team` as in `Person`; `lead`: a quality person who changes forms and plans. Who is not `active` may not sign in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = ""
    role: Role = Role.AGENT
    number: Number = ""
    skills: dict[Skill, Level] = {}
    locale: Locale = "zh"
    team: Team = ""
    lead: bool = False
    active: bool = True


class PersonEntry(PersonPatch):
    """All that administrators say of somebody."""

    login: Login
    name: Name
    role: Role


class PeopleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[PersonEntry, ...] = Field(min_length=1)


def load(config_dir: Path) -> tuple[PersonEntry, ...]:
    """Raises ConfigError with the line of a wrong value, a double login or number, an agent without a number."""
    path = config_dir / "people.yaml"
    people = yamlfile.load(path, PeopleFile).people
    logins: set[str] = set()
    holders: dict[str, list[str]] = {}
    for row, person in enumerate(people):
        if person.login in logins:
            raise _fault(path, row, "login", f"{person.login} is listed twice", "give each person a login of their own")
        if clash := clash_of(person, holders):
            raise _fault(path, row, "number", clash.problem, clash.remedy)
        logins.add(person.login)
        holders.setdefault(person.number, []).append(person.login)
    return people


@dataclass(frozen=True, slots=True)
class Clash:
    """Why somebody cannot be as he is said to be beside the others; `code` as in `Refused.reason`."""

    code: str
    problem: str
    remedy: str


def holders_of(people: Iterable[PersonEntry]) -> dict[str, list[str]]:
    """Number → logins of those who have it."""
    found: dict[str, list[str]] = {}
    for person in people:
        if person.number:
            found.setdefault(person.number, []).append(person.login)
    return found


def last_holders(gave_up: Mapping[str, str], known: Iterable[PersonEntry]) -> dict[str, str]:
    """Number → login of who has it, or had it last; `gave_up`: those who have it no more."""
    return {**gave_up, **{person.number: person.login for person in known if person.number}}


def clash_of(
    person: PersonEntry, holders: Mapping[str, Sequence[str]], last: Mapping[str, str] | None = None
) -> Clash | None:
    """An agent, and only an agent, has a number, and nobody else has it; blocked people keep theirs.

    `last`: as `last_holders` of the people before. Calls, reviews and notes are kept by number: with the number of
    somebody before him an agent would see that one's.
    """
    if (person.role is Role.AGENT) != bool(person.number):
        problem = f"{person.login}: an agent, and only an agent, has a number"
        return Clash("number_needed", problem, "add a number such as 8001, or change the role")
    other = next((login for login in holders.get(person.number, ()) if login != person.login), None)
    if person.number and other is not None:
        problem = f"number {person.number} is given to {other} already"
        return Clash("number_taken", problem, "give each agent a number of his own")
    if person.number and (former := (last or {}).get(person.number, person.login)) != person.login:
        problem = f"number {person.number} was {former}'s, whose calls and reviews it names"
        return Clash("number_held", problem, "give a number that nobody else has had")
    return None


def _fault(path: Path, row: int, field: str, problem: str, remedy: str) -> ConfigError:
    line = yamlfile.line_of(yamlfile.outline(yamlfile.read(path)), ("people", row, field))
    return ConfigError(path, line, problem, remedy)
