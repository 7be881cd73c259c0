"""What a draft of a setting would change, part by part, and whom it concerns at this moment."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from accounts.settings import Effect, Weigh
from acd import repository
from acd.agent_state import AT_WORK, AgentState
from acd.free import Profile, profile_of, serves
from acd.queues import Queues
from acd.roster import PeopleRoster
from acd.waiting import Need, need_of
from app.settings import waiting_by_queue
from core import yamlfile
from core.clock import Clock
from core.database import Database
from ivr import hours
from ivr.hours import Hours, spans_words
from recordings.keeping import deletion
from recordings.keeping.retention import Retention

PARTS = {
    "queues": ("queues",), "site": ("numbers",), "hours": ("schedules",), "customers": ("customers",),
    "models": ("models",), "dialling": ("agents", "results"), "alarms": ("queues",), "retention": ("queues",),
    "codes": ("codes",),
}  # fmt: skip
"""Settings that name many of a kind, and below which keys."""
OVER = "effect-recordings-over"
AHEAD = 60
"""Days of which opening hours are compared."""
Concerned = Callable[[str], tuple[int | None, int | None]]
"""Callers and agents of a part; None where nobody is counted."""


def weigher(db: Database, zone: ZoneInfo, clock: Clock, missing: Callable[[str], str] = lambda _agent: "") -> Weigh:
    """`missing`: what an agent at work cannot be reached at."""

    async def weigh(name: str, before: str, after: str) -> list[Effect]:
        concerned = await _concerned(db, name, before, after, missing)
        found = list(changes(name, before, after, concerned))
        if name == "hours" and before:
            today = dt.datetime.fromtimestamp(clock(), zone).date()
            other = days(hours.read(before), hours.read(after), today)
            found = [each for each in found if not each.field] + list(other)
        if name == "retention":
            then, soon = [str(await _over(db, text, clock())) for text in (before, after)]
            found.append(Effect("", OVER, then, soon))
        return found

    return weigh


async def _over(db: Database, text: str, now: float) -> int:
    """Recordings that the next sweep deletes by this text."""
    rules = yamlfile.loads(text, Path("retention.yaml"), Retention) if text else Retention()
    async with db.reading() as session:
        return await deletion.count_due(session, rules, now)


def changes(name: str, before: str, after: str, concerned: Concerned) -> Iterator[Effect]:
    """Of two texts that can be read; `before` may be empty."""
    was, now = ({**(yamlfile.parse(text, Path(f"{name}.yaml")) or {})} for text in (before, after))
    for kind in PARTS.get(name, ()):
        old, new = was.pop(kind, None) or {}, now.pop(kind, None) or {}
        for part in dict.fromkeys((*old, *new)):
            if part not in old or part not in new:
                yield Effect(str(part), "", _said(old.get(part)), _said(new.get(part)), *concerned(str(part)))
            else:
                for field, one, other in _differences(old[part], new[part]):
                    yield Effect(str(part), field, one, other, *concerned(str(part)))
    for field, one, other in _differences(was, now):
        yield Effect("", field, one, other, *concerned(""))


def days(before: Hours, after: Hours, today: dt.date) -> Iterator[Effect]:
    """Of the schedules that both have, the days of the next weeks on which they open differently."""
    for name in before.schedules:
        for ahead in range(AHEAD) if name in after.schedules else ():
            day = today + dt.timedelta(days=ahead)
            one, other = before.spans_on(name, day), after.spans_on(name, day)
            if one != other:
                yield Effect(name, str(day), spans_words(one), spans_words(other))


async def _concerned(db: Database, name: str, before: str, after: str, missing: Callable[[str], str]) -> Concerned:
    async with db.reading() as session:
        rows, waiting = await repository.agents(session), await waiting_by_queue(session)
    if name == "queues":
        cards = await PeopleRoster(db).everyone()
        there = {number for number, row in rows.items() if row.state in AT_WORK and not missing(number)}
        working = [each.skills for each in cards if each.number in there]
        return _in_queues(before, after, waiting, [profile_of(skills) for skills in working])
    signed_in = {number for number, row in rows.items() if row.state != AgentState.SIGNED_OUT}
    if name == "dialling":
        return lambda part: (None, int(part in signed_in) if part.isdigit() else len(signed_in))
    if name in ("breaks", "shifts", "scripts", "codes"):
        return lambda _part: (None, len(signed_in))
    return lambda _part: (None, None)


def _in_queues(before: str, after: str, waiting: Mapping[str, int], at_work: Sequence[Profile]) -> Concerned:
    """Who waits in a queue, and the agents at work who can serve it by the draft (or could, where it is gone)."""
    needs: dict[str, Need] = {}
    for text in filter(None, (before, after)):
        said = yamlfile.loads(text, Path("queues.yaml"), Queues).queues
        needs |= {name: need_of(queue.skills) for name, queue in said.items()}

    def concerned(part: str) -> tuple[int, int]:
        if part not in needs:
            return sum(waiting.values()), len(at_work)
        return waiting.get(part, 0), sum(serves(profile, needs[part]) for profile in at_work)

    return concerned


def _differences(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Fields that say something else, by their path, with both values."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _differences(before.get(key), after.get(key), f"{place}.{key}" if place else str(key))
    elif before != after:
        yield place, _said(before), _said(after)


def _said(value: Any) -> str:
    """In one line, '' for nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
