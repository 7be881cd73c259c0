"""What callers did and said after their conversations: what two parts counted of them, as one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Self

from acd.afterwards import Came
from acd.conversations import Key
from acd.tally import ratio
from ivr.satisfaction import Liked


@dataclass(frozen=True, slots=True)
class Feedback:
    """Of `talks`: the caller's number is `known`, he called `again`, said how satisfied he is (`liking`: the sum)."""

    talks: int = 0
    known: int = 0
    again: int = 0
    complaints: int = 0
    surveyed: int = 0
    liking: float = 0.0

    def __add__(self, other: Self) -> "Feedback":
        return Feedback(
            self.talks + other.talks, self.known + other.known, self.again + other.again,
            self.complaints + other.complaints, self.surveyed + other.surveyed, self.liking + other.liking,
        )  # fmt: skip

    @property
    def again_rate(self) -> float | None:
        return ratio(self.again, self.known)

    @property
    def satisfaction(self) -> float | None:
        return ratio(self.liking, self.surveyed)

    @property
    def complaint_rate(self) -> float | None:
        return ratio(self.complaints, self.talks)


def all_feedback(each: Iterable[Feedback]) -> Feedback:
    return reduce(add, each, Feedback())


def joined(came: Mapping[Key, Came], liked: Mapping[Key, Liked]) -> dict[Key, Feedback]:
    return {key: Feedback(each.talks, each.known, each.again, each.complaints, *liked.get(key, (0, 0.0)))
            for key, each in came.items()}  # fmt: skip
