"""The versions of menus as calls ran on them, for their words."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import HotlineError
from core.onehop import off_loop
from ivr.menus import LoadedMenu
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
