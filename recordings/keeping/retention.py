"""How long recordings are kept, from `config/retention.yaml`. Pure but for reading the file."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core import yamlfile
from core.rulebook import Rulebook

DAY = 86400.0
FILE = "retention.yaml"
Days = Annotated[int, Field(ge=1, le=36500)] | None
"""None: for ever."""


class Retention(Rulebook):
    """Days from a recording's beginning to its deletion, per queue; `default_days` for all others.

    `callers_days`: from the end of a call until who called is forgotten; `tickets_days`: the same from the end of a
    ticket, whose customer the bank may have to know for longer.
    """

    default_days: Days = None
    queues: dict[str, Days] = Field(default={})
    callers_days: Days = None
    tickets_days: Days = None

    def days_of(self, queue: str) -> int | None:
        return self.queues.get(queue, self.default_days)

    def limits(self, now: float) -> tuple[dict[str, float | None], float | None]:
        """Recordings of a queue that began until then are over, by queue, and of all others; None: never."""
        return {queue: _before(now, days) for queue, days in self.queues.items()}, _before(now, self.default_days)


def read(text: str, queues: Collection[str]) -> Retention:
    """What a text says; raises ConfigError with the line."""
    return _checked(text, Path(FILE), queues)


def load(config_dir: Path, queues: Collection[str]) -> Retention:
    """The site's rules; without the file nothing is ever deleted. Raises ConfigError with the line."""
    file = config_dir / FILE
    if not file.exists():
        return Retention()
    return _checked(yamlfile.read(file), file, queues)


def _checked(text: str, file: Path, queues: Collection[str]) -> Retention:
    found = yamlfile.loads(text, file, Retention)
    yamlfile.demand_known("queue", ((("queues", name), name) for name in found.queues), queues, text, file)
    return found


def _before(now: float, days: int | None) -> float | None:
    return None if days is None else now - days * DAY
