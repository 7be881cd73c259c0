"""Reads and writes sent to SQLite as one piece of work in one thread.

The asynchronous driver changes threads for every statement; on a busy machine that alone makes callers wait.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from sqlalchemy import Engine, Executable, Select, create_engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

Write = tuple[Executable, Mapping[str, Any]]
Query = tuple[Select[Any], Mapping[str, Any]]
"""A statement, made once, and the values of its bound parameters."""
Found = TypeVar("Found")
Look = Callable[[AsyncSession], Coroutine[Any, Any, Found]]
"""Queries and what is made of their rows; waits for nothing but the session and `off_loop`."""

READERS = 2


class OneHop:
    """A thread that writes and some that read, each with a connection; `prepare` gives the engine its pragmas."""

    def __init__(self, url: str, prepare: Callable[[Engine], None]) -> None:
        self._engine = create_engine(url.replace("+aiosqlite", ""), hide_parameters=True)
        prepare(self._engine)
        self._writing = self._engine.execution_options(writes=True)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writes")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reads")

    async def write(self, writes: Sequence[Write], proof: Write | None = None) -> bool:
        """All of them in one transaction, or none: that is so, and False, when `proof` finds nothing.

        For writes that nobody reads back before their commit.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, writes, proof)

    async def read(self, look: Look[Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, look)

    def _write(self, writes: Sequence[Write], proof: Write | None) -> bool:
        with self._writing.begin() as connection:
            if proof is not None and connection.execute(*proof).first() is None:
                return False
            for statement, values in writes:
                connection.execute(statement, values)
        return True

    def _read(self, look: Look[Found]) -> Found:
        with Session(self._engine) as session:
            return at_once(look(cast(AsyncSession, _AtOnce(session))))

    def close(self) -> None:
        self._readers.shutdown()
        self._writer.submit(self._engine.dispose)
        self._writer.shutdown()


class _AtOnce:
    """A session whose methods can be awaited, and are done by then."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._session, name)

        async def run(*values: Any, **named: Any) -> Any:
            return method(*values, **named)

        return run


def at_once(work: Coroutine[Any, Any, Found]) -> Found:
    """The result of `work`, which never has to wait. Raises RuntimeError when it does."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(Found, done.value)
    work.close()
    raise RuntimeError("this may wait for nothing but its session")


async def off_loop(work: Callable[..., Found], *values: Any) -> Found:
    """`work` in a thread; a look is in one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work(*values)
    return await asyncio.to_thread(work, *values)
