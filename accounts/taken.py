"""Published texts as their readers have them: taken again whenever one was published."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.published import newest, texts_of
from core.errors import HotlineError

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Live(Generic[T]):
    """What the live texts of a kind say, read again only after one was published: no process needs a restart.

    `read` takes the texts by name; one it cannot read (HotlineError) is reported and what was live before goes on.
    """

    def __init__(self, kind: str, read: Callable[[Mapping[str, str]], T], otherwise: T) -> None:
        self._kind = kind
        self._read = read
        self._known: dict[str, int] = {}
        self._value = otherwise

    @property
    def value(self) -> T:
        """As it was when last asked for: for those who cannot wait."""
        return self._value

    def forget(self) -> None:
        """Read again, though none was published: what `read` goes by besides the texts is another."""
        self._known = {}

    async def current(self, session: AsyncSession) -> T:
        numbers = await newest(session, self._kind)
        if numbers != self._known:
            texts = await texts_of(session, self._kind)
            try:
                self._value = await asyncio.to_thread(self._read, texts)
            except HotlineError as fault:
                log.error("published text not taken", kind=self._kind, why=str(fault))
            else:
                log.info("published texts taken", kind=self._kind, versions=numbers)
            self._known = numbers  # only now: who asks meanwhile reads for himself
        return self._value
