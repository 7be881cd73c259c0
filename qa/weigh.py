"""How the words around a hit read: a linear model over one and two sounds, learnt from labelled lines.

Sum of `bias` and the weights of all the sounds and pairs of neighbouring sounds found (each once), in log-odds of the
hit being what its family says: logistic regression, as in Hastie, Tibshirani, Friedman, section 4.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.tokens import tokens
from qa.talk import Channel

SHOWN = 3
"""Most words named as speaking against a hit."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`by`: weight and writing by sound codes. Hits that weigh less than `least` are doubtful.

    `reach`: tokens looked at before and behind a hit, within its utterances.
    """

    bias: float
    least: float
    reach: int
    by: Mapping[str, tuple[float, str]]

    def against(self, channel: Channel, first: int, last: int) -> tuple[str, ...]:
        """The words that speak most against a hit, where they outweigh it; else none."""
        near = grams(surroundings(channel, first, last, self.reach))
        found = [self.by[gram] for gram in near if gram in self.by]
        if self.bias + sum(weight for weight, _ in found) >= self.least:
            return ()
        return tuple(word for _, word in sorted(found)[:SHOWN])


def surroundings(channel: Channel, first: int, last: int, reach: int) -> str:
    """Sound codes of the hit and of what stands near it in its utterances."""
    begin, end = channel.utterance_of(first).first, channel.utterance_of(last - 1).last
    return channel.sound[max(begin, first - reach) : min(end, last + reach)]


def grams(sound: str) -> set[str]:
    return set(sound) | {sound[place : place + 2] for place in range(len(sound) - 1)}


def ready(bias: float, least: float, reach: int, words: Mapping[float, Iterable[str]]) -> Weights:
    """From words as written: what sounds alike weighs alike."""
    by = {
        "".join(token.sound for token in tokens(word)): (weight, word)
        for weight, many in words.items()
        for word in many
    }
    return Weights(bias, least, reach, by)
