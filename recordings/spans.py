"""Stretches of time on one side of a call, and the arithmetic on ordered lists of them. Times are seconds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def joined(spans: Iterable[Span], *, gap: float = 0.0, shortest: float = 0.0) -> tuple[Span, ...]:
    """In order, with pauses up to `gap` closed, and then those shorter than `shortest` left out."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start - found[-1].end <= gap:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(span for span in found if span.seconds >= shortest)


def padded(spans: Iterable[Span], before: float, after: float, length: float) -> tuple[Span, ...]:
    """Each widened, within 0 and `length`; those that meet become one."""
    return joined(Span(max(0.0, span.start - before), min(length, span.end + after)) for span in spans)


def common(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches that lie in both lists."""
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            found.append(Span(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def outside(spans: Sequence[Span], length: float) -> tuple[Span, ...]:
    """The gaps: what of 0..`length` lies in none of `spans`."""
    edges = [0.0, *(edge for span in joined(spans) for edge in span), length]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start, min(end, length)) for start, end in pairs if start < min(end, length))


def without(spans: Sequence[Span], cut: Sequence[Span], length: float) -> tuple[Span, ...]:
    """What of `spans` lies outside `cut`."""
    return common(spans, outside(cut, length))


def total(spans: Iterable[Span]) -> float:
    return sum(span.seconds for span in spans)
