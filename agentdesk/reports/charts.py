"""Charts: columns with a share over them, lines, and bars that lie; the table beneath has the numbers. Pure."""

from collections.abc import Callable, Iterator, Sequence

from agentdesk.reports import svg
from agentdesk.reports.figures import written
from agentdesk.reports.model import Drawing, Report, Row, Table, Unit
from agentdesk.reports.words import FIGURES, TITLES
from agentdesk.words.catalogue import N_

Say = Callable[[str], str]
WIDTH, HEIGHT, TOP, LEFT, RIGHT, BOTTOM = 1200.0, 250.0, 34.0, 54.0, 52.0, 26.0
NAMES, ENDS, ROW = 190.0, 64.0, 22.0
"""Of lying bars: room for names, for what is written at the end, height of a row."""
WIDEST_COLUMN, MOST_BARS = 46.0, 40
"""Of more rows than these only the greatest lie in a chart."""
TIMES = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 18000.0, 36000.0,
         72000.0, 180000.0, 360000.0, 720000.0)  # fmt: skip
IN_TIME = ("interval", "day", "week")
"""Rows that follow each other, so that a line from one to the next means something."""
READ_BELOW = N_("The table below has these numbers.")


def charts(report: Report, say: Say) -> list[tuple[Drawing, str]]:
    """An SVG for each drawing whose table has something to show."""
    made = []
    for drawing in report.drawings:
        table = report.table(drawing.table)
        if any(row.values[code] for row in table.rows for code in drawing.parts):
            made.append((drawing, _KINDS[drawing.kind](table, drawing, say)))
    return made


def _columns(table: Table, drawing: Drawing, say: Say) -> str:
    sums = [sum(row.values[code] or 0.0 for code in drawing.parts) for row in table.rows]
    marks = _marks(table, drawing.parts, max(sums))
    scale = _Scale(len(table.rows), marks[-1])
    body = [*_frame(table, drawing, say, marks, scale)]
    for place, row in enumerate(table.rows):
        body += _column(row, drawing, say, place, scale, table)
    if drawing.line:
        body += _share(table, drawing, say, scale)
    return _document(drawing, say, HEIGHT, body)


def _lines(table: Table, drawing: Drawing, say: Say) -> str:
    most = max(row.values[code] or 0.0 for row in table.rows for code in drawing.parts)
    marks = _marks(table, drawing.parts, most)
    scale = _Scale(len(table.rows), marks[-1])
    body = [*_frame(table, drawing, say, marks, scale)]
    for code in drawing.parts:
        values = (row.values[code] for row in table.rows)
        body.append(svg.path(f"part-{code}", (
            None if value is None else (scale.middle(place), scale.y(value)) for place, value in enumerate(values)
        )))  # fmt: skip
    for place, row in enumerate(table.rows):
        body.append(_hit(row, drawing, say, place, scale, table))
    return _document(drawing, say, HEIGHT, body)


def _bars(table: Table, drawing: Drawing, say: Say) -> str:
    rows = [row for row in table.rows if any(row.values[code] for code in drawing.parts)]
    if len(rows) > MOST_BARS:
        rows = sorted(rows, key=lambda row: -(row.values[drawing.parts[0]] or 0.0))[:MOST_BARS]
    stacked = not drawing.beside
    lengths = [[row.values[code] or 0.0 for code in drawing.parts] for row in rows]
    marks = _marks(table, drawing.parts, max((sum(each) if stacked else max(each)) for each in lengths))
    room, height = WIDTH - NAMES - ENDS, TOP + ROW * len(rows) + BOTTOM
    body = [_legend(drawing, say)] if len(drawing.parts) > 1 else []
    unit = _unit(table, drawing.parts[0])
    for mark in marks:
        x = NAMES + room * mark / marks[-1]
        body.append(svg.line("grid", x, TOP - 6, x, height - BOTTOM))
        body.append(svg.text("axis", x, height - BOTTOM + 16, written(unit, mark), "middle"))
    for place, (row, values) in enumerate(zip(rows, lengths, strict=True)):
        y = TOP + ROW * place
        body.append(svg.text("words", NAMES - 8, y + 14, svg.shortened(row.label, NAMES - 12), "end"))
        shapes = "".join(_lying(drawing, values, y, room / marks[-1], stacked=stacked))
        address = next((row.calls[code] for code in drawing.parts if code in row.calls), "")
        body.append(svg.hint(svg.rect("hit", 0, y, WIDTH, ROW) + shapes, _told(row, drawing, say, table), address))
        if drawing.note:
            end = NAMES + room * (sum(values) if stacked else max(values)) / marks[-1]
            body.append(svg.text("words", end + 6, y + 14, written(Unit.SHARE, row.values[drawing.note])))
    return _document(drawing, say, height, body)


_KINDS: dict[str, Callable[[Table, Drawing, Say], str]] = {"columns": _columns, "lines": _lines, "bars": _bars}


