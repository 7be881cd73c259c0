"""The measures of a day, folded from the history of calls and agents. Pure.

What each means is in DEFINITIONS, and printed beside every figure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Protocol

from acd.agent_state import AT_WORK, IN_CONTACT, AgentState
from acd.call import ATTENDED
from acd.intervals import Interval
from acd.queues import FALLBACK
from acd.tally import ratio

DEFINITIONS = {
    "offered": "stays in a queue that began in the period; a call passed on unanswered counts where it went, not here; "
    "a caller handed over to somebody who was on the line, or to his own agent whose telephone had lost him, is not "
    "offered again",
    "answered": "of those, the caller talked to an agent",
    "abandoned": "of those, the caller hung up while he waited; short abandons are counted in",
    "short_abandoned": "abandoned within the queue's short_abandon_seconds",
    "failed": "of those, ended by the system before an answer",
    "sent_back": "of those, back in the menu unanswered, by the queue's longest wait or a key, and in no queue since",
    "wait": "from when the caller joined a queue, through all he has flowed over since, to the answer or the end",
    "service_level": "answered within the queue's service_level_seconds ÷ offered; every abandoned caller counts as "
    "offered, one who waits and has not waited longer than that does not count yet",
    "mean_answer_speed": "mean wait of the answered, seconds",
    "longest_wait": "longest wait of anybody, answered or not, seconds",
    "talk": "mean seconds from the answer to the end of the conversation, holds left out, of conversations that are "
    "over, also of callers who were handed over; parts of one that its agent's telephone had lost are added up",
    "hold": "mean seconds on hold, of the same",
    "wrap_up": "mean seconds of wrap-up until now, of the same",
    "handle_time": "talk + hold + wrap-up",
    "transferred": "conversations given away to somebody else ÷ conversations, those of callers handed over among them",
    "occupancy": "time ringing, in conversation, on hold and wrapping up ÷ time at work (that and ready)",
}


SENT_BACK = "sent-back"


class Line(Protocol):
    """A line of a call's history (`acd.models.CallEvent`)."""

    call: Any
    at: Any
    kind: Any
    agent: Any
    data: Any


class Limits(Protocol):
    """A queue (`acd.queues.Queue`)."""

    @property
    def service_level_seconds(self) -> int: ...
    @property
    def short_abandon_seconds(self) -> int: ...


@dataclass(slots=True)
class Stay:
    """One stay of a call in one queue and, when it was answered, the conversation after it. `result` as in
    `acd.models.QueueVisit`, but SENT_BACK for who left and came to no other queue; times in seconds since the epoch.
    `waits_since` as there.

    `given_to`: who was on the line already, or had lost the caller; `handed_over`: he took him at once, without a wait.
    `before`: whose the caller was until then; `continued`: he is his again, and the conversation the same.
    """

    call: str
    queue: str
    skills: Mapping[str, int]
    queued_at: float
    waits_since: float
    until: float | None = None
    result: str = ""
    agent: str = ""
    talk_ended: float | None = None
    hold: float = 0.0
    wrap_up: float = 0.0
    transferred: bool = False
    given_to: str = ""
    handed_over: bool = False
    before: str = ""
    priority: int = 0
    held_since: float | None = field(default=None, repr=False)

    @property
    def continued(self) -> bool:
        return self.handed_over and self.agent == self.before


def stays(history: Iterable[Line]) -> list[Stay]:
    """Fold the lines, in order, of any number of calls."""
    open_: dict[str, Stay] = {}
    given: dict[str, str] = {}
    found: list[Stay] = []
    for line in history:
        stay = open_.get(line.call)
        if line.kind == "queued" or (line.kind == "restaged" and stay and stay.queue != line.data["queue"]):
            if stay is not None and not stay.result:
                stay.result, stay.until = "left", line.at
            elif stay is not None and stay.result == SENT_BACK:
                stay.result = "left"
            given_to = given.pop(line.call, "")
            since = stay.waits_since if stay and line.kind == "restaged" else line.at
            where = (line.call, line.data["queue"], line.data["skills"], line.at, since)
            before = stay.agent if stay else ""
            open_[line.call] = Stay(*where, given_to=given_to, before=before, priority=line.data.get("priority", 0))
            found.append(open_[line.call])
        elif stay is not None:
            _take(stay, line)
        if line.kind == "lost" or (line.kind == "transfer" and line.data.get("mode") == ATTENDED):
            given[line.call] = line.data.get("target", "")
    return found


def _take(stay: Stay, line: Line) -> None:
    match line.kind:
        case "offered" if line.at > stay.queued_at:
            stay.given_to = ""
        case "connected":
            stay.result, stay.until, stay.agent = "answered", line.at, line.agent
            stay.handed_over = line.agent == stay.given_to
        case "held" if stay.held_since is None:
            stay.held_since = line.at
        case "resumed" | "disconnected":
            if stay.held_since is not None:
                stay.hold += line.at - stay.held_since
                stay.held_since = None
            if line.kind == "disconnected":
                stay.talk_ended = line.at
        case "transfer":
            stay.transferred = True
        case "sent-back" if not stay.result:
            stay.result, stay.until = SENT_BACK, line.at
        case "ended" if not stay.result:
            stay.until = line.at
            stay.result = "abandoned" if line.data.get("ended_by") == "customer" else "failed"


