"""Whose tickets somebody may read and move. Pure."""

from dataclasses import dataclass
from typing import Protocol

from accounts.access import Role
from tickets.models import Ticket


class Kept(Protocol):
    """Whose a ticket is: logins."""

    @property
    def opened_by(self) -> str: ...
    @property
    def keeper(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reach:
    """An agent reads his own tickets and those of the `customers` in front of him, by their numbers; he moves his own:
    what he opened, and what was handed to him. Quality staff read all, supervisors read and move all."""

    login: str
    role: Role
    customers: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        return self.role in (Role.SUPERVISOR, Role.QUALITY)

    def reads(self, ticket: Ticket) -> bool:
        return self.everything or self._owns(ticket) or ticket.customer in self.customers

    def moves(self, ticket: Kept) -> bool:
        return self.role is Role.SUPERVISOR or (self.role is Role.AGENT and self._owns(ticket))

    def _owns(self, ticket: Kept) -> bool:
        return self.login in (ticket.opened_by, ticket.keeper)
