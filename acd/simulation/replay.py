"""A recorded day as traffic for the simulator: callers from the calls' rows, shifts from the agents' history. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from statistics import fmean

from acd.agent_state import AT_WORK, AgentState
from acd.models import AgentEvent, Call
from acd.simulation.traffic import Caller, Shift


def callers_of(calls: Sequence[Call], since: float) -> list[Caller]:
    """Everybody who waited, by the time he began to; seconds from `since`.

    Who hung up has the patience he showed; who was answered would have waited for ever as far as anybody knows. Who was
    not answered talks as long as the mean of his queue, or of all.
    """
    waited = sorted((each for each in calls if each.queued_at is not None), key=lambda each: each.queued_at or 0.0)
    talks: dict[str, list[float]] = {}
    for each in waited:
        if (seconds := _talk(each)) is not None:
            talks.setdefault(each.queue, []).append(seconds)
    everybody = [seconds for those in talks.values() for seconds in those]
    found = []
    for row, each in enumerate(waited):
        queued, seconds = each.queued_at or 0.0, _talk(each)
        gave_up = each.connected_at is None and each.ended_at is not None
        patience = max(0.0, (each.ended_at or queued) - queued) if gave_up else inf
        if seconds is None:
            seconds = fmean(talks.get(each.queue) or everybody or [180.0])
        found.append(Caller(row, queued - since, each.queue, each.priority, each.skills, seconds, patience))
    return found


def shifts_of(
    history: Iterable[AgentEvent], skills: Mapping[str, Mapping[str, int]], since: float, until: float
) -> list[Shift]:
    """When each agent was at work (ready, in contact, wrapping up) from `since` to `until`, in seconds from `since`.

    `history` in order of time, from before `since` on, so that who was at work then is known. Agents without an entry
    in `skills` are gone from the centre and left out.
    """
    began: dict[str, float] = {}
    found: list[Shift] = []
    for each in history:
        at = min(max(each.at, since), until) - since
        if each.state in AT_WORK:
            began.setdefault(each.agent, at)
        elif (start := began.pop(each.agent, None)) is not None and at > start:
            found.append(Shift(each.agent, skills.get(each.agent, {}), start, at))
    found += [Shift(agent, skills.get(agent, {}), start, until - since) for agent, start in began.items()]
    known = [each for each in found if each.agent in skills and each.end > each.start]
    return sorted(known, key=lambda each: (each.start, each.agent))


def really(calls: Sequence[Call], threshold: float) -> dict[str, float]:
    """What happened that day: calls offered, answered, service level and mean wait of the answered."""
    waits = [each.connected_at - each.queued_at for each in calls if each.queued_at and each.connected_at]
    offered = sum(each.queued_at is not None for each in calls)
    in_time = sum(wait <= threshold for wait in waits)
    return {
        "offered": offered, "answered": len(waits), "service_level": in_time / offered if offered else 0.0,
        "asa": fmean(waits) if waits else 0.0,
    }  # fmt: skip


def ringing_of(answered: Iterable[tuple[float, float | None]]) -> float:
    """Mean seconds that the phones rang which were answered, from when they began and ended to ring; 0 for none."""
    rang = [max(0.0, ended - began) for began, ended in answered if ended is not None]
    return fmean(rang) if rang else 0.0


def wrap_up_of(history: Iterable[AgentEvent], since: float) -> float:
    """Mean seconds of the wrap-ups that began from `since` on and are over; 0 for none. `history` in order of time."""
    began: dict[str, float] = {}
    took: list[float] = []
    for each in history:
        if each.state == AgentState.WRAP_UP:
            began.setdefault(each.agent, each.at)
        elif (start := began.pop(each.agent, None)) is not None and start >= since:
            took.append(each.at - start)
    return fmean(took) if took else 0.0


def _talk(call: Call) -> float | None:
    if call.connected_at is None or call.talk_ended_at is None:
        return None
    return max(0.0, call.talk_ended_at - call.connected_at)
