"""The transcript exchange format: what was said in one call, by whom and when, and what is known about the call."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from core.errors import BadInput
from recordings.faults import faulty
from recordings.misspelt import misspelt, nearest

Seconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
"""Seconds since agent and customer were connected."""

Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]

SLACK = 5.0
"""Seconds by which talk may end after the call."""

Maybe = BeforeValidator(lambda given: () if given is None else given)
"""A list that may be missing may as well be null."""


class Speaker(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class EndedBy(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"


class CallType(StrEnum):
    ENQUIRY = "enquiry"
    SERVICE = "service"
    COMPLAINT = "complaint"
    CALLBACK = "callback"
    CAMPAIGN = "campaign"


class _Part(BaseModel):
    """Fields we do not know are left out of account: other systems may carry more."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Ticket(_Part):
    """`category`: what the ticket was filed as, where that is known."""

    id: str
    state: str
    overdue: Flag = False
    category: CallType | None = None


class CallFacts(_Part):
    """What is known about the call besides the talk; `duration` in seconds. `more_tickets`: where it has several."""

    id: str = Field(min_length=1)
    direction: Direction
    queue: str
    agent: str
    language: str = Field(min_length=2)
    call_type: CallType
    connected_at: AwareDatetime
    duration: Seconds
    ended_by: EndedBy
    ticket: Ticket | None = None
    more_tickets: Annotated[tuple[Ticket, ...], Maybe] = ()
    identity_required: Flag = False

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        return (self.ticket, *self.more_tickets) if self.ticket else self.more_tickets


class _Span(_Part):
    start: Seconds
    end: Seconds

    @model_validator(mode="after")
    def _forwards(self) -> "_Span":
        if self.end < self.start:
            raise ValueError(f"ends at {self.end} before it starts at {self.start}")
        return self


class Word(_Span):
    text: str
    confidence: Share | None = None


class Segment(_Span):
    """One stretch of one side's talk. Text may lack punctuation and hold recognition errors.

    `loudness` in dB below full scale, where the sound was measured.
    """

    speaker: Speaker
    text: str
    confidence: Share | None = None
    loudness: float | None = None
    words: Annotated[tuple[Word, ...], Maybe] = ()


_KINDS = dict.fromkeys(("hold", "mute", "pause", "transfer"))


def _known_kind(given: str) -> str:
    """Capitals make no other type; a slip in one would leave the event out of account without a word."""
    kind = given.strip().lower()
    meant = nearest(kind, _KINDS)
    if meant is not None and meant != kind:
        raise ValueError(f"{given!r} is no type known here; {meant} is meant")
    return meant or given


class CallEvent(_Part):
    """Something done to the call: `hold`, `mute` and `pause` (of the recording) last from `start` to `end`, `transfer`
    happens `at` a moment.

    Other types are kept but for slips of the pen: they need `at`, or `start` and `end`.
    """

    type: Annotated[str, AfterValidator(_known_kind)] = Field(min_length=1)
    start: Seconds | None = None
    end: Seconds | None = None
    at: Seconds | None = None
    mode: str | None = None
    target: str | None = None

    @model_validator(mode="after")
    def _timed(self) -> "CallEvent":
        lasts = self.start is not None and self.end is not None
        match self.type:
            case "hold" | "mute" | "pause" if not lasts:
                raise ValueError(f"{self.type} needs start and end")
            case "transfer" if self.at is None:
                raise ValueError("transfer needs at")
        if not lasts and self.at is None:
            raise ValueError(f"{self.type} needs at, or start and end")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"ends at {self.end} before it starts at {self.start}")
        return self


class Transcript(_Part):
    """Segments and events are in the order of time, whatever the order in the file."""

    call: CallFacts
    segments: tuple[Segment, ...]
    events: Annotated[tuple[CallEvent, ...], Maybe] = ()

    def by(self, speaker: Speaker) -> tuple[Segment, ...]:
        return tuple(segment for segment in self.segments if segment.speaker is speaker)


def read(path: Path) -> Transcript:
    """The transcript in a file; raises BadInput naming file, line, field and what to mend."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise BadInput(f"{path}:{line}: not UTF-8", "save the file in UTF-8") from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror}", "check its path and rights") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Transcript:
    """The transcript in a JSON text; `name` is what messages call it."""
    try:
        tree = json.loads(text)
        slips = list(misspelt(tree, Transcript))
        transcript = Transcript.model_validate(tree)
    except json.JSONDecodeError as fault:
        raise BadInput(f"{name}:{fault.lineno}: not valid JSON: {fault.msg}", "mend the text there") from None
    except ValidationError as fault:
        raise faulty(fault.errors(include_url=False), slips, text, name) from None
    except ValueError:
        raise BadInput(f"{name}: a number is too long", "write it in fewer digits") from None
    except RecursionError:
        raise BadInput(f"{name}: nested too deeply for a transcript", "give a transcript file") from None
    if slips:
        raise faulty((), slips, text, name)
    return in_order(transcript)


def overrun(transcript: Transcript) -> str:
    """What is odd about its times, '' for nothing: talk or events well after the call's end.

    No fault: a recorder may stop somewhat later than the talk, and a recogniser rounds.
    """
    ends = (*(part.end for part in transcript.segments), *(part.end or part.at or 0.0 for part in transcript.events))
    late = [end for end in ends if end > transcript.call.duration + SLACK]
    if not late:
        return ""
    many = f"{len(late)} segments or events end" if len(late) > 1 else "a segment or event ends"
    return f"{many} after the call's duration of {transcript.call.duration:g} s, the last at {max(late):g} s"


def in_order(transcript: Transcript) -> Transcript:
    """The same transcript with segments and events sorted by their time."""
    segments = sorted(transcript.segments, key=lambda segment: (segment.start, segment.end))
    events = sorted(transcript.events, key=lambda event: event.at if event.at is not None else event.start or 0.0)
    return transcript.model_copy(update={"segments": tuple(segments), "events": tuple(events)})


def document(transcript: Transcript) -> dict[str, Any]:
    """The transcript as the JSON document of the exchange format; what is optional and unknown is left out.

    A ticket that is null says that the call has none, which whoever scores it holds against the agent.
    """
    found: dict[str, Any] = transcript.model_dump(mode="json", exclude_none=True)
    if "ticket" in transcript.call.model_fields_set:
        found["call"].setdefault("ticket", None)
    if not transcript.call.more_tickets:
        del found["call"]["more_tickets"]
    for segment in found["segments"]:
        if not segment["words"]:
            del segment["words"]
    return found
