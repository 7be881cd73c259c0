"""Logistic regression over the characters of texts and pairs of them, which `hotline qa learn` makes weights with."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.weigh import coded

Vector = NDArray[np.float64]

SEEN = 3
"""What stands in fewer texts teaches nothing."""

SPREAD = 0.5
"""Variance of the prior of the weights."""

LIGHTEST = 0.2
"""Weights below this are left out: they decide nothing."""

Words = dict[float, list[str]]


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


class Texts:
    """Texts as rows of a matrix of what stands in them."""

    def __init__(self, texts: list[tuple[str, ...]]) -> None:
        found = [_grams(text) for text in texts]
        often = Counter(gram for each in found for gram in each)
        self.grams = sorted(gram for gram, times in often.items() if times >= SEEN)
        place = {gram: at for at, gram in enumerate(self.grams)}
        cells = [(row, place[gram]) for row, each in enumerate(found) for gram in sorted(each) if gram in place]
        self.rows, self.columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T

    def learn(self, truth: Vector, counts: Vector, sign: Vector) -> tuple[float, float, Words]:
        """Of texts that count so much: the bias, what the sign (0 or 1 of each text) adds to it, words by weight.

        Twice, the second time from what weighed enough at the first: what is left out must not be missed.
        """
        kept = np.ones(len(self.grams), dtype=np.bool_)
        for _ in range(2):
            cells = kept[self.columns]
            columns = (np.cumsum(kept) - 1)[self.columns[cells]]
            loss = _loss(self.rows[cells], columns, truth, counts, sign, int(kept.sum()))
            weights = np.zeros(len(kept) + 2)
            weights[np.append(kept, (True, True))] = _minimum(loss, np.zeros(int(kept.sum()) + 2))
            kept = np.abs(weights[:-2]) >= LIGHTEST
        heavy = sorted(
            (-round(float(weight), 1), gram)
            for gram, weight in zip(self.grams, weights[:-2], strict=True)
            if round(float(weight), 1)
        )
        words: Words = {}
        for weight, gram in heavy:
            words.setdefault(-weight, []).append(gram)
        return round(float(weights[-1]), 2), round(float(weights[-2]), 2), words


def _loss(
    rows: NDArray[np.int64], columns: NDArray[np.int64], truth: Vector, counts: Vector, sign: Vector, features: int
) -> Callable[[Vector], tuple[float, Vector]]:
    """Logistic loss with a Gaussian prior of variance SPREAD on the words' weights, and its gradient."""

    def at(weights: Vector) -> tuple[float, Vector]:
        words, signed, bias = weights[:-2], weights[-2], weights[-1]
        margin = np.bincount(rows, words[columns], len(truth)) + sign * signed + bias
        wrong = counts * (1 / (1 + np.exp(-margin)) - truth)
        slope = np.concatenate(
            (np.bincount(columns, wrong[rows], features) + words / SPREAD, (wrong @ sign, wrong.sum()))
        )
        loss = float((counts * (np.logaddexp(0, margin) - truth * margin)).sum() + words @ words / 2 / SPREAD)
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
