"""The one table of who hears which event."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog
from sqlalchemy import select

from accounts.events import PhoneTaken, SessionEnding, SignedOut, TextPublished
from acd import events as acd
from acd.call import CallState
from acd.models import Call
from acd.queues import Queues
from app.facts import facts_of
from app.leg_files import name_by_call
from core.bus import Bus
from core.clock import Clock
from core.database import AWAY, Database
from core.relay import Wire
from core.site import Site
from core.tasks import Turns
from ivr.events import MenuFaultChanged, MenuPublished
from pbx.switch import SwitchError
from qa.events import CallScored
from recordings import models as recordings
from recordings.events import TranscriptChanged
from recordings.pauses import Pauses
from recordings.recorder import Recorder
from recordings.transcript import CallEvent, CallFacts

log = structlog.get_logger(__name__)

FROM_WORKERS = Wire(
    (
        TranscriptChanged,
        CallScored,
        MenuPublished,
        MenuFaultChanged,
        TextPublished,
        SignedOut,
        SessionEnding,
        PhoneTaken,
    )
)
"""Events that speech workers and the command line tell the engine."""

DAY = 86400.0
AGAIN, TRIES = 2.0, 30
"""Seconds until what could not be stored of a talk is tried again, and how often."""


class Recording:
    """Carries conversations from the distributor to the recorder: a short talk is over before others are put away."""

    def __init__(
        self, db: Database, recorder: Recorder, pauses: Pauses, spool: Path, queues: Queues, site: Site, clock: Clock
    ) -> None:
        self._db = db
        self._recorder = recorder
        self._pauses = pauses
        self._spool = spool
        self._queues = queues
        self._site = site
        self._clock = clock
        self._opened = clock()
        self._recovered = False
        self._turns = Turns()

    async def begin(self, event: acd.ConversationStarted) -> None:
        self._turns.take(event.call, _patiently(lambda: self._begin(event)))

    async def end(self, event: acd.ConversationEnded) -> None:
        self._turns.take(event.call, _patiently(lambda: self._end(event)))

    async def _begin(self, event: acd.ConversationStarted) -> None:
        await name_by_call(self._db, self._spool)
        await self._recorder.start(event.call, event.leg)
        with suppress(SwitchError):  # gone again, or a link that is lost: the pause stays until it is known
            await self._pauses.carry_on(event.call, event.agent)

    async def _end(self, event: acd.ConversationEnded) -> None:
        facts, events = await self._facts(event.call, event.at) or (None, ())
        await self._recorder.finish(event.call, facts, events)

    async def recover(self, event: acd.SwitchChanged) -> None:
        """Talks that go on are recorded on; after a start all others' sound goes into the store."""
        if event.up:
            await self._turns.settled()
            await _patiently(self._recover)

    async def _recover(self) -> None:
        await name_by_call(self._db, self._spool)
        async with self._db.reading() as session:
            talks = select(Call.id, Call.leg).where(Call.state == CallState.TALKING)
            going = {each.id: each.leg for each in await session.execute(talks)}
            lately = (Call.connected_at > self._opened - DAY) & (Call.connected_at < self._opened)
            silent = Call.id.not_in(select(recordings.Recording.call)) & (Call.state != CallState.TALKING)
            over = await session.execute(select(Call.id, Call.connected_at).where(lately, silent))
            talked = {call: began for call, began in over if began is not None}
        if not self._recovered:
            await self._recorder.recover(going, self._facts, talked)
            self._recovered = True
        for call, leg in going.items():
            await self._recorder.start(call, leg)

    async def _facts(self, call: str, at: float) -> tuple[CallFacts, Sequence[CallEvent]] | None:
        async with self._db.reading() as session:
            return await facts_of(session, call, self._queues, self._site.zone, at, self._clock())


async def _patiently(deed: Callable[[], Awaitable[None]]) -> None:
    """A moment without the database must cost no sound, nor leave a talk's file open for the talk after it."""
    for _ in range(TRIES):
        try:
            await deed()
        except AWAY as fault:
            log.warning("what is recorded cannot be stored", why=str(fault), again_in=AGAIN)
            await asyncio.sleep(AGAIN)
        else:
            return
    await deed()


def wire(bus: Bus, recording: Recording) -> None:
    """Besides these, the distributor, the menu and the live pages subscribe themselves (`start`, `listen`)."""
    for listener, event_type, handler in (
        ("recordings", acd.SwitchChanged, recording.recover),
        ("recordings", acd.ConversationStarted, recording.begin),
        ("recordings", acd.ConversationEnded, recording.end),
    ):
        bus.subscribe(listener, event_type, handler)
