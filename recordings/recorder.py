"""Recording at work: starts and stops the switch's recorder, and brings finished sound into the store."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from core.clock import Clock, system_clock
from core.database import Database, Transaction
from core.log import about_call
from pbx.commands import StartRecording, StopRecording
from pbx.switch import Switch, SwitchError
from recordings import repository, service
from recordings.models import Recording, RecordingState
from recordings.sound import FRAME_BYTES, RATE, Closed, Coding, Unusable, compress
from recordings.speech.detect import UNKNOWN
from recordings.store.files import StoreAway, name_of, stem_of
from recordings.store.keys import Seal
from recordings.store.vault import Vault
from recordings.transcript import CallEvent, CallFacts, CallType, Direction, EndedBy

log = structlog.get_logger(__name__)

RETRY_SECONDS = 20.0
GRACE_SECONDS = 60.0
"""So long sound that is not there may still come, of a disk that hangs for example, before it is called lost."""
AT_ONCE = 8
"""Recordings closed side by side: most of a closing is waiting for the file to stand still."""
SETTLE_SECONDS, SETTLE_LONGEST = 0.5, 5.0
"""The switch writes its last buffer after it has said that it stopped: the file must stand still this long."""

FactsOf = Callable[[str, float], Awaitable[tuple[CallFacts, Sequence[CallEvent]] | None]]
"""What is known of a call by its id, of its talk at that time; None for a call nobody knows."""


class Enqueue(Protocol):
    """Told a recording's id when its speech job is committed; `first`: a complaint's."""

    def __call__(self, recording: str, /, *, first: bool) -> None: ...


class Recorder:
    """One per engine."""

    def __init__(
        self, db: Database, switch: Switch, *, spool: Path, vault: Vault, enqueue: Enqueue,
        clock: Clock = system_clock, settle: float = SETTLE_SECONDS, grace: float = GRACE_SECONDS,
        coding: Coding = Coding.FLAC,
    ) -> None:  # fmt: skip
        self._coding = coding
        self._db = db
        self._switch = switch
        self._spool = spool
        self._vault = vault
        self._enqueue = enqueue
        self._clock = clock
        self._settle = settle
        self._grace = grace
        self._missed: dict[str, float] = {}
        self._finished: asyncio.Queue[str] = asyncio.Queue()

    async def start(self, call: str, leg: str) -> None:
        """Record `leg` for `call`; nothing happens when that is already so. For ConversationStarted."""
        now = self._clock()
        async with self._db.transaction() as tx:
            row = await service.begin(tx, call, leg, self._spool, now)
        if await asyncio.to_thread(_size, Path(row.raw)) < 0:
            try:
                await self._switch.do(StartRecording(leg, Path(row.raw)))
            except SwitchError as fault:
                # The end of the conversation finds out whether there is sound after all.
                log.warning("recording did not start", call=call, why=str(fault))
                return
            began = self._clock()
        elif row.started_at == now:  # new here, but the dial plan has begun it
            began = min(now, await asyncio.to_thread(_began, Path(row.raw)))
        else:
            return
        async with self._db.transaction() as tx:
            (await tx.session.get_one(Recording, row.id)).started_at = began

    async def finish(self, call: str, facts: CallFacts | None, events: Sequence[CallEvent] = ()) -> None:
        """Stop recording `call`; `run` brings the sound into the store. For ConversationEnded.

        Without `facts` the sound is kept all the same, as of a call that nobody knows.
        """
        async with self._db.transaction() as tx:
            row = await repository.open_recording(tx.session, call)
            if row is None:
                log.warning("no recording to end", call=call)
                return
            await service.end(tx, row, facts or _unknown(row), events)
        # Gone, or a link that is lost: the switch stops by itself when the leg ends.
        with suppress(SwitchError):
            await self._switch.do(StopRecording(row.leg))
        self._finished.put_nowait(row.id)

    async def recover(self, live: Collection[str], facts_of: FactsOf, talked: Mapping[str, float] | None = None) -> int:
        """After a start: everything in the spool whose call is not in `live` goes its way into the store.

        Returns how many recordings that are. Files nobody knows get a row of their own, and so do calls that `talked`,
        since when, and have none: their engine ended before it could begin one.
        """
        async with self._db.transaction() as tx:
            waiting = await repository.in_state(tx.session, RecordingState.CLOSING)
            going = await repository.in_state(tx.session, RecordingState.RECORDING)
            ended = [row for row in going if row.call not in live] + await self._adopt(tx, live)
            ended += await self._own_up(tx, talked or {})
            for row in ended:
                middle = row.started_at + _seconds(Path(row.raw)) / 2
                facts, events = await facts_of(row.call, middle) or (_unknown(row), ())
                await service.end(tx, row, facts, events)
        for row in (*waiting, *ended):
            self._finished.put_nowait(row.id)
        return len(waiting) + len(ended)

    async def _adopt(self, tx: Transaction, live: Collection[str]) -> list[Recording]:
        """Rows for the files nobody knows; what was stored just before a crash is cleared away."""
        known = await repository.raw_files(tx.session)
        adopted = []
        for raw in sorted(self._spool.glob("*.raw")):
            call, number = _call_of(raw)
            if known.get(str(raw)) == RecordingState.STORED:
                raw.unlink()
            elif str(raw) not in known and call not in live:
                began = _began(raw)
                number = await repository.free_number(tx.session, call, number)
                adopted.append(await service.add(tx, call, number, raw, "", began))
        return adopted

    async def _own_up(self, tx: Transaction, talked: Mapping[str, float]) -> list[Recording]:
        silent = set(talked) - await repository.recorded(tx.session, talked)
        return [
            await service.add(tx, call, 1, self._spool / f"{stem_of(call, 1)}.raw", "", talked[call])
            for call in sorted(silent)
        ]

    async def run(self) -> None:
        """Close what is finished, for ever; what failed is tried again. Give it to the Supervisor."""
        await asyncio.to_thread(self._vault.tidy)
        retry_at = self._clock() + RETRY_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.1, retry_at - self._clock())):
                    self._finished.put_nowait(await self._finished.get())
            await self.close_finished()
            if self._clock() >= retry_at:
                await self.retry()
                retry_at = self._clock() + RETRY_SECONDS

    async def close_finished(self) -> None:
        """Close all that is finished now, some at a time."""
        while not self._finished.empty():
            # One that ended while those of before were looked for is there twice.
            batch = {self._finished.get_nowait() for _ in range(min(AT_ONCE, self._finished.qsize()))}
            await asyncio.gather(*map(self.close, batch))

    async def retry(self) -> None:
        """Close what could not be closed before, one first: a store that is still away is asked once."""
        async with self._db.reading() as session:
            rows = await repository.in_state(session, RecordingState.CLOSING)
        if not rows or isinstance(await self.close(rows[0].id), StoreAway):
            return
        for row in rows[1:]:
            self._finished.put_nowait(row.id)
        await self.close_finished()

    async def close(self, recording: str) -> OSError | None:
        """Bring one finished recording into the store; leaves it `closing` with the reason, returned, when it fails."""
        try:
            async with self._db.reading() as session:
                row = await session.get_one(Recording, recording)
            if row.state != RecordingState.CLOSING:
                return None
            with about_call(row.call):
                return await self._close(row)
        except Exception:
            # Raised, it would leave those that are closed beside it to be closed a second time while they still are.
            log.exception("recording not closed, tried again later", recording=recording)
            return None

    async def _close(self, row: Recording) -> OSError | None:
        raw, name = Path(row.raw), name_of(row.call, row.number, row.started_at, self._coding)
        try:
            await self._stand_still(raw, service.facts_of(row).duration)
            closed, seal = await asyncio.to_thread(_bring_home, raw, self._vault, name, self._coding)
        except Unusable as fault:
            now = self._clock()
            if now < self._missed.setdefault(row.id, now) + self._grace:
                await self._put_off(row, str(fault))
                return None
            del self._missed[row.id]
            async with self._db.transaction() as tx:
                await service.lost(tx, await tx.session.get_one(Recording, row.id), str(fault), self._clock())
            log.error("recording lost", recording=row.id, why=str(fault))
            await asyncio.to_thread(_clear_empty, raw)
            return None
        except OSError as fault:
            await self._put_off(row, fault.strerror or str(fault))
            return fault
        self._missed.pop(row.id, None)
        async with self._db.transaction() as tx:
            stored = await tx.session.get_one(Recording, row.id)
            await service.stored(tx, stored, name, closed, seal, self._clock())
        await asyncio.to_thread(raw.unlink, missing_ok=True)
        try:
            first = service.facts_of(row).call_type is CallType.COMPLAINT
            await asyncio.to_thread(self._enqueue, row.id, first=first)
        except Exception:
            # The job itself is committed: a worker finds it without the queue.
            log.exception("speech job not queued", recording=row.id)
        return None

    async def _put_off(self, row: Recording, fault: str) -> None:
        why = f"not stored yet, tried again every {RETRY_SECONDS:.0f} s: {fault}"
        async with self._db.transaction() as tx:
            (await tx.session.get_one(Recording, row.id)).error = why
        log.error("recording not stored", recording=row.id, why=why)

    async def _stand_still(self, raw: Path, seconds: float) -> None:
        """Wait for the switch's last write; longer while the file is shorter than the conversation."""
        waited, before = 0.0, -1
        while (size := await asyncio.to_thread(_size, raw)) >= 0 and waited < SETTLE_LONGEST:
            if size == before and (size / FRAME_BYTES / RATE > seconds - 1.0 or waited >= 4 * self._settle):
                return
            before = size
            await asyncio.sleep(self._settle)
            waited += self._settle


