"""What tickets tell the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TicketChanged:
    at: float
    ticket: str
    call: str
    state: str
