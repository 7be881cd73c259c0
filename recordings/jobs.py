"""Speech jobs: Huey hands them to workers; the table of transcripts is what makes each one happen once."""

import asyncio
import concurrent.futures
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from huey import Huey, PriorityRedisHuey, SqliteHuey
from huey.consumer import Consumer
from redis import Redis
from redis.exceptions import RedisError

from core.clock import Clock, system_clock
from core.database import Database
from core.errors import HotlineError
from core.log import about_call
from recordings import repository, service
from recordings.models import Recording, TranscriptRow
from recordings.sound import Unusable
from recordings.speech.analysis import Analysis, Recognizers, transcribe
from recordings.speech.recognise import NoEngine
from recordings.store.files import StoreAway
from recordings.store.keys import KeyGone
from recordings.store.sealing import Tampered
from recordings.store.vault import Vault

log = structlog.get_logger(__name__)

TRIES = 3
"""A job that began this often without a result is set aside: it may kill the worker that takes it."""
LEASE_SECONDS = 30.0
"""A job whose worker has not been heard of for so long is free again; a living worker says so three times as often."""
AGAIN_SECONDS = 30.0
FIRST = 1
"""The queue's priority of a complaint; all others have none."""
LATER_SECONDS = 120.0
"""A job waits so long for a store that is away, a key that is gone or a model that cannot be used."""
SWEEP_SECONDS = 5.0


def open_queue(data_dir: Path, redis_url: str) -> Huey:
    """The queue of this centre: a file of its own in `data_dir`, or Redis."""
    if redis_url:
        return PriorityRedisHuey("hotline-speech", url=redis_url, results=False)
    data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("hotline", filename=str(data_dir / "jobs.db"), results=False, timeout=15)


async def demand_reachable(redis_url: str) -> None:
    """Raises HotlineError when a Redis is set and does not answer."""
    if not redis_url:
        return
    server = Redis.from_url(redis_url, socket_connect_timeout=5, socket_timeout=5)
    try:
        await asyncio.to_thread(server.ping)
    except (RedisError, ValueError) as fault:
        raise HotlineError(f"Redis cannot be used ({fault})", "check HOTLINE_REDIS_URL and that it runs") from None
    finally:
        server.close()


class SpeechQueue:
    """The entry `transcribe` in the queue. The engine only adds; a worker gives the `work` to be done."""

    def __init__(self, huey: Huey, work: Callable[[str], None] | None = None) -> None:
        self.huey = huey
        self._work = work

        @huey.task(name="transcribe")  # type: ignore[untyped-decorator]  # huey is untyped
        def task(recording: str) -> None:
            if self._work is None:
                raise RuntimeError("this process takes no speech jobs")
            self._work(recording)

        self._task = task

    def add(self, recording: str, *, first: bool = False) -> None:
        """Queue a recording's job, `first` before all that are not; adding it twice does no harm."""
        self._task(recording, priority=FIRST if first else None)

    def is_empty(self) -> bool:
        return int(self.huey.storage.queue_size()) == 0

    def leave(self) -> None:
        """Take the entry out of this process's Huey, so that another can be made."""
        self.huey._registry.unregister(self._task.task_class)