def _bring_home(raw: Path, vault: Vault, name: str, coding: Coding) -> tuple[Closed, Seal]:
    unfinished = vault.workspace / Path(name).name
    try:
        closed = compress(raw, unfinished, coding)
        seal = vault.keep(unfinished, name)
    finally:
        unfinished.unlink(missing_ok=True)
    return closed, seal


def _clear_empty(raw: Path) -> None:
    """What cannot be used is left where it is, for people; nothing at all is no use to them."""
    if _size(raw) == 0:
        raw.unlink()


def _size(raw: Path) -> int:
    """-1 for a file that is not there."""
    return raw.stat().st_size if raw.exists() else -1


def _seconds(raw: Path) -> float:
    return max(0, _size(raw)) / FRAME_BYTES / RATE


def _began(raw: Path) -> float:
    """When its first sample was heard, in seconds since the epoch."""
    return raw.stat().st_mtime - _seconds(raw)


def _call_of(raw: Path) -> tuple[str, int]:
    """The call and number that `recordings.store.files.stem_of` made a name of."""
    call, dash, number = raw.stem.rpartition("-")
    return (call, int(number)) if dash and call and number.isdecimal() else (raw.stem, 1)


def _unknown(row: Recording) -> CallFacts:
    """What can be said of a call that no record tells of: no language, so nobody guesses at its words."""
    return CallFacts(
        id=row.call,
        direction=Direction.INBOUND,
        queue="",
        agent="",
        language=UNKNOWN,
        call_type=CallType.ENQUIRY,
        connected_at=datetime.fromtimestamp(row.started_at, UTC),
        duration=_seconds(Path(row.raw)),
        ended_by=EndedBy.SYSTEM,
    )
