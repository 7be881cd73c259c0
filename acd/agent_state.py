"""An agent's states: which there are, which move leads from which to which, and why a move is refused."""

from enum import StrEnum

from core.errors import Refused


class AgentState(StrEnum):
    SIGNED_OUT = "signed-out"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on-hold"
    WRAP_UP = "wrap-up"
    SHORT_BREAK = "short-break"
    MEAL = "meal"
    TRAINING = "training"
    OUTBOUND = "outbound"
    SUPERVISOR_HELP = "supervisor-help"
    NOT_READY = "not-ready"


class Move(StrEnum):
    """The first eight are wishes of a person; the rest happen."""

    SIGN_OUT = "sign-out"
    GO_READY = "go-ready"
    GO_BREAK = "go-break"
    GO_MEAL = "go-meal"
    GO_TRAINING = "go-training"
    GO_OUTBOUND = "go-outbound"
    GO_HELP = "go-help"
    GO_NOT_READY = "go-not-ready"
    OFFERED = "offered"
    ANSWERED = "answered"
    RING_FAILED = "ring-failed"
    OFFER_CANCELLED = "offer-cancelled"
    HELD = "held"
    RESUMED = "resumed"
    TALK_ENDED = "talk-ended"
    WRAP_UP_RESUMED = "wrap-up-resumed"
    WRAPPED_UP = "wrapped-up"
    PHONE_LOST = "phone-lost"


S, M = AgentState, Move

WISHES: dict[AgentState, Move] = {
    S.SIGNED_OUT: M.SIGN_OUT,
    S.READY: M.GO_READY,
    S.SHORT_BREAK: M.GO_BREAK,
    S.MEAL: M.GO_MEAL,
    S.TRAINING: M.GO_TRAINING,
    S.OUTBOUND: M.GO_OUTBOUND,
    S.SUPERVISOR_HELP: M.GO_HELP,
    S.NOT_READY: M.GO_NOT_READY,
}
"""The states a person may ask for, and the move that leads there."""

_ANYWHERE = {move: state for state, move in WISHES.items()}
_AWAY = dict(_ANYWHERE)

MOVES: dict[AgentState, dict[Move, AgentState]] = {
    S.SIGNED_OUT: {M.GO_READY: S.READY, M.GO_NOT_READY: S.NOT_READY, M.SIGN_OUT: S.SIGNED_OUT},
    S.READY: {**_ANYWHERE, M.OFFERED: S.RINGING, M.PHONE_LOST: S.NOT_READY},
    S.RINGING: {M.ANSWERED: S.TALKING, M.RING_FAILED: S.NOT_READY, M.OFFER_CANCELLED: S.READY},
    S.TALKING: {M.HELD: S.ON_HOLD, M.TALK_ENDED: S.WRAP_UP},
    S.ON_HOLD: {M.RESUMED: S.TALKING, M.TALK_ENDED: S.WRAP_UP},
    S.WRAP_UP: {**_ANYWHERE, M.WRAPPED_UP: S.READY},
    S.SHORT_BREAK: _AWAY,
    S.MEAL: _AWAY,
    S.TRAINING: _AWAY,
    S.OUTBOUND: {**_AWAY, M.WRAP_UP_RESUMED: S.WRAP_UP},
    S.SUPERVISOR_HELP: _AWAY,
    S.NOT_READY: _AWAY,
}
"""What is not here is refused (see `refusal`)."""

KEPT_FOR_LATER = frozenset({S.TALKING, S.ON_HOLD})
"""In these states a wish is remembered and carried out after the wrap-up: nobody leaves a customer in the middle."""

KEPT_IF_FORCED = KEPT_FOR_LATER | {S.RINGING, S.WRAP_UP}
"""What somebody else decides for the agent waits for the end of the whole contact, its wrap-up included."""

AT_WORK = frozenset({S.READY, S.RINGING, S.TALKING, S.ON_HOLD, S.WRAP_UP})
"""States of agents who take calls or will soon: within reach they count as staff."""

ON_BREAK = frozenset({S.SHORT_BREAK, S.MEAL})
"""States of agents who will be back: the group rations them."""

IN_CONTACT = frozenset({S.RINGING, S.TALKING, S.ON_HOLD})

_WHY = {
    S.SIGNED_OUT: ("signed_out", "the agent is not signed in; sign in first"),
    S.RINGING: ("ringing", "the phone is ringing; answer or decline first"),
}


def next_state(state: AgentState, move: Move) -> AgentState | None:
    """Where `move` leads from `state`; None when it is illegal there."""
    return MOVES[state].get(move)


def kept_for_later(state: AgentState, *, forced: bool) -> bool:
    """Whether a wish is remembered; `forced`: somebody else than the agent asks."""
    return state in (KEPT_IF_FORCED if forced else KEPT_FOR_LATER)


def refusal(state: AgentState, move: Move, *, forced: bool = False) -> Refused | None:
    """Why a person's wish cannot be met now; None when it can, at once or after the contact."""
    if move in MOVES[state] or (kept_for_later(state, forced=forced) and move in _ANYWHERE):
        return None
    reason, problem = _WHY.get(state, ("illegal_move", f"{move} is not possible while {state}"))
    return Refused(reason, problem)
