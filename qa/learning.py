"""Learns a pack's `manner` from labelled turns and dialogues. The same data give the same weights."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.tokens import tokens
from qa import dialogue
from qa.case import Case
from qa.dialogue import Dialogue
from qa.manner import offending
from qa.pack import Ruleset
from qa.regression import Texts, Words
from qa.talk import Talk, Utterance
from recordings.transcript import Speaker

OFFENCE = 2.0
"""What an offence counts beside an innocent turn: there are far fewer of them in talk."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The words of an agent's turn and of the answer to it, and the rows that it offends against."""

    turn: tuple[str, ...]
    answer: tuple[str, ...]
    rows: frozenset[str]


def unweighed(rules: Ruleset) -> Ruleset:
    """The same without what was learnt before."""
    return replace(rules, phrases={name: replace(each, manner=None, act=None) for name, each in rules.phrases.items()})


def of_line(rows: frozenset[str], turn: str, answer: str = "") -> Sample:
    return Sample(_words(turn), _words(answer), rows)


def of_dialogue(one: Dialogue, rules: Ruleset) -> Iterator[Sample]:
    """Turns with sure hits of rows that must fail offend; all turns are innocent where no such row is open."""
    families = offending(rules)
    open_rows = (one.fails | one.reviews | one.ignore) & families.keys()
    case = Case(Talk(dialogue.transcript(one)), rules)
    hits = [(row, hit) for row in one.fails & families.keys() for hit in case.hits(Speaker.AGENT, *families[row])]
    channel = case.talk.agent
    for turn in case.talk.turns:
        told = {
            row for row, hit in hits if not hit.doubtful
            and (hit.said in turn.said or channel.utterance_of(hit.last - 1) in turn.said)
        }  # fmt: skip
        if told or not open_rows:
            yield Sample(_written(case.talk, turn.said), _written(case.talk, turn.answer), frozenset(told))


def learn(samples: Iterable[Sample]) -> dict[str, tuple[float, Words]]:
    """Bias and words by weight, the most offending first, of `offends`, of each row and of `answers`."""
    known = [each for each in samples if each.turn]
    rows = sorted({row for each in known for row in each.rows})
    answered = [each for each in known if each.answer]
    turns = Texts([each.turn for each in known])
    found = {"offends": _scale(turns, [bool(each.rows) for each in known])}
    found |= {row: _scale(turns, [row in each.rows for each in known]) for row in rows}
    answers = Texts([each.answer for each in answered])
    return found | {"answers": _scale(answers, [bool(each.rows) for each in answered])}


def _scale(texts: Texts, offends: list[bool]) -> tuple[float, Words]:
    truth = np.array(offends, dtype=np.float64)
    bias, _, words = texts.learn(truth, 1 + (OFFENCE - 1) * truth, np.zeros(len(truth)))
    return bias, words


def _words(text: str) -> tuple[str, ...]:
    return tuple(token.text.lower() for token in tokens(text))


def _written(talk: Talk, side: Iterable[Utterance]) -> tuple[str, ...]:
    return tuple(word.lower() for said in side for word in talk.channel(said.speaker).written[said.first : said.last])
