"""Working on a rule pack: a draft, its trial (lint, unit tests, what it would have done), publishing, one step back.

A draft is published only after a trial of exactly its text has passed, and no text goes live with which a pack that is
based on it could not be read. Workers take the published text by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, published
from accounts.access import User
from accounts.published import fingerprint
from accounts.published_models import Published
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import HotlineError, NotFound, Refused
from core.tasks import Supervisor
from qa import dialogue, evaluation, formedit
from qa.events import PackChanged
from qa.models import PackDraft
from qa.office.deeds import demand_lead
from qa.pack import Ruleset, unused_families
from qa.shelf import KIND, Shelf

DAYS = 30
NOTHING_FOUND: dict[str, Any] = {"unused": [], "tests": None, "impact": None}
"""What a trial that ended at a fault has of the rest."""
Compare = Callable[[Path, Path, int], Awaitable[dict[str, Any]]]
"""What a change of a pack's file would have done to the calls of so many days, as `qa.impact.document` says it."""


@dataclass(frozen=True, slots=True)
class Work:
    """A pack as its editor shows it. `fault`: why the text cannot be read, one a line; then there are no `rules`.

    `tried`: the last trial of this very text, empty without one: `fault`, `unused` families, `tests` as
    `qa.evaluation.document` says it (None where the pack has none), `impact` as `qa.impact.document`, `passed`.
    """

    pack: str
    live: Published | None
    draft: PackDraft | None
    text: str
    rules: Ruleset | None
    fault: str
    tried: dict[str, Any]
    running: bool

    @property
    def seen(self) -> str:
        """Names the text that is shown, so that nobody overwrites what he has not seen."""
        return fingerprint(self.text)