class SpeechJob:
    """One recording to its transcript, by whichever worker gets hold of it."""

    def __init__(
        self, db: Database, vault: Vault, engines: Recognizers, clock: Clock = system_clock, *,
        lease: float = LEASE_SECONDS,
    ) -> None:  # fmt: skip
        self._db = db
        self._vault = vault
        self._engines = engines
        self._clock = clock
        self._lease = lease

    async def run(self, recording: str) -> None:
        """Do the job if it is still to be done; never raises for a fault of the job itself."""
        async with self._db.transaction() as tx:
            now = self._clock()
            if not await service.take_job(tx, recording, now, now + self._lease):
                return
            row = await tx.session.get_one(TranscriptRow, recording)
            await tx.session.refresh(row)
            sound = await tx.session.get_one(Recording, recording)
            if row.tries > TRIES:
                await service.give_up(tx, row, f"given up after {TRIES} tries: {row.note or 'the worker died'}", now)
                return
        with about_call(sound.call):
            await self._work(sound, row.tries)

    async def due(self) -> list[tuple[str, bool]]:
        """Recordings whose job waits and is held by nobody, and which of them go first."""
        async with self._db.reading() as session:
            return list(await repository.due(session, self._clock()))

    async def hear_again(self) -> int:
        """Make jobs of the calls that waited for a model of a language that has one now; returns how many."""
        async with self._db.reading() as session:
            languages = await repository.unheard_languages(session)
        known = [language for language in languages if await asyncio.to_thread(self._engines.knows, language)]
        if not known:
            return 0
        async with self._db.transaction() as tx:
            return await service.hear_again(tx, known)

    async def _work(self, sound: Recording, tries: int) -> None:
        beat = asyncio.create_task(self._hold(sound.id))
        try:
            analysis = await asyncio.to_thread(self._analyse, sound)
        except Unusable as fault:
            await self._end(sound.id, fault.problem, final=True)
        except (KeyGone, StoreAway, NoEngine) as fault:
            # Not the job's fault, so no try of it either: it waits for the key, the store or the model.
            await self._give_back(sound.id, LATER_SECONDS, str(fault))
        except asyncio.CancelledError:
            # The worker is told to stop: the next one may begin at once.
            await asyncio.shield(self._give_back(sound.id, 0.0))
            raise
        except Exception as fault:
            # Whatever a decoder raises must not end the worker; it is tried again, a few times.
            log.exception("speech job failed", recording=sound.id, tries=tries)
            await self._end(sound.id, str(fault) or type(fault).__name__, final=tries >= TRIES)
        else:
            async with self._db.transaction() as tx:
                row = await tx.session.get_one(TranscriptRow, sound.id, with_for_update=True)
                await service.store_transcript(tx, row, analysis, self._clock())
        finally:
            beat.cancel()

    def _analyse(self, sound: Recording) -> Analysis:
        try:
            content = self._vault.read(sound.path, service.seal_of(sound))
        except Tampered as fault:
            raise Unusable(f"{sound.path} is not the file that was stored: {fault}") from None
        if hashlib.sha256(content).hexdigest() != sound.sha256:
            raise Unusable(f"{sound.path} is not the file that was stored: its checksum differs")
        facts, events = service.facts_of(sound), service.events_of(sound)
        return transcribe(io.BytesIO(content), facts, self._engines, events=events, offset=service.offset_of(sound))

    async def _end(self, recording: str, why: str, *, final: bool) -> None:
        async with self._db.transaction() as tx:
            row = await tx.session.get_one(TranscriptRow, recording)
            if final:
                await service.give_up(tx, row, why, self._clock())
            else:
                row.note, row.due_at = why, self._clock() + AGAIN_SECONDS

    async def _give_back(self, recording: str, later: float, why: str = "") -> None:
        async with self._db.transaction() as tx:
            await service.give_back(tx, recording, self._clock() + later, why)

    async def _hold(self, recording: str) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            async with self._db.transaction() as tx:
                await service.hold_job(tx, recording, self._clock() + self._lease)


async def work(job: SpeechJob, huey: Huey, workers: int, *, sweep_seconds: float = SWEEP_SECONDS) -> None:
    """Take jobs from the queue, for ever: the main loop of a speech worker process. Cancelled, it gives back what it
    has begun.

    The queue forgets a job when it hands it out; what a dead worker held is found in the table and queued again.
    """
    running = _Running(job)
    queue = SpeechQueue(huey, running.from_thread)
    try:
        async with _consuming(huey, workers, running) as consumer:
            while all(thread.is_alive() for _, thread in consumer.worker_threads):
                with suppress(NoEngine):
                    await job.hear_again()
                if await asyncio.to_thread(queue.is_empty):
                    for recording, first in await job.due():
                        await asyncio.to_thread(queue.add, recording, first=first)
                await asyncio.sleep(sweep_seconds)
            raise RuntimeError("a thread that takes speech jobs has ended")
    finally:
        queue.leave()


class _Running:
    """The jobs that the queue's threads have begun on this loop."""

    def __init__(self, job: SpeechJob) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False

    def from_thread(self, recording: str) -> None:
        with suppress(concurrent.futures.CancelledError):
            asyncio.run_coroutine_threadsafe(self._run(recording), self._loop).result()

    async def stop(self) -> None:
        self._over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, recording: str) -> None:
        if self._over:
            return
        task = self._loop.create_task(self._job.run(recording))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task])


@asynccontextmanager
async def _consuming(huey: Huey, workers: int, running: _Running) -> AsyncIterator[Any]:
    consumer = _Consumer(
        huey, workers=workers, periodic=False, initial_delay=0.1, max_delay=0.5, check_worker_health=False
    )
    consumer.start()
    try:
        yield consumer
    finally:
        consumer.stop_flag.set()
        await running.stop()
        await asyncio.to_thread(_join, consumer)


def _join(consumer: Any) -> None:
    for _, process in consumer.worker_threads:
        process.join(timeout=10)


class _Consumer(Consumer):  # type: ignore[misc]  # huey is untyped
    """Huey's consumer inside an event loop, which keeps the process's signals to itself."""

    def _set_signal_handlers(self) -> None:
        pass
