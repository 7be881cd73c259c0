"""A flow as SVG: a column of steps for every key, each step with its ways; lines lead to the next column and down."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ivr import layout
from ivr.drawwords import kind_word, label_words
from ivr.graph import Way
from ivr.menus import LoadedMenu
from ivr.schema import Flow
from ivr.usage.use import EdgeCount, MenuUse, StepCount

WIDTH, NAME, WORDS, WAY = 282, 27, 17, 15
"""Of a step: its width, and the heights of its name, of its words and of each of its ways."""
COLUMN, GAP, NEAR = 328, 30, 12
MARGIN = 28
BRACKETS = (12, 18, 24)
"""How far left of the steps lines run down, so that those of steps below each other can be told apart."""
TEXT_PLACES = 38
LETTER, SIGN, BOLD = 5.0, 10.0, 6.7
"""How wide a letter and a Chinese sign of the small text are, and a letter of a name, about."""
KEYS = "0123456789*#"
COLOURS = {
    "menu": "#dbeafe", "queue": "#dcfce7", "transfer": "#dcfce7", "message": "#fef3c7", "callback": "#fef3c7",
    "collect": "#ede9fe", "verify": "#ede9fe", "lookup": "#e0f2fe", "hang_up": "#fee2e2", "survey": "#fce7f3",
}  # fmt: skip
PLAIN = "#f3f4f6"
LOOKS = {
    "plain": 'font-size="11" fill="#111827"', "name": 'font-size="12" font-weight="600" fill="#111827"',
    "small": 'font-size="10" fill="#4b5563"', "key": 'font-size="10" font-weight="600" fill="#1d4ed8"',
    "count": 'font-size="10" fill="#111827"',
}  # fmt: skip
"""As attributes: a page that forbids styles in the text shows them all the same."""
FIGURES = {"zh": "进 {} · 出 {} · 挂断 {} · {:.0f} 秒", "en": "{} in · {} on · {} hung up · {:.0f} s"}
SHORT = {"zh": "进{} 出{} 挂{} {:.0f}秒", "en": "{} in {} on {} ✕ {:.0f} s"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One way out of a step with its label and, where ways were counted, its figures."""

    target: str
    label: str
    by_key: bool
    count: EdgeCount | None


@dataclass(frozen=True, slots=True)
class _Box:
    """`head` is the height above the ways; `depth`: how many steps above lead here without a key, from `parent` on."""

    x: float
    y: float
    head: int
    height: float
    parent: str
    depth: int


def draw(
    menu: LoadedMenu, language: str = "", use: MenuUse | None = None, faults: Mapping[str, int] | None = None,
    walked: Sequence[str] = (), reader: str = "",
) -> str:  # fmt: skip
    """The whole flow as one SVG document; prompts in `language` (the file's first if empty), all else in the `reader`'s
    (the same if empty), with counts of `use`.

    On a way: how often it was taken, and of these times went on from the step it leads to, hung up there, mean seconds.
    Steps with `faults` are marked with how many; those of `walked` have classes, the last of them is `here`.
    """
    flow, language = menu.flow, language or menu.flow.languages[0]
    reader = reader or language
    rows = {name: _rows(flow, name, use.edges if use else (), reader) for name in flow.steps}
    places = _places(flow, rows)
    width = max(box.x for box in places.values()) + WIDTH + MARGIN
    height = max(box.y + box.height for box in places.values()) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" font-family="\'Noto Sans CJK SC\',\'Noto Sans\',sans-serif">'
        f"<title>{escape(menu.name)}</title>"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#6b7280"/></marker></defs><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for name in flow.steps:
        parts += _lines(name, rows[name], places, flow.person)
    for name in flow.steps:
        count = use.steps.get(name) if use else None
        wrong = (faults or {}).get(name, 0)
        state = "here" if walked[-1:] == [name] else "walked" if name in walked else ""
        step = _step(flow, name, places[name], rows[name], (language, reader), count, state)
        parts.append(step + _mark(name, places[name], wrong))
    return "".join(parts) + "</svg>\n"


def _rows(flow: Flow, name: str, edges: Iterable[EdgeCount], reader: str) -> list[_Row]:
    """Every key a row; the other ways to one step are one; then the ways callers took that the file does not name."""
    left = {(each.target, each.key): each for each in edges if each.source == name}
    merged: dict[tuple[str, str], list[Way]] = {}
    for way in layout.ways(flow, name):
        key = way.label if way.by_key and way.label in KEYS else ""
        merged.setdefault((way.target, key), []).append(way)
    rows = [
        _Row(target, _labels(flow, ways, reader), any(way.by_key for way in ways), left.pop((target, key), None))
        for (target, key), ways in merged.items()
    ]
    return rows + [_Row(target, key, bool(key), count) for (target, key), count in left.items()]


def _labels(flow: Flow, ways: list[Way], reader: str) -> str:
    told = (label_words(flow.steps[way.source], way.label, reader) for way in ways if way.label != "next")
    return " ".join(dict.fromkeys(told))


