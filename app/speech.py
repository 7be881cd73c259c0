"""The speech worker: a process of its own that transcribes and scores, kept alive by the engine."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys

import structlog

from core.errors import HotlineError
from core.settings import ROOT, Settings

log = structlog.get_logger(__name__)

PR_SET_PDEATHSIG = 1
STARTED_BY = "STARTED_BY"
"""In the worker's environment: the process of its engine."""


async def keep_worker(settings: Settings) -> None:
    """Run one worker process until it ends; ends it when cancelled. Raises HotlineError when it dies by itself."""
    environment = os.environ | settings.environment() | {STARTED_BY: str(os.getpid())}
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "worker", env=environment, cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,  # who reads the engine's own must see it end
    )  # fmt: skip
    try:
        code = await worker.wait()
    finally:
        if worker.returncode is None:
            worker.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.wait(), 5)
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    raise HotlineError(f"the speech worker ended with code {code}", "see its last lines above")


def die_with_parent() -> None:
    """A worker whose engine is killed must not go on beside the next engine's worker."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if orphaned():
        sys.exit("the engine that started this worker has ended")


def orphaned() -> bool:
    """Whether the engine ended before its end could be heard."""
    return os.environ.get(STARTED_BY, str(os.getppid())) != str(os.getppid())
