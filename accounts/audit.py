"""The audit trail: who did what to what, when and why. Written in the transaction of the deed itself."""

from collections.abc import Iterable

from accounts.models import AuditEntry
from core.clock import system_clock
from core.database import Transaction


async def note(tx: Transaction, who: str, what: str, about: str, reason: str = "") -> None:
    """`who` a login, `what` a code (`recording_played`), `about` what it touched: `call:<id>`, `person:<login>`."""
    tx.session.add(AuditEntry(at=system_clock(), who=who, what=what, about=about[:120], reason=reason[:400]))
    await tx.session.flush()


async def notes(tx: Transaction, who: str, deeds: Iterable[tuple[str, str, str]]) -> None:
    """Many at once: what, about what, and why."""
    at = system_clock()
    tx.session.add_all(
        AuditEntry(at=at, who=who, what=what, about=about[:120], reason=reason[:400]) for what, about, reason in deeds
    )
    await tx.session.flush()
