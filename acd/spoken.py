"""Which language somebody is spoken to in of whom no more is known than his number."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from acd import repository

LanguageOf = Callable[[str, str, str], str]
"""What the owner of a number is spoken to in on behalf of a queue; the last: what was spoken in his last call, '' where
there was none."""


async def language_for(session: AsyncSession, language_of: LanguageOf, number: str, queue: str) -> str:
    """`number` '' hides who he is."""
    last = await repository.language_with(session, number, "") if number else ""
    return language_of(number, queue, last)
