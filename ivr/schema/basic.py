"""The steps of any menu: menu, play, language, hours, branch, set, queue, message, goto, hang up, sub-flows."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from ivr.reading.values import as_decimal, as_span, as_time
from ivr.schema.parts import (
    DISTINCT,
    ContactBy,
    Key,
    Part,
    Place,
    Prompt,
    Step,
    StepName,
    Variable,
    named,
    optional,
    retried,
)


class Option(Part):
    """One choice of a menu; without `say` it works but is not read out.

    `phrases`: what a caller may say instead of the key, by language; the first is said back to him when unsure.
    """

    go: StepName
    say: Prompt | None = None
    phrases: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)

    @property
    def name(self) -> dict[str, str]:
        return {language: said[0] for language, said in self.phrases.items()}


class Menu(Step):
    """Says `prompt` and its options, takes one key. `retry` are the wordings of the second, third … reading.

    `in_every_language`: said in each language in turn; then a prompt may leave a language out.
    `speak`: in a language that the centre hears, the caller may also say one of the options' phrases.
    """

    kind: Literal["menu"]
    prompt: Prompt
    options: Annotated[dict[Key, Option], DISTINCT] = Field(min_length=1)
    timeout: float = Field(default=5, ge=1, le=60, description="seconds of silence after the prompt")
    retries: int = Field(default=2, ge=0, le=5, description="further readings after silence or a wrong key")
    retry: tuple[Prompt, ...] = ()
    wrong_key: Prompt | None = None
    no_key: Prompt | None = None
    last_resort: StepName | None = None
    in_every_language: bool = False
    barge_in: bool = True
    speak: bool = False

    def ways(self) -> Iterator[tuple[Place, str]]:
        for key, option in self.options.items():
            yield ("options", key), option.go
        yield from optional(last_resort=self.last_resort)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [(("prompt",), self.prompt), (("wrong_key",), self.wrong_key), (("no_key",), self.no_key)]
        yield from retried(self.retry)
        for key, option in self.options.items():
            yield ("options", key, "say"), option.say
            if self.speak and option.phrases:
                yield ("options", key, "phrases"), option.name


class Play(Step):
    kind: Literal["play"]
    prompt: Prompt
    next: StepName
    barge_in: bool = True
    in_every_language: bool = False

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield ("next",), self.next

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield ("prompt",), self.prompt


class Language(Step):
    """From here on the caller is spoken to in `to`."""

    kind: Literal["language"]
    to: str
    next: StepName

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield ("next",), self.next


class Opening(Step):
    """Goes on at `open` or `closed` by the schedule of config/hours.yaml."""

    kind: Literal["hours"]
    schedule: str
    open: StepName
    closed: StepName

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(open=self.open, closed=self.closed)


class Range(Part):
    """Holds for a number of at least `at_least` and below `below`, or for a time of day `between` ("22:00-06:00").

    The end of a span is not part of it.
    """

    at_least: float | None = None
    below: float | None = None
    between: str | None = None
    go: StepName

    @model_validator(mode="after")
    def _bounded(self) -> "Range":
        if (self.at_least is None and self.below is None) == (self.between is None):
            raise ValueError("name at_least, below or both, or else between")
        if self.between is not None and as_span(self.between) is None:
            raise ValueError(f"{self.between!r} is no time span, write 09:00-12:00")
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError("at_least must be less than below")
        return self

    def holds(self, value: str) -> bool:
        if self.between is not None:
            span, clock = as_span(self.between), as_time(value)
            return span is not None and clock is not None and _within(clock[0] * 60 + clock[1], span)
        number = as_decimal(value)
        if number is None:
            return False
        over = self.at_least is None or number >= Decimal(str(self.at_least))
        return over and (self.below is None or number < Decimal(str(self.below)))

    def __str__(self) -> str:
        low = "" if self.at_least is None else f"{self.at_least:.15g} ≤ "
        return self.between or f"{low}x" + ("" if self.below is None else f" < {self.below:.15g}")


def _within(minute: int, span: tuple[int, int]) -> bool:
    first, last = span
    return first <= minute < last if first < last else minute >= first or minute < last


class Branch(Step):
    """Goes on by what is known about the call, or by a variable set earlier: exact cases, then prefixes, then ranges.

    The longest prefix of a number counts, whose country code +86 is left out.
    """

    kind: Literal["branch"]
    on: Variable = Field(description="tier, caller, dialled, language, known, time … or a variable set earlier")
    cases: dict[str, StepName] = Field(default_factory=dict)
    prefixes: dict[Annotated[str, Field(pattern=r"^[0-9]+$")], StepName] = Field(default_factory=dict)
    ranges: tuple[Range, ...] = ()
    otherwise: StepName

    @model_validator(mode="after")
    def _some(self) -> "Branch":
        if not self.cases and not self.ranges and not self.prefixes:
            raise ValueError("name cases, prefixes or ranges")
        return self

    def ways(self) -> Iterator[tuple[Place, str]]:
        for value, go in self.cases.items():
            yield ("cases", value), go
        for prefix, go in self.prefixes.items():
            yield ("prefixes", prefix), go
        for index, each in enumerate(self.ranges):
            yield ("ranges", str(index)), each.go
        yield ("otherwise",), self.otherwise

    def reads(self) -> Iterator[tuple[Place, str]]:
        yield ("on",), self.on


class Assign(Step):
    """Gives variables a value; {name} in it stands for another variable."""

    kind: Literal["set"]
    to: dict[Variable, str] = Field(min_length=1, alias="values")
    next: StepName

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield ("next",), self.next

    def reads(self) -> Iterator[tuple[Place, str]]:
        yield from ((("values", name), each) for name, text in self.to.items() for each in named(text))

    def sets(self) -> Iterator[str]:
        yield from self.to


Refusal = Literal["closed", "nobody_signed_in", "full", "wait_too_long"]


class Queue(Step):
    """Hands the call to the distributor; the caller's language is always a required skill.

    Outside `schedule` nobody is there: the caller goes on at `closed`, else `refused`, else to the file's person.
    """

    kind: Literal["queue"]
    to: str
    prompt: Prompt | None = None
    barge_in: bool = True
    schedule: str | None = Field(default=None, description="when people are there; always if not given")
    closed: StepName | None = Field(default=None, description="outside `schedule`; as refused if not given")
    skills: dict[str, int] = Field(default_factory=dict)
    priorities: dict[str, int] | None = Field(default=None, description="by tier, instead of the file's")
    refused: StepName | dict[Refusal, StepName] | None = Field(
        default=None, description="when the distributor does not take the call: a step, or one for each reason"
    )
    after_call: StepName | None = Field(default=None, description="instead of the file's")

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(closed=self.closed, after_call=self.after_call)
        if isinstance(self.refused, dict):
            yield from ((("refused", reason), step) for reason, step in self.refused.items())
        else:
            yield from optional(refused=self.refused)

    @property
    def always_refused_to(self) -> bool:
        """Whether a step is named for every reason."""
        return not self.unnamed_refusals

    @property
    def unnamed_refusals(self) -> tuple[str, ...]:
        """Reasons for which no step is named; the distributor may have `closed` the queue in its hours, too."""
        return tuple(reason for reason in get_args(Refusal) if self.refused_for(reason) is None)

    def refused_for(self, reason: str) -> str | None:
        if isinstance(self.refused, dict):
            return next((step for known, step in self.refused.items() if known == reason), None)
        return self.refused

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield ("prompt",), self.prompt


class Contact(Part):
    by: ContactBy
    say: Prompt


class Message(Step):
    """Records the caller after `prompt`, then asks how to answer; silence or hang-up means a call back."""

    kind: Literal["message"]
    prompt: Prompt
    contact: Annotated[dict[Key, Contact], DISTINCT] = Field(min_length=1)
    thanks: Prompt
    nothing_heard: Prompt
    schedule: str = Field(default="business", description="whose next working day is the deadline")
    longest: int = Field(default=120, ge=5, le=600)
    shortest: float = Field(default=1.0, ge=0, description="seconds below which nothing was said")
    silence: int = Field(default=5, ge=1, le=30)
    retries: int = Field(default=1, ge=0, le=5)
    timeout: float = Field(default=5, ge=1, le=60)
    wrong: Prompt | None = Field(default=None, description="said when a key is no way to be answered")
    barge_in: bool = True

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [
            (("prompt",), self.prompt), (("thanks",), self.thanks), (("nothing_heard",), self.nothing_heard),
            (("wrong",), self.wrong),
        ]  # fmt: skip
        for key, contact in self.contact.items():
            yield ("contact", key, "say"), contact.say


class Goto(Step):
    kind: Literal["goto"]
    next: StepName

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield ("next",), self.next


class Sub(Step):
    """Goes through the steps from `start` until one of kind `return`, then on at `next`."""

    kind: Literal["sub"]
    start: StepName
    next: StepName

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(start=self.start, next=self.next)


class Return(Step):
    """Back to the `next` of the sub step that led here; without one, to a person."""

    kind: Literal["return"]


class HangUp(Step):
    kind: Literal["hang_up"]
    prompt: Prompt | None = None

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield ("prompt",), self.prompt
