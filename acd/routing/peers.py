"""Models of the strategies of Asterisk's app_queue and FreeSWITCH's mod_callcenter, to compare ours with.

Kept from them: who is next and which agent. Left out: retry pauses and one-at-a-time offers, which only cost time, so
the models are faster than the originals. Skills are emulated as sites do: an agent is a member of every queue whose
skills he has, at a penalty (app_queue) or tier level (mod_callcenter) set in one of the ways of `_PENALTIES`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from acd.free import Free, Profile
from acd.routing.ours import Member, Policy
from acd.waiting import Contact, Waiting


class Record:
    """What both programs keep of each agent: calls served and seconds talked."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.talked: dict[str, float] = {}
        self.last = -1


Penalty = Callable[[Profile, Contact], int]
"""Of an agent of these skills in the caller's queue."""

Key = Callable[[Member, Record, Callable[[], float]], Any]
"""The smallest goes first among agents of equal penalty; the last argument draws a number for this agent and call."""


def chance(*about: object) -> float:
    """From 0 to 1, always the same for the same things: a restart changes nothing."""
    return int.from_bytes(blake2b(repr(about).encode(), digest_size=7).digest()) / 2.0**56


class Peer(ABC):
    """One strategy: `key` compares agents of equal penalty."""

    def __init__(self, name: str, key: Key, penalty: Penalty, seed: int) -> None:
        self.name = name
        self._key = key
        self._penalty = penalty
        self._seed = seed
        self._record = Record()

    @abstractmethod
    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        """Who is served first; smaller goes first."""

    def outranks(self, contact: Contact, other: Contact, waiting: Waiting, free: Free, now: float) -> bool:
        return contact.priority > other.priority

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        able = [(self._penalty(profile, contact), profile) for profile in free.able_now(contact.need)]
        least = min(penalty for penalty, _ in able)
        best = [(profile, each) for penalty, profile in able if penalty == least for each in free.members(profile)]
        return min(best, key=lambda one: self._key(one[1], self._record, self._chance(contact, one[1], now)))

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        return {"rank": [round(part, 1) for part in self.rank(contact, waiting, free, now)[:-1]]}

    def arrived(self, contact: Contact, now: float) -> None:  # noqa: B027  # these strategies ignore arrivals
        """Nothing to learn from it."""

    def restaged(self, contact: Contact) -> None:  # noqa: B027  # these strategies look at who waits now
        """Nothing to learn from it."""

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        self._record.last = member[1]

    def requeued(self, contact: Contact, now: float) -> None:  # noqa: B027  # these strategies look at who waits now
        """Nothing to learn from it."""

    def left(self, contact: Contact, now: float) -> None:  # noqa: B027  # these strategies ignore hang-ups
        """Nothing to learn from it."""

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        self._record.calls[agent] = self._record.calls.get(agent, 0) + 1
        self._record.talked[agent] = self._record.talked.get(agent, 0.0) + seconds

    def _chance(self, contact: Contact, member: Member, now: float) -> Callable[[], float]:
        return lambda: chance(self._seed, contact.call, now, member[2])


class AppQueue(Peer):
    """Within a queue by QUEUE_PRIO, then the wait; between queues that share agents nothing decides but chance."""

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        which = chance(self._seed, contact.queue, contact.need, now)
        return (which, -contact.priority, contact.queued_at, contact.order)


class Weighed(AppQueue):
    """wrandom: no order by penalty, but a number drawn from 0 to 1 + penalty for each, and the smallest is taken."""

    def pick(self, contact: Contact, free: Free, now: float) -> tuple[Profile, Member]:
        able = (
            (self._chance(contact, each, now)() * (1 + self._penalty(profile, contact)), profile, each)
            for profile in free.able_now(contact.need)
            for each in free.members(profile)
        )
        _, profile, member = min(able)
        return profile, member


class CallCenter(Peer):
    """By score over all queues: seconds waited plus a base score, here 300 for each step of priority."""

    STEP = 300.0

    def rank(self, contact: Contact, waiting: Waiting, free: Free, now: float) -> tuple[float, ...]:
        return (contact.queued_at - self.STEP * contact.priority, contact.order)


def _less_the_higher_his_level(profile: Profile, contact: Contact) -> int:
    levels = dict(profile)
    return 10 - min((levels[skill] for skill, _ in contact.need), default=10)


def _none(profile: Profile, contact: Contact) -> int:
    return 0


def _less_the_fewer_his_skills(profile: Profile, contact: Contact) -> int:
    return len(profile)


_PENALTIES: Mapping[str, Penalty] = {
    "": _less_the_higher_his_level,
    ":no-penalty": _none,
    ":fewest-skills": _less_the_fewer_his_skills,
}


def _idle_longest(member: Member, record: Record, drawn: Callable[[], float]) -> Any:
    return member


def _fewest_calls(member: Member, record: Record, drawn: Callable[[], float]) -> Any:
    return (record.calls.get(member[2], 0), member[1])


def _least_talk(member: Member, record: Record, drawn: Callable[[], float]) -> Any:
    return (record.talked.get(member[2], 0.0), member[1])


def _any(member: Member, record: Record, drawn: Callable[[], float]) -> Any:
    return drawn()


def _next_in_turn(member: Member, record: Record, drawn: Callable[[], float]) -> Any:
    return (member[1] <= record.last, member[1])


def _first_in_list(member: Member, record: Record, drawn: Callable[[], float]) -> Any:
    return member[1]


_APP_QUEUE: Mapping[str, Key] = {
    "leastrecent": _idle_longest,
    "fewestcalls": _fewest_calls,
    "random": _any,
    "rrmemory": _next_in_turn,
    "linear": _first_in_list,
}
_CALL_CENTER: Mapping[str, Key] = {
    "longest-idle-agent": _idle_longest,
    "round-robin": _next_in_turn,
    "top-down": _first_in_list,
    "agent-with-least-talk-time": _least_talk,
    "agent-with-fewest-calls": _fewest_calls,
    "sequentially-by-agent-order": _first_in_list,
    "random": _any,
}


def _maker(kind: type[Peer], name: str, key: Key, penalty: Penalty) -> Callable[[int], Policy]:
    return lambda seed: kind(name, key, penalty, seed)


def _all(ending: str) -> dict[str, Callable[[int], Policy]]:
    return {
        name: _maker(kind, name, key, _PENALTIES[ending])
        for kind, prefix, keys in (
            (AppQueue, "app-queue", _APP_QUEUE),
            (Weighed, "app-queue", {"wrandom": _any}),
            (CallCenter, "callcenter", _CALL_CENTER),
        )
        for name, key in ((f"{prefix}-{strategy}{ending}", key) for strategy, key in keys.items())
    }


PEERS = _all("")
"""Name → a new policy for a seed: what a site may choose."""

MODELS = {name: maker for ending in _PENALTIES for name, maker in _all(ending).items()}
"""The same with every way to set penalties: what ours is compared with."""
