"""Pauses of a running recording, for a card number or a password: silence in the file, the time line stays whole."""

import asyncio
from collections.abc import Sequence

import structlog

from accounts import audit
from core.clock import Clock, system_clock
from core.database import Database, Transaction
from core.errors import NotFound
from pbx.commands import MuteRecording
from pbx.switch import LinkLost, Switch, SwitchError
from recordings import repository, service
from recordings.events import PauseChanged
from recordings.models import Pause, Recording

log = structlog.get_logger(__name__)

LONGEST = 120.0
"""A pause that nobody ends ends itself after so many seconds."""
AGAIN = 1.0
ENGINE = "system"
"""Who the audit trail says it was when a pause ended itself."""


class Pauses:
    """One per engine. A pause is stored before the switch is told, and ended only once the switch has obeyed.

    Its times are when the switch obeyed, so that they fit the sound.
    """

    def __init__(self, db: Database, switch: Switch, clock: Clock = system_clock, *, longest: float = LONGEST) -> None:
        self._db = db
        self._switch = switch
        self._clock = clock
        self._longest = longest
        self._changed = asyncio.Event()

    async def pause(self, call: str, who: str, why: str) -> None:
        """Leave out what is said from now on; one that is paused already is paused for as long again.

        Raises NotFound for a call that is not being recorded, SwitchError when the switch did not obey.
        """
        now = self._clock()
        async with self._db.transaction() as tx:
            row = await self._running(tx, call)
            pause = await _open(tx, row.id)
            begins = pause is None
            if pause is None:
                pause = Pause(recording=row.id, call=call, started_at=now, until_at=0.0, by=who, reason=why)
                tx.session.add(pause)
                await audit.note(tx, who, "recording_paused", f"call:{call}", why)
                tx.publish(PauseChanged(now, call))
            pause.until_at = now + self._longest
        self._changed.set()
        try:
            await self._switch.do(MuteRecording(row.leg, muted=True))
        except LinkLost:
            # It may have been done: the pause stays until the switch is known to record again.
            raise
        except SwitchError:
            await self._ended(pause.id)
            raise
        if begins:
            async with self._db.transaction() as tx:
                (await tx.session.get_one(Pause, pause.id)).started_at = self._clock()

    async def resume(self, call: str, who: str) -> None:
        """Record again; nothing happens when that is already so. Raises as `pause`."""
        async with self._db.reading() as session:
            row = await repository.open_recording(session, call)
            if row is None:
                raise NotFound("this call is not being recorded")
            pauses = [pause for pause in await repository.pauses_of(session, row.id) if pause.ended_at is None]
        for pause in pauses:
            await self._switch.do(MuteRecording(row.leg, muted=False))
            await self._ended(pause.id, who)

    async def carry_on(self, call: str, agent: str) -> None:
        """A pause that the end of `agent`'s last talk on the call cut short goes on in the talk that begins.

        He has reloaded his browser, or takes the caller at another telephone: the card number is said all the same.
        """
        async with self._db.reading() as session:
            ended = [row for row in await repository.recordings_of(session, call) if row.facts]
            his = bool(ended) and service.facts_of(ended[-1]).agent == agent
            cut = await service.cut_short(session, ended[-1]) if his else None
        if cut is not None and cut.until_at > self._clock():
            await self.pause(call, cut.by, cut.reason)

    async def of(self, call: str) -> Sequence[Pause]:
        """The pauses of the recording that runs now; raises NotFound."""
        async with self._db.reading() as session:
            row = await repository.open_recording(session, call)
            if row is None:
                raise NotFound("this call is not being recorded")
            return await repository.pauses_of(session, row.id)

    async def run(self) -> None:
        """End every pause when its time is over, for ever, also those from before a restart. For the Supervisor."""
        while True:
            self._changed.clear()
            wait = await self.end_due()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def end_due(self) -> float | None:
        """End those whose time is over; returns the seconds until there is something to do again, None for nothing."""
        async with self._db.reading() as session:
            pauses = await repository.open_pauses(session)
            legs = {pause.recording: (await session.get_one(Recording, pause.recording)).leg for pause in pauses}
        waits = []
        for pause in pauses:
            if pause.until_at > self._clock():
                waits.append(pause.until_at - self._clock())
                continue
            try:
                await self._switch.do(MuteRecording(legs[pause.recording], muted=False))
            except LinkLost:
                waits.append(AGAIN)
                continue
            except SwitchError as fault:
                log.info("nothing to record again after a pause", call=pause.call, why=str(fault))
            await self._ended(pause.id, ENGINE)
        return min(waits, default=None)

    async def _ended(self, pause: int, who: str = "") -> None:
        async with self._db.transaction() as tx:
            row = await tx.session.get_one(Pause, pause)
            if row.ended_at is not None:
                return
            row.ended_at = self._clock()
            tx.publish(PauseChanged(row.ended_at, row.call))
            if who:
                await audit.note(tx, who, "recording_resumed", f"call:{row.call}")

    async def _running(self, tx: Transaction, call: str) -> Recording:
        row = await repository.open_recording(tx.session, call)
        if row is None:
            raise NotFound("this call is not being recorded")
        return row


async def _open(tx: Transaction, recording: str) -> Pause | None:
    return next((pause for pause in await repository.pauses_of(tx.session, recording) if pause.ended_at is None), None)
