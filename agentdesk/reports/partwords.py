"""What a count of a report is about, in a few words above its calls. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from agentdesk.reports import part as parts
from agentdesk.reports.words import FIGURES


def described(
    code: str, say: Callable[[str], str], queues: Mapping[str, str], names: Mapping[str, str],
    codes: Mapping[str, str], zone: ZoneInfo,
) -> tuple[str, ...]:  # fmt: skip
    """Figure, what it is of, from when to when; empty for what is no part."""
    part = parts.read(code)
    if part is None:
        return ()
    begin, end = (datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M") for at in (part.since, part.until))
    of = (
        queues.get(part.queue, part.queue), part.team, f"{part.agent} {names.get(part.agent, '')}".strip(),
        f"{part.menu} {part.version}" if part.menu else "", part.step, part.rule,
        codes.get(part.topic, part.topic),
    )  # fmt: skip
    figure = say(FIGURES[part.what][0]) if part.what in FIGURES else part.what
    return (figure, *(each for each in of if each), f"{begin} – {end}")
