"""What may help in a call before anybody has typed: by its codes, its way through the menu, queue and skills. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.article import Article, State

CODE, STEP, QUEUE, SKILL = 4.0, 3.0, 1.5, 1.0
MOST = 6


@dataclass(frozen=True, slots=True)
class Situation:
    """Of a call: the steps of the menu that it came through, and the codes chosen so far."""

    queue: str = ""
    skills: Collection[str] = ()
    steps: Collection[str] = ()
    codes: Collection[str] = ()


def suggested(articles: Iterable[Article], call: Situation, day: date, language: str) -> list[Article]:
    """Valid ones only, each matter once, in the reader's language where there is one."""
    weighed = [(weight(each, call), each) for each in articles if each.state(day) is State.VALID]
    found = {}
    for rank, article in sorted(weighed, key=lambda pair: (-pair[0], pair[1].facts.language != language)):
        if rank > 0 and (article.matter not in found or article.facts.language == language):
            found[article.matter] = article
    return list(found.values())[:MOST]


def weight(article: Article, call: Situation) -> float:
    facts = article.facts
    return (
        CODE * len({*facts.codes} & {*call.codes})
        + STEP * bool({*facts.steps} & {*call.steps})
        + QUEUE * (call.queue in facts.queues)
        + SKILL * bool({*facts.skills} & {*call.skills})
    )
