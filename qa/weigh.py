"""How the words around a hit read: a linear model over one and two sounds, learnt from labelled lines.

Sum of `bias` and the weights of all the sounds and pairs of neighbouring sounds found (each once), in log-odds of the
hit being what its family says: logistic regression, as in Hastie, Tibshirani, Friedman, section 4.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.tokens import tokens
from qa.talk import Channel

SHOWN = 3
"""Most words named as speaking against a hit, or for an offence."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`by`: weight and writing by sound codes. Hits that weigh less than `least` are doubtful.

    `reach`: tokens looked at before and behind a hit, within its utterances. Turns that weigh `hear` without a hit are
    for a person.
    """

    bias: float
    least: float
    reach: int
    by: Mapping[str, tuple[float, str]]
    hear: float | None = None

    def against(self, channel: Channel, first: int, last: int) -> tuple[str, ...]:
        """The words that speak most against a hit, where they outweigh it; else none."""
        near = grams(surroundings(channel, first, last, self.reach))
        found = [self.by[gram] for gram in near if gram in self.by]
        if self.bias + sum(weight for weight, _ in found) >= self.least:
            return ()
        return tuple(word for _, word in sorted(found)[:SHOWN])

    def of(self, sound: str) -> tuple[float, tuple[str, ...]]:
        """What a stretch weighs, and the words that make it weigh most."""
        found = sorted((self.by[gram] for gram in grams(sound) if gram in self.by), reverse=True)
        return self.bias + sum(weight for weight, _ in found), tuple(
            word for weight, word in found[:SHOWN] if weight > 0
        )


def surroundings(channel: Channel, first: int, last: int, reach: int) -> str:
    """Sound codes of the hit and of what stands near it in its utterances."""
    begin, end = channel.utterance_of(first).first, channel.utterance_of(last - 1).last
    return channel.sound[max(begin, first - reach) : min(end, last + reach)]


def grams(sound: str) -> set[str]:
    return set(sound) | {sound[place : place + 2] for place in range(len(sound) - 1)}


def ready(
    bias: float, least: float, reach: int, words: Mapping[float, Iterable[str]], hear: float | None = None
) -> Weights:
    """From words as written: what sounds alike weighs alike."""
    by = {
        "".join(token.sound for token in tokens(word)): (weight, word)
        for weight, many in words.items()
        for word in many
    }
    return Weights(bias, least, reach, by, hear)
