"""Tables of conversations by queue, by agent and by interval, of whatever is counted of them. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from acd.conversations import Key
from agentdesk.reports.asked import Asked
from agentdesk.reports.model import Measure, Table, Tally, table
from agentdesk.reports.period import row_of, rows_between


@dataclass(frozen=True, slots=True)
class Counted(Generic[Tally]):
    """`kind` of the parts that its counts lead to, its figures, and how what was `found` is added up."""

    kind: str
    measures: Sequence[Measure[Tally]]
    total: Callable[[Iterable[Tally]], Tally]
    found: Mapping[Key, Tally]


def tables(asked: Asked, counted: Counted[Tally], titles: Mapping[str, str], names: Mapping[str, str]) -> list[Table]:
    """`titles` of queues, `names` of agents."""
    return [_by_queue(asked, counted, titles), _by_agent(asked, counted, names), _by_interval(asked, counted)]


def _by_queue(asked: Asked, counted: Counted[Tally], titles: Mapping[str, str]) -> Table:
    groups = _grouped(counted, lambda key: key[0])

    def lead(key: str, what: str) -> str:
        return asked.part(counted.kind, what, queue=key or asked.choice.queue).address

    total = counted.total(groups.values())
    return table("queues", "queue", counted.measures, groups, total, lambda key: titles.get(key, key), lead)


def _by_agent(asked: Asked, counted: Counted[Tally], names: Mapping[str, str]) -> Table:
    groups = dict(sorted(_grouped(counted, lambda key: key[1]).items()))

    def lead(key: str, what: str) -> str:
        return asked.part(counted.kind, what, agent=key or asked.choice.agent).address

    def label(key: str) -> str:
        return f"{key} {names.get(key, '')}".strip()

    return table("agents", "agent", counted.measures, groups, counted.total(groups.values()), label, lead)


def _by_interval(asked: Asked, counted: Counted[Tally]) -> Table:
    step = asked.step
    parts = _grouped(counted, lambda key: str(row_of(key[2], step, asked.zone)))
    begins = [int(each) for each in parts]
    rows = rows_between(min(begins), max(begins), step, asked.zone) if begins else ()
    groups = {str(begin): parts.get(str(begin), counted.total(())) for begin in rows}

    def lead(key: str, what: str) -> str:
        return asked.of_row(asked.part(counted.kind, what), key, step).address

    return table("intervals", "day" if step == "day" else "interval", counted.measures, groups,
                 counted.total(parts.values()), lambda key: asked.moment(key, step), lead, sparse=True)  # fmt: skip


def _grouped(counted: Counted[Tally], by: Callable[[Key], str]) -> dict[str, Tally]:
    groups: dict[str, list[Tally]] = {}
    for key, tally in counted.found.items():
        groups.setdefault(by(key), []).append(tally)
    return {name: counted.total(parts) for name, parts in groups.items()}
