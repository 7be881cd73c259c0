"""Finding phrases in a channel: exact sound first, then an approximate search that never gives up a negation."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from core.pinyin import distance, syllable
from core.tokens import TURN
from qa.pattern import Pattern, Variant
from qa.talk import Channel, Utterance
from qa.weigh import Act, Weights

Span = tuple[int, int]
"""First token and the one behind the last."""

ANCHORS = frozenset(("bu", "mei", "bie"))
"""Syllables of 不, 没, 别: never replaced, dropped or put in by the approximate search."""

LEAST = 0.84
"""Similarity (1 − weighted edits ÷ length) from which an approximate hit counts."""

LEAD = 8
"""A doubtful phrase casts doubt on hits so many tokens behind it."""

REACH = 14
"""Most tokens weighed before and behind a hit, within its utterances: what stands farther off is another matter."""

SUBJECT = 3
"""Most tokens between a verb and its subject."""

_I = frozenset("我咱俺")
_YOU = frozenset("您你")
_PREPOSITIONS = frozenset("跟给帮替为向和对同把让请陪与")
_NEEDLESS = frozenset(("不用", "不必", "无需", "不要", "不需", "甭", "别"))
_NEGATIONS = frozenset("不没别勿莫未甭")
_NEGATED_VERBS = frozenset("要用会能必有是再该可")


@dataclass(frozen=True, slots=True)
class Phrases:
    """A family made ready: what to find, what takes a hit back, what makes it doubtful."""

    name: str
    say: tuple[Pattern, ...]
    excepted: tuple[Pattern, ...] = ()
    doubtful: tuple[Pattern, ...] = ()
    negation: bool = True
    approximate: bool = True
    spelled: int = 0
    written: float = 0.5
    one_sentence: bool = False
    manner: Weights | None = None
    act: Act | None = None
    softeners: tuple["Phrases", ...] = ()
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """Tokens `first`..`last` (exclusive) of a channel; `doubtful`: the words around make it unsure.

    `against`: the words that do so by their weight.
    """

    first: int
    last: int
    at: float
    said: Utterance
    text: str
    family: str
    doubtful: bool = False
    against: tuple[str, ...] = ()


def find(channel: Channel, phrases: Phrases) -> list[Hit]:
    """Hits in the order of time, overlapping ones merged."""
    found = sorted(
        {
            span
            for pattern in phrases.say
            for span in _spans(channel, pattern, phrases.approximate)
            if _same_words(channel, pattern, span, phrases)
            and not (phrases.one_sentence and channel.sentence_ends_within(*span))
            and not (pattern.told and _own_deed(channel, span[0]))
        }
    )
    if phrases.negation:
        found = [span for span in found if not _negated(channel, span[0])]
    hits = _meant(channel, phrases, _merge(found))
    return sorted((*hits, *_unsaid(channel, phrases, hits)), key=lambda hit: hit.first) if phrases.act else hits


def _meant(channel: Channel, phrases: Phrases, merged: list[Span]) -> list[Hit]:
    """Hits of what was found, but for what other words take back."""
    if not merged:
        return []
    told = dict.fromkeys(channel.utterance_of(place) for first, last in merged for place in (first, last - 1))
    taken_back = [
        span
        for said in told
        for pattern in phrases.excepted
        for span in _spans(channel, pattern, False, said.first, said.last)
    ]
    unsure = [span for pattern in phrases.doubtful for span in _spans(channel, pattern, False)]
    soft = [(hit.first, hit.last) for softener in phrases.softeners for hit in find(channel, softener)]
    return [
        _hit(channel, phrases, span, unsure, soft)
        for span in merged
        if not _touches(span, taken_back) and not (phrases.act and _denied(channel, phrases.act, *span))
    ]


def _hit(channel: Channel, phrases: Phrases, span: Span, unsure: list[Span], soft: list[Span]) -> Hit:
    first, last = span
    against = _against(channel, first, last, phrases.manner) if phrases.manner else ()
    doubtful = (
        bool(against)
        or _touches((first - LEAD, last), unsure)
        or any(_touches(near, soft) for near in _around(channel, first, last, phrases))
    )
    return Hit(
        first, last, channel.time_of(first), channel.utterance_of(first), _shown(channel.written[first:last]),
        phrases.name, doubtful, against,
    )  # fmt: skip


def _shown(written: list[str]) -> str:
    """The tokens as people write them: a blank between Latin words, and between one and a number."""
    text = ""
    before = ""
    for token in written:
        apart = before.isascii() and token.isascii() and not (before.isdigit() and token.isdigit())
        text += f" {token}" if before and apart else token
        before = token
    return text


def _unsaid(channel: Channel, phrases: Phrases, hits: list[Hit]) -> Iterator[Hit]:
    """The utterance of each turn without a hit that does what the phrases say in other words."""
    act = phrases.act
    if act is None or act.alone is None or act.by is not channel.speaker:
        return
    for first, last in channel.turns():
        parts = channel.said_in(first, last)
        texts = {channel.literal[first:last], *(channel.literal[said.first : said.last] for said in parts)}
        told = any(hit.first < last and first < hit.last for hit in hits)
        if not told and act.does(*texts):
            said = max(parts, key=lambda each: act.scale.of(channel.literal[each.first : each.last]))
            yield Hit(said.first, said.last, said.start, said, said.text, phrases.name)


def _denied(channel: Channel, act: Act, first: int, last: int) -> bool:
    """Whether neither the turn nor the utterances of a hit read as if its phrase were meant."""
    if act.by is not channel.speaker:
        return False
    turn = slice(*channel.turn_of(first, last))
    said = slice(channel.utterance_of(first).first, channel.utterance_of(last - 1).last)
    return act.denies(channel.literal[turn], channel.literal[said])


def _against(channel: Channel, first: int, last: int, weights: Weights) -> tuple[str, ...]:
    """The words around a hit that speak most against it, where they outweigh it; else none."""
    begin, end = channel.utterance_of(first).first, channel.utterance_of(last - 1).last
    near = channel.literal[max(begin, first - REACH) : min(end, last + REACH)]
    return weights.offends.against(near) if weights.offends.of(near) < weights.least else ()


def _same_words(channel: Channel, pattern: Pattern, span: tuple[int, int], phrases: Phrases) -> bool:
    """Whether what sounds like the phrase is it, with slips at most, and not other words of the same sound."""
    if pattern.mode == "literal":
        return True
    first, last = span
    if last - first <= phrases.spelled:
        return pattern.written.match(channel.literal, *span) is not None
    own = sum(1 for token in channel.written[first:last] if token in pattern.characters or token.isdigit())
    alike = sum(1 for code in channel.blur[first:last] if code in pattern.sounds)
    return own >= phrases.written * max(own, alike)


def _own_deed(channel: Channel, first: int) -> bool:
    """Whether the words from token `first` tell what the speaker does himself (我先跟您讲) or what need not be (不用).

    The nearest subject in the same clause decides; 您 behind a preposition is none.
    """
    written = channel.written
    own_subject = written[first] in _YOU
    if first and own_subject and written[first - 1] in _PREPOSITIONS:
        return True
    if "".join(written[max(0, first - 2) : first]) in _NEEDLESS or (first and written[first - 1] in _NEEDLESS):
        return True
    if own_subject:
        return False
    place, steps = first - 1, 0
    while place >= 0 and steps < SUBJECT and not channel.clause_ends_at(place + 1):
        if written[place] in _I:
            return True
        if written[place] in _YOU:
            if not place or written[place - 1] not in _PREPOSITIONS:
                return False
            place -= 1
        else:
            steps += 1
        place -= 1
    return False


def _around(channel: Channel, first: int, last: int, phrases: Phrases) -> tuple[tuple[int, int], tuple[int, int]]:
    """The tokens before and after a hit, within its turn, in which a softener counts."""
    begin, end = channel.turn_of(first, last)
    return (max(begin, first - phrases.before), first), (last, min(end, last + phrases.after))


def _spans(
    channel: Channel, pattern: Pattern, approximate: bool, begin: int = 0, end: int = sys.maxsize
) -> Iterator[tuple[int, int]]:
    text = channel.literal if pattern.mode == "literal" else channel.sound if pattern.mode == "sound" else channel.blur
    exact = False
    for need in pattern.needs:
        if text.find(need, begin, end) < 0:
            break
    else:
        for found in pattern.regex.finditer(text, begin, end):
            if not pattern.edges or _placed(channel, pattern, found):
                exact = True
                yield found.span()
    if approximate and not exact and not pattern.starts.isdisjoint(channel.pieces):
        for variant in pattern.variants:
            span = _near(channel.blur, variant, channel)
            if span is not None:
                yield span
                return


def _placed(channel: Channel, pattern: Pattern, found: re.Match[str]) -> bool:
    """Whether the edges that took part in the match are edges of an utterance."""
    places = ((found.start(group), is_first) for group, is_first in enumerate(pattern.edges, 1))
    return all(place < 0 or (channel.begins(place) if is_first else channel.ends(place)) for place, is_first in places)


def _near(text: str, variant: Variant, channel: Channel) -> tuple[int, int] | None:
    """The best place for `variant` with few edits: an untouched half of it leads there (one edit cannot hit both)."""
    size = len(variant.coded)
    for offset, piece in ((0, variant.halves[0]), (size // 2, variant.halves[1])):
        place = text.find(piece)
        while place >= 0:
            first = max(0, place - offset)
            window = text[first : first + size]
            near = TURN not in window and len(window) == size and Levenshtein.distance(variant.coded, window) <= 2
            if near and _similarity(variant.syllables, channel.written[first : first + size]) >= LEAST:
                return first, first + size
            place = text.find(piece, place + 1)
    return None


def _similarity(variant: tuple[str, ...], written: list[str]) -> float:
    """Of two stretches of the same length, syllable by syllable; 0 when a negation differs."""
    cost = 0.0
    for wanted, heard in zip(variant, (syllable(char) if len(char) == 1 else char for char in written), strict=True):
        step = distance(wanted, heard)
        if step and (wanted in ANCHORS or heard in ANCHORS):
            return 0.0
        cost += step
    return 1 - cost / len(variant)


def _negated(channel: Channel, first: int) -> bool:
    """不X, 不要X, 没有X … but not the question X不X."""
    before = channel.written[max(0, first - 3) : first]
    if not before:
        return False
    place = len(before) - 1 if before[-1] in _NEGATIONS else len(before) - 2
    if place < 0 or before[place] not in _NEGATIONS:
        return False
    if place == len(before) - 1:
        return not (place and first < len(channel.written) and before[place - 1] == channel.written[first])
    return before[-1] in _NEGATED_VERBS and not (place and before[place - 1] == before[-1])


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _touches(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(first < span[1] and span[0] < last for first, last in others)
