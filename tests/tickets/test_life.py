"""A ticket goes only the way the table allows, and whether it was late is known for ever."""

import pytest

from core.errors import Refused
from tickets.life import HOUR, Category, State, due_at, is_overdue, move, steps_after, told_at

DUE = due_at(Category.COMPLAINT, 1000.0)


@pytest.mark.parametrize("category", list(Category))
def test_every_open_state_leads_to_closed(category: Category) -> None:
    for start in State:
        reached, border = {start}, {start}
        while border:
            border = {after for state in border for after in steps_after(state, category)} - reached
            reached |= border
        assert State.CLOSED in reached


def test_step_that_skips_the_investigation_of_an_accepted_ticket_is_refused() -> None:
    assert move(State.CLASSIFIED, State.RESOLVED, Category.SERVICE) is State.RESOLVED
    with pytest.raises(Refused, match="accepted cannot become informed"):
        move(State.ACCEPTED, State.INFORMED, Category.SERVICE)


def test_complaint_is_not_closed_before_its_customer_was_told() -> None:
    assert move(State.ACCEPTED, State.CLOSED, Category.ENQUIRY) is State.CLOSED
    with pytest.raises(Refused, match="accepted cannot become closed"):
        move(State.ACCEPTED, State.CLOSED, Category.COMPLAINT)
    before_closed = {state for state in State if State.CLOSED in steps_after(state, Category.COMPLAINT)}
    assert before_closed == {State.INFORMED}


def test_complaint_is_late_after_forty_eight_hours_until_the_customer_is_told() -> None:
    assert DUE == 1000.0 + 48 * HOUR
    assert not is_overdue(None, DUE, DUE)
    assert is_overdue(None, DUE, DUE + 1)
    assert not is_overdue(DUE - 1, DUE, DUE + 1)


def test_complaint_told_ten_days_late_stays_late_when_it_is_closed() -> None:
    told = told_at(None, State.INFORMED, DUE + 240 * HOUR)
    closed = told_at(told, State.CLOSED, DUE + 300 * HOUR)
    assert closed == DUE + 240 * HOUR
    assert is_overdue(closed, DUE, DUE + 1000 * HOUR)


def test_matter_that_is_taken_up_again_is_to_be_told_again() -> None:
    assert told_at(DUE - 1, State.INVESTIGATING, DUE) is None
    assert told_at(None, State.CLOSED, 7.0) == 7.0, "solved in the call: he heard it there"
