"""Who may wait in a queue, and how what he waits for changes with the time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from acd.expect import Expected
from acd.live import LiveCall
from acd.queues import FALLBACK, Queue, Queues
from acd.waiting import OVERFLOW, Stage, Wait

MANAGER, LAST_AGENT = "manager", "last-agent"
"""Stand for the policy of an offer to the one agent a caller waits for alone."""
EMPTY = Expected(0, 0.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """The queue as the caller would find it. `at_work`: agents who can serve him. Without more than whether it is open
    nobody is refused for anything else."""

    is_open: bool
    waiting: int = 0
    at_work: int = 1
    expected: Expected = EMPTY


@dataclass(frozen=True, slots=True)
class Meant:
    """Agents at work who can serve him and whom he is offered first, '' for none."""

    manager: str = ""
    last_agent: str = ""


def refusal(queue: Queue, scene: Scene) -> tuple[str, str] | None:
    """Reason (closed, nobody_signed_in, full, wait_too_long) and words; None when he may wait."""
    entry, expected = queue.entry, scene.expected
    if not scene.is_open:
        return "closed", "the queue is closed now"
    if (entry.needs_agents or entry.longest_expected is not None) and not scene.at_work:
        return "nobody_signed_in", "nobody is signed in who could serve the caller"
    if entry.most_waiting is not None and scene.waiting >= entry.most_waiting:
        return "full", f"{scene.waiting} callers wait already"
    wait = expected.seconds or 0.0
    if entry.longest_expected is not None and wait > entry.longest_expected:
        return "wait_too_long", f"the wait would be about {wait:.0f} s"
    return None


def plan(
    queues: Queues, name: str, own: Mapping[str, int], priority: int, began: float, meant: Meant | None = None
) -> Wait:
    """`own`: what the caller needs besides the queue's skills. `began`: when he joined; the stages' times count from
    there, whatever place he has. While he waits for one agent alone nothing else begins."""
    queue = queues.queues[name]
    first = with_own(queue.skills, own)
    stages = [Stage(began + each.after, name, with_own(each.skills, own), 0, "relaxed") for each in queue.relax]
    if queue.overflow is not None and (other := queues.queues.get(queue.overflow.to)) is not None:
        more = other.priority - queue.priority
        needed = with_own(other.skills, own)
        stages.append(Stage(began + queue.overflow.after, queue.overflow.to, needed, more, OVERFLOW))
    longest = inf if queue.longest is None else queue.longest.after
    if queue.longest is not None:
        stages.append(Stage(began + longest, name, first, 0, "longest", queue.longest.step))
    stages.sort(key=lambda each: each.at)
    only, why, alone = _only(queue, meant or Meant())
    if only:
        stages.insert(0, Stage(began + min(alone, longest), name, first, 0, "released"))
    return Wait(first, priority + queue.priority, tuple(stages), only, why)


def anew(queues: Queues, call: LiveCall, name: str, now: float) -> Wait:
    """How a caller who has talked waits in queue `name`: what is his own stays, his old queue's rules do not.

    What changes with the time counts from `now`: he has only just come to this queue.
    """
    return plan(queues, name, call.own, call.own_priority, now)


def standing(queues: Queues, name: str) -> str:
    """The queue of that name, or the one for callers whose queue is gone."""
    return name if name in queues.queues else FALLBACK


def own_of(queue: Queue, skills: Mapping[str, int], spoken: str) -> dict[str, int]:
    """Of the `skills` a caller joins `queue` with, what he needs wherever he is: more than it asks for, and his
    language, `spoken`, though it asks for that too."""
    beyond = {skill: level for skill, level in skills.items() if level > queue.skills.get(skill, 0)}
    return ({spoken: 1} if spoken in skills else {}) | beyond


def with_own(skills: Mapping[str, int], own: Mapping[str, int]) -> dict[str, int]:
    """Of each skill the higher level."""
    return {skill: max(skills.get(skill, 1), own.get(skill, 1)) for skill in {**skills, **own}}


def _only(queue: Queue, meant: Meant) -> tuple[str, str, float]:
    if meant.manager and queue.manager_wait:
        return meant.manager, MANAGER, float(queue.manager_wait)
    if meant.last_agent and queue.last_agent is not None:
        return meant.last_agent, LAST_AGENT, float(queue.last_agent.wait)
    return "", "", 0.0
