"""The tables of agents' and calls' states."""

import pytest

from acd import agent_state, call
from acd.agent_state import MOVES, AgentState, Move
from acd.call import STEPS, CallState
from acd.waiting import Contact


def test_every_state_has_its_row_and_can_be_left_and_reached() -> None:
    assert set(MOVES) == set(AgentState)
    assert set(STEPS) == set(CallState)
    reached = {to for row in MOVES.values() for to in row.values()}
    assert reached == set(AgentState)


@pytest.mark.parametrize(
    ("state", "wish", "reason"),
    [
        (AgentState.SIGNED_OUT, Move.GO_MEAL, "signed_out"),
        (AgentState.RINGING, Move.GO_BREAK, "ringing"),
    ],
)
def test_illegal_wish_is_refused_with_its_reason(state: AgentState, wish: Move, reason: str) -> None:
    refused = agent_state.refusal(state, wish)
    assert refused is not None
    assert refused.reason == reason


def test_wish_during_a_conversation_is_kept_not_refused() -> None:
    assert agent_state.refusal(AgentState.TALKING, Move.GO_MEAL) is None
    assert agent_state.next_state(AgentState.TALKING, Move.GO_MEAL) is None


def test_a_call_that_ended_stays_ended() -> None:
    assert call.STEPS[CallState.ENDED] == {}
    ended = Contact("c", "q", (), 0, 0.0, 0, CallState.ENDED)
    for step in call.Step:
        with pytest.raises(ValueError, match="that is ended cannot be"):
            call.advance(ended, step)
