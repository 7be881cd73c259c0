"""Texts of the configuration that administrators change: what is in force, checks of drafts, one step back.

A text is checked by the rules of the start, together with all others that are live.
"""

import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, published
from accounts.published_models import Published
from core import yamlfile
from core.clock import Clock
from core.database import Database
from core.errors import BadInput, NotFound, Refused

KIND = "setting"
Demand = Callable[[Mapping[str, str]], Awaitable[None]]
"""Takes texts by file; raises BadInput, mostly ConfigError with the line, unless a centre could start with them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft changes: of a `part` (a queue, a number, a schedule; '' for the setting itself) the `field` ('' for
    all of it), from and to, '' for nothing. `callers`, `agents`: whom it concerns now, None where nobody is counted."""

    part: str
    field: str
    before: str
    after: str
    callers: int | None = None
    agents: int | None = None


Weigh = Callable[[str, str, str], Awaitable[Sequence[Effect]]]
"""Takes a setting, its live text ('' for none) and a draft that was checked."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A file of the configuration whose text is published as `kind` and `key`.

    A running centre goes by it at once, except for the fields `later`, which count from the next start on. A `private`
    one tells of customers.
    """

    name: str
    file: str
    later: tuple[str, ...] = ()
    private: bool = False
    kind: str = KIND
    key: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.kind, self.key or self.name


@dataclass(frozen=True, slots=True)
class Standing:
    """`live` is None for a file that the site does not have. `waits`: fields that are others from the next start on."""

    setting: Setting
    live: Published | None
    waits: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.live.text if self.live else ""

    @property
    def number(self) -> int:
        return self.live.number if self.live else 0


class SettingsOffice:
    """Made at the start of the centre.

    `wrong`: what is wrong with files that were edited by hand since and not taken, by setting; whoever looks at the
    files writes it there.
    """

    def __init__(self, db: Database, settings: Sequence[Setting], demand: Demand, weigh: Weigh, clock: Clock) -> None:
        self._db = db
        self._settings = {each.name: each for each in settings}
        self._demand = demand
        self._weigh = weigh
        self._clock = clock
        self._began = clock()
        self.wrong: dict[str, str] = {}

    async def standings(self) -> list[Standing]:
        async with self._db.reading() as session:
            return [await self._standing(session, each) for each in self._settings.values()]

    async def standing(self, name: str) -> Standing:
        """Raises NotFound."""
        async with self._db.reading() as session:
            return await self._standing(session, self._known(name))

    async def history(self, name: str) -> Sequence[Published]:
        """Every version, the newest first."""
        async with self._db.reading() as session:
            return await published.history(session, *self._known(name).place)

    async def text(self, name: str, number: int = 0) -> str:
        """Of a version; 0 is the live one."""
        if not number:
            return (await self.standing(name)).text
        async with self._db.reading() as session:
            return (await published.of_number(session, *self._known(name).place, number)).text

    async def check(self, name: str, text: str) -> BadInput | None:
        """The first thing that is wrong with a draft; None when a centre could start with it."""
        texts = {each.setting.file: each.text for each in await self.standings() if each.live}
        try:
            await self._demand({**texts, self._known(name).file: plain(text)})
        except BadInput as fault:
            return fault
        return None

    async def effects(self, name: str, text: str) -> Sequence[Effect]:
        """What publishing a draft in which nothing is wrong would change."""
        return await self._weigh(name, await self.text(name), plain(text))

    async def publish(self, name: str, text: str, reason: str, by: str, seen: int | None = None) -> Published:
        """Raises BadInput with what is wrong; Refused: reason_missing, unchanged, changed_meanwhile.

        `seen`: the number of the live version that the draft began with.
        """
        _demand_reason(reason)
        if fault := await self.check(name, text):
            raise fault
        kind, key = self._known(name).place
        async with self._db.transaction() as tx:
            live = await published.live(tx.session, kind, key)
            if seen is not None and seen != (live.number if live else 0):
                raise Refused("changed_meanwhile", "somebody has published another text meanwhile: begin from that")
            return await published.publish(tx, kind, key, plain(text), by, reason, self._clock())

    async def back(self, name: str, reason: str, by: str) -> Published:
        """The version before the live one is live again. Raises as `publish`, and Refused(no_former)."""
        _demand_reason(reason)
        standing = await self.standing(name)
        kind, key = standing.setting.place
        if standing.live is None or not standing.live.previous:
            raise Refused("no_former", f"{name} has no former version")
        if fault := await self.check(name, await self.text(name, standing.live.previous)):
            raise fault
        async with self._db.transaction() as tx:
            return await published.back(tx, kind, key, by, reason, self._clock())

    async def read_file(self, name: str, text: str) -> Published | None:
        """A file that was edited by hand while the centre runs; None when it says what is live. Raises as `publish`."""
        if plain(text) == await self.text(name):
            return None
        reason = f"read from {self._known(name).file} after a change by hand"
        return await self.publish(name, text, reason, published.SYSTEM)

    async def read(self, name: str, number: int, by: str) -> str:
        """As `text`, for a person: of a `private` setting it is written down who has read it."""
        text = await self.text(name, number)
        if self._known(name).private:
            async with self._db.transaction() as tx:
                await audit.note(tx, by, "setting_read", f"setting:{name}")
        return text

    async def _standing(self, session: AsyncSession, setting: Setting) -> Standing:
        live = await published.live(session, *setting.place)
        if live is None or not setting.later or live.published_at <= self._began:
            return Standing(setting, live)
        former = await published.history(session, *setting.place)
        then = next((each.text for each in former if each.published_at <= self._began), "")
        was, now = (yamlfile.parse(text, Path(setting.file)) or {} for text in (then, live.text))
        return Standing(setting, live, tuple(each for each in setting.later if was.get(each) != now.get(each)))

    def _known(self, name: str) -> Setting:
        if name not in self._settings:
            raise NotFound(f"there is no setting {name!r}", f"they are {', '.join(self._settings)}")
        return self._settings[name]


def plain(text: str) -> str:
    """As it is stored: a browser sends carriage returns with its line ends."""
    return text.replace("\r\n", "\n")


def difference(name: str, before: str, after: str) -> list[str]:
    """Lines of a unified diff, without its two titles' lines where both say the same."""
    lines = (before.splitlines(), plain(after).splitlines())
    return list(difflib.unified_diff(*lines, f"{name} before", f"{name} after", lineterm=""))


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason_missing", "say why the setting changes")
