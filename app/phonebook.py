"""Keeps the switch's telephones as the accounts say: hard ones, and the browsers of agents who are signed in."""

import asyncio

import structlog

from accounts import handsets
from accounts.events import PhonesChanged
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import HotlineError
from pbx.render import Phone
from pbx.server import AsteriskServer

log = structlog.get_logger(__name__)

EXPIRY_SECONDS = 60.0
"""How often sessions that are over by time are looked for."""


async def phones_of(db: Database, now: float) -> tuple[Phone, ...]:
    """Every agent's telephone of this moment, as the switch wants it."""
    async with db.reading() as session:
        found = await handsets.phones(session, now)
    return tuple(Phone(each.user, each.secret, each.name, webrtc=each.browser, probed=True) for each in found)


class PhoneBook:
    """`write` when something changed; `run` for ever."""

    def __init__(self, db: Database, server: AsteriskServer, clock: Clock) -> None:
        self._db = db
        self._server = server
        self._clock = clock
        self._lock = asyncio.Lock()

    def listen(self, bus: Bus) -> None:
        bus.subscribe("phonebook", PhonesChanged, self._on_changed)

    async def write(self) -> None:
        """Returns when the switch knows the telephones of this moment. Many who ask at once cost one reload."""
        async with self._lock:
            phones = await phones_of(self._db, self._clock())
            if phones != self._server.wanted.phones:
                await self._server.write_phones(phones)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EXPIRY_SECONDS)
            await self._on_changed(PhonesChanged())

    async def _on_changed(self, _event: PhonesChanged) -> None:
        try:
            await self.write()
        except HotlineError as fault:
            log.warning("the switch does not know the telephones of this moment", problem=str(fault))
