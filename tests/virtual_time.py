"""An event loop whose clock jumps: a test that sleeps an hour ends at once, real input and output still work."""

import asyncio
import functools
import linecache
import queue
import selectors
import sys
import threading
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import Executor
from types import FrameType
from typing import Any, ParamSpec, TypeVar

STARTED_AT = 1_750_000_000.0
THREAD_GRACE = 0.001  # real seconds a worker thread gets to wake up before the clock may jump
SOCKET_GRACE = 0.02  # real seconds for the other end of an open socket
LONGEST_REAL_WAIT = 5.0
SQLITE = "aiosqlite.core"

P = ParamSpec("P")
T = TypeVar("T")


def now() -> float:
    """Seconds since the epoch in virtual time; usable as a `core.clock.Clock` inside a running loop."""
    return STARTED_AT + asyncio.get_running_loop().time()


def virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an async test run in virtual time: `asyncio.sleep`, timeouts and `now()` cost nothing real."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))
            loop = runner.get_loop()
        # Collected as garbage in the middle of another test's query, such a task would end that query.
        assert not asyncio.all_tasks(loop), "the test leaves something running"

    return run


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Real selector underneath; instead of waiting for a timer the clock is moved to it."""

    def __init__(self) -> None:
        self._moved = 0.0
        self._in_threads: set[asyncio.Future[Any]] = set()
        super().__init__(_JumpingSelector(self._advance, self._in_threads))

    def run_in_executor(  # type: ignore[override]  # whose type of `args` is variadic
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """A thread that has just taken its work from the queue cannot be told from one that waits for some."""
        return self._done_in_a_thread(super().run_in_executor(executor, func, *args))

    def create_future(self) -> asyncio.Future[Any]:
        """The same for the threads of SQLite's connections."""
        made = super().create_future()
        return self._done_in_a_thread(made) if sys._getframe(1).f_globals.get("__name__") == SQLITE else made

    def _done_in_a_thread(self, work: asyncio.Future[T]) -> asyncio.Future[T]:
        self._in_threads.add(work)
        work.add_done_callback(self._in_threads.discard)
        return work

    def time(self) -> float:
        return self._moved

    def _advance(self, seconds: float) -> None:
        # A little beyond the mark: the sum of floats may fall short of the timer that is due.
        self._moved += seconds + 1e-9


class _JumpingSelector(selectors.BaseSelector):
    def __init__(self, advance: Callable[[float], None], in_threads: Collection[asyncio.Future[Any]]) -> None:
        self._real = selectors.DefaultSelector()
        self._advance = advance
        self._in_threads = in_threads
        self._foreign = _Threads()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return self._real.select(LONGEST_REAL_WAIT)
        ready = self._real.select(0)
        if ready or timeout <= 0:
            return ready
        ready = self._wait_for_real_work()
        if not ready:
            self._advance(timeout)
        return ready

    def _wait_for_real_work(self) -> list[tuple[selectors.SelectorKey, int]]:
        sockets = len(self._real.get_map()) > 1  # the loop's own wake-up pipe is always there
        threads = bool(self._foreign.others())
        ready = self._real.select(SOCKET_GRACE if sockets else THREAD_GRACE if threads else 0)
        waited = 0.0
        while not ready and self._somebody_works() and waited < LONGEST_REAL_WAIT:
            ready = self._real.select(THREAD_GRACE)
            waited += THREAD_GRACE
        return ready or self._real.select(0)

    def _somebody_works(self) -> bool:
        """Whether a thread of the test does something else than wait on a queue, a lock or an event."""
        return bool(self._in_threads) or not all(_waits(frame) for frame in self._foreign.others())


class _Threads:
    """Those from before the test, such as the test runner's: they do none of its work."""

    def __init__(self) -> None:
        self._known = tuple(threading.enumerate())
        self._nameless = frozenset(sys._current_frames()) - {each.ident for each in self._known}

    def others(self) -> list[FrameType]:
        """Where all later threads are. The number of one that has ended may be a later one's."""
        alive = self._nameless | {each.ident for each in self._known if each.is_alive()}
        return [frame for ident, frame in sys._current_frames().items() if ident not in alive]


def _waits(frame: Any) -> bool:
    # On a busy machine a thread may not have woken up yet for what already lies in its queue.
    if any(isinstance(each, queue.SimpleQueue) and not each.empty() for each in frame.f_locals.values()):
        return False
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno or 0)  # between two lines it has no number
    return any(word in line for word in (".get(", ".wait(", ".acquire(", ".poll(", ".select("))