def _places(flow: Flow, rows: Mapping[str, list[_Row]]) -> dict[str, _Box]:
    """A step stands no higher than the one that leads to it."""
    heads = {name: NAME + WORDS * any(prompt for _, prompt in step.spoken()) for name, step in flow.steps.items()}
    free: dict[int, float] = {}
    found: dict[str, _Box] = {}
    for name, seat in layout.seats(flow).items():
        gap = NEAR if seat.near else GAP
        least = found[seat.parent].y if seat.parent else float(MARGIN)
        y = max(free.get(seat.column, 0.0) + gap, least)
        height = heads[name] + WAY * len(rows[name]) + 8.0
        depth = found[seat.parent].depth + 1 if seat.near else 0
        found[name] = _Box(MARGIN + seat.column * COLUMN, y, heads[name], height, seat.parent, depth)
        free[seat.column] = y + height
    return found


def _lines(name: str, rows: list[_Row], places: Mapping[str, _Box], person: str) -> Iterator[str]:
    """To the next column, and to what stands below because it follows: lines across the page would hide more than they
    show, the rows name those ways."""
    here = places[name]
    for turn, row in enumerate(rows):
        there = places.get(row.target)
        if there is None or row.target == person:
            continue
        x2, y2 = there.x, there.y + 18
        if there.x - here.x == COLUMN:
            x1, y1 = here.x + WIDTH, here.y + here.head + WAY * turn + 8
            middle = (x1 + x2) / 2
            curve = f"M{x1:.0f} {y1:.0f} C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
        elif there.parent == name and there.depth and not row.by_key:
            left = x2 - BRACKETS[there.depth % len(BRACKETS)]
            curve = f"M{x2:.0f} {here.y + here.height - 7:.0f} H{left:.0f} V{y2:.0f} H{x2:.0f}"
        else:
            continue
        colour = "#2563eb" if row.by_key else "#9ca3af"
        thick = 1.2 + min(2.8, (row.count.entered if row.count else 0) ** 0.5 / 20)
        yield (
            f'<path d="{curve}" fill="none" stroke="{colour}" stroke-width="{thick:.1f}" stroke-opacity="0.75" '
            f'marker-end="url(#tip)"/>'
        )


def _step(
    flow: Flow, name: str, box: _Box, rows: list[_Row], languages: tuple[str, str], count: StepCount | None, state: str
) -> str:
    """`languages`: of the prompts, and of all else."""
    step, (language, reader) = flow.steps[name], languages
    words = next((flow.words(prompt) for _, prompt in step.spoken() if prompt is not None), {})
    said = words.get(language, "")
    figures = "" if count is None else _figures(FIGURES, reader, count)
    if count is not None and BOLD * len(name) + _width(figures) > WIDTH - 24:
        figures = _figures(SHORT, reader, count)
    parts = [
        f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}" height="{box.height:.0f}" rx="6" '
        f'fill="{COLOURS.get(step.kind, PLAIN)}" stroke="#6b7280"/>',
        _text("name", box.x + 8, box.y + 16, name),
        _text(
            "count" if figures else "small", box.x + WIDTH - 8, box.y + 16, figures or kind_word(step, reader), end=True
        ),
        _text("plain", box.x + 8, box.y + 33, _short(said, TEXT_PLACES * (0.62 if language == "zh" else 1.15))),
    ]
    for turn, row in enumerate(rows):
        y = box.y + box.head + WAY * turn + 11
        figures = "" if row.count is None else _figures(SHORT, reader, row.count)
        label = _short(row.label, 17)
        x = box.x + max(66, 18 + _width(label))
        target = f"☎ {row.target}" if row.target == flow.person else f"→ {row.target}"
        room = box.x + WIDTH - 18 - _width(figures) - x
        parts += [
            _text("key" if row.by_key else "small", box.x + 8, y, label),
            _text("small", x, y, _short(target, room / LETTER)),
            _text("count", box.x + WIDTH - 8, y, figures, end=True),
        ]
    title = escape(f"{name} ({kind_word(step, reader)}): {said}")
    looks = f' class="{state}"' if state else ""
    return f'<g id="step-{name}"{looks}><title>{title}</title>{"".join(parts)}</g>'


def _mark(name: str, box: _Box, faults: int) -> str:
    """On the step's corner, red."""
    if not faults:
        return ""
    x, y = box.x + WIDTH, box.y
    return (
        f'<g class="fault" data-step="{escape(name)}"><rect x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}" '
        f'height="{box.height:.0f}" rx="6" fill="none" stroke="#b91c1c" stroke-width="3"/>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="11" fill="#b91c1c"/><text font-size="12" font-weight="700" fill="#fff" '
        f'text-anchor="middle" x="{x:.0f}" y="{y + 4:.0f}">{"!" if faults == 1 else faults}</text></g>'
    )


def _figures(form: Mapping[str, str], language: str, count: StepCount | EdgeCount) -> str:
    return form.get(language, form["en"]).format(count.entered, count.left, count.hung_up, count.seconds)


def _text(kind: str, x: float, y: float, text: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text {LOOKS[kind]} x="{x:.0f}" y="{y:.0f}"{anchor}>{escape(text)}</text>' if text else ""


def _width(text: str) -> float:
    """Of small text."""
    return sum(SIGN if each > "⺀" else LETTER for each in text)


def _short(text: str, places: float) -> str:
    most = int(places)
    return text if len(text) <= most else text[: most - 1] + "…"
