"""Tables of each report from what was read for it; work for a thread, a month of it takes a while. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import add

from acd.tally import Stays, Work, all_stays, all_work
from agentdesk.reports import measures
from agentdesk.reports.asked import Asked
from agentdesk.reports.model import Table, table
from agentdesk.reports.period import period_of, row_of, rows_between
from ivr.menus import LoadedMenu
from ivr.usage.use import Answers, CallPath, answers, endings, fates, places
from qa.marks import Marked, marks_of, strikes_of

Slots = Mapping[tuple[str, int], Stays]
"""By queue and beginning of the slot, as `acd.counting.stays` gives them."""
NO_TEAM = "–"
SAID = 24
"""Characters of a menu's words that name a step."""


def intervals(asked: Asked, found: Slots) -> list[Table]:
    step = asked.step
    parts: dict[int, list[Stays]] = {}
    for (_, slot), stays in found.items():
        parts.setdefault(row_of(slot, step, asked.zone), []).append(stays)
    rows = rows_between(min(parts), max(parts), step, asked.zone) if parts else ()

    def lead(key: str, what: str) -> str:
        return asked.of_row(asked.part("stay", what), key, step).address

    groups = {str(begin): all_stays(parts.get(begin, ())) for begin in rows}
    return [
        table("intervals", "day" if step == "day" else "interval", measures.STAYS, groups,
              all_stays(groups.values()), lambda key: asked.moment(key, step), lead, sparse=True)
    ]  # fmt: skip


def queues(asked: Asked, found: Slots, titles: Mapping[str, str]) -> list[Table]:
    """Of every queue of `titles`, called or not; one that is gone is called by its name in the file."""
    groups = {name: all_stays(stays for (queue, _), stays in found.items() if queue == name) for name in titles}

    def lead(key: str, what: str) -> str:
        return asked.part("stay", what, queue=key or asked.choice.queue).address

    total = all_stays(groups.values())
    return [table("queues", "queue", measures.STAYS, groups, total, lambda key: titles[key], lead)]


def agents(asked: Asked, found: Mapping[str, Work], names: Mapping[str, str]) -> list[Table]:
    groups = {agent: work for agent, work in found.items() if work.signed_in or work.offered or work.dialled}

    def lead(key: str, what: str) -> str:
        return asked.part("work", what, agent=key or asked.choice.agent).address

    total = all_work(groups.values())
    return [table("agents", "agent", measures.WORK, groups, total, lambda key: _named(key, names), lead)]


def menus(asked: Asked, menu: LoadedMenu | None, name: str, version: int, paths: Sequence[CallPath]) -> list[Table]:
    """What the calls came to by day, and what they did by step, the step where most hung up first."""
    days: dict[int, measures.Fates] = {}
    steps: dict[str, measures.Fates] = {}
    told, ends = (answers(menu), endings(menu)) if menu else (Answers(), frozenset())
    for path in paths:
        if path.steps:
            days.setdefault(row_of(path.arrived_at, "day", asked.zone), Counter()).update(fates(path, told))
            for what, step in places(path, ends):
                steps.setdefault(step, Counter())[what] += 1
    rows = rows_between(min(days), max(days), "day", asked.zone) if days else ()
    ordered = sorted(steps.items(), key=lambda item: (-item[1]["hung_up"], -item[1]["entered"]))
    total: measures.Fates = reduce(add, days.values(), Counter())

    def lead(key: str, what: str) -> str:
        return asked.of_row(asked.part("menu", what, menu=name, version=version), key, "day").address

    def lead_step(key: str, what: str) -> str:
        return asked.part("menu", what, menu=name, version=version, step=key).address

    return [
        table("days", "day", measures.MENU, {str(each): days.get(each, Counter()) for each in rows}, total,
              lambda key: asked.moment(key, "day"), lead, sparse=True),
        table("steps", "step", measures.PLACES, dict(ordered), None,
              lambda key: _step(menu, key, asked.language), lead_step),
    ]  # fmt: skip


def quality(
    asked: Asked, lines: Sequence[Marked], names: Mapping[str, str], teams: Mapping[str, str], titles: Mapping[str, str]
) -> list[Table]:
    """`titles` of rules."""

    def lead_agent(key: str, what: str) -> str:
        return asked.part("score", what, agent=key or asked.choice.agent).address

    def lead_team(key: str, what: str) -> str:
        return "" if key == NO_TEAM else asked.part("score", what, team=key or asked.choice.team).address

    def week(line: Marked) -> str:
        return datetime.fromtimestamp(line.at, asked.zone).strftime("%G-W%V")

    total = marks_of(lines)

    def marked(
        name: str, of: str, key: Callable[[Marked], str], label: Callable[[str], str], lead: Callable[[str, str], str]
    ) -> Table:
        parts: dict[str, list[Marked]] = {}
        for line in lines:
            parts.setdefault(key(line), []).append(line)
        groups = {each: marks_of(those) for each, those in sorted(parts.items())}
        return table(name, of, measures.MARKS, groups, total, label, lead)

    return [
        marked("weeks", "week", week, lambda key: key, lambda key, what: _of_week(asked, key, what)),
        marked("agents", "agent", lambda line: line.agent, lambda key: _named(key, names), lead_agent),
        marked("teams", "team", lambda line: teams.get(line.agent, NO_TEAM), lambda key: key, lead_team),
        table("rules", "rule", measures.RULES, strikes_of(lines), None, lambda key: _named(key, titles),
              lambda key, what: asked.part("score", what, rule=key).address),
    ]  # fmt: skip


def _of_week(asked: Asked, key: str, what: str) -> str:
    """A week at the edge of the period counts only with its days inside."""
    part = asked.part("score", what)
    if not key:
        return part.address
    monday = date.fromisoformat(f"{key}-1")
    week = period_of("days", asked.now, asked.zone, monday, monday + timedelta(days=6))
    since, until = max(part.since, int(week.since)), min(part.until, int(week.until))
    return asked.part("score", what, since=since, until=until).address


def _named(key: str, names: Mapping[str, str]) -> str:
    return f"{key} {names.get(key, '')}".strip()


def _step(menu: LoadedMenu | None, name: str, language: str) -> str:
    """A step by its name and the beginning of what it says."""
    step = menu.flow.steps.get(name) if menu else None
    if menu is None or step is None:
        return name
    said = next((menu.flow.words(prompt) for _, prompt in step.spoken() if prompt is not None), {}).get(language, "")
    return f"{name} {said[:SAID] + '…' if len(said) > SAID else said}".strip()
