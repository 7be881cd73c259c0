"""The tables of wrap-up codes: by interval, queue and agent, by topic and by code. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping

from acd.tally import Said, all_said
from acd.wrapup.codes import Codes
from acd.wrapup.counts import Key
from agentdesk.reports import measures
from agentdesk.reports.asked import Asked
from agentdesk.reports.measures import Times
from agentdesk.reports.model import Table, table
from agentdesk.reports.period import row_of, rows_between

JOINT = " › "


def codes(
    asked: Asked, found: Mapping[Key, Said], rules: Codes, titles: Mapping[str, str], names: Mapping[str, str]
) -> list[Table]:
    """`titles` of queues, `names` of agents. The codes that were chosen most come first."""
    total = all_said(found.values())
    return [
        _by_code(asked, total, "topics", lambda code: _topic_of(rules, code),
                 lambda code: _topic(rules, code, asked.language)),
        _by_code(asked, total, "codes", lambda code: code, lambda code: JOINT.join(rules.titles(code, asked.language))),
        _by_queue(asked, found, total, titles),
        _by_agent(asked, found, total, names),
        _by_interval(asked, found, total),
    ]  # fmt: skip


def _by_code(asked: Asked, total: Said, name: str, group: Callable[[str], str], label: Callable[[str], str]) -> Table:
    counts: Counter[str] = Counter()
    for code, times in total.times.items():
        counts[group(code)] += times
    chosen = total.times.total()
    rows = {code: Times(times, chosen) for code, times in counts.most_common()}

    def lead(key: str, what: str) -> str:
        return asked.part("said", what, topic=key or asked.choice.topic).address

    return table(name, name[:-1], measures.CODES, rows, Times(chosen, chosen), label, lead)


def _by_queue(asked: Asked, found: Mapping[Key, Said], total: Said, titles: Mapping[str, str]) -> Table:
    groups = _grouped(found, lambda key: key[0])

    def lead(key: str, what: str) -> str:
        return asked.part("said", what, queue=key or asked.choice.queue).address

    return table("queues", "queue", measures.SAID, groups, total, lambda key: titles.get(key, key), lead)


def _by_agent(asked: Asked, found: Mapping[Key, Said], total: Said, names: Mapping[str, str]) -> Table:
    groups = dict(sorted(_grouped(found, lambda key: key[1]).items()))

    def lead(key: str, what: str) -> str:
        return asked.part("said", what, agent=key or asked.choice.agent).address

    return table(
        "agents", "agent", measures.SAID, groups, total, lambda key: f"{key} {names.get(key, '')}".strip(), lead
    )


def _by_interval(asked: Asked, found: Mapping[Key, Said], total: Said) -> Table:
    step = asked.step
    parts = _grouped(found, lambda key: str(row_of(key[2], step, asked.zone)))
    begins = [int(each) for each in parts]
    rows = rows_between(min(begins), max(begins), step, asked.zone) if begins else ()
    groups = {str(begin): parts.get(str(begin), Said()) for begin in rows}

    def lead(key: str, what: str) -> str:
        return asked.of_row(asked.part("said", what), key, step).address

    return table("intervals", "day" if step == "day" else "interval", measures.SAID, groups, total,
                 lambda key: asked.moment(key, step), lead, sparse=True)  # fmt: skip


def _grouped(found: Mapping[Key, Said], by: Callable[[Key], str]) -> dict[str, Said]:
    groups: dict[str, list[Said]] = {}
    for key, said in found.items():
        groups.setdefault(by(key), []).append(said)
    return {name: all_said(parts) for name, parts in groups.items()}


def _topic_of(rules: Codes, code: str) -> str:
    found = rules.choices.get(code)
    return next(iter(found.way)) if found else code


def _topic(rules: Codes, name: str, language: str) -> str:
    found = rules.codes.get(name)
    return found.name.get(language) or next(iter(found.name.values())) if found else name
