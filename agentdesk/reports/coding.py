"""The tables of wrap-up codes: by topic and by code, by queue, agent and interval. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping

from acd.conversations import Key
from acd.tally import Said, all_said
from acd.wrapup.codes import Codes
from agentdesk.reports import measures, talks
from agentdesk.reports.asked import Asked
from agentdesk.reports.measures import Times
from agentdesk.reports.model import Table, table
from agentdesk.reports.talks import Counted

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
        *talks.tables(asked, Counted("said", measures.SAID, all_said, found), titles, names),
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


def _topic_of(rules: Codes, code: str) -> str:
    found = rules.choices.get(code)
    return next(iter(found.way)) if found else code


def _topic(rules: Codes, name: str, language: str) -> str:
    found = rules.codes.get(name)
    return found.name.get(language) or next(iter(found.name.values())) if found else name
