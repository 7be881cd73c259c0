"""The versions of menus as calls ran on them: for their words, and for the calls that still do."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.errors import HotlineError
from core.onehop import off_loop
from ivr.menus import LoadedMenu, Spoken
from ivr.prompts.store import PromptFault
from ivr.published import versions
from ivr.published.checking import MenuChecker


class MenuBook:
    def __init__(self) -> None:
        self._checker = MenuChecker((), {})

    async def of(self, session: AsyncSession, menu: str, number: int) -> LoadedMenu | None:
        """The live version for 0; None for a call without a menu, and for a version that cannot be read any more."""
        try:
            found = await (versions.of_number(session, menu, number) if number else versions.live(session, menu))
            if found is None:
                return None
            text = (menu, found.number, found.text)
            return self._checker.recalled(*text) or await off_loop(self._checker.recall, *text)
        except HotlineError:
            return None


class PromptMaker(Protocol):
    """`ivr.prompts.store.PromptStore`: what cannot be heard comes back, a line each."""

    async def prepare(self, wanted: Iterable[Spoken]) -> Sequence[PromptFault]: ...


class Speakable:
    """Versions that calls still run on, with what they say."""

    def __init__(self, db: Database, prompts: PromptMaker) -> None:
        self._db = db
        self._prompts = prompts
        self._book = MenuBook()
        self._prepared: set[tuple[str, int]] = set()

    async def of(self, menu: str, number: int) -> LoadedMenu | None:
        async with self._db.reading() as session:
            found = await self._book.of(session, menu, number)
        if found is None or (menu, found.number) in self._prepared:
            return found
        if not await self._prompts.prepare(found.all_spoken()):  # what cannot be heard is tried again
            self._prepared.add((menu, found.number))
        return found
