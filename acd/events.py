"""What the distributor tells the house after each commit. `call` is the call's id, `agent` the agent's number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CallBegan:
    at: float
    call: str
    leg: str


@dataclass(frozen=True, slots=True)
class CallQueued:
    at: float
    call: str
    queue: str


@dataclass(frozen=True, slots=True)
class OutsideChanged:
    """A caller is being connected with a number outside: ringing, answered, or why not (busy, no_answer, …)."""

    at: float
    call: str
    number: str
    result: str


@dataclass(frozen=True, slots=True)
class CallSentBack:
    """The caller left `queue` for step `to` of the menu: his wish, or he has waited as long as he may.

    He has waited since `queued_at`; a call back that is promised there keeps this place.
    """

    at: float
    call: str
    queue: str
    queued_at: float
    to: str


@dataclass(frozen=True, slots=True)
class CallOffered:
    """The screen-pop record `offer` is stored; the agent's phone is about to ring."""

    at: float
    call: str
    agent: str
    offer: str


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """`result`: accepted, no_answer, declined, busy, unreachable, cancelled, or system (we could not ring)."""

    at: float
    call: str
    agent: str
    offer: str
    result: str


@dataclass(frozen=True, slots=True)
class ConversationStarted:
    at: float
    call: str
    leg: str
    agent: str


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """`ended_by`: agent, customer or system."""

    at: float
    call: str
    leg: str
    agent: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class CallHeld:
    """The agent put the caller on hold, or took him back."""

    at: float
    call: str
    agent: str
    held: bool


@dataclass(frozen=True, slots=True)
class CallMuted:
    """The caller does not hear the agent any more, or hears him again."""

    at: float
    call: str
    agent: str
    muted: bool


@dataclass(frozen=True, slots=True)
class ConsultChanged:
    """`agent` is being asked by `asker` about his call. `state`: ringing, answered, joined (three talk) or over."""

    at: float
    call: str
    asker: str
    agent: str
    state: str


@dataclass(frozen=True, slots=True)
class CustomerRung:
    """The telephone of `agent`, who calls out, was answered: now the customer's rings."""

    at: float
    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class SupervisionChanged:
    """A supervisor's help with `call` began, was answered, changed or is over."""

    at: float
    call: str


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """A supervisor closed the queue, or opened it again."""

    at: float
    queue: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The caller is gone. `outcome`: answered, abandoned, message, self_service, transferred (to a number outside),
    not_reached (a call out) or failed. Told once more when it turns out to have been another."""

    at: float
    call: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CallbackChanged:
    """A call back came onto the list, was taken or settled; `source` is the message that promised it."""

    at: float
    callback: str
    state: str
    source: str
    agent: str


@dataclass(frozen=True, slots=True)
class CallbackDue:
    """It is this call back's turn, and `agent` is kept free to make it; `why`, as `acd.ledger.why` has it."""

    at: float
    callback: str
    agent: str
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CampaignChanged:
    """A campaign was made, opened, closed, ended, or has other people on its list or other agents; '' for all of them:
    the numbers that they may not call are others."""

    campaign: str


@dataclass(frozen=True, slots=True)
class HandoverChanged:
    """What `giver` leaves open is handed to `taker`, taken over by him, or taken back."""

    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class AgentChanged:
    at: float
    agent: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class SwitchChanged:
    """The link to Asterisk came up (after everything was reconciled) or went down."""

    at: float
    up: bool
    why: str


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """An alarm was raised, is over, or somebody has seen it. `about` as in `acd.alarms.rules`."""

    at: float
    alarm: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class CallCoded:
    """What `agent` says of his conversation is another: codes or note."""

    at: float
    call: str
    agent: str
