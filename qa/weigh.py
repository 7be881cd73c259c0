"""How a turn of the agent's reads: linear models over characters and pairs, learnt from labelled turns and answers.

A text weighs `bias` and the weights of all its characters and pairs of neighbours, each once; where it begins and ends
counts as a neighbour (`<您`, `呗>`). The sum is in log-odds of what the scale tells: logistic regression, as in Hastie,
Tibshirani, Friedman, section 4.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.tokens import TURN, tokens
from recordings.transcript import Speaker

SHOWN = 3
"""Most words named as speaking against a hit, or for an offence."""

PART = 0.5
"""What an answer's weight counts beside the turn's."""

MOST = 4.0
"""An answer weighs no more than this, to either side."""

SILENT = -1.0
"""The weight of no answer."""

ANY = 0.15
"""What the weight of an offence of any kind counts beside the row's: the row's scale has fewer turns to learn from."""


@dataclass(frozen=True, slots=True)
class Scale:
    """`by`: weight and writing by literal codes."""

    bias: float
    by: Mapping[str, tuple[float, str]]

    def of(self, literal: str) -> float:
        return self.bias + sum(weight for weight, _ in self._found(literal))

    def words(self, literal: str) -> tuple[str, ...]:
        """Those that make it weigh most."""
        heaviest = sorted(self._found(literal), reverse=True)[:SHOWN]
        return tuple(word.strip("<>") for weight, word in heaviest if weight > 0)

    def against(self, literal: str) -> tuple[str, ...]:
        """Those that make it weigh least."""
        return tuple(word.strip("<>") for _, word in sorted(self._found(literal))[:SHOWN])

    def _found(self, literal: str) -> list[tuple[float, str]]:
        return [self.by[gram] for gram in grams(literal) if gram in self.by]


@dataclass(frozen=True, slots=True)
class Weights:
    """`offends`: whether a turn is an offence; `rows`: whether one against the row; `answers`: whether the customer
    answers to one. Hits among words that weigh less than `least` are doubtful; turns of `hear` are for a person.
    """

    least: float
    hear: float
    offends: Scale
    rows: Mapping[str, Scale]
    answers: Scale

    def of(self, turn: str, answer: str) -> float:
        """What a turn weighs together with its answer, by their literal codes."""
        return self.offends.of(turn) + self._taken(answer)

    def against(self, row: str, turn: str, answer: str) -> float:
        """What they weigh as an offence against the row."""
        return self.rows[row].of(turn) + ANY * self.offends.of(turn) + self._taken(answer)

    def _taken(self, answer: str) -> float:
        answered = self.answers.of(answer) if answer else SILENT
        return PART * max(-MOST, min(MOST, answered))


@dataclass(frozen=True, slots=True)
class Act:
    """How turns of `by` read in which a phrase is meant; of one that weighs less than `least` it is not.

    A turn without a phrase that weighs `alone` does the act too; None: only phrases are heard.
    """

    by: Speaker
    scale: Scale
    least: float
    alone: float | None = None

    def denies(self, *texts: str) -> bool:
        """Whether none of these texts around a phrase, by their literal codes, reads so."""
        return self._most(texts) < self.least

    def does(self, *texts: str) -> bool:
        """Whether one of these texts without a phrase reads so."""
        return self.alone is not None and self._most(texts) >= self.alone

    def _most(self, texts: Iterable[str]) -> float:
        return max(map(self.scale.of, texts))


@lru_cache(maxsize=1024)
def grams(literal: str) -> frozenset[str]:
    """Kept for a while: many scales weigh the same text."""
    framed = f"{TURN}{literal}{TURN}"
    return frozenset(literal) | {framed[place : place + 2] for place in range(len(framed) - 1)}


def coded(word: str) -> str:
    """The literal codes of a word as a pack writes it."""
    literal = "".join(token.literal for token in tokens(word))
    return TURN * word.startswith("<") + literal + TURN * word.endswith(">")


def ready(bias: float, words: Mapping[float, Iterable[str]]) -> Scale:
    """From words as written, by their weight."""
    return Scale(bias, {coded(word): (weight, word) for weight, many in words.items() for word in many})