def add_wrap_ups(found: Sequence[Stay], worked: Iterable[Interval]) -> None:
    """Each wrap-up belongs to the conversation that ended where it began."""
    by_agent: dict[str, list[Stay]] = {}
    for stay in found:
        if stay.talk_ended is not None:
            by_agent.setdefault(stay.agent, []).append(stay)
    for each in worked:
        if each.state == AgentState.WRAP_UP:
            mine = by_agent.get(each.agent, [])
            nearest = min(mine, key=lambda stay: abs((stay.talk_ended or 0.0) - each.start), default=None)
            if nearest is not None and abs((nearest.talk_ended or 0.0) - each.start) < 1.0:
                nearest.wrap_up += each.end - each.start


def measures(found: Sequence[Stay], limits: Mapping[str, Limits], now: float) -> dict[str, Any]:
    """Of the stays that count as offered; a figure nobody has is None."""
    offered = [stay for stay in found if stay.result != "left" and not stay.handed_over]
    answered = [stay for stay in offered if stay.result == "answered"]
    abandoned = [stay for stay in offered if stay.result == "abandoned"]

    def in_time(some: Iterable[Stay]) -> int:
        return sum(_wait(stay, now) <= _limits(stay, limits).service_level_seconds for stay in some)

    counted = len(offered) - in_time(stay for stay in offered if not stay.result)
    talks = [stay for stay in found if stay.result == "answered"]
    over = [stay for stay in talks if stay.talk_ended is not None]
    begun, whole = (sum(not stay.continued for stay in some) for some in (talks, over))
    talk, hold, wrap_up = (ratio(sum(of(stay) for stay in over), whole) for of in (_talk, _hold, _wrap_up))
    return {
        "offered": len(offered),
        "answered": len(answered),
        "abandoned": len(abandoned),
        "short_abandoned": sum(_wait(stay, now) <= _limits(stay, limits).short_abandon_seconds for stay in abandoned),
        "failed": sum(stay.result == "failed" for stay in offered),
        "sent_back": sum(stay.result == SENT_BACK for stay in offered),
        "service_level": in_time(answered) / counted if counted else None,
        "mean_answer_speed": _mean([_wait(stay, now) for stay in answered]),
        "longest_wait": max((_wait(stay, now) for stay in offered), default=None),
        "talk": talk,
        "hold": hold,
        "wrap_up": wrap_up,
        "handle_time": None if talk is None else talk + (hold or 0.0) + (wrap_up or 0.0),
        "transferred": ratio(sum(stay.transferred for stay in talks), begun),
    }


def occupancy(worked: Iterable[Interval]) -> float | None:
    at_work = busy = 0.0
    for each in worked:
        state, seconds = AgentState(each.state), each.end - each.start
        at_work += seconds * (state in AT_WORK)
        busy += seconds * (state in IN_CONTACT or state is AgentState.WRAP_UP)
    return busy / at_work if at_work else None


Names = Callable[[Stay], Iterable[str]]
BY: dict[str, Names] = {
    "queue": lambda stay: (stay.queue,),
    "agent": lambda stay: (stay.agent,) if stay.agent else (),
    "skill": lambda stay: sorted(stay.skills),
    "interval": lambda stay: (),
}
"""What a stay counts under; an interval is found by its time."""


def table(
    found: Sequence[Stay], worked: Sequence[Interval], by: str, limits: Mapping[str, Limits], since: float, now: float,
    interval: float = 1800.0,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Measures by name, sorted; the name of an interval is its beginning in seconds after `since`."""
    groups: dict[str, list[Stay]] = {}
    for stay in found:
        names = BY[by](stay)
        if by == "interval":
            names = (f"{int((stay.queued_at - since) // interval * interval):05d}",)
        for name in names:
            groups.setdefault(name, []).append(stay)
    rows = {name: measures(groups[name], limits, now) for name in sorted(groups)}
    if by == "agent":
        for agent in sorted({each.agent for each in worked}):
            mine = [each for each in worked if each.agent == agent]
            rows.setdefault(agent, measures([], limits, now))["occupancy"] = occupancy(mine)
    return rows


def _limits(stay: Stay, limits: Mapping[str, Limits]) -> Limits:
    """A queue that is gone has the fallback's, as on the floor."""
    return limits.get(stay.queue) or limits[FALLBACK]


def _wait(stay: Stay, now: float) -> float:
    return max(0.0, (now if stay.until is None else stay.until) - stay.waits_since)


def _talk(stay: Stay) -> float:
    return max(0.0, (stay.talk_ended or 0.0) - (stay.until or 0.0) - stay.hold)


def _hold(stay: Stay) -> float:
    return stay.hold


def _wrap_up(stay: Stay) -> float:
    return stay.wrap_up


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
