"""Read model of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from agentdesk.views import ScoreSheet


@dataclass(frozen=True, slots=True)
class Mark:
    """A call's score, 0–100, and whether a veto made it 0."""

    score: float
    veto: bool


async def marks_of(session: AsyncSession, calls: Sequence[str]) -> dict[str, Mark]:
    return {}


async def sheet_of(session: AsyncSession, call: str) -> ScoreSheet | None:
    return None
