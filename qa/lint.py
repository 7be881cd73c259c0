"""Phrases of a pack that can never count: said twice, covered by another phrase, or always taken back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.tokens import tokens
from qa.match import Phrases, find
from qa.pack import Ruleset
from qa.pattern import Pattern, wordings
from qa.talk import Channel
from recordings.transcript import Segment, Speaker


@dataclass(frozen=True, slots=True)
class Idle:
    """`why`: twice, shadowed (by `other`) or taken_back."""

    family: str
    phrase: str
    why: str
    other: str = ""


def idle_phrases(rules: Ruleset) -> list[Idle]:
    """Judged by the phrases' own wordings; those with gaps or edges have none and are left out."""
    return [found for phrases in rules.phrases.values() for found in _of_family(replace(phrases, act=None))]


def _of_family(phrases: Phrases) -> Iterator[Idle]:
    seen: set[str] = set()
    gone: set[int] = set()
    for place, pattern in enumerate(phrases.say):
        if pattern.source in seen:
            yield Idle(phrases.name, pattern.source, "twice")
            gone.add(place)
            continue
        seen.add(pattern.source)
        said = [_channel(words) for words in wordings(pattern)]
        if not said:
            continue
        if not any(find(channel, replace(phrases, say=(pattern,))) for channel in said):
            yield Idle(phrases.name, pattern.source, "taken_back")
            gone.add(place)
            continue
        for index, other in enumerate(phrases.say):
            if (
                other.source != pattern.source
                and index not in gone
                and all(_covers(other, channel) for channel in said)
            ):
                yield Idle(phrases.name, pattern.source, "shadowed", other.source)
                gone.add(place)
                break


def _channel(words: tuple[str, ...]) -> Channel:
    channel = Channel(Speaker.AGENT)
    text = "".join(words)
    channel.add(Segment(speaker=Speaker.AGENT, start=0, end=max(1, len(text)), text=text), tokens(text), False, text)
    return channel


def _covers(other: Pattern, channel: Channel) -> bool:
    """Whether the other phrase finds the wording too. One that asks for an edge may not where it stands in a line."""
    text = {"literal": channel.literal, "sound": channel.sound, "blur": channel.blur}[other.mode]
    return not other.edges and other.regex.search(text) is not None
