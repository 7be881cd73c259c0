"""A recorded day as traffic for the simulator: callers from their stays, shifts from the agents' history. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from acd.agent_state import AT_WORK, IN_CONTACT, AgentState
from acd.figures import SENT_BACK, Stay
from acd.models import AgentEvent
from acd.simulation.day_figures import common_target
from acd.simulation.patience import Patience
from acd.simulation.traffic import Caller, Shift

NO_LANGUAGES: Mapping[str, str] = {}


@dataclass(slots=True)
class Came:
    """A caller who counts as offered (`acd.figures.DEFINITIONS`): what he `asked` for when he joined, before his queue
    asked for less or he flowed over, and what came of it by `until`. `talk`: also with those he was handed over to;
    None: unknown.
    """

    asked: Stay
    result: str
    until: float
    talk: float | None = None

    @property
    def waited(self) -> float:
        return max(0.0, self.until - self.asked.queued_at)

    @property
    def gave_up(self) -> bool:
        """Or was sent back."""
        return self.result in ("abandoned", SENT_BACK)


def came(stays: Iterable[Stay], since: float, until: float) -> list[Came]:
    """Those who joined from `since` to `until`, in order of time; `stays` are all those of their calls. Who still waits
    is known to have waited up to `until`."""
    of: dict[str, Came] = {}
    found: list[Came] = []
    for stay in stays:
        each = of.get(stay.call)
        if each is not None and each.result == "left":
            each.result, each.until = stay.result, stay.until or until
        elif each is None or not stay.handed_over:
            each = of[stay.call] = Came(stay, stay.result, stay.until or until)
            found.append(each)
        if stay.talk_ended is not None:
            each.talk = (each.talk or 0.0) + max(0.0, stay.talk_ended - (stay.until or 0.0))
    found = [each for each in found if since <= each.asked.queued_at < until]
    return sorted(found, key=lambda each: each.asked.queued_at)


def callers_of(those: Sequence[Came], since: float, languages: Mapping[str, str] = NO_LANGUAGES) -> list[Caller]:
    """By the time each joined; seconds from `since`. `languages` by call, of those who came by a menu.

    Who hung up, was sent back or was lost has the patience he showed; that of the others is drawn from the day's
    curve, for it was longer than their wait. Who was not answered talks as long as the mean of his queue, or of all.
    """
    talks: dict[str, list[float]] = {}
    for each in those:
        if each.talk is not None:
            talks.setdefault(each.asked.queue, []).append(each.talk)
    everybody = [seconds for some in talks.values() for seconds in some]
    curve, found = Patience((each.waited, each.gave_up) for each in those), list[Caller]()
    for row, each in enumerate(those):
        asked, seconds = each.asked, each.talk
        open_end = each.result in ("", "answered")
        patience = curve.beyond(each.waited, asked.call) if open_end else each.waited
        if seconds is None:
            seconds = fmean(talks.get(asked.queue) or everybody or [180.0])
        where, language = (asked.queue, asked.priority, asked.skills), languages.get(asked.call, "")
        found.append(Caller(row, asked.queued_at - since, *where, seconds, patience, language))
    return found


def shifts_of(
    history: Iterable[AgentEvent], skills: Mapping[str, Mapping[str, int]], since: float, until: float
) -> list[Shift]:
    """When each agent was at work for callers (ready, in contact, wrapping up) from `since` to `until`, in seconds from
    `since`; calls out, their talks and wrap-ups are none of it.

    `history` in order of time, from before `since` on, so that who was at work then is known. Agents without an entry
    in `skills` are gone from the centre and left out.
    """
    began: dict[str, float] = {}
    found: list[Shift] = []
    for agent, moved, state in _for_callers(history):
        at = min(max(moved, since), until) - since
        if state in AT_WORK:
            began.setdefault(agent, at)
        elif (start := began.pop(agent, None)) is not None and at > start:
            found.append(Shift(agent, skills.get(agent, {}), start, at))
    found += [Shift(agent, skills.get(agent, {}), start, until - since) for agent, start in began.items()]
    known = [each for each in found if each.agent in skills and each.end > each.start]
    return sorted(known, key=lambda each: (each.start, each.agent))


def closed_by_hours(
    out_of_hours: Callable[[float], frozenset[str]], since: float, until: float
) -> Iterator[tuple[float, frozenset[str]]]:
    """From when on, in seconds from `since`, which queues are closed; hours change with the minute."""
    before = frozenset[str]()
    for at in range(0, int(until - since), 60):
        if (closed := out_of_hours(since + at)) != before:
            yield float(at), closed
            before = closed


def really(those: Sequence[Came], target: Callable[[str], float]) -> dict[str, Any]:
    """What happened that day: calls offered, answered, service level by the `target` of each queue and mean wait of the
    answered."""
    answered = [each for each in those if each.result == "answered"]
    in_time = sum(each.waited <= target(each.asked.queue) for each in answered)
    return {
        "offered": len(those), "answered": len(answered), "service_level": in_time / len(those) if those else 0.0,
        "service_level_seconds": common_target((each.asked.queue for each in those), target),
        "asa": fmean(each.waited for each in answered) if answered else 0.0,
    }  # fmt: skip


def ringing_of(answered: Iterable[tuple[float, float | None]]) -> float:
    """Mean seconds that the phones rang which were answered, from when they began and ended to ring; 0 for none."""
    rang = [max(0.0, ended - began) for began, ended in answered if ended is not None]
    return fmean(rang) if rang else 0.0


def wrap_up_of(history: Iterable[AgentEvent], since: float) -> float:
    """Mean seconds of the wrap-ups after talks with callers that began from `since` on and are over; 0 for none.

    `history` in order of time.
    """
    began: dict[str, float] = {}
    took: list[float] = []
    for agent, at, state in _for_callers(history):
        if state == AgentState.WRAP_UP:
            began.setdefault(agent, at)
        elif (start := began.pop(agent, None)) is not None and start >= since:
            took.append(at - start)
    return fmean(took) if took else 0.0


def _for_callers(history: Iterable[AgentEvent]) -> Iterator[tuple[str, float, str]]:
    """Agent, time and state; the talk and the wrap-up of a call out are OUTBOUND like the call."""
    out: set[str] = set()
    for each in history:
        if each.state == AgentState.OUTBOUND:
            out.add(each.agent)
        elif each.state not in IN_CONTACT and each.state != AgentState.WRAP_UP:
            out.discard(each.agent)
        yield each.agent, each.at, AgentState.OUTBOUND if each.agent in out else each.state
