"""The people of `config/people.yaml`: who exists on the first day."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from accounts.access import Role
from core import yamlfile
from core.errors import ConfigError

Level = Annotated[int, Field(ge=1, le=10)]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class PersonEntry(BaseModel):
    """One line of the file. `number` belongs to agents only; `skills` maps a skill to its level, 10 best.

    `team` as in `Person`; `lead`: a quality person who changes forms and plans.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: str = Field(pattern=r"^[a-z][a-z0-9._-]{1,63}$")
    name: str = Field(min_length=1, max_length=120)
    role: Role
    number: str = Field(default="", pattern=r"^([1-9][0-9]{2,7})?$")
    skills: dict[Skill, Level] = {}
    locale: Literal["zh", "en"] = "zh"
    team: str = Field(default="", max_length=64)
    lead: bool = False


class PeopleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[PersonEntry, ...] = Field(min_length=1)


def load(config_dir: Path) -> tuple[PersonEntry, ...]:
    """Raises ConfigError with the line of a wrong value, a double login or number, an agent without a number."""
    path = config_dir / "people.yaml"
    people = yamlfile.load(path, PeopleFile).people
    logins: set[str] = set()
    numbers: set[str] = set()
    for row, person in enumerate(people):
        if person.login in logins:
            raise _fault(path, row, "login", f"{person.login} is listed twice", "give each person a login of their own")
        if (person.role is Role.AGENT) != bool(person.number):
            raise _fault(path, row, "number", f"{person.login}: an agent, and only an agent, has a number",
                         "add number: \"8001\" or change the role")  # fmt: skip
        if person.number and person.number in numbers:
            raise _fault(path, row, "number", f"number {person.number} is given twice", "give each agent their own")
        logins.add(person.login)
        numbers.add(person.number)
    return people


def _fault(path: Path, row: int, field: str, problem: str, remedy: str) -> ConfigError:
    line = yamlfile.line_of(yamlfile.outline(yamlfile.read(path)), ("people", row, field))
    return ConfigError(path, line, problem, remedy)
