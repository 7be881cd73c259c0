"""Telephone numbers of customers: whole for those who call back, masked for all others."""

from accounts.access import Role, User

SEES_NUMBERS = frozenset({Role.AGENT, Role.SUPERVISOR})


def masked(number: str) -> str:
    """A telephone number for those who do not need it: 138****1234; short numbers show their last two digits."""
    if len(number) < 7:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else f"{number[:1]}****{number[-2:]}"


def number_for(user: User, number: str) -> str:
    return number if user.role in SEES_NUMBERS else masked(number)
