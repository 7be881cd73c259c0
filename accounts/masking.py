"""Telephone numbers of customers: whole for those who call back, masked for all others."""

import re

from accounts.access import Role, User

SEES_NUMBERS = frozenset({Role.AGENT, Role.SUPERVISOR})
_NUMBER = re.compile(r"(?<![0-9A-Za-z._-])\+?[0-9]{7,20}(?![0-9A-Za-z])")


def masked(number: str) -> str:
    """A telephone number for those who do not need it: 138****1234; short numbers show their last two digits."""
    if len(number) < 7:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else f"{number[:1]}****{number[-2:]}"


def number_for(user: User, number: str) -> str:
    return number if user.role in SEES_NUMBERS else masked(number)


def text_for(user: User, text: str) -> str:
    """A text in which telephone numbers may stand; ids of ours, letters and figures mixed, stay whole."""
    return text if user.role in SEES_NUMBERS else _NUMBER.sub(lambda found: masked(found.group()), text)
