"""Published settings in a running centre: read as a whole, then taken by every part between two events."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog

from accounts.events import TextPublished
from accounts.published import newest
from accounts.settings import KIND
from acd import history
from acd.dispatcher import Dispatcher
from acd.floor import Floor
from acd.inputs import Input
from acd.outward.callback_list import Callbacks
from acd.outward.dialling import Dialling
from acd.queues import Queues
from acd.rewait import rules_changed
from acd.routing.memory import Past
from app.configuration import Configuration
from app.settings import SETTINGS, published_configuration
from core.bus import Bus
from core.clock import Clock
from core.database import AWAY, Database
from core.errors import HotlineError, Refused

log = structlog.get_logger(__name__)

RULEBOOKS = frozenset(each.name for each in SETTINGS if each.kind == KIND)
RETRY_SECONDS = 1.0
Prepare = Callable[[Configuration], Awaitable[None]]
"""Does with the new configuration what must be done before, or as, its words count. Raises HotlineError."""


@dataclass(frozen=True, slots=True)
class Taker:
    """`prepare` is asked when one of these settings says something else."""

    names: frozenset[str]
    prepare: Prepare


class Taking:
    """`config` becomes what is published: all who hold a rulebook of it go by the new one from then on."""

    def __init__(self, config: Configuration, db: Database, takers: Sequence[Taker]) -> None:
        self._config = config
        self._db = db
        self._takers = takers
        self._versions: dict[str, int] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe("settings", TextPublished, self._heard)

    async def _heard(self, event: TextPublished) -> None:
        if event.kind != KIND:
            return
        async with self._db.reading() as session:
            versions = await newest(session, KIND)
        if versions != self._versions:  # texts published at once are taken at once
            self._versions = versions
            await self.take()

    async def take(self) -> None:
        """What cannot be taken is reported; the former rules go on, and the next publication tries it again."""
        try:
            fresh = await published_configuration(self._db, self._config.directory)
        except HotlineError as fault:
            log.error("published settings not taken", why=str(fault))
            return
        for each in SETTINGS:
            later = {field: getattr(getattr(self._config, each.name), field) for field in each.later}
            if later:
                fresh = replace(fresh, **{each.name: getattr(fresh, each.name).model_copy(update=later)})
        changed = {each for each in RULEBOOKS if getattr(fresh, each) != getattr(self._config, each)}
        for taker in self._takers:
            try:
                if changed & taker.names:
                    await taker.prepare(fresh)
            except HotlineError as fault:
                log.error("published settings not taken", settings=sorted(changed & taker.names), why=str(fault))
                changed -= taker.names
        for name in changed:
            getattr(self._config, name).become(getattr(fresh, name))
        log.info("published settings taken", settings=sorted(changed))


def waiting_callers(db: Database, engine: Dispatcher, queues: Queues, clock: Clock) -> Prepare:
    """Who waits keeps his place and waits by the new rules; `queues` are those of now."""

    async def prepare(fresh: Configuration) -> None:
        def changed(past: Iterable[Past], floor: Floor) -> list[Input]:
            return [rules_changed(queues, fresh.queues, floor.contacts.values(), engine.control.own, past)]

        while True:
            try:
                past: list[Past] = []
                if fresh.queues.policies != queues.policies:
                    async with db.reading() as session:
                        past = await history.past(session, clock())
                await engine.carry_out(partial(changed, past), "")
            except (Refused, *AWAY) as fault:  # nothing can be stored now: all begins again, and then so do we
                log.warning("rules of queues wait", why=str(fault))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                queues.become(fresh.queues)
                return

    return prepare


def call_backs(callbacks: Callbacks, dialling: Dialling) -> Prepare:
    """Call backs that wait are given to who may make them by the new rules; `dialling` are those of now."""

    async def prepare(fresh: Configuration) -> None:
        dialling.become(fresh.dialling)
        await callbacks.line_up()

    return prepare
