"""Figures as people read them. Pure."""

from agentdesk.reports.model import Unit, Value
from agentdesk.show import points, span


def written(unit: Unit, value: Value) -> str:
    """Seconds as minutes, or hours and minutes from ten hours on; '–' where there is nothing to say."""
    if value is None:
        return "–"
    match unit:
        case Unit.COUNT:
            return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"
        case Unit.SHARE:
            return f"{value * 100:.1f}".removesuffix(".0") + "%"
        case Unit.SECONDS:
            return span(round(value)) if value < 36000 else f"{int(value // 3600)}:{int(value // 60 % 60):02d} h"
        case Unit.SCORE:
            return points(value)
