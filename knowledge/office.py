"""Articles that people write and change: checked, published, compared, one step back."""

from collections.abc import Callable, Sequence

from accounts import published
from accounts.published_models import Published
from accounts.settings import plain
from core.clock import Clock
from core.database import Database
from core.errors import BadInput, NotFound, Refused
from knowledge import article
from knowledge.article import Known
from knowledge.library import KIND


class KnowledgeOffice:
    """`known` is what articles may name now. `wrong` as in `accounts.settings.SettingsOffice`, by article."""

    def __init__(self, db: Database, known: Callable[[], Known], clock: Clock) -> None:
        self._db = db
        self._known = known
        self._clock = clock
        self.wrong: dict[str, str] = {}

    def check(self, name: str, text: str) -> BadInput | None:
        """The first thing that is wrong with a draft."""
        try:
            article.read(name, plain(text), self._known())
        except BadInput as fault:
            return fault
        return None

    async def history(self, name: str) -> Sequence[Published]:
        """Every version, the newest first."""
        async with self._db.reading() as session:
            return await published.history(session, KIND, name)

    async def text(self, name: str, number: int = 0) -> str:
        """Of a version; 0 is the live one. Raises NotFound."""
        async with self._db.reading() as session:
            if number:
                return (await published.of_number(session, KIND, name, number)).text
            live = await published.live(session, KIND, name)
        if live is None:
            raise NotFound(f"there is no article {name}")
        return live.text

    async def publish(self, name: str, text: str, reason: str, by: str, seen: int | None = None) -> Published:
        """Raises BadInput; Refused: reason_missing, unchanged, changed_meanwhile (another was live than `seen`)."""
        _demand_reason(reason)
        if fault := self.check(name, text):
            raise fault
        async with self._db.transaction() as tx:
            live = await published.live(tx.session, KIND, name)
            if seen is not None and seen != (live.number if live else 0):
                raise Refused("changed_meanwhile", "somebody has published another text meanwhile: begin from that")
            return await published.publish(tx, KIND, name, plain(text), by, reason, self._clock())

    async def read_file(self, name: str, text: str) -> Published | None:
        """A file that was edited by hand while the centre runs; None when it says what is live. Raises as `publish`."""
        if (await self.history(name)) and plain(text) == await self.text(name):
            return None
        reason = f"read from {name}.md after a change by hand"
        return await self.publish(name, text, reason, published.SYSTEM)

    async def back(self, name: str, reason: str, by: str) -> Published:
        """The version before the live one is live again. Raises Refused: reason_missing, no_former."""
        _demand_reason(reason)
        async with self._db.transaction() as tx:
            return await published.back(tx, KIND, name, by, reason, self._clock())


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason_missing", "say why the article changes")