class _Scale:
    """Where the middle of a row and a value are in a standing chart."""

    def __init__(self, rows: int, most: float) -> None:
        self.band = (WIDTH - LEFT - RIGHT) / max(rows, 1)
        self.most = most

    def middle(self, place: int) -> float:
        return LEFT + self.band * (place + 0.5)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.most


def _frame(table: Table, drawing: Drawing, say: Say, marks: Sequence[float], scale: _Scale) -> Iterator[str]:
    yield _legend(drawing, say)
    unit = _unit(table, drawing.parts[0])
    for mark in marks:
        yield svg.line("grid", LEFT, scale.y(mark), WIDTH - RIGHT, scale.y(mark))
        yield svg.text("axis", LEFT - 7, scale.y(mark) + 4, written(unit, mark), "end")
    widest = max(svg.width_of(row.label) for row in table.rows) + 14
    every = max(1, -int(-widest // scale.band))
    for place in range(0, len(table.rows), every):
        yield svg.text("axis", scale.middle(place), HEIGHT - BOTTOM + 16, table.rows[place].label, "middle")


def _column(row: Row, drawing: Drawing, say: Say, place: int, scale: _Scale, table: Table) -> Iterator[str]:
    width = min(max(scale.band * 0.74, 1.0), WIDEST_COLUMN)
    below = 0.0
    for code in drawing.parts:
        value = row.values[code] or 0.0
        if value:
            top, bottom = scale.y(below + value), scale.y(below)
            yield svg.rect(f"part-{code}", scale.middle(place) - width / 2, top, width, bottom - top)
        below += value
    yield _hit(row, drawing, say, place, scale, table)


def _hit(row: Row, drawing: Drawing, say: Say, place: int, scale: _Scale, table: Table) -> str:
    """The whole height of a row answers to the pointer."""
    area = svg.rect("hit", scale.middle(place) - scale.band / 2, TOP, scale.band, HEIGHT - BOTTOM - TOP)
    address = row.calls.get("offered") or next((row.calls[code] for code in drawing.parts if code in row.calls), "")
    return svg.hint(area, _told(row, drawing, say, table), address)


def _share(table: Table, drawing: Drawing, say: Say, scale: _Scale) -> Iterator[str]:
    """A share or a score over the columns, on an axis of its own at the right."""
    unit = _unit(table, drawing.line)
    full = 100.0 if unit is Unit.SCORE else 1.0

    def y(value: float) -> float:
        return scale.y(scale.most * value / full)

    for part in (0.0, 0.5, 1.0):
        yield svg.text("axis", WIDTH - RIGHT + 7, y(part * full) + 4, written(unit, part * full))
    if drawing.target is not None:
        yield svg.line("target", LEFT, y(drawing.target), WIDTH - RIGHT, y(drawing.target))
        words = f"{say(TITLES['target'])} {written(unit, drawing.target)}"
        yield svg.text("target-words", WIDTH - RIGHT - 4, y(drawing.target) - 5, words, "end")
    points: list[tuple[float, float] | None] = []
    for place, row in enumerate(table.rows):
        value = row.values[drawing.line]
        points.append(None if value is None else (scale.middle(place), y(value)))
        if table.of not in IN_TIME:
            points.append(None)
    yield svg.path("share", points)


def _lying(drawing: Drawing, values: Sequence[float], y: float, per_unit: float, *, stacked: bool) -> Iterator[str]:
    thick = (ROW - 6) / (1 if stacked else len(values))
    begin = 0.0
    for place, (code, value) in enumerate(zip(drawing.parts, values, strict=True)):
        down = 0.0 if stacked else thick * place
        yield svg.rect(f"part-{code}", NAMES + begin * per_unit, y + 3 + down, value * per_unit, thick)
        begin += value if stacked else 0.0


def _told(row: Row, drawing: Drawing, say: Say, table: Table) -> str:
    """What a pointer shows: the row and each figure of the chart."""
    codes = [*drawing.parts, *([drawing.line] if drawing.line else []), *([drawing.note] if drawing.note else [])]
    figures = [f"{say(FIGURES[code][0])}: {written(_unit(table, code), row.values[code])}" for code in codes]
    return "\n".join([row.label, *figures])


def _legend(drawing: Drawing, say: Say) -> str:
    entries = [(f"part-{code}", say(FIGURES[code][0])) for code in drawing.parts]
    if drawing.line:
        entries.append(("share", say(FIGURES[drawing.line][0])))
    return svg.legend(entries, LEFT if drawing.kind != "bars" else NAMES, 14)


def _marks(table: Table, parts: Sequence[str], most: float) -> list[float]:
    return svg.ticks(most, units=TIMES if _unit(table, parts[0]) is Unit.SECONDS else ())


def _unit(table: Table, code: str) -> Unit:
    return next(each.unit for each in table.columns if each.code == code)


def _document(drawing: Drawing, say: Say, height: float, body: Sequence[str]) -> str:
    return svg.document(drawing.name, say(TITLES[f"chart-{drawing.name}"]), say(READ_BELOW), WIDTH, height, body)
