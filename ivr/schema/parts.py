"""What every step is made of: prompts, keys, names, and the two questions each step answers about itself."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Prompt = str | dict[str, str]
"""What is said: the name of a shared prompt of the file, or the words by language ({zh: …, en: …})."""

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
StepName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ContactBy = Literal["call_back", "sms", "email"]
GlobalAction = Literal["person", "back", "repeat"]
Reading = Literal["number", "amount", "date", "time", "phone", "digits"]
Place = tuple[str, ...]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(Part):
    """A variable read aloud: 105 as number or amount, 2026-03-02 as date, 14:30 as time, digits one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    value: Variable
    reading: Reading = Field(alias="as")


Utterance = Annotated[Value | Prompt, Field(union_mode="left_to_right")]


class Step(Part):
    """Base of all steps. `ways` are where it can lead by itself or by a key, each with its place in the step."""

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from ()

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        """Every prompt with its place in the step; None where an optional one is not given."""
        yield from ()

    def values(self) -> Iterator[tuple[Place, Value]]:
        """Every variable it reads aloud."""
        yield from ()

    def reads(self) -> Iterator[tuple[Place, str]]:
        """Every variable it looks at, with the place that names it."""
        for place, each in self.values():
            yield (*place, "value"), each.value

    def sets(self) -> Iterator[str]:
        """Every variable it gives a value."""
        yield from ()


def optional(**ways: str | None) -> Iterator[tuple[Place, str]]:
    """The ways that are given."""
    yield from (((name,), target) for name, target in ways.items() if target is not None)
