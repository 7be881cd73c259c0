"""Learns the weights of a pack's `manner` from labelled lines and dialogues. The same data give the same weights."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.tokens import TURN, tokens
from qa import dialogue
from qa.case import Case
from qa.dialogue import Dialogue
from qa.manner import offending
from qa.pack import Ruleset
from qa.talk import Channel, Talk
from qa.weigh import grams, surroundings
from recordings.transcript import Speaker

Vector = NDArray[np.float64]

PIECE = 26
"""Most tokens of an innocent stretch of talk: about what surrounds a hit."""

SEEN = 2
OFFENCE = 2.0
"""What an offence counts beside an innocent line: there are far fewer of them."""

LIGHTEST = 0.15
"""Weights below this are left out: they decide nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Sound codes of a stretch of an agent's talk, the same as written, and whether it offends."""

    sound: str
    written: tuple[str, ...]
    offends: bool


def unweighed(rules: Ruleset) -> Ruleset:
    """The same without what was learnt before."""
    return replace(rules, phrases={name: replace(each, manner=None) for name, each in rules.phrases.items()})


def of_line(text: str, offends: bool) -> Sample:
    found = tokens(text)
    return Sample("".join(token.sound for token in found), tuple(token.text for token in found), offends)


def of_dialogue(one: Dialogue, rules: Ruleset, reach: int) -> Iterator[Sample]:
    """Sure hits in rows that must fail offend; turns without a hit do not, where no such row is open."""
    rows = offending(rules)
    case = Case(Talk(dialogue.transcript(one)), rules)
    channel = case.talk.agent
    hits = [
        (hit.first, hit.last, row in one.fails and not hit.doubtful)
        for row, families in rows.items()
        for hit in case.hits(Speaker.AGENT, *families)
    ]
    for first, last, offends in dict.fromkeys(hits):
        if offends:
            sound = surroundings(channel, first, last, reach)
            at = channel.sound.find(sound)
            yield Sample(sound, tuple(channel.written[at : at + len(sound)]), True)
    if not (one.fails | one.reviews | one.ignore).isdisjoint(rows):
        return
    for begin, end in _turns(channel):
        if not any(begin <= first < end and offends for first, _, offends in hits):
            for at in range(begin, end, PIECE):
                until = min(at + PIECE, end)
                yield Sample(channel.sound[at:until], tuple(channel.written[at:until]), False)


def _turns(channel: Channel) -> Iterator[tuple[int, int]]:
    begin = 0
    for place, code in enumerate(channel.sound + TURN):
        if code == TURN:
            yield begin, place
            begin = place + 1


def learn(samples: Iterable[Sample]) -> tuple[float, dict[float, list[str]]]:
    """Bias and words by weight, the most offending first."""
    all_samples = [each for each in samples if each.sound]
    found = [grams(each.sound) for each in all_samples]
    often = Counter(gram for each in found for gram in each)
    place = {gram: at for at, gram in enumerate(sorted(gram for gram, times in often.items() if times >= SEEN))}
    rows = np.array([row for row, each in enumerate(found) for gram in each if gram in place])
    columns = np.array([place[gram] for each in found for gram in each if gram in place])
    truth = np.array([float(each.offends) for each in all_samples])
    weights = _minimum(_loss(rows, columns, truth, len(place)), np.zeros(len(place) + 1))
    written = _written(all_samples)
    heavy = sorted((-round(float(weights[at]), 1), written[gram]) for gram, at in place.items()
                   if abs(weights[at]) >= LIGHTEST)  # fmt: skip
    words: dict[float, list[str]] = {}
    for weight, word in heavy:
        words.setdefault(-weight, []).append(word)
    return round(float(weights[-1]), 2), words


def _written(samples: Iterable[Sample]) -> dict[str, str]:
    """How each stretch of one or two sounds is written most."""
    seen: dict[str, Counter[str]] = {}
    for each in samples:
        for size in (1, 2):
            for at in range(len(each.sound) - size + 1):
                word = "".join(each.written[at : at + size])
                seen.setdefault(each.sound[at : at + size], Counter())[word] += 1
    return {gram: min(times, key=lambda word: (-times[word], word)) for gram, times in seen.items()}


def _loss(
    rows: NDArray[np.int64], columns: NDArray[np.int64], truth: Vector, features: int
) -> Callable[[Vector], tuple[float, Vector]]:
    """Logistic loss with a Gaussian prior of variance 1 on all but the bias, and its gradient."""
    count = 1 + (OFFENCE - 1) * truth

    def at(weights: Vector) -> tuple[float, Vector]:
        margin = np.bincount(rows, weights[columns], len(truth)) + weights[-1]
        wrong = count * (1 / (1 + np.exp(-margin)) - truth)
        slope = np.append(np.bincount(columns, wrong[rows], features) + weights[:-1], wrong.sum())
        loss = float((count * (np.logaddexp(0, margin) - truth * margin)).sum() + weights[:-1] @ weights[:-1] / 2)
        return loss, slope

    return at


def _minimum(loss: Callable[[Vector], tuple[float, Vector]], start: Vector, memory: int = 10) -> Vector:
    """L-BFGS with backtracking (Nocedal, Wright: Numerical Optimization, algorithms 7.4 and 3.1)."""
    here, (value, slope) = start, loss(start)
    steps: list[tuple[Vector, Vector, float]] = []
    for _ in range(300):
        way = slope.copy()
        kept: list[float] = []
        for step, change, scale in reversed(steps):
            kept.append(scale * float(step @ way))
            way -= kept[-1] * change
        if steps:
            step, change, scale = steps[-1]
            way /= scale * float(change @ change)
        for (step, change, scale), share in zip(steps, reversed(kept), strict=True):
            way += (share - scale * float(change @ way)) * step
        size = 1.0 if steps else 1 / float(np.linalg.norm(slope))
        while (found := loss(here - size * way))[0] > value - 1e-4 * size * float(slope @ way):
            size /= 2
            if size < 1e-10:
                return here
        step, change = -size * way, found[1] - slope
        here = here + step
        if (curve := float(step @ change)) > 0:
            steps = [*steps[1 - memory :], (step, change, 1 / curve)]
        if value - found[0] < 1e-6 * value:
            return here
        value, slope = found
    return here
