"""Statements that do not wait for each other's answers, sent to SQLite as one piece of work in one thread.

The asynchronous driver changes threads for every statement; on a busy machine that alone makes callers wait.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, Executable, Select, create_engine

Write = tuple[Executable, Mapping[str, Any]]
Query = tuple[Select[Any], Mapping[str, Any]]
"""A statement, made once, and the values of its bound parameters."""


class OneHop:
    """One connection in a thread of its own, to write or only to read; `prepare` gives the engine its pragmas."""

    def __init__(self, url: str, prepare: Callable[[Engine], None], *, writes: bool) -> None:
        self._engine = create_engine(url.replace("+aiosqlite", ""), hide_parameters=True)
        prepare(self._engine)
        self._engine = self._engine.execution_options(writes=writes)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writes" if writes else "reads")

    async def write(self, writes: Sequence[Write], proof: Write | None = None) -> bool:
        """All of them in one transaction, or none: that is so, and False, when `proof` finds nothing."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, writes, proof)

    async def firsts(self, queries: Sequence[Query | None]) -> list[Any]:
        """Of each the first column of the first row, None where there is none."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._firsts, queries)

    def _firsts(self, queries: Sequence[Query | None]) -> list[Any]:
        with self._engine.connect() as connection:
            return [None if query is None else connection.scalar(*query) for query in queries]

    def _write(self, writes: Sequence[Write], proof: Write | None) -> bool:
        with self._engine.begin() as connection:
            if proof is not None and connection.execute(*proof).first() is None:
                return False
            for statement, values in writes:
                connection.execute(statement, values)
        return True

    def close(self) -> None:
        self._thread.submit(self._engine.dispose)
        self._thread.shutdown()
