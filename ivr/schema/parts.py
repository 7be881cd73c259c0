"""What every step is made of: prompts, keys, names, and the two questions each step answers about itself."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

Prompt = str | dict[str, str]
"""What is said: the name of a shared prompt of the file, or the words by language ({zh: …, en: …})."""

Key = Annotated[
    Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"],
    BeforeValidator(lambda key: str(key) if type(key) is int else key),
]
"""Digits may stand without quotes."""


def _distinct(keys: object) -> object:
    written = [str(key) for key in keys] if isinstance(keys, dict) else []
    if twice := [key for key in written if written.count(key) > 1]:
        raise ValueError(f"key {twice[0]!r} is there twice")
    return keys


DISTINCT = BeforeValidator(_distinct)
"""Of what is given by key: 1 and "1" are the same."""


def shaped(pattern: str, what: str) -> BeforeValidator:
    """Says in words what the field's pattern says to programs."""

    def demand(text: object) -> object:
        if isinstance(text, str) and not re.search(pattern, text):
            raise ValueError(f"{text!r} is no {what}")
        return text

    return BeforeValidator(demand)


_STEP, _VARIABLE, _NUMBER = r"^[a-z][a-z0-9-]*$", r"^[a-z][a-z0-9_]*$", r"^\+?[0-9]{3,20}$"
StepName = Annotated[str, Field(pattern=_STEP), shaped(_STEP, "name of a step: write small letters, digits and -")]
Variable = Annotated[
    str, Field(pattern=_VARIABLE), shaped(_VARIABLE, "name of a variable: write small letters, digits and _")
]
OutsideNumber = Annotated[
    str, Field(pattern=_NUMBER), shaped(_NUMBER, "number that can be rung: write 3 to 20 digits, + before a country's")
]
ContactBy = Literal["call_back", "sms", "email"]
GlobalAction = Literal["person", "back", "repeat"]
Reading = Literal["number", "count", "amount", "date", "time", "phone", "digits"]
Currency = Literal["CNY", "USD", "EUR", "GBP", "HKD", "JPY"]
Tier = Literal["diamond", "gold", "silver", "ordinary"]
Place = tuple[str, ...]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(Part):
    """A variable read aloud: 105 as number or amount, 2026-03-02 as date, 14:30 as time, digits one by one.

    As count, `unit` are the words after the number by language: {zh: 笔, en: transaction/transactions}.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    value: Variable
    reading: Reading = Field(alias="as")
    unit: dict[str, str] = Field(default_factory=dict, description="of a count, by language; one/many in English")
    currency: Currency = Field(default="CNY", description="of an amount")

    @model_validator(mode="after")
    def _counted(self) -> "Value":
        if (self.reading == "count") != bool(self.unit):
            raise ValueError("a count needs `unit`, its words by language, and nothing else has one")
        return self

    def measure(self, language: str) -> str:
        """What is counted, in `language` or the first there is; of an amount its currency."""
        return self.unit.get(language, next(iter(self.unit.values()))) if self.unit else self.currency


def _is_value(said: object) -> str:
    return "value" if isinstance(said, Value) or (isinstance(said, dict) and "value" in said) else "words"


Utterance = Annotated[Annotated[Value, Tag("value")] | Annotated[Prompt, Tag("words")], Discriminator(_is_value)]


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


def retried(retry: tuple[Prompt, ...]) -> Iterator[tuple[Place, Prompt]]:
    """The wordings of the second, third … time a question is put."""
    yield from ((("retry", str(index)), prompt) for index, prompt in enumerate(retry))


def named(text: str) -> list[str]:
    """The variables that {name} in a text stands for."""
    return re.findall(r"\{([a-z][a-z0-9_]*)\}", text)


def optional(**ways: str | None) -> Iterator[tuple[Place, str]]:
    """The ways that are given."""
    yield from (((name,), target) for name, target in ways.items() if target is not None)
