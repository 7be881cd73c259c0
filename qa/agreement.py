"""How far judges agree beyond chance: Cohen's kappa for two, Fleiss' for more.

Cohen, J. (1960): A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20, 37–46.
Fleiss, J. L. (1971): Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378–382.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
"""What the two judges said of the same thing: the machine's first, where it is one of them."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`share`: both said the same ÷ all. `expected`: the share chance alone would give. `kappa`: None when undefined,
    because both said one and the same of everything; `count`: how many pairs."""

    count: int
    share: float | None
    expected: float | None
    kappa: float | None


def agreement(pairs: Iterable[Pair]) -> Agreement:
    """Observed and expected agreement, and kappa = (observed − expected) ÷ (1 − expected)."""
    seen: Sequence[Pair] = list(pairs)
    count = len(seen)
    if not count:
        return Agreement(0, None, None, None)
    same = sum(first == second for first, second in seen) / count
    firsts, seconds = Counter(first for first, _ in seen), Counter(second for _, second in seen)
    expected = sum(firsts[name] * seconds[name] for name in firsts) / count**2
    kappa = (same - expected) / (1 - expected) if expected < 1 else None
    return Agreement(count, same, expected, kappa)


def fleiss(things: Iterable[Sequence[str]]) -> Agreement:
    """The same for any number of judges; `things` are what all of them said of one thing each.

    `share`: the mean over things of the part of its pairs of judges that agree. Raises ValueError where the number of
    judges differs or is below two.
    """
    seen = [Counter(each) for each in things]
    sizes = {each.total() for each in seen}
    if not seen:
        return Agreement(0, None, None, None)
    if len(sizes) != 1 or min(sizes) < 2:
        raise ValueError("every thing needs a verdict of the same judges, two or more")
    judges, count = sizes.pop(), len(seen)
    same = sum(sum(n * (n - 1) for n in each.values()) for each in seen) / (count * judges * (judges - 1))
    all_said: Counter[str] = sum(seen, Counter())
    expected = sum((n / (count * judges)) ** 2 for n in all_said.values())
    return Agreement(count, same, expected, (same - expected) / (1 - expected) if expected < 1 else None)
