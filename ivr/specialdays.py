"""Single days on which people answer at other hours, entered into the text of hours.yaml, whose comments stay. Pure."""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from core import yamlfile
from core.errors import BadInput, NotFound
from ivr import hours
from ivr.hours import DAY_MINUTES, Hours, Span, spans_words

FILE = Path("hours.yaml")
Time = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)?$")


class SpecialDay(BaseModel):
    """`closed` and `open`: all day. `closed-between`: as usual but for the time from `begins` to `ends`;
    `open-between`: then only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: dt.date
    kind: Literal["closed", "open", "closed-between", "open-between"]
    begins: str = Time
    ends: str = Time
    schedules: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_its_times(self) -> Self:
        if self.kind.endswith("between") and not (self.begins and self.begins < self.ends):
            raise ValueError("say from when until when")
        return self


@dataclass(frozen=True, slots=True)
class Entered:
    """`schedule` is '' for a day that holds for all which do not name it themselves."""

    schedule: str
    day: dt.date
    hours: str


def entered(text: str, wanted: SpecialDay) -> str:
    """The text with that day; raises NotFound for a schedule that it does not have, ConfigError."""
    table = hours.read(text)
    for name in wanted.schedules:
        if name not in table.schedules:
            raise NotFound(f"there is no schedule {name!r}")

    def change(tree: Any) -> None:
        for name in wanted.schedules:
            days = tree["schedules"][name].setdefault("special_days", CommentedMap())
            day = wanted.day.replace()  # an object of its own: YAML would point from one schedule to another
            days[day] = _written(_spans(wanted, table.spans_on(name, wanted.day)))

    return _changed(text, change)


def removed(text: str, schedule: str, day: dt.date) -> str:
    """The text without it; `schedule` as in `Entered`. Raises NotFound, ConfigError."""
    if not any((each.schedule, each.day) == (schedule, day) for each in listed(hours.read(text), day)):
        raise NotFound(f"there is no special day {day}")

    def change(tree: Any) -> None:
        place = tree["schedules"][schedule] if schedule else tree
        del place["special_days"][day]
        if not place["special_days"]:
            del place["special_days"]

    return _changed(text, change)


def listed(table: Hours, since: dt.date) -> list[Entered]:
    """Those from that day on, in order."""
    named = [("", table.special_days), *((name, each.special_days) for name, each in table.schedules.items())]
    found = [Entered(name, day, spans_words(spans)) for name, days in named for day, spans in days.items()]
    return sorted((each for each in found if each.day >= since), key=lambda each: (each.day, each.schedule))


def _spans(wanted: SpecialDay, usual: tuple[Span, ...]) -> tuple[Span, ...]:
    match wanted.kind:
        case "closed":
            return ()
        case "open":
            return ((0, DAY_MINUTES),)
    begins, ends = hours.minute(wanted.begins), hours.minute(wanted.ends)
    if wanted.kind == "open-between":
        return ((begins, ends),)
    pieces = ((opens, min(closes, begins), max(opens, ends), closes) for opens, closes in usual)
    return tuple(span for a, b, c, d in pieces for span in ((a, b), (c, d)) if span[0] < span[1])


def _written(spans: tuple[Span, ...]) -> Any:
    if spans in ((), ((0, DAY_MINUTES),)):
        return spans_words(spans)
    written = CommentedSeq(spans_words((span,)) for span in spans)
    written.fa.set_flow_style()
    return written


def _changed(text: str, change: Callable[[Any], None]) -> str:
    tree = yamlfile.editable(text, FILE)
    if not isinstance(tree, dict):
        raise BadInput("hours.yaml says nothing", "restore a former version first")
    change(tree)
    writer, written = YAML(typ="rt"), io.StringIO()
    writer.width = 4096
    writer.dump(tree, written)
    return written.getvalue()
