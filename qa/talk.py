"""A call's talk made ready for searching: one channel a speaker, its text as code strings, its time by token."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from statistics import fmean

from core.tokens import TURN, Token, tokens
from qa.pattern import PIECE
from recordings.redact import redact
from recordings.transcript import CallEvent, CallFacts, Segment, Speaker, Transcript

TURN_PAUSE = 4.0
"""A speaker who goes on after a longer pause (seconds) begins a new turn."""


BREATH = 0.7
"""Shorter pauses (seconds) of one speaker are breaths: no sentence ends there unless a mark says so."""

_STOPS = frozenset("。！？!?")
_MARKS = _STOPS | frozenset("，,、；;：:")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One segment: `first` and `last` are its token offsets in its channel (last exclusive).

    `text` is for people, with card, identity and telephone numbers masked; rules look at the channel's tokens.
    """

    speaker: Speaker
    start: float
    end: float
    text: str
    confidence: float | None
    first: int
    last: int
    loudness: float | None = None

    @property
    def size(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Turn:
    """What the agent said at a stretch, and what the customer answered; nothing at the end."""

    said: tuple[Utterance, ...]
    answer: tuple[Utterance, ...]


@dataclass(slots=True)
class Channel:
    """`literal`, `sound`, `blur` and `written` run in parallel: one character or entry a token, TURN between turns."""

    speaker: Speaker
    utterances: list[Utterance] = field(default_factory=list)
    literal: str = ""
    sound: str = ""
    blur: str = ""
    written: list[str] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)
    _lasts: set[int] = field(default_factory=set)
    _stops: list[int] = field(default_factory=list)
    _clauses: set[int] = field(default_factory=set)
    _joined: set[int] = field(default_factory=set)
    _pieces: frozenset[str] | None = None

    def add(self, segment: Segment, found: list[Token], same_turn: bool, shown: str) -> None:
        if self.utterances and not same_turn:
            self.literal += TURN
            self.sound += TURN
            self.blur += TURN
            self.written.append(TURN)
        self._pieces = None
        first = len(self.written)
        self.literal += "".join(token.literal for token in found)
        self.sound += "".join(token.sound for token in found)
        self.blur += "".join(token.blur for token in found)
        self.written += [token.text for token in found]
        last = len(self.written)
        confidence = segment.confidence
        if confidence is None and segment.words:
            known = [word.confidence for word in segment.words if word.confidence is not None]
            confidence = fmean(known) if known else None
        self.utterances.append(
            Utterance(segment.speaker, segment.start, segment.end, shown, confidence, first, last, segment.loudness)
        )
        before = self.utterances[-2] if same_turn and len(self.utterances) > 1 else None
        if before and segment.start - before.end < BREATH and first not in self._stops:
            self._lasts.discard(first)
            self._joined.add(first)
        self._firsts.append(first)
        self._lasts.add(last)
        ends = [*(token.at for token in found[1:]), len(segment.text)]
        for place, (token, end) in enumerate(zip(found, ends, strict=True), first + 1):
            behind = segment.text[token.at : end]
            if not _MARKS.isdisjoint(behind):
                self._clauses.add(place)
            if not _STOPS.isdisjoint(behind):
                self._stops.append(place)

    @property
    def pieces(self) -> frozenset[str]:
        """Every stretch of PIECE codes of `blur`: what is not among them cannot be in the talk."""
        if self._pieces is None:
            blur = self.blur
            self._pieces = frozenset(blur[place : place + PIECE] for place in range(len(blur) - PIECE + 1))
        return self._pieces

    def utterance_of(self, token: int) -> Utterance:
        return self.utterances[max(0, bisect_right(self._firsts, token) - 1)]

    def time_of(self, token: int) -> float:
        """Seconds at which the token begins, spread evenly over its utterance."""
        said = self.utterance_of(token)
        return said.start + (said.end - said.start) * (token - said.first) / max(1, said.size)

    def turns(self) -> Iterator[tuple[int, int]]:
        """First token and the one behind the last of each turn."""
        last = -1
        while last < len(self.literal):
            first, last = last + 1, self.turn_of(last + 1, last + 1)[1]
            if first < last:
                yield first, last

    def turn_of(self, first: int, last: int) -> tuple[int, int]:
        """The turn around these tokens."""
        end = self.literal.find(TURN, last)
        return self.literal.rfind(TURN, 0, first) + 1, end if end >= 0 else len(self.literal)

    def said_in(self, first: int, last: int) -> list[Utterance]:
        """The utterances of a turn."""
        begin, end = bisect_left(self._firsts, first), bisect_left(self._firsts, last)
        return self.utterances[begin:end]

    def clause_ends_at(self, token: int) -> bool:
        """Whether a mark stands right before this token, or an utterance begins with it."""
        return token in self._clauses or self.begins(token)

    def begins(self, token: int) -> bool:
        return (token in self._firsts and token not in self._joined) or token in self._stops

    def ends(self, token: int) -> bool:
        return token in self._lasts or token in self._stops

    def sentence_ends_within(self, first: int, last: int) -> bool:
        """Whether a full stop, question or exclamation mark stands between two of these tokens."""
        place = bisect_right(self._stops, first)
        return place < len(self._stops) and self._stops[place] < last

    @property
    def size(self) -> int:
        return sum(said.size for said in self.utterances)

    @property
    def seconds(self) -> float:
        return sum(said.end - said.start for said in self.utterances)


