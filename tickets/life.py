"""A ticket's life as a table: which step may follow which, and by when it must be done."""

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
"""Accepted may close at once when the first line solved the matter during the call."""

HANDLED_WITHIN: dict[Category, float] = {
    Category.ENQUIRY: 24 * HOUR,
    Category.SERVICE: 72 * HOUR,
    Category.COMPLAINT: 48 * HOUR,
}
"""Seconds from acceptance to the customer's being told. Complaint and service: the sources' rules; enquiry: ours."""


def due_at(category: Category, opened_at: float) -> float:
    return opened_at + HANDLED_WITHIN[category]


def is_overdue(state: State, due: float, now: float) -> bool:
    """Whether the customer should have been told by now and was not."""
    return state not in (State.INFORMED, State.CLOSED) and now > due


def move(now: State, wanted: State) -> State:
    """`wanted` if it may follow; raises Refused otherwise."""
    if wanted not in FOLLOWS[now]:
        raise Refused("ticket_step", f"a ticket that is {now} cannot become {wanted}")
    return wanted
