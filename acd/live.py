"""The calls that live now, in memory, found by id and by leg."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from acd.call import CallState
from acd.waiting import Stage
from core.clock import made_at

CALLBACK = "callback"


@dataclass(slots=True)
class LiveCall:
    """`offer` is the open offer's id, which is the agent's leg too: of who was on the line already when it was made, at
    `offered_at`, that leg is older. `queued_at` is 0 before the queue.

    `after_step`: where in the menu he goes on when his agent has hung up, '' for nowhere. `purpose`: of a call out,
    CALLBACK, campaign or ''. `stages`, `only` and `why` are those of `acd.waiting.Contact`; `back_to` is the menu's
    step at which he goes on when he has been sent back. `joined`: the queue he came to by the menu or an agent, another
    than `queue` when he has flowed over. `own`, `own_priority`: what he needs and has wherever he waits, of the menu,
    of who called him out or of who ranked him; `skills` and `priority` are those with what `queue` asks by now.

    `held`: parted from the agent by us; a hold of the agent's own telephone is not known here. `released`: the agent's
    leg has left the talk by itself.
    """

    id: str
    leg: str
    caller: str
    dialled: str
    tier: str
    language: str
    arrived_at: float
    state: CallState = CallState.MENU
    queue: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    own: dict[str, int] = field(default_factory=dict)
    own_priority: int = 0
    queued_at: float = 0.0
    agent: str = ""
    offer: str = ""
    offered_at: float = 0.0
    ended_by: str = ""
    held: bool = False
    released: bool = False
    talk_since: float | None = None
    stages: tuple[Stage, ...] = ()
    only: str = ""
    why: str = ""
    back_to: str = ""
    path: list[dict[str, Any]] = field(default_factory=list)
    menu: str = ""
    menu_version: int = 0
    customer: str = ""
    direction: str = "inbound"
    purpose: str = ""
    after_step: str = ""
    joined: str = ""

    @property
    def rung_at(self) -> float:
        """When the telephone of `offer` began to ring; one that the switch's own queue rang, when the talk began."""
        return made_at(self.offer) or self.offered_at

    def become(self, other: "LiveCall") -> None:
        """Wait as `other` does, a copy of this call that has been stored."""
        for name in WAIT:
            setattr(self, name, getattr(other, name))


WAIT = (
    "state", "queue", "joined", "queued_at", "skills", "priority", "own", "own_priority", "stages", "only", "why",
    "after_step", "ended_by",
)  # fmt: skip
"""What is different of a call that begins to wait."""
SETTLING = 1.0
"""Seconds in which a telephone may still be at a ring that we have ended."""
REMEMBERED = 1000
"""Legs that ended, kept for callers who hang up before their call is stored."""


class LiveCalls:
    def __init__(self) -> None:
        self._ended: dict[str, None] = {}
        self._by_id: dict[str, LiveCall] = {}
        self._by_leg: dict[str, LiveCall] = {}
        self._by_offer: dict[str, LiveCall] = {}
        self._cancelled: dict[str, float] = {}

    def add(self, call: LiveCall) -> None:
        self._by_id[call.id] = call
        self._by_leg[call.leg] = call
        if call.offer:
            self._by_offer[call.offer] = call

    def remove(self, call: LiveCall) -> None:
        self._by_id.pop(call.id, None)
        self._by_leg.pop(call.leg, None)
        self._by_offer.pop(call.offer, None)

    def note_ended(self, leg: str) -> None:
        """A leg nobody knows (yet) has ended."""
        self._ended[leg] = None
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def has_ended(self, leg: str) -> bool:
        return leg in self._ended

    def offer(self, call: LiveCall, agent: str, offer: str, at: float) -> None:
        call.agent, call.offer, call.offered_at = agent, offer, at
        self._by_offer[offer] = call

    def end_offer(self, call: LiveCall) -> None:
        self._by_offer.pop(call.offer, None)
        call.agent, call.offer, call.offered_at = "", "", 0.0
        call.held = call.released = False

    def cancel(self, agent: str, now: float) -> None:
        """We have ended a ring of his."""
        self._cancelled[agent] = now

    def settles(self, call: LiveCall, now: float) -> bool:
        """Whether the telephone that rings may still be busy with a ring that we have ended."""
        return 0.0 <= now - self._cancelled.get(call.agent, 0.0) < SETTLING

    def by_id(self, call: str) -> LiveCall | None:
        return self._by_id.get(call)

    def by_leg(self, leg: str) -> LiveCall | None:
        """The call whose caller is on this leg."""
        return self._by_leg.get(leg)

    def by_agent_leg(self, leg: str) -> LiveCall | None:
        """The call for which this agent's leg rings or talks."""
        return self._by_offer.get(leg)

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(list(self._by_id.values()))
