"""The steps of any menu: menu, play, language, hours, branch, set, queue, message, goto, hang up, sub-flows."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from ivr.schema.parts import ContactBy, Key, Part, Place, Prompt, Step, StepName, Variable, optional


class Option(Part):
    """One choice of a menu; without `say` it works but is not read out."""

    go: StepName
    say: Prompt | None = None


class Menu(Step):
    """Says `prompt` and its options, takes one key. `retry` are the wordings of the second, third … reading.

    `in_every_language`: said in each language in turn; then a prompt may leave a language out.
    """

    kind: Literal["menu"]
    prompt: Prompt
    options: dict[Key, Option] = Field(min_length=1)
    timeout: float = Field(default=5, ge=1, le=60, description="seconds of silence after the prompt")
    retries: int = Field(default=2, ge=0, le=5, description="further readings after silence or a wrong key")
    retry: tuple[Prompt, ...] = ()
    wrong_key: Prompt | None = None
    no_key: Prompt | None = None
    last_resort: StepName | None = None
    in_every_language: bool = False
    barge_in: bool = True

    def ways(self) -> Iterator[tuple[Place, str]]:
        for key, option in self.options.items():
            yield ("options", key), option.go
        yield from optional(last_resort=self.last_resort)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [(("prompt",), self.prompt), (("wrong_key",), self.wrong_key), (("no_key",), self.no_key)]
        for index, prompt in enumerate(self.retry):
            yield ("retry", str(index)), prompt
        for key, option in self.options.items():
            yield ("options", key, "say"), option.say


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
    """Holds for a number of at least `from` and below `below`."""

    at_least: float | None = None
    below: float | None = None
    go: StepName

    @model_validator(mode="after")
    def _bounded(self) -> "Range":
        if self.at_least is None and self.below is None:
            raise ValueError("name at_least, below or both")
        return self

    def holds(self, number: float) -> bool:
        over = self.at_least is None or number >= self.at_least
        return over and (self.below is None or number < self.below)


class Branch(Step):
    """Goes on by what is known about the call, or by a variable set earlier: exact cases first, then ranges."""

    kind: Literal["branch"]
    on: Variable = Field(description="tier, caller, dialled, language, known (yes/no) … or a variable set earlier")
    cases: dict[str, StepName] = Field(default_factory=dict)
    ranges: tuple[Range, ...] = ()
    otherwise: StepName

    @model_validator(mode="after")
    def _some(self) -> "Branch":
        if not self.cases and not self.ranges:
            raise ValueError("name cases, ranges or both")
        return self

    def ways(self) -> Iterator[tuple[Place, str]]:
        for value, go in self.cases.items():
            yield ("cases", value), go
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

    def sets(self) -> Iterator[str]:
        yield from self.to


Refusal = Literal["closed", "nobody_signed_in", "full", "wait_too_long"]


class Queue(Step):
    """Hands the call to the distributor; the caller's language is always a required skill."""

    kind: Literal["queue"]
    to: str
    prompt: Prompt | None = None
    skills: dict[str, int] = Field(default_factory=dict)
    priorities: dict[str, int] | None = Field(default=None, description="by tier, instead of the file's")
    refused: StepName | dict[Refusal, StepName] | None = Field(
        default=None, description="when the distributor does not take the call: a step, or one for each reason"
    )

    def ways(self) -> Iterator[tuple[Place, str]]:
        if isinstance(self.refused, dict):
            yield from ((("refused", reason), step) for reason, step in self.refused.items())
        else:
            yield from optional(refused=self.refused)

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
    contact: dict[Key, Contact] = Field(min_length=1)
    thanks: Prompt
    nothing_heard: Prompt
    schedule: str = Field(default="business", description="whose next working day is the deadline")
    longest: int = Field(default=120, ge=5, le=600)
    shortest: float = Field(default=1.0, ge=0, description="seconds below which nothing was said")
    silence: int = Field(default=5, ge=1, le=30)
    retries: int = Field(default=1, ge=0, le=5)
    timeout: float = Field(default=5, ge=1, le=60)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [
            (("prompt",), self.prompt), (("thanks",), self.thanks), (("nothing_heard",), self.nothing_heard),
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
