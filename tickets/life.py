"""A ticket's life as a table: which step may follow which, by when the customer must be told, and whether he was."""

from enum import StrEnum

from core.errors import Refused

HOUR = 3600.0


class State(StrEnum):
    ACCEPTED = "accepted"
    CLASSIFIED = "classified"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    INFORMED = "informed"
    CLOSED = "closed"


class Category(StrEnum):
    ENQUIRY = "enquiry"
    SERVICE = "service"
    COMPLAINT = "complaint"


FOLLOWS: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.CLASSIFIED, State.CLOSED}),
    State.CLASSIFIED: frozenset({State.INVESTIGATING, State.RESOLVED}),
    State.INVESTIGATING: frozenset({State.RESOLVED}),
    State.RESOLVED: frozenset({State.INFORMED, State.INVESTIGATING}),
    State.INFORMED: frozenset({State.CLOSED, State.INVESTIGATING}),
    State.CLOSED: frozenset(),
}
"""Accepted may close when the first line solved the matter."""

HANDLED_WITHIN: dict[Category, float] = {
    Category.ENQUIRY: 24 * HOUR,
    Category.SERVICE: 72 * HOUR,
    Category.COMPLAINT: 48 * HOUR,
}
"""Seconds from acceptance to the customer's being told. Complaint and service: the sources' rules; enquiry: ours."""

TAKEN_UP_WITHIN: dict[Category, float] = {Category.COMPLAINT: 24 * HOUR}
"""Seconds from acceptance to the first step, by which somebody acknowledges it: the sources' rule, of complaints."""


def due_at(category: Category, opened_at: float) -> float:
    return opened_at + HANDLED_WITHIN[category]


def steps_after(state: State, category: Category) -> frozenset[State]:
    """What may follow. A complaint goes the whole way: it is closed only after its customer was told."""
    straight = {State.CLOSED} if (state, category) == (State.ACCEPTED, Category.COMPLAINT) else set()
    return FOLLOWS[state] - straight


def move(now: State, wanted: State, category: Category) -> State:
    """`wanted` if it may follow; raises Refused otherwise."""
    if wanted not in steps_after(now, category):
        raise Refused("ticket_step", f"a ticket that is {now} cannot become {wanted}")
    return wanted


def told_at(before: float | None, state: State, now: float) -> float | None:
    """When the customer was told, after a step to `state`; None as long as he is not, or is not any more because the
    matter was taken up again."""
    match state:
        case State.INFORMED:
            return now
        case State.CLOSED:
            return now if before is None else before
        case _:
            return None


def is_overdue(told: float | None, due: float, now: float) -> bool:
    """Whether the customer was told after the deadline, or should have been by now and was not."""
    return (now if told is None else told) > due
