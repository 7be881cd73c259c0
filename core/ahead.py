"""Times that people name for what shall be done: still to come, and near enough that their day can be written."""

MINUTE, DAY = 60.0, 86400.0
BEHIND = MINUTE
"""Seconds a time may be over already: clocks differ, and a form is filled in for a while."""
DAYS = 400


def is_ahead(at: float, now: float) -> bool:
    """False for what is no number too."""
    return now - BEHIND <= at <= now + DAYS * DAY
