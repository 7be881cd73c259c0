"""What the floor answers: each is one fact to store, and most are one thing to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from acd.agent_state import AgentState
from acd.free import Profile
from acd.waiting import Stage


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring `agent` for `call`. The rest explains it: seconds waited, callers waiting then, agents free then, policy.

    `skills`: the agent's, with levels. `idle`: seconds he had been free. `order`: his number in the row of agents.
    """

    call: str
    agent: str
    waited: float
    waiting: int
    free: int
    policy: str
    skills: Profile = ()
    idle: float = 0.0
    order: int = 0
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferOver:
    """The offer ended without a conversation. `requeued`: the caller waits on, at his old place.

    `result`: no_answer, declined, busy, unreachable, system or cancelled (the caller is gone).
    """

    call: str
    agent: str
    result: str
    requeued: bool


@dataclass(frozen=True, slots=True)
class Promised:
    """`call` is a call back, and `agent` shall make it now: he is outbound already, and the floor is done with it.

    `chosen` explains it, as an offer of a caller."""

    call: str
    agent: str
    chosen: Offer


@dataclass(frozen=True, slots=True)
class Connected:
    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """`ended_by`: agent, customer or system. `kept`: the caller stays with us, `Requeued` follows.

    `step`: where in the menu his agent sends him, '' for nowhere.
    """

    call: str
    agent: str
    ended_by: str
    kept: bool = False
    step: str = ""


@dataclass(frozen=True, slots=True)
class Requeued:
    """Given away by `agent`, the caller waits again, in `queue`; `to` is the agent meant, '' for anybody there.

    `lost`: the agent's telephone is not in the talk any more, and nobody has given him away.
    """

    call: str
    agent: str
    queue: str
    skills: Mapping[str, int]
    priority: int
    queued_at: float
    to: str
    stages: tuple[Stage, ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Reranked:
    call: str
    priority: int


@dataclass(frozen=True, slots=True)
class CallGone:
    """The caller left the floor. `answered`: he had talked to somebody."""

    call: str
    answered: bool
    ended_by: str


@dataclass(frozen=True, slots=True)
class Restaged:
    """Still waiting, but from now on as it says. `why`: overflow, returned (from where he had flowed over to), relaxed,
    released (the agent meant for him did not come), or rules (they are others now); `stages` are those to come, `only`
    the agent he waits for alone."""

    call: str
    queue: str
    skills: Mapping[str, int]
    priority: int
    why: str
    stages: tuple[Stage, ...]
    only: str = ""


@dataclass(frozen=True, slots=True)
class SentBack:
    """He has waited as long as the queue allows, or wants to: the menu goes on with him at step `to`."""

    call: str
    to: str


@dataclass(frozen=True, slots=True)
class AgentMoved:
    """`until` ends a wrap-up, also one that is broken off to call out.

    `wish` is the state kept for after it, `wish_by` who asked for it.
    `idle_since` and `order` are his place in the row of free agents; `extra`: seconds the wrap-up may still be longer.
    """

    agent: str
    state: AgentState
    reason: str
    since: float
    until: float | None
    wish: AgentState | None
    wish_reason: str
    wish_by: str
    idle_since: float
    order: int
    extra: float


Decision = (
    Offer
    | OfferOver
    | Promised
    | Connected
    | Disconnected
    | Requeued
    | Reranked
    | Restaged
    | SentBack
    | CallGone
    | AgentMoved
)
