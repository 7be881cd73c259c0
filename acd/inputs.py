"""What happens on the floor, as told to it. Any of these may come twice, late or out of order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acd.agent_state import AgentState
from acd.routing.memory import Past
from acd.routing.ours import Policy
from acd.rule import QueueRule
from acd.waiting import May, Stage, Wait, anybody


@dataclass(frozen=True, slots=True)
class AgentSignedIn:
    """`skills` maps a skill to its level 1–10. `forced`: by somebody else, who lifts what was forced on him before."""

    agent: str
    skills: Mapping[str, int]
    reachable: bool = True
    forced: bool = False


@dataclass(frozen=True, slots=True)
class AgentFound:
    """An agent as stored before a restart; `until` ends a wrap-up, which may be lengthened by `extra` seconds.

    `idle_since` and `order` are his place in the row of free agents. `changed`: `state` is not the stored one.
    `wish_forced`: `wish_by` is not the agent.
    """

    agent: str
    skills: Mapping[str, int]
    reachable: bool
    state: AgentState
    reason: str
    since: float
    until: float | None = None
    wish: AgentState | None = None
    wish_reason: str = ""
    wish_by: str = ""
    idle_since: float | None = None
    order: int | None = None
    extra: float = 0.0
    changed: bool = False
    wish_forced: bool = False


@dataclass(frozen=True, slots=True)
class AgentWished:
    """`by` asks for `state`; while in a contact it is kept until after the wrap-up. `forced`: he is not the agent.

    A break that is not forced begins after the contact only if the group can spare the agent then.
    `then` is what he goes on to when `state` is over.
    """

    agent: str
    state: AgentState
    reason: str = ""
    by: str = ""
    forced: bool = False
    then: "AgentWished | None" = None


@dataclass(frozen=True, slots=True)
class SkillsChanged:
    agent: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    agent: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WrapUpResumed:
    """Nobody was reached by the call out for which a wrap-up was broken off: it ends when it would have, at `until`
    (None: when the agent says), and may be lengthened by `extra` seconds."""

    agent: str
    until: float | None
    extra: float


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    agent: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class DeskChanged:
    """The pages of an agent who works at them are there again, or have vanished."""

    agent: str
    there: bool


@dataclass(frozen=True, slots=True)
class LineChanged:
    """The agent uses his telephone himself, who may have no seat yet, or has put it down."""

    agent: str
    used: bool


@dataclass(frozen=True, slots=True)
class CallerJoined:
    """`skills` maps required skills to the least level; `queued_at` counts as the start of the wait.

    `stages` change what he waits for as time goes by; the first may have begun already. `found`: the history has told
    the policy of him. `promised`: nobody is on the line, `call` is a call back that has his place, and `may` tells
    which agents may make it.
    """

    call: str
    queue: str
    skills: Mapping[str, int]
    priority: int
    queued_at: float
    stages: tuple[Stage, ...] = ()
    only: str = ""
    why: str = ""
    found: bool = False
    promised: bool = False
    may: May = anybody


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's leg is gone. `ended_by`: customer or system."""

    call: str
    ended_by: str = "customer"


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    call: str
    agent: str


RING_RESULTS = {17: "busy", 20: "unreachable", 21: "declined"}
"""Q.850 causes of a failed ring; all others count as no_answer."""


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """`result`: no_answer, declined, busy, unreachable (the agent's fault) or system (ours: the agent stays ready)."""

    call: str
    agent: str
    result: str


@dataclass(frozen=True, slots=True)
class TalkFound:
    """A conversation that went on while we were away; `talk_since` None when its beginning is not known."""

    call: str
    queue: str
    skills: Mapping[str, int]
    priority: int
    queued_at: float
    agent: str
    talk_since: float | None = None


@dataclass(frozen=True, slots=True)
class HoldToggled:
    call: str
    agent: str
    held: bool


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The two are apart and the caller is still on the line. `ended_by`: agent or system.

    `step`: where in the menu his agent sends him, '' for nowhere.
    """

    call: str
    agent: str
    ended_by: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """`agent` gives his conversation away: the caller waits as the rest says, for `to` alone while he is free.

    `lost`: he does not, but his telephone is not in it any more.
    """

    call: str
    agent: str
    queue: str
    skills: Mapping[str, int]
    priority: int
    queued_at: float
    to: str = ""
    stages: tuple[Stage, ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """A waiting call shall go to this agent now, whoever is before it and whatever his skills."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class WentBack:
    """A waiting caller chooses to go on at step `to` of the menu."""

    call: str
    to: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A caller who waits or rings has another priority from now on."""

    call: str
    priority: int


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """Queues have other rules from now on. `waits` says for callers to whom it matters in which queue they wait, and
    how; their places stay. `policy` makes another one, which learns from `past`; None: it stays."""

    rule_of: Callable[[str], QueueRule]
    waits: Mapping[str, tuple[str, Wait]]
    policy: Callable[[], Policy] | None = None
    past: tuple[Past, ...] = ()


@dataclass(frozen=True, slots=True)
class QueuesClosed:
    """Nobody flows over to `queues` from now on, and callers may to all others; who waits stays."""

    queues: frozenset[str]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Agents may make other call backs than before (`CallerJoined.may`)."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing may be offered, and no offer fails (the switch is out of reach), until Resumed."""


@dataclass(frozen=True, slots=True)
class Resumed:
    pass


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: wrap-ups and offers that are due end."""


OfAgent = (
    AgentSignedIn | AgentFound | AgentWished | SkillsChanged | WrapUpExtended | WrapUpResumed | PhoneChanged
    | DeskChanged | LineChanged
)  # fmt: skip
Input = (
    OfAgent | CallerJoined | CallerLeft | OfferAccepted | OfferFailed | TalkFound | HoldToggled | TalkEnded
    | Transferred | Picked | WentBack | Ranked | RulesChanged | QueuesClosed | Allowed | Paused | Resumed | Tick
)  # fmt: skip
