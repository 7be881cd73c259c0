"""Learns a pack's `acts`: how turns read in which a phrase is meant, from judged lines and the talk of dialogues."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from qa import dialogue
from qa.case import Case
from qa.dialogue import Dialogue
from qa.pack import Ruleset
from qa.regression import Texts, Words
from qa.talk import Talk
from recordings.transcript import Speaker

OTHER = 0.3
"""What a line that was written for another act counts: nobody has said that it does not do this one too."""

TALK = 0.15
"""What a turn of a dialogue counts: only the phrases tell what it does."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn of one side: the acts whose phrases stand in it; for a judged line its act, and whether it does it."""

    speaker: Speaker
    words: tuple[str, ...]
    found: frozenset[str]
    act: str = ""
    does: bool = False


def heard(one: Dialogue, rules: Ruleset, act: str = "", does: bool = False) -> Iterator[Heard]:
    """The turns of both sides."""
    case = Case(Talk(dialogue.transcript(one)), rules)
    acts = rules.pack.acts.read if rules.pack.acts else {}
    for speaker in Speaker:
        hits = {name: case.hits(speaker, *each.families) for name, each in acts.items()}
        channel = case.talk.channel(speaker)
        for first, last in channel.turns():
            found = {
                name for name, many in hits.items()
                if any(hit.first < last and first < hit.last and not hit.doubtful for hit in many)
            }  # fmt: skip
            words = tuple(word.lower() for word in channel.written[first:last])
            yield Heard(speaker, words, frozenset(found), act, does)


@dataclass(frozen=True, slots=True)
class Learnt:
    """`bias`: of a turn with one of its phrases; `phrase`: the part of it that the phrase adds; words by weight."""

    by: Speaker
    bias: float
    phrase: float
    words: Words


def learn(turns: Iterable[Heard]) -> Mapping[str, Learnt]:
    """Each act that was judged."""
    known = list(turns)
    made: dict[str, Learnt] = {}
    for speaker in Speaker:
        side = [turn for turn in known if turn.speaker is speaker]
        texts = Texts([turn.words for turn in side])
        for act in sorted({turn.act for turn in side if turn.act}):
            truth = [turn.does if turn.act == act else not turn.act and act in turn.found for turn in side]
            counts = [1.0 if turn.act == act else OTHER if turn.act else TALK for turn in side]
            found = [act in turn.found for turn in side]
            bias, phrase, words = texts.learn(*(np.array(each, dtype=np.float64) for each in (truth, counts, found)))
            made[act] = Learnt(speaker, round(bias + phrase, 2), phrase, words)
    return made
