"""What a policy has learned, from the history of the calls: after a restart it is taught the same again. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from acd.call import CallState
from acd.free import Free, Profile, profile_of
from acd.routing.ours import Policy
from acd.waiting import Contact, Need, need_of


@dataclass(frozen=True, slots=True)
class Arrived:
    at: float
    call: str
    queue: str
    need: Need
    priority: int
    queued_at: float


@dataclass(frozen=True, slots=True)
class Restaged:
    """He waits on, in another queue or with another need."""

    at: float
    call: str
    queue: str
    need: Need


@dataclass(frozen=True, slots=True)
class Served:
    """`order` and `idle` as in `acd.decisions.Offer`."""

    at: float
    call: str
    queue: str
    need: Need
    agent: str
    order: int
    idle: float
    skills: Profile


@dataclass(frozen=True, slots=True)
class WaitsAgain:
    """His offer came to nothing, or he waits again after a talk."""

    at: float
    call: str
    queue: str
    need: Need
    queued_at: float
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """Before he was given to anybody by us: he hung up, or the switch's own queue served him."""

    at: float
    call: str
    queue: str
    need: Need
    queued_at: float


@dataclass(frozen=True, slots=True)
class Talked:
    at: float
    call: str
    queue: str
    need: Need
    agent: str
    seconds: float


Past = Arrived | Restaged | Served | WaitsAgain | Left | Talked


class _Line(Protocol):
    """A line of a call's history (`acd.models.CallEvent`)."""

    call: Any
    at: Any
    kind: Any
    agent: Any
    data: Any


@dataclass(slots=True)
class _Known:
    """What the history has said of a call so far."""

    queue: str
    need: Need
    queued_at: float
    talk_since: float | None = None
    talked: bool = False


def past_of(history: Iterable[_Line]) -> list[Past]:
    """The lessons in lines of history that are in order; calls whose beginning is not among them teach nothing."""
    known: dict[str, _Known] = {}
    given_away: set[str] = set()
    found: list[Past] = []
    for line in history:
        call = known.get(line.call)
        if line.kind in ("queued", "restaged"):
            queue, need = line.data["queue"], need_of(line.data["skills"])
            place = line.at - line.data.get("waited", 0.0)
            if line.kind == "queued" and line.call in given_away:
                found.append(WaitsAgain(line.at, line.call, queue, need, place, line.data["priority"]))
            elif line.kind == "queued":
                found.append(Arrived(line.at, line.call, queue, need, line.data["priority"], place))
            if line.kind == "restaged":
                found.append(Restaged(line.at, line.call, queue, need))
                place = call.queued_at if call else place
            given_away.discard(line.call)
            known[line.call] = _Known(queue, need, place)
        elif line.kind in ("transfer", "lost") and line.data["queue"]:  # the menu is none
            given_away.add(line.call)
        elif call is None:
            continue
        elif line.kind == "offered":
            order, idle = line.data.get("order", 0), line.data.get("idle", 0.0)
            skills = profile_of(line.data.get("skills") or dict(call.need))
            found.append(Served(line.at, line.call, call.queue, call.need, line.agent, order, idle, skills))
        elif line.kind == "offer-ended" and line.data["result"] != "accepted":
            found.append(WaitsAgain(line.at, line.call, call.queue, call.need, call.queued_at))
        elif line.kind == "connected":
            call.talk_since, call.talked = line.at, True
            if "by" in line.data:  # by the switch itself: nobody was offered to
                found.append(Left(line.at, line.call, call.queue, call.need, call.queued_at))
        elif line.kind in ("ended", "sent-back") and not call.talked:
            found.append(Left(line.at, line.call, call.queue, call.need, call.queued_at))
        elif line.kind == "disconnected" and call.talk_since is not None:
            seconds = line.at - call.talk_since
            found.append(Talked(line.at, line.call, call.queue, call.need, line.agent, seconds))
            call.talk_since = None
    return found


def caught_up(past: Iterable[Past], contacts: Mapping[str, Contact], now: float) -> list[Past]:
    """`past`, and what the `contacts` of the floor show that has happened since it was read."""
    found = list(past)
    waited: dict[str, Left] = {}
    for each in found:
        match each:
            case Arrived(_, call, queue, need, _, queued_at) | WaitsAgain(_, call, queue, need, queued_at):
                waited[call] = Left(now, call, queue, need, queued_at)
            case Served(_, call) | Left(_, call):
                waited.pop(call, None)
    callers = ((call, each) for call, each in contacts.items() if not each.promised)
    waiting = {call: each for call, each in callers if each.state is CallState.WAITING}
    come = (
        WaitsAgain(now, call, each.queue, each.need, each.queued_at, each.priority) for call, each in waiting.items()
    )
    return [*found, *(left for call, left in waited.items() if call not in waiting), *come]


def teach(policy: Policy, free: Free, past: Iterable[Past]) -> None:
    """`past` in order of time."""
    for each in past:
        free.learn(each.need)
        match each:
            case Arrived(at, call, queue, need, priority, queued_at):
                policy.arrived(Contact(call, queue, need, priority, queued_at, 0), at)
            case Restaged(_, call, queue, need):
                policy.restaged(Contact(call, queue, need, 0, 0.0, 0))
            case Served(at, call, queue, need, agent, order, idle, skills):
                policy.served(Contact(call, queue, need, 0, at, 0), skills, (at - idle, order, agent), at)
            case WaitsAgain(at, call, queue, need, queued_at, priority):
                policy.requeued(Contact(call, queue, need, priority, queued_at, 0), at)
            case Left(at, call, queue, need, queued_at):
                policy.left(Contact(call, queue, need, 0, queued_at, 0), at)
            case Talked(at, call, queue, need, agent, seconds):
                policy.talked(Contact(call, queue, need, 0, 0.0, 0), agent, seconds, at)
