"""Learns a pack's `manner` from labelled turns and dialogues. The same data give the same weights."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.tokens import tokens
from qa import dialogue
from qa.case import Case
from qa.dialogue import Dialogue
from qa.manner import offending
from qa.pack import Ruleset
from qa.talk import Talk, Utterance
from qa.weigh import coded
from recordings.transcript import Speaker

Vector = NDArray[np.float64]

SEEN = 3
"""What stands in fewer turns teaches nothing."""

OFFENCE = 2.0
"""What an offence counts beside an innocent turn: there are far fewer of them in talk."""

SPREAD = 0.5
"""Variance of the prior of the weights."""

LIGHTEST = 0.2
"""Weights below this are left out: they decide nothing."""

Words = dict[float, list[str]]


@dataclass(frozen=True, slots=True)
class Sample:
    """The words of an agent's turn and of the answer to it, and the rows that it offends against."""

    turn: tuple[str, ...]
    answer: tuple[str, ...]
    rows: frozenset[str]


def unweighed(rules: Ruleset) -> Ruleset:
    """The same without what was learnt before."""
    return replace(rules, phrases={name: replace(each, manner=None) for name, each in rules.phrases.items()})


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
    turns = _Texts([each.turn for each in known])
    found = {"offends": turns.learn([bool(each.rows) for each in known])}
    found |= {row: turns.learn([row in each.rows for each in known]) for row in rows}
    return found | {"answers": _Texts([each.answer for each in answered]).learn([bool(each.rows) for each in answered])}


def _words(text: str) -> tuple[str, ...]:
    return tuple(token.text.lower() for token in tokens(text))


def _written(talk: Talk, side: Iterable[Utterance]) -> tuple[str, ...]:
    return tuple(word.lower() for said in side for word in talk.channel(said.speaker).written[said.first : said.last])


def _grams(text: tuple[str, ...]) -> set[str]:
    """As a pack writes them."""
    framed = ["<", *text, ">"]
    return {word for word in text if _readable(word)} | {
        one + other for one, other in pairwise(framed) if _readable(one, other)
    }


@cache
def _readable(*words: str) -> bool:
    """Whether a pack can write these as one: not two Latin words, which would be read as another."""
    return "'" not in "".join(words) and len(coded("".join(words))) == len(words)


class _Texts:
    """Texts as rows of a matrix of what stands in them."""

    def __init__(self, texts: list[tuple[str, ...]]) -> None:
        found = [_grams(text) for text in texts]
        often = Counter(gram for each in found for gram in each)
        self.grams = sorted(gram for gram, times in often.items() if times >= SEEN)
        place = {gram: at for at, gram in enumerate(self.grams)}
        cells = [(row, place[gram]) for row, each in enumerate(found) for gram in sorted(each) if gram in place]
        self.rows, self.columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T

    def learn(self, offends: list[bool]) -> tuple[float, Words]:
        """Twice, the second time from what weighed enough at the first: what is left out must not be missed."""
        truth = np.array(offends, dtype=np.float64)
        kept = np.ones(len(self.grams), dtype=np.bool_)
        for _ in range(2):
            cells = kept[self.columns]
            weights = np.zeros(len(kept) + 1)
            columns = (np.cumsum(kept) - 1)[self.columns[cells]]
            found = _minimum(_loss(self.rows[cells], columns, truth, int(kept.sum())), np.zeros(int(kept.sum()) + 1))
            weights[np.append(kept, True)] = found
            kept = np.abs(weights[:-1]) >= LIGHTEST
        heavy = sorted(
            (-round(float(weight), 1), gram)
            for gram, weight in zip(self.grams, weights[:-1], strict=True)
            if round(float(weight), 1)
        )
        words: Words = {}
        for weight, gram in heavy:
            words.setdefault(-weight, []).append(gram)
        return round(float(weights[-1]), 2), words


def _loss(
    rows: NDArray[np.int64], columns: NDArray[np.int64], truth: Vector, features: int
) -> Callable[[Vector], tuple[float, Vector]]:
    """Logistic loss with a Gaussian prior of variance SPREAD on all but the bias, and its gradient."""
    count = 1 + (OFFENCE - 1) * truth

    def at(weights: Vector) -> tuple[float, Vector]:
        margin = np.bincount(rows, weights[columns], len(truth)) + weights[-1]
        wrong = count * (1 / (1 + np.exp(-margin)) - truth)
        slope = np.append(np.bincount(columns, wrong[rows], features) + weights[:-1] / SPREAD, wrong.sum())
        loss = float(
            (count * (np.logaddexp(0, margin) - truth * margin)).sum() + weights[:-1] @ weights[:-1] / 2 / SPREAD
        )
        return loss, slope

    return at


def _minimum(loss: Callable[[Vector], tuple[float, Vector]], start: Vector, memory: int = 10) -> Vector:
    """L-BFGS with backtracking (Nocedal, Wright: Numerical Optimization, algorithms 7.4 and 3.1)."""
    here, (value, slope) = start, loss(start)
    steps: list[tuple[Vector, Vector, float]] = []
    for _ in range(300):
        if not slope.any():
            return here
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
