"""Who of those who wait is next. Pure."""

from collections.abc import Iterable

from acd.free import Free
from acd.routing import Policy
from acd.waiting import Contact, Need, Waiting


def choose(
    policy: Policy, waiting: Waiting, free: Free, look: Iterable[Need], now: float
) -> tuple[Contact, Contact | None] | None:
    """The most urgent caller whom somebody free can serve, and the next after him; only the needs in `look` count."""
    best: Contact | None = None
    other: Contact | None = None
    best_rank: tuple[float, ...] = ()
    other_rank: tuple[float, ...] = ()
    for need in look:
        groups = waiting.groups_of(need)
        if not groups or not free.somebody(need):
            continue
        for group in groups:
            head = waiting.head(group)
            rank = policy.rank(head, waiting, free, now)
            if best is None or rank < best_rank:
                best, best_rank, other, other_rank = head, rank, best, best_rank
            elif other is None or rank < other_rank:
                other, other_rank = head, rank
    return None if best is None else (best, other)