class Editor:
    """One per web process; trials run in the background."""

    def __init__(self, db: Database, shelf: Shelf, tests_dir: Path, compare: Compare, clock: Clock) -> None:
        self._db = db
        self._shelf = shelf
        self._tests = tests_dir
        self._compare = compare
        self._clock = clock
        self._supervisor = Supervisor()
        self._running: set[str] = set()

    async def close(self) -> None:
        await self._supervisor.stop()

    async def works(self, session: AsyncSession) -> list[tuple[str, Published | None, PackDraft | None]]:
        """Every pack with its live version and its draft."""
        return [
            (name, await published.live(session, KIND, name), await session.get(PackDraft, name))
            for name in self._shelf.names()
        ]

    async def work(self, session: AsyncSession, pack: str) -> Work:
        """Raises NotFound."""
        self._known(pack)
        running = pack in self._running  # asked first: a trial that ends meanwhile may not look like one that never was
        live, draft, text = await self._shown(session, pack)
        texts = {**await published.texts_of(session, KIND), pack: text}
        rules, fault = None, ""
        try:
            rules = await asyncio.to_thread(partial(self._shelf.read, pack, texts, standing=draft is None))
        except HotlineError as found:
            fault = _whole(found)
        tried = NOTHING_FOUND | draft.tried if draft and draft.tried_sha256 == fingerprint(text) else {}
        return Work(pack, live, draft, text, rules, fault, tried, running)

    async def save(self, pack: str, text: str, seen: str, user: User) -> None:
        """Keep a text as the pack's draft. Raises NotFound, Refused."""
        demand_lead(user)
        self._known(pack)
        clean = text.replace("\r\n", "\n")
        async with self._db.transaction() as tx:
            await self._demand_seen(tx.session, pack, seen)
            await tx.session.merge(
                PackDraft(pack=pack, text=clean, by=user.login, at=self._clock(), tried={}, tried_sha256="")
            )
            await self._note(tx, user, "pack_drafted", pack, "")

    async def change(self, pack: str, values: dict[str, str], seen: str, user: User) -> None:
        """Change the draft by its form (`qa.formedit`), which never makes a broken one: its form would be gone.

        Raises NotFound, Refused, BadInput, ConfigError.
        """
        demand_lead(user)
        self._known(pack)
        # Packs take seconds to read: not while others wait to write, and not for a change that is refused anyway.
        async with self._db.reading() as session:
            await self._demand_seen(session, pack, seen)
            work = await self.work(session, pack)
            if work.rules is None:
                raise Refused("draft_broken", work.fault)
            text = await asyncio.to_thread(formedit.edited, work.text, work.rules.pack, values)
            texts = {**await published.texts_of(session, KIND), pack: text}
            await asyncio.to_thread(self._shelf.read, pack, texts)
        await self.save(pack, text, seen, user)

    async def drop(self, tx: Transaction, pack: str, user: User) -> None:
        """The draft goes; the live version is untouched."""
        demand_lead(user)
        draft = await self._draft(tx.session, pack, lock=True)
        await tx.session.delete(draft)
        await self._note(tx, user, "pack_draft_dropped", pack, "")

    async def begin_trial(self, pack: str, user: User) -> None:
        """Try the draft in the background; `PackChanged` tells when it is through. Raises NotFound, Refused."""
        demand_lead(user)
        async with self._db.transaction() as tx:
            await self._draft(tx.session, pack, lock=True)
            await self._note(tx, user, "pack_tried", pack, "")
        if pack not in self._running:
            self._running.add(pack)
            self._supervisor.spawn(f"trial of {pack}", self._tried(pack))

    async def publish(self, pack: str, reason: str, user: User) -> Published:
        """Make the draft live. Raises NotFound, Refused."""
        demand_lead(user)
        # As with a step back: read before the transaction, known in it.
        async with self._db.reading() as session:
            await self._demand_sound(session, pack, (await self._passed(session, pack, reason)).text)
        async with self._db.transaction() as tx:
            draft = await self._passed(tx.session, pack, reason, lock=True)
            await self._demand_sound(tx.session, pack, draft.text)
            found = await published.publish(tx, KIND, pack, draft.text, user.login, reason, self._clock())
            await tx.session.delete(draft)
            tx.publish(PackChanged(self._clock(), pack))
        return found

    async def back(self, pack: str, reason: str, user: User) -> Published:
        """The version before the live one is live again. Raises NotFound, Refused."""
        demand_lead(user)
        self._known(pack)
        if not reason:
            raise Refused("reason_missing", "say why the rules change")
        # Read before anybody else's writing has to wait for it; what was read is known below, unless it moved.
        async with self._db.reading() as session:
            await self._demand_sound(session, pack, (await published.former(session, KIND, pack)).text, standing=True)
        async with self._db.transaction() as tx:
            former = await published.former(tx.session, KIND, pack)
            await self._demand_sound(tx.session, pack, former.text, standing=True)
            found = await published.back(tx, KIND, pack, user.login, reason, self._clock())
            tx.publish(PackChanged(self._clock(), pack))
        return found

    async def _tried(self, pack: str) -> None:
        try:
            async with self._db.reading() as session:
                work = await self.work(session, pack)
                texts = await published.texts_of(session, KIND)
            try:
                found = await self._trial(work, texts)
            except HotlineError as fault:
                found = {"passed": False, "fault": _whole(fault)}
            async with self._db.transaction() as tx:
                draft = await tx.session.get(PackDraft, pack, with_for_update=True)
                if draft is not None and draft.text == work.text:
                    draft.tried, draft.tried_sha256 = found, fingerprint(work.text)
        finally:
            self._running.discard(pack)
            async with self._db.transaction() as tx:
                tx.publish(PackChanged(self._clock(), pack))

    async def _trial(self, work: Work, texts: dict[str, str]) -> dict[str, Any]:
        if work.rules is None:
            return {"passed": False, "fault": work.fault}
        await asyncio.to_thread(self._shelf.demand_sound, work.pack, work.text, texts)
        tests = await asyncio.to_thread(self._run_tests, work.pack, work.rules)
        file = f"{work.pack}.yaml"
        with self._shelf.laid_out(texts) as before, self._shelf.laid_out({**texts, work.pack: work.text}) as after:
            impact = await self._compare(before / file, after / file, DAYS)
        return {
            "passed": not (tests and tests["mistakes"]),
            "fault": "",
            "unused": unused_families(work.rules.pack),
            "tests": tests,
            "impact": impact,
            "at": self._clock(),
        }

    async def _shown(self, session: AsyncSession, pack: str) -> tuple[Published | None, PackDraft | None, str]:
        """The live version, the draft, and which text people are shown of them."""
        draft = await session.get(PackDraft, pack)
        live = await published.live(session, KIND, pack)
        text = draft.text if draft else live.text if live else await asyncio.to_thread(self._shelf.file_text, pack)
        return live, draft, text

    async def _demand_seen(self, session: AsyncSession, pack: str, seen: str) -> None:
        if fingerprint((await self._shown(session, pack))[2]) != seen:
            raise Refused("draft_moved", "somebody else has changed this draft meanwhile: look at it again")

    async def _demand_sound(self, session: AsyncSession, pack: str, text: str, *, standing: bool = False) -> None:
        live = await published.texts_of(session, KIND)
        await asyncio.to_thread(partial(self._shelf.demand_sound, pack, text, live, standing=standing))

    def _run_tests(self, pack: str, rules: Ruleset) -> dict[str, Any] | None:
        path = self._tests / f"{pack}.yaml"
        if not path.is_file():
            return None
        labelled = dialogue.unit_tests(path)
        return evaluation.document(evaluation.evaluate(labelled, rules), pack, rules.version, 0.0)

    def _known(self, pack: str) -> None:
        if pack not in self._shelf.names():
            raise NotFound(f"there is no pack {pack}")

    async def _draft(self, session: AsyncSession, pack: str, *, lock: bool = False) -> PackDraft:
        self._known(pack)
        draft = await session.get(PackDraft, pack, with_for_update=lock)
        if draft is None:
            raise NotFound(f"nobody works on pack {pack}")
        return draft

    async def _passed(self, session: AsyncSession, pack: str, reason: str, *, lock: bool = False) -> PackDraft:
        """The draft, when it may go live."""
        draft = await self._draft(session, pack, lock=lock)
        if draft.tried_sha256 != fingerprint(draft.text) or not draft.tried.get("passed"):
            raise Refused("not_tried", "try this draft first: it goes live when its trial has passed")
        if not reason:
            raise Refused("reason_missing", "say why the rules change")
        return draft

    async def _note(self, tx: Transaction, user: User, what: str, pack: str, reason: str) -> None:
        await audit.note(tx, user.login, what, f"{KIND}:{pack}", reason)
        tx.publish(PackChanged(self._clock(), pack))


def _whole(fault: HotlineError) -> str:
    """Everything that was found wrong, one a line."""
    return "\n".join(str(each) for each in (fault, *fault.also))
