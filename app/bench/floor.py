"""The benches' agents: light SIP phones in this process, registered and kept ready through the distributor."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import select

from accounts.models import Person
from acd.agent_state import AgentState
from acd.models import AgentRow
from acd.roster import PHONE
from app.centre import Centre
from app.phones.light_sip import Dialog, Party
from core.database import Database
from core.errors import Refused

Ring = Callable[[Party, Dialog], None]
READY_EVERY = 0.2


class Workplace(Protocol):
    """The centre whose agents these are."""

    @property
    def db(self) -> Database: ...

    @property
    def sip_port(self) -> int: ...

    async def make_ready(self, agent: str) -> None:
        """Raises Refused when that cannot be now."""


class Here:
    """A centre in this process."""

    def __init__(self, centre: Centre) -> None:
        self.db, self.sip_port = centre.db, centre.asterisk.sip_port
        self._dispatcher = centre.dispatcher

    async def make_ready(self, agent: str) -> None:
        await self._dispatcher.set_state(agent, AgentState.READY, "", "bench")


class Floor:
    """`ring(party, dialog)` hears every ring of every phone."""

    def __init__(self, centre: Workplace, ring: Ring) -> None:
        self._centre = centre
        self._ring = ring
        self.parties: dict[str, Party] = {}

    async def open(self) -> None:
        """Register everybody's phone and sign everybody in."""
        async with self._centre.db.reading() as session:
            people = (await session.scalars(select(Person).where(Person.number != ""))).all()
        for person in people:
            party = await Party(PHONE + person.number, self._centre.sip_port, person.phone_secret).open()
            party.on_invite = self._on_invite(party)
            await party.register()
            self.parties[person.number] = party
        await asyncio.sleep(0.5)  # the news that a phone is there travels through Asterisk
        for number in self.parties:
            await self._centre.make_ready(number)

    async def keep_ready(self) -> None:
        """For ever: agents whom an unanswered ring made not ready are signed in again."""
        while True:
            async with self._centre.db.reading() as session:
                idle = await session.scalars(select(AgentRow.number).where(AgentRow.state == AgentState.NOT_READY))
                numbers = [number for number in idle if number in self.parties]
            for number in numbers:
                with contextlib.suppress(Refused):
                    await self._centre.make_ready(number)
            await asyncio.sleep(READY_EVERY)

    async def close(self) -> None:
        for party in self.parties.values():
            with contextlib.suppress(Exception):  # a phone that cannot say goodbye is closed all the same
                await party.register(expires=0)
            party.close()

    def _on_invite(self, party: Party) -> Callable[[Dialog], None]:
        def told(dialog: Dialog) -> None:
            if dialog.invite is not None:
                party.reply(dialog.invite, 180, "Ringing", dialog)
            self._ring(party, dialog)

        return told


def caller_of(dialog: Dialog) -> str:
    """The calling number a phone is shown."""
    shown = dialog.invite.headers["from"] if dialog.invite else ""
    return shown.partition("sip:")[2].partition("@")[0]
