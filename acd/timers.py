"""What is due when, on the floor. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from heapq import heappop, heappush


class Due(StrEnum):
    """Of an agent: the wrap-up ends, a phone that could not be reached is tried again. Of a call: an offer nobody
    reported on is over, the next stage of the wait begins."""

    WRAP_UP = "wrap-up"
    RETRY = "retry"
    OFFER = "offer"
    STAGE = "stage"


class Timers:
    """Never withdrawn: whoever hears that something is due looks whether it was, at that time."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, Due, str]] = []

    def arm(self, at: float, due: Due, name: str) -> None:
        heappush(self._heap, (at, due, name))

    def next(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def pop(self, now: float) -> Iterator[tuple[float, Due, str]]:
        """What is due until `now`, since when, in order; what is armed meanwhile too."""
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)
