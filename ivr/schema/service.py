"""The steps of self-service: say, collect, look up, verify, call back, survey, transfer to an outside number."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from ivr.schema.parts import (
    Key,
    Part,
    Place,
    Prompt,
    Step,
    StepName,
    Utterance,
    Value,
    Variable,
    optional,
    retried,
    shaped,
)

Check = Literal["none", "luhn", "identity", "date", "phone"]
LENGTHS: dict[str, tuple[int, int]] = {
    "none": (1, 40), "luhn": (2, 40), "identity": (18, 18), "date": (8, 8), "phone": (10, 12),
}  # fmt: skip
"""How many digits may pass each check."""


class Say(Step):
    """Says words and variables in one go; goes to `missing` (or a person) when a variable has no such value."""

    kind: Literal["say"]
    parts: tuple[Utterance, ...] = Field(min_length=1)
    next: StepName
    missing: StepName | None = None
    barge_in: bool = True

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(next=self.next, missing=self.missing)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        for index, each in enumerate(self.parts):
            if not isinstance(each, Value):
                yield ("parts", str(index)), each

    def values(self) -> Iterator[tuple[Place, Value]]:
        for index, each in enumerate(self.parts):
            if isinstance(each, Value):
                yield ("parts", str(index)), each


class Asking(Step):
    """What steps share that take several keys. Star with nothing typed goes back, later it begins anew."""

    prompt: Prompt
    timeout: float = Field(default=8, ge=1, le=60, description="seconds until the first key")
    between: float = Field(default=4, ge=1, le=30, description="seconds between keys")
    retries: int = Field(default=2, ge=0, le=5)
    retry: tuple[Prompt, ...] = ()
    wrong: Prompt | None = Field(default=None, description="said when what was typed does not pass")
    no_key: Prompt | None = None
    last_resort: StepName | None = None
    barge_in: bool = True

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [(("prompt",), self.prompt), (("wrong",), self.wrong), (("no_key",), self.no_key)]
        yield from retried(self.retry)


class Collect(Asking):
    """Takes `least` to `most` digits into a variable. A `secret` is never said, shown, logged or branched on.

    Checks: luhn (cards), identity (18 places, ISO 7064 MOD 11-2, star stands for X), date (YYYYMMDD), phone.
    """

    kind: Literal["collect"]
    into: Variable
    least: int = Field(default=1, ge=1, le=40)
    most: int = Field(default=20, ge=1, le=40)
    end: Literal["#", "*"] | None = "#"
    secret: bool = False
    check: Check = "none"
    next: StepName

    @model_validator(mode="after")
    def _in_order(self) -> "Collect":
        if self.least > self.most:
            raise ValueError("least must not be more than most")
        fewest, longest = LENGTHS[self.check]
        if self.most < fewest or self.least > longest:
            raise ValueError(f"nothing of {self.least} to {self.most} digits passes the check {self.check}")
        return self

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(next=self.next, last_resort=self.last_resort)

    def sets(self) -> Iterator[str]:
        if not self.secret:
            yield self.into


_ADDRESS = r"^https?://[^/{}]+(/.*)?$"
Address = Annotated[
    str,
    Field(pattern=_ADDRESS),
    shaped(_ADDRESS, "address of a service: write https://, then the host without variables"),
]


class Http(Part):
    """A JSON service. {name} in `url` and `body` stands for a variable; secrets may stand in `body` only."""

    url: Address
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict, description="${LOOKUP_…} stands for the environment's value")
    body: dict[str, str] = Field(default_factory=dict)
    not_found_if: dict[str, str] = Field(
        default_factory=dict, description="names in the answer with the text that means: no such customer"
    )
    deadline: float = Field(default=3, ge=0.1, le=10, description="seconds for all tries together")
    retries: int = Field(default=1, ge=0, le=3)
    cache: float = Field(default=0, ge=0, le=86400, description="seconds an answer is kept")

    @model_validator(mode="after")
    def _closed_letter(self) -> "Http":
        named = [name for text in self.headers.values() for name in re.findall(r"\$\{([^}]*)\}?", text)]
        if wrong := [name for name in named if not re.fullmatch(r"LOOKUP_[A-Z0-9_]+", name)]:
            raise ValueError(f"{wrong[0]!r} is not for lookups: name it LOOKUP_…")
        if named and not self.private:
            raise ValueError("a credential is sent: write https://")
        if self.body and self.method == "GET":
            raise ValueError("a GET sends no body: write method: POST")
        return self

    @property
    def private(self) -> bool:
        """Whether nobody on the way can read the question: encrypted, or never leaving the machine."""
        here = re.match(r"http://(127\.0\.0\.1|localhost)(:[0-9]+)?(/|$)", self.url)
        return self.url.startswith("https://") or here is not None


def _where(source: object) -> str:
    return "table" if isinstance(source, str) else "service"


Source = Annotated[
    Annotated[Literal["customers"], Tag("table")] | Annotated[Http, Tag("service")], Discriminator(_where)
]


class Lookup(Step):
    """Fills variables from the customer table (by number in `by`) or a JSON service; `fields`: variable ← its name.

    A dotted name goes into the JSON: `account.balance`, `transactions.0.amount`.
    """

    kind: Literal["lookup"]
    source: Source
    by: Variable = "caller"
    fields: dict[Variable, str] = Field(default_factory=dict)
    waiting: Prompt | None = Field(default=None, description="said while the answer is awaited")
    found: StepName
    not_found: StepName
    failed: StepName | None = Field(default=None, description="no answer or nonsense; a person if not given")

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(found=self.found, not_found=self.not_found, failed=self.failed)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield ("waiting",), self.waiting

    def reads(self) -> Iterator[tuple[Place, str]]:
        yield ("by",), self.by

    def sets(self) -> Iterator[str]:
        yield from self.fields
        if self.source == "customers":
            yield "customer"


class Verify(Asking):
    """Compares `digits` keys with a secret of the customer in variable `customer`; locks him after `attempts`."""

    kind: Literal["verify"]
    secret: Literal["pin", "identity"] = "pin"
    digits: int = Field(default=6, ge=4, le=18)
    attempts: int = Field(default=3, ge=1, le=10)
    lock_minutes: float = Field(default=30, gt=0, le=1440)
    verified: StepName
    failed: StepName = Field(description="too many wrong tries, or no such customer")
    locked: StepName | None = Field(default=None, description="locked since an earlier call; as failed if not given")

    def ways(self) -> Iterator[tuple[Place, str]]:
        ways = {"verified": self.verified, "failed": self.failed, "locked": self.locked}
        yield from optional(**ways, last_resort=self.last_resort)


class CallBack(Step):
    """Offers a call back to the caller's number or another; the promise becomes a message of kind call_back."""

    kind: Literal["callback"]
    prompt: Prompt = Field(description="before the number is read")
    confirm: Prompt = Field(description="after it: which key takes it, which changes it")
    other: Prompt = Field(description="asks for another number and the hash key")
    thanks: Prompt
    yes: Key = "1"
    change: Key = "2"
    schedule: str = "business"
    timeout: float = Field(default=6, ge=1, le=60)
    between: float = Field(default=4, ge=1, le=30)
    retries: int = Field(default=2, ge=0, le=5)
    retry: tuple[Prompt, ...] = Field(default=(), description="instead of `prompt`, from the second time on")
    wrong: Prompt | None = None
    no_key: Prompt | None = None
    barge_in: bool = True
    next: StepName | None = Field(default=None, description="after the promise; the call ends if not given")
    last_resort: StepName | None = None

    @model_validator(mode="after")
    def _two_keys(self) -> "CallBack":
        if self.yes == self.change:
            raise ValueError(f"key {self.yes} cannot both take the number and change it")
        return self

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(next=self.next, last_resort=self.last_resort)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [
            (("prompt",), self.prompt), (("confirm",), self.confirm),
            (("other",), self.other), (("thanks",), self.thanks), (("wrong",), self.wrong), (("no_key",), self.no_key),
        ]  # fmt: skip
        yield from retried(self.retry)

    def values(self) -> Iterator[tuple[Place, Value]]:
        yield ("prompt",), Value(value="caller", reading="phone")


