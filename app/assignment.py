"""Which pack judges which calls, by name: what the site and its queues say now."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from acd import queues
from acd.queues import Queues
from app.configuration import Part
from app.settings import texts_of
from core import site
from core.database import Database
from core.site import Site


@dataclass(frozen=True, slots=True)
class Assignment:
    """Packs by language, and those of queues that have their own, by queue and language."""

    languages: Mapping[str, str]
    queues: Mapping[tuple[str, str], str]

    @property
    def names(self) -> set[str]:
        return {*self.languages.values(), *self.queues.values()}


def assignment(place: Site, lines: Queues) -> Assignment:
    own = {(title, each): name for title, queue in lines.queues.items() for each, name in queue.packs.items()}
    return Assignment(place.packs, own)


async def assigned(db: Database, directory: Path) -> Assignment:
    """As published last, and as the files say where nothing was."""
    part = Part(directory, await texts_of(db))
    return assignment(part("site.yaml", site.read, site.load), part("queues.yaml", queues.read, queues.load))