def _once(events: tuple[CallEvent, ...]) -> tuple[CallEvent, ...]:
    """Events of one kind at the same moment are one, however often they were logged: the longest of them."""
    found: dict[tuple[str, float | None], CallEvent] = {}
    for event in events:
        key = (event.type, event.start if event.at is None else event.at)
        known = found.get(key)
        if known is None or (event.end or 0.0) > (known.end or 0.0):
            found[key] = event
    return tuple(found.values())


class Talk:
    """Everything a detector may look at: both channels, all utterances by time, events, facts of the call."""

    def __init__(self, transcript: Transcript) -> None:
        self.call: CallFacts = transcript.call
        self.events = _once(transcript.events)
        self.agent = Channel(Speaker.AGENT)
        self.customer = Channel(Speaker.CUSTOMER)
        self.said: list[Utterance] = []
        self._handed = [event.at or event.start or 0.0 for event in self.events if event.type == "transfer"]
        previous: Segment | None = None
        for segment, clean in zip(transcript.segments, redact(transcript)[0].segments, strict=True):
            found = tokens(segment.text)
            if not found:
                continue
            same = previous is not None and self._side(previous) == self._side(segment)
            near = previous is not None and segment.start - previous.end <= TURN_PAUSE
            channel = self.channel(segment.speaker)
            channel.add(segment, found, same and near, clean.text)
            self.said.append(channel.utterances[-1])
            previous = segment

    def channel(self, speaker: Speaker) -> Channel:
        return self.agent if speaker is Speaker.AGENT else self.customer

    @cached_property
    def end(self) -> float:
        """Seconds at which the talk ends: the call's duration, or the last word where that is earlier."""
        last = max((said.end for said in self.said), default=0.0)
        return min(self.call.duration, last) if self.said and self.call.duration else last or self.call.duration

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """What the agent says until the customer speaks, each with what the customer says until the agent does."""
        sides = [tuple(said) for _, said in groupby(self.said, key=self._side)]
        return tuple(Turn(said, answer) for said, answer in pairwise([*sides, ()]) if said[0].speaker is Speaker.AGENT)

    def _side(self, said: Segment | Utterance) -> tuple[Speaker, int]:
        """Who speaks: after a transfer it is another agent."""
        return said.speaker, sum(at <= said.start for at in self._handed)

    def literal(self, said: tuple[Utterance, ...]) -> str:
        """The codes of one side's utterances."""
        return "".join(self.channel(one.speaker).literal[one.first : one.last] for one in said)

    def spans(self, *types: str) -> list[tuple[float, float]]:
        """(start, end) of the events of these types that last."""
        return [
            (event.start, event.end)
            for event in self.events
            if event.type in types and event.start is not None and event.end is not None
        ]
