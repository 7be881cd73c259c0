"""What the API of the menus takes and tells."""

from dataclasses import asdict
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from core.numbers import Number
from core.texts import Line
from ivr.menu_models import MenuTrial
from ivr.published.deeds import Published
from ivr.published.records import Figures
from ivr.refusing import Refused
from ivr.usage.comparison import SOURCE, Comparison, in_words
from ivr.usage.use import DEFINITIONS


class VersionOut(BaseModel):
    """`restores`: the number it was brought back from, 0 for a new text; `challenger`: it was only ever on trial;
    `dropped`: and did not go live.

    `prompt_faults`: prompts of a text just published that callers cannot hear.
    """

    model_config = ConfigDict(from_attributes=True)

    menu: str
    number: int
    restores: int
    challenger: bool
    dropped: bool = False
    published_by: str
    published_at: float
    reason: str
    prompt_faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, published: Published) -> Self:
        found = cls.model_validate(published.version)
        return found.model_copy(update={"prompt_faults": published.prompt_faults})


class TextIn(BaseModel):
    text: str = Field(max_length=400_000)
    reason: Line = Field(default="", max_length=400)


class PublishIn(TextIn):
    """`seen`: the live version that the draft began with; another one since is answered with 409."""

    seen: Number | None = None


class TrialIn(PublishIn):
    share: float = Field(gt=0, lt=1, description="of the new calls")


class TrialEndIn(BaseModel):
    """`take`: the challenger becomes the live version; else it is dropped. `seen`: its number; another one that runs by
    now is answered with 409."""

    take: bool
    reason: Line = Field(default="", max_length=400)
    seen: Number | None = None


class WalkIn(BaseModel):
    """`keys` in order or `[spoken words]`, `-` for silence, `h` to hang up, `a`: an agent has served him; `at` in site
    time (2026-03-02T10:00), empty: now. `answers`: what steps get from outside, `{"web": "failed", "pin": "wrong"}`;
    `refused`: queues that take nobody, `["cards"]` are closed, `{"cards": "full"}` says why."""

    text: str = Field(max_length=400_000)
    keys: str = Field(default="", max_length=200)
    caller: Line = Field(default="", max_length=40)
    at: str = Field(default="", max_length=40)
    answers: dict[str, str | dict[str, str]] = Field(default_factory=dict, max_length=100)
    refused: Refused = frozenset()


class BackIn(BaseModel):
    """`seen`: the live version, from which it goes back; another one since is answered with 409."""

    reason: Line = Field(default="", max_length=400)
    seen: Number | None = None


class FindingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    step: str
    rule: str
    problem: str
    line: int


class FaultOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    line: int
    what: str
    remedy: str


class CheckOut(BaseModel):
    """`faults`: why it cannot be read at all (line 0: the whole file); `findings`: rules broken and not waived.

    Both empty: it may go live.
    """

    model_config = ConfigDict(from_attributes=True)

    passed: bool
    faults: list[FaultOut]
    findings: list[FindingOut]


class TrialOut(BaseModel):
    """`result`: empty while it runs, then taken or dropped. Times in seconds since the epoch; `share` 0–1."""

    model_config = ConfigDict(from_attributes=True)

    menu: str
    champion: int
    challenger: int
    share: float
    started_by: str
    started_at: float
    reason: str
    ended_by: str
    ended_at: float | None
    result: str


def use_document(figures: Figures) -> dict[str, Any]:
    """Figures with what each means."""
    period = figures.period
    return {
        "menu": figures.menu.name, "version": figures.menu.number, "day": period.day, "since": period.since,
        "until": period.until, "calls_by_version": figures.calls, **asdict(figures.use), "definitions": DEFINITIONS,
    }  # fmt: skip


def trial_document(trial: MenuTrial, comparison: Comparison) -> dict[str, Any]:
    """The trial, both sides' figures, and in plain words what they say."""
    rates = [asdict(each) | {"rates": each.rates, "verdict": each.verdict} for each in comparison.rates]
    times = [asdict(each) | {"verdict": each.verdict} for each in comparison.times]
    told = {"rates": rates, "times": times, "statement": list(in_words(comparison)), "test": SOURCE}
    return TrialOut.model_validate(trial).model_dump() | told
