"""How long whoever signed in stays so. Pure."""

SESSION_SECONDS = 12 * 3600.0
LONGEST_SECONDS = 24 * 3600.0
"""After this from the sign-in on a session is over however much it is used: a stolen one, too."""


def prolonged(began: float, ends: float, now: float) -> float:
    """When a session ends that is used now: another time only where less than half is left, for each is stored."""
    if ends - now >= SESSION_SECONDS / 2:
        return ends
    return max(ends, min(now + SESSION_SECONDS, began + LONGEST_SECONDS))
