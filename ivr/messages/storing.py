"""Messages that callers left go from the switch's spool into the store, sealed as recordings are."""

import asyncio
import shutil
from pathlib import Path

import structlog
from sqlalchemy import select

from acd.models import Call
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from ivr.events import MessageChanged
from ivr.fault import Fault, FaultKind
from ivr.faults.kept import Faults
from ivr.models import Message
from recordings.store.files import MESSAGES, name_of
from recordings.store.keys import Seal
from recordings.store.vault import Vault

log = structlog.get_logger(__name__)

LISTENER = "message store"
AGAIN = 60.0
"""Seconds until what could not be stored is tried again."""


class MessageStore:
    """Give `run` to the Supervisor. The switch's file goes only when the store and the row have the message."""

    def __init__(self, db: Database, vault: Vault, faults: Faults) -> None:
        self._db = db
        self._faults = faults
        self._vault = vault
        self._wanted = asyncio.Event()
        self._missed: set[str] = set()

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, MessageChanged, self._wake)

    async def _wake(self, _event: MessageChanged) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            self._wanted.clear()
            await self.put_away()
            try:
                async with asyncio.timeout(AGAIN):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def put_away(self) -> None:
        """Everything that was kept and still lies in the spool; what fails stays there for the next time."""
        async with self._db.reading() as session:
            kept = select(Message).where(Message.state != "recording", Message.raw != "").order_by(Message.id)
            rows = (await session.scalars(kept)).all()
        for row in rows:
            try:
                await self._store(row)
                self._missed.discard(row.call)
            except (HotlineError, OSError) as fault:
                log.error("message not stored yet", message=row.id, why=str(fault))
                await self._report(row.call, fault)

    async def _store(self, row: Message) -> None:
        raw = Path(row.raw)
        if not row.path:
            name = f"{MESSAGES}{name_of(row.id, 1, row.left_at, 'wav')}"
            seal = await asyncio.to_thread(self._keep, raw, name)
            async with self._db.transaction() as tx:
                stored = await tx.session.get_one(Message, row.id)
                stored.path, stored.key_id, stored.sealed_key = name, seal.key, seal.wrapped
        await asyncio.to_thread(raw.unlink, missing_ok=True)
        async with self._db.transaction() as tx:
            (await tx.session.get_one(Message, row.id)).raw = ""

    async def _report(self, call: str, fault: Exception) -> None:
        """Where the caller spoke: the last step of his way through the menu."""
        again = call in self._missed
        self._missed.add(call)
        async with self._db.reading() as session:
            row = await session.get(Call, call)
        if row is None or not row.menu:
            return
        step = str((row.path or [{}])[-1].get("step", ""))
        told = Fault(row.menu, row.menu_version, step, 0, FaultKind.MESSAGE, str(fault))
        self._faults.report(told, call, again=again)

    def _keep(self, raw: Path, name: str) -> Seal:
        copy = self._vault.workspace / Path(name).name
        try:
            shutil.copyfile(raw, copy)
            return self._vault.keep(copy, name)
        finally:
            copy.unlink(missing_ok=True)
