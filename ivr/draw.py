"""A flow as SVG: columns of steps by distance from the start, lines forward, marks for ways back and to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape

from ivr import graph
from ivr.graph import Way
from ivr.menus import LoadedMenu
from ivr.schema import Flow

WIDTH, HEIGHT = 200, 58
COLUMN, ROW = 300, 96
MARGIN = 40
TEXT_PLACES = 24
COLOURS = {
    "menu": "#dbeafe", "queue": "#dcfce7", "transfer": "#dcfce7", "message": "#fef3c7", "callback": "#fef3c7",
    "collect": "#ede9fe", "verify": "#ede9fe", "lookup": "#e0f2fe", "hang_up": "#fee2e2", "survey": "#fce7f3",
}  # fmt: skip
PLAIN = "#f3f4f6"
STYLE = (
    "text{font-family:'Noto Sans CJK SC','Noto Sans',sans-serif;font-size:11px;fill:#111827}"
    ".name{font-weight:600;font-size:12px}.small{font-size:10px;fill:#4b5563}.key{font-size:10px;font-weight:600;"
    "fill:#1d4ed8}.way{fill:none;stroke:#9ca3af;stroke-width:1.2}.byk{stroke:#2563eb}"
)


@dataclass(frozen=True, slots=True)
class StepCount:
    """Live figures of a step: callers who came, went on, hung up there, and their mean seconds."""

    entered: int
    left: int
    hung_up: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float


def draw(menu: LoadedMenu, language: str = "", counts: Mapping[str, StepCount] | None = None) -> str:
    """The whole flow as one SVG document; prompts in `language` (the file's first if empty)."""
    flow = menu.flow
    places = _places(flow)
    width = max(box.x for box in places.values()) + WIDTH + MARGIN
    height = max(box.y for box in places.values()) + HEIGHT + MARGIN + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img"><title>{escape(menu.name)}</title><style>{STYLE}</style>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#6b7280"/></marker></defs><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for name in flow.steps:
        lines, marks = _ways(flow, name, places)
        parts += [_line(way, places, turn) for turn, way in enumerate(lines)]
        parts.append(_step(flow, name, places[name], marks, language or flow.languages[0], (counts or {}).get(name)))
    return "".join(parts) + "</svg>\n"


def _places(flow: Flow) -> dict[str, _Box]:
    """Columns by distance; inside a column steps stand near those that lead to them."""
    columns: dict[int, list[str]] = {}
    for name, layer in graph.layers(flow).items():
        columns.setdefault(layer, []).append(name)
    rank: dict[str, float] = {}
    for layer in sorted(columns):
        column = sorted(columns[layer], key=partial(_mean, flow, rank=dict(rank)))
        columns[layer] = column
        rank |= {name: float(index) for index, name in enumerate(column)}
    tallest = max(map(len, columns.values()))
    found: dict[str, _Box] = {}
    for layer, column in columns.items():
        top = MARGIN + (tallest - len(column)) * ROW / 2
        found |= {name: _Box(MARGIN + layer * COLUMN, top + index * ROW) for index, name in enumerate(column)}
    return found


def _mean(flow: Flow, name: str, rank: Mapping[str, float]) -> float:
    above = [
        rank[source] + turn / 10
        for source in rank
        for turn, way in enumerate(graph.ways(flow, source))
        if way.target == name
    ]
    return sum(above) / len(above) if above else 1e6


def _ways(flow: Flow, name: str, places: Mapping[str, _Box]) -> tuple[list[Way], list[str]]:
    """Lines to the next column, and in words the ways that would cross the page."""
    lines: list[Way] = []
    marks: dict[str, list[str]] = {}
    for way in graph.ways(flow, name):
        if places[way.target].x - places[name].x == COLUMN and way.target != flow.person:
            lines = _merged(lines, way)
        else:
            target = "☎" if way.target == flow.person else f"→ {way.target}"
            marks.setdefault(target, []).append("" if way.label == "next" else way.label)
    return lines, [f"{' '.join(filter(None, labels))} {target}".strip() for target, labels in marks.items()]


def _merged(lines: list[Way], way: Way) -> list[Way]:
    """Ways to the same step are one line with all their labels."""
    same = next((each for each in lines if each.target == way.target), None)
    if same is None:
        return [*lines, way]
    both = replace(same, label=f"{same.label} {way.label}", by_key=same.by_key or way.by_key)
    return [both if each is same else each for each in lines]


def _line(way: Way, places: Mapping[str, _Box], turn: int) -> str:
    here, there = places[way.source], places[way.target]
    x1, y1 = here.x + WIDTH, here.y + 12 + min(turn, 6) * 6
    x2, y2 = there.x, there.y + HEIGHT / 2
    middle = (x1 + x2) / 2
    kind = "way byk" if way.by_key else "way"
    label = "" if way.label == "next" else way.label
    text = f'<text class="key" x="{x2 - 8:.0f}" y="{y2 - 5:.0f}" text-anchor="end">{escape(label)}</text>'
    curve = f"M{x1:.0f} {y1:.0f} C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    return f'<path class="{kind}" d="{curve}" marker-end="url(#tip)"/>' + (text if label else "")


def _step(flow: Flow, name: str, box: _Box, marks: list[str], language: str, count: StepCount | None) -> str:
    step = flow.steps[name]
    words = next((flow.words(prompt) for _, prompt in step.spoken() if prompt is not None), {})
    said = words.get(language, "")
    rows = [
        f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="6" '
        f'fill="{COLOURS.get(step.kind, PLAIN)}" stroke="#6b7280"/>',
        _text("name", box.x + 8, box.y + 16, name),
        _text("small", box.x + WIDTH - 8, box.y + 16, step.kind, end=True),
        _text("", box.x + 8, box.y + 33, _short(said, TEXT_PLACES * (1 if language == "zh" else 1.4) * 0.62)),
        _text("small", box.x + 8, box.y + 49, _short(" · ".join(marks), 34)),
    ]
    if count is not None:
        figures = f"{count.entered} in · {count.left} on · {count.hung_up} hung up · {count.seconds:.0f} s"
        rows.append(_text("small", box.x + 8, box.y + HEIGHT + 13, figures))
    title = escape(f"{name} ({step.kind}): {said} {'; '.join(marks)}")
    return f"<g><title>{title}</title>{''.join(rows)}</g>"


def _text(kind: str, x: float, y: float, text: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}"{anchor}>{escape(text)}</text>' if text else ""


def _short(text: str, places: float) -> str:
    most = int(places)
    return text if len(text) <= most else text[: most - 1] + "…"
