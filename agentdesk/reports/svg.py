"""Shapes of charts as SVG. Looks are classes of the page's style sheet, so that dark pages have dark charts. Pure."""

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10


def text(look: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def rect(look: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{look}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def line(look: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{look}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def path(look: str, points: Iterable[tuple[float, float] | None]) -> str:
    """Points joined; None is a gap. A point between two gaps is a dot."""
    parts: list[str] = []
    for run in _runs(points):
        if len(run) == 1:
            parts.append(f'<circle class="{look} dot" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="3"/>')
        else:
            joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            parts.append(f'<polyline class="{look} line" points="{joined}"/>')
    return "".join(parts)


def hint(body: str, words: str, address: str = "") -> str:
    """`body` with words a pointer shows, and a way where a click leads. The keyboard has the same way in the table."""
    told = f"<g><title>{escape(words)}</title>{body}</g>"
    return f'<a href="{escape(address)}" tabindex="-1">{told}</a>' if address else told


def legend(entries: Sequence[tuple[str, str]], x: float, y: float) -> str:
    """Looks and their words, side by side."""
    parts = []
    for look, words in entries:
        parts.append(rect(f"{look} key", x, y - 9, 11, 11) + text("words", x + 16, y, words))
        x += 16 + width_of(words) + 18
    return "".join(parts)


def document(name: str, title: str, description: str, width: float, height: float, body: Iterable[str]) -> str:
    """A picture with words for who does not see it."""
    return (
        f'<svg class="chart" viewBox="0 0 {width:.0f} {height:.0f}" role="group" '
        f'aria-labelledby="chart-{name}-title chart-{name}-desc"><title id="chart-{name}-title">{escape(title)}</title>'
        f'<desc id="chart-{name}-desc">{escape(description)}</desc>{"".join(body)}</svg>'
    )


def ticks(most: float, count: int = 4, units: Sequence[float] = ()) -> list[float]:
    """From 0 on, evenly, the last at least `most`, by a step people count in: `units`, else 1, 2, 5, 10 …"""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / count
    fitting = [each for each in units if each >= rough]
    step = fitting[0] if fitting else _round_step(rough)
    return [step * each for each in range(ceil(most / step) + 1)]


def width_of(words: str) -> float:
    """About, in pixels of the charts' text size."""
    return sum(11.5 if ord(char) > 0x2E7F else 6.3 for char in words)


def shortened(words: str, width: float) -> str:
    while words and width_of(words) > width:
        words = words[:-2] + "…" if len(words) > 1 else ""
    return words


def _round_step(rough: float) -> float:
    scale = 10.0 ** floor(log10(rough))
    return next((each * scale for each in (1, 2, 5) if each * scale >= rough), 10 * scale)


def _runs(points: Iterable[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]
