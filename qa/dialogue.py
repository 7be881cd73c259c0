"""Labelled dialogues in YAML: short scripts turned into transcripts, with the rows that must fail."""

import re
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from core import yamlfile
from core.errors import ConfigError
from qa.noise import ERRORS, Errors, disturb
from qa.pack import ROWS
from recordings.transcript import (
    CallFacts,
    CallType,
    Direction,
    EndedBy,
    Seconds,
    Ticket,
    Transcript,
    in_order,
)

PACE = 4.2
"""Characters a second where a line names none."""

GAP = 0.5
CUTS_IN = 2.0
"""Seconds by which an agent cuts in where a line says no more."""

LONGEST = 26
"""Characters after which a speaker draws breath: the talk of one turn becomes segments of about this size."""


def _known(row: str) -> str:
    if row not in ROWS:
        raise ValueError(f"the form has no row {row!r}, its rows are {ROWS[0]} to {ROWS[-1]}")
    return row


RowName = Annotated[str, AfterValidator(_known)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spoken(_Part):
    """`pace` in characters a second; `over`: seconds by which it begins before the talk so far ends."""

    text: str
    pace: float | None = Field(default=None, gt=0)
    confidence: float | None = Field(default=None, ge=0, le=1)
    over: float = Field(default=0.0, ge=0)


class Line(_Part):
    """One of: a line of a side, the agent cutting in 2 s before the customer ends, a pause, an event."""

    agent: str | Spoken | None = None
    customer: str | Spoken | None = None
    agent_cuts_in: str | Spoken | None = None
    pause: float | None = Field(default=None, ge=0)
    hold: float | None = Field(default=None, gt=0)
    mute: float | None = Field(default=None, gt=0)
    transfer: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Line":
        if len(self.model_fields_set) != 1:
            raise ValueError("a line is one of agent, customer, agent_cuts_in, pause, hold, mute, transfer")
        return self


class OfTicket(Ticket):
    model_config = ConfigDict(extra="forbid")


class Facts(CallFacts):
    """What is known about the call, where a dialogue says nothing else; `duration` is as long as its lines take."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default="", min_length=1)
    direction: Direction = Direction.INBOUND
    queue: str = "cards"
    agent: str = "8001"
    language: str = Field(default="zh", min_length=2)
    call_type: CallType = CallType.ENQUIRY
    connected_at: AwareDatetime = datetime.fromisoformat("2026-03-02T09:15:00+08:00")
    duration: Seconds = 0
    ended_by: EndedBy = EndedBy.CUSTOMER
    ticket: OfTicket | None = OfTicket(id="T1", state="open")
    more_tickets: tuple[OfTicket, ...] = ()


class Dialogue(_Part):
    """`fails`, `reviews`: rows that must come out so; `near`: rows that look like a failure and are none;
    `ignore`: rows on which people may differ; `first`: seconds to the first word."""

    id: str
    lines: tuple[Line, ...] = Field(min_length=1)
    facts: Facts = Facts()
    fails: frozenset[RowName] = frozenset()
    reviews: frozenset[RowName] = frozenset()
    near: frozenset[RowName] = frozenset()
    ignore: frozenset[RowName] = frozenset()
    first: float = 0.8


class Sentences(_Part):
    """Single sentences of agents: what fails a row, and what only sounds like it."""

    offends: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()


class _File(_Part):
    """`lines`: sentences by row."""

    dialogues: tuple[Dialogue, ...]
    lines: dict[RowName, Sentences] = {}


def read(path: Path) -> tuple[Dialogue, ...]:
    """The dialogues of one file; raises ConfigError."""
    return _file(path).dialogues


def read_lines(path: Path) -> tuple[tuple[frozenset[str], str], ...]:
    """The single lines of a text file with the rows that each must fail: `A2,B4`, a tab, the line; or the line alone.

    Raises ConfigError.
    """
    found = []
    for number, line in enumerate(yamlfile.read(path).splitlines(), 1):
        rows, _, said = line.rpartition("\t")
        try:
            labels = frozenset(_known(row) for row in rows.split(",") if rows)
        except ValueError as fault:
            raise ConfigError(path, number, str(fault), "correct the row before the tab") from None
        if said:
            found.append((labels, said))
    return tuple(found)


def read_exchanges(path: Path) -> tuple[tuple[frozenset[str], str, str], ...]:
    """Turns of agents with the rows that each must fail (`ok` for none) and what the customer answers, by tabs.

    Raises ConfigError.
    """
    found = []
    for number, line in enumerate(yamlfile.read(path).splitlines(), 1):
        rows, _, rest = line.partition("\t")
        turn, _, answer = rest.partition("\t")
        try:
            labels = frozenset(_known(row) for row in rows.split(",") if row != "ok")
        except ValueError as fault:
            raise ConfigError(path, number, str(fault), "begin with the rows, or with ok") from None
        if turn:
            found.append((labels, turn, answer))
    return tuple(found)


def read_acts(path: Path) -> tuple[tuple[Dialogue, str, bool], ...]:
    """Lines of agents and customers, each with an act and whether it does it: side, yes or no, act, line, by tabs.

    Raises ConfigError.
    """
    found = []
    for number, line in enumerate(yamlfile.read(path).splitlines(), 1):
        side, does, act, text = (*line.split("\t", 3), "", "", "")[:4]
        if side not in ("agent", "customer") or does not in ("yes", "no") or not text:
            raise ConfigError(path, number, "not a judged line", "write agent or customer, yes or no, act, line")
        found.append(
            (Dialogue(id=f"{path.stem}:{number}", lines=(Line.model_validate({side: text}),)), act, does == "yes")
        )
    return tuple(found)


def unit_tests(path: Path) -> tuple[Dialogue, ...]:
    """The dialogues of one file, and its sentences as such. Raises ConfigError.

    An offending sentence is judged by its own row, innocent ones by all the rows that have sentences.
    """
    if not path.is_file():
        raise ConfigError(path, 0, "this pack has no unit tests", f"write them into packs/tests/{path.name}")
    told, rows = _file(path), frozenset(ROWS)
    found = list(told.dialogues)
    for row, each in told.lines.items():
        for text in each.offends:
            found.append(_of_sentences(text, (text,), {row}, rows - {row}))
        if each.innocent:
            found.append(_of_sentences(f"{row} innocent", each.innocent, set(), rows - told.lines.keys()))
    return tuple(found)


def _file(path: Path) -> _File:
    told = yamlfile.load(path, _File)
    names = [each.id for each in told.dialogues]
    if twice := [index for index, name in enumerate(names) if name in names[:index]]:
        nodes = yamlfile.outline(yamlfile.read(path))
        raise ConfigError.of(
            ConfigError(
                path, yamlfile.line_of(nodes, ("dialogues", index, "id")),
                f"two dialogues have the id {names[index]!r}", "give each its own",
            )
            for index in twice
        )  # fmt: skip
    return told


def _of_sentences(name: str, texts: tuple[str, ...], fails: set[str], ignore: frozenset[str]) -> Dialogue:
    lines = tuple(line for text in texts for line in (Line(agent=text), Line(customer="嗯")))
    return Dialogue(id=name, lines=lines, fails=frozenset(fails), ignore=ignore)


def transcript(
    dialogue: Dialogue, noise: float = 0.0, seed: int = 0, errors: Errors = ERRORS["homophones"]
) -> Transcript:
    """The dialogue as a transcript, with the pace, pauses and breaths of talk.

    `noise` is the part of the characters that a recogniser would get wrong.
    """
    random, slips = Random(f"{seed}:{dialogue.id}"), Random(f"slips:{seed}:{dialogue.id}")
    clock = dialogue.first
    segments: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for line in dialogue.lines:
        for side in ("agent", "customer", "agent_cuts_in"):
            given = getattr(line, side)
            if given is None:
                continue
            said = Spoken(text=given) if isinstance(given, str) else given
            over = said.over or (CUTS_IN if side == "agent_cuts_in" else 0.0)
            start = max(0.0, max(one["end"] for one in segments) - over) if over and segments else clock
            made = _spoken(said, side.partition("_")[0], start, random)
            segments += [{**one, "text": disturb(one["text"], noise, slips, errors)} for one in made]
            clock = max(clock, made[-1]["end"] + GAP * random.uniform(0.4, 1.6))
        if line.pause is not None:
            clock += line.pause
        for kind in ("hold", "mute"):
            lasts = getattr(line, kind)
            if lasts is not None:
                events.append({"type": kind, "start": round(clock, 2), "end": round(clock + lasts, 2)})
                clock += lasts + GAP
        if line.transfer is not None:
            events.append({"type": "transfer", "at": round(clock, 2), "mode": "blind", "target": line.transfer})
    facts = dialogue.facts
    own = {"id": dialogue.id, "duration": round(clock, 2)} | facts.model_dump(include=facts.model_fields_set)
    return in_order(
        Transcript.model_validate({"call": facts.model_dump() | own, "segments": segments, "events": events})
    )


def _spoken(said: Spoken, speaker: str, start: float, random: Random) -> list[dict[str, Any]]:
    pace = said.pace or PACE * random.uniform(0.9, 1.15)
    made: list[dict[str, Any]] = []
    for part in _breaths(said.text, random):
        end = start + max(0.4, len(part) / pace)
        made.append(
            {
                "speaker": speaker, "start": round(start, 2), "end": round(end, 2), "text": part,
                "confidence": said.confidence,
            }
        )  # fmt: skip
        start = end + random.uniform(0.25, 0.6)
    return made


def _breaths(text: str, random: Random) -> list[str]:
    """The text cut where a speaker pauses: after a mark, or anywhere in talk that has none."""
    parts = [part for part in re.split(r"(?<=[。！？!?])\s*", text) if part]
    cut: list[str] = []
    for part in parts:
        while len(part) > LONGEST * 1.5 and not part.isascii():
            marks = [found.end() for found in re.finditer("[，,；]", part) if LONGEST // 2 <= found.end() <= LONGEST]
            place = marks[-1] if marks else LONGEST - random.randrange(8)
            cut.append(part[:place])
            part = part[place:]
        cut.append(part)
    return cut
