"""A ticket goes only the way the table allows, and is late only until the customer is told."""

import pytest

from core.errors import Refused
from tickets.life import FOLLOWS, HOUR, Category, State, due_at, is_overdue, move


def test_every_state_has_its_row_and_every_open_state_leads_to_closed() -> None:
    assert set(FOLLOWS) == set(State)
    for start in State:
        reached, border = {start}, {start}
        while border:
            border = {after for state in border for after in FOLLOWS[state]} - reached
            reached |= border
        assert State.CLOSED in reached


def test_step_that_skips_the_investigation_of_an_accepted_ticket_is_refused() -> None:
    assert move(State.CLASSIFIED, State.RESOLVED) is State.RESOLVED
    with pytest.raises(Refused, match="accepted cannot become informed"):
        move(State.ACCEPTED, State.INFORMED)


def test_complaint_is_late_after_forty_eight_hours_until_the_customer_is_told() -> None:
    due = due_at(Category.COMPLAINT, 1000.0)
    assert due == 1000.0 + 48 * HOUR
    assert not is_overdue(State.INVESTIGATING, due, due)
    assert is_overdue(State.INVESTIGATING, due, due + 1)
    assert not is_overdue(State.INFORMED, due, due + 1)