class Survey(Step):
    """Asks for one key from `lowest` to `highest` into a variable; silence and wrong keys end in `next` as well."""

    kind: Literal["survey"]
    prompt: Prompt
    into: Variable = "score"
    lowest: int = Field(default=1, ge=0, le=9)
    highest: int = Field(default=5, ge=0, le=9)
    timeout: float = Field(default=6, ge=1, le=60)
    retries: int = Field(default=1, ge=0, le=3)
    retry: tuple[Prompt, ...] = ()
    wrong: Prompt | None = None
    no_key: Prompt | None = None
    barge_in: bool = True
    next: StepName

    @model_validator(mode="after")
    def _scale(self) -> "Survey":
        if self.lowest >= self.highest:
            raise ValueError("lowest must be less than highest")
        return self

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield ("next",), self.next

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield from [(("prompt",), self.prompt), (("wrong",), self.wrong), (("no_key",), self.no_key)]
        yield from retried(self.retry)

    def sets(self) -> Iterator[str]:
        yield self.into


class Transfer(Step):
    """Connects the caller with a number that the file allows under `outside`."""

    kind: Literal["transfer"]
    to: str = Field(description="a name under `outside`")
    prompt: Prompt | None = None
    refused: StepName | None = None

    def ways(self) -> Iterator[tuple[Place, str]]:
        yield from optional(refused=self.refused)

    def spoken(self) -> Iterator[tuple[Place, Prompt | None]]:
        yield ("prompt",), self.prompt
