"""Files that are edited by hand while the centre runs: settings and articles are published as they change."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType

import structlog

from accounts.settings import SettingsOffice
from app.settings import SETTINGS
from core import yamlfile
from core.errors import HotlineError
from knowledge import article
from knowledge.office import KnowledgeOffice

LOOK_SECONDS = 2.0
NOTHING: Mapping[Path, HotlineError] = MappingProxyType({})
Read = Callable[[str, str], Awaitable[object]]
"""Publishes a text by its name; None when it says what is live. Raises HotlineError."""

log = structlog.get_logger(__name__)


Wrong = Mapping[Path, HotlineError]


def setting_files(directory: Path, office: SettingsOffice, wrong: Wrong = NOTHING) -> "EditedFiles":
    files = {each.name: directory / each.file for each in SETTINGS}
    return EditedFiles(lambda: files, office.read_file, office.wrong, wrong)


def article_files(directory: Path, office: KnowledgeOffice, wrong: Wrong = NOTHING) -> "EditedFiles":
    """New ones too. One that is taken away stays published: who wants it gone says until when it is valid."""
    return EditedFiles(
        lambda: {path.stem: path for path in article.files(directory)}, office.read_file, office.wrong, wrong
    )


class EditedFiles:
    """`run` looks for ever at the `files`, by name; those that are there at the beginning are known.

    `wrong` says of each that was not taken what is wrong, until it is right or gone; `began`: what was wrong at the
    beginning.
    """

    def __init__(
        self, files: Callable[[], Mapping[str, Path]], read: Read, wrong: MutableMapping[str, str], began: Wrong
    ) -> None:  # fmt: skip
        self._files = files
        self._read = read
        self._wrong = wrong
        self._marks = self._read_marks()
        self._texts = {name: _said(path) for name, path in files().items() if path not in began}
        wrong.update({name: str(began[path]) for name, path in files().items() if path in began})

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> list[str]:
        """The names of what was published; a fault is logged once for each change."""
        marks = await asyncio.to_thread(self._read_marks)
        for name in self._wrong.keys() - marks.keys():
            del self._wrong[name]
        changed = [name for name in marks if marks[name] != self._marks.get(name)]
        self._marks = marks
        return [name for name in changed if await self._publish(name)]

    async def _publish(self, name: str) -> bool:
        try:
            text = await asyncio.to_thread(_said, self._files()[name])
            if text == self._texts.get(name):
                return False  # touched only: what was published since counts
            self._texts[name] = text
            published = await self._read(name, text) is not None
        except KeyError:  # taken away at this moment
            return False
        except HotlineError as fault:
            log.error("changed file not taken, the former text stays", file=name, why=str(fault))
            self._wrong[name] = str(fault)
            self._texts.pop(name, None)  # whatever is written next is read
            return False
        self._wrong.pop(name, None)
        return published

    def _read_marks(self) -> dict[str, tuple[int, int]]:
        """When each was written, and its size; without those that are not there."""
        found = {}
        for name, path in self._files().items():
            try:
                facts = path.stat()
                found[name] = (facts.st_mtime_ns, facts.st_size)
            except OSError:
                continue
        return found


def _said(path: Path) -> str:
    return yamlfile.read(path) if path.exists() else ""
