"""Files that are edited by hand while the centre runs: settings and articles are published as they change."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import structlog

from accounts.settings import SettingsOffice
from app.settings import SETTINGS
from core import yamlfile
from core.errors import ConfigError, HotlineError, NotFound
from knowledge import article
from knowledge.office import KnowledgeOffice

LOOK_SECONDS = 2.0
AGAIN = 30
"""After so many looks what is wrong is read again though nobody touched it: a text may be so for what it names."""
NOTHING: Mapping[Path, HotlineError] = MappingProxyType({})
Read = Callable[[str, str], Awaitable[object]]
"""Publishes a text by its name; None when it says what is live. Raises HotlineError."""

LiveText = Callable[[str], Awaitable[str]]
"""What is live by a name. Raises NotFound."""

log = structlog.get_logger(__name__)


Wrong = Mapping[Path, HotlineError]
Mark = tuple[int, int]
"""When a file was written, and its size."""


def setting_files(directory: Path, office: SettingsOffice, wrong: Wrong = NOTHING) -> "EditedFiles":
    """One that is taken away stays published, and is missed."""
    files = {each.name: directory / each.file for each in SETTINGS}
    return EditedFiles(lambda: files, office.read_file, office.text, office.wrong, wrong)


def article_files(directory: Path, office: KnowledgeOffice, wrong: Wrong = NOTHING) -> "EditedFiles":
    """New ones too. One that is taken away stays published: who wants it gone says until when it is valid."""
    return EditedFiles(
        lambda: {path.stem: path for path in article.files(directory)},
        office.read_file,
        office.text,
        office.wrong,
        wrong,
    )


class EditedFiles:
    """`run` looks for ever at the `files`, by name; those that are there at the beginning are known.

    `wrong` says of each that was not taken, or was there and is missing, what is wrong, until it is right or none of
    the `files` any more; `began`: what was wrong at the beginning.
    """

    def __init__(
        self, files: Callable[[], Mapping[str, Path]], read: Read, live: LiveText, wrong: MutableMapping[str, str],
        began: Wrong,
    ) -> None:  # fmt: skip
        self._files = files
        self._read = read
        self._live = live
        self._wrong = wrong
        known, self._marks = self._seen()
        self._texts = {name: yamlfile.said(path) for name, path in known.items() if path not in began}
        self._refused: dict[str, tuple[str, str]] = {}
        self._looks = 0
        wrong.update({name: str(began[path]) for name, path in known.items() if path in began})

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> list[str]:
        """The names of what was published; a fault is logged once for each change."""
        self._looks += 1
        files, marks = await asyncio.to_thread(self._seen)
        for name in self._wrong.keys() - files.keys():
            del self._wrong[name]
        changed = [name for name in files if marks.get(name) != self._marks.get(name)]
        self._marks = {name: mark for name, mark in self._marks.items() if name in files}
        published = [name for name in changed if await self._publish(name, files[name], marks.get(name))]
        if published or self._looks % AGAIN == 0:  # what one lacks another may say by now
            published += [name for name in tuple(self._wrong) if await self._take(name, files[name])]
        return published

    async def _publish(self, name: str, path: Path, mark: Mark | None) -> bool:
        """It counts as seen only when that is done: what a database does not take now is tried again."""
        published = await self._take(name, path)
        if mark is None:
            self._marks.pop(name, None)
        else:
            self._marks[name] = mark
        return published

    async def _take(self, name: str, path: Path) -> bool:
        try:
            text = await asyncio.to_thread(_text, path)
        except (HotlineError, OSError) as fault:  # back as it was it is touched only
            return self._leave(name, path, fault)
        if await self._overtaken(name, text):
            return False
        try:
            # Touched only: what was published since counts.
            published = text != self._texts.get(name) and await self._read(name, text) is not None
        except (HotlineError, OSError) as fault:
            self._refused.setdefault(name, (text, await self._standing(name)))
            self._texts.pop(name, None)  # whatever is written next is read
            return self._leave(name, path, fault)
        self._texts[name] = text
        self._refused.pop(name, None)
        self._wrong.pop(name, None)
        return published

    async def _overtaken(self, name: str, text: str) -> bool:
        """Whether something else was published since this text was refused: people gave it up then."""
        refused, stood = self._refused.get(name, ("", ""))
        if refused != text:
            self._refused.pop(name, None)
            return False
        return await self._standing(name) != stood

    async def _standing(self, name: str) -> str:
        with suppress(NotFound):
            return await self._live(name)
        return ""

    def _leave(self, name: str, path: Path, fault: HotlineError | OSError) -> Literal[False]:
        if isinstance(fault, OSError):
            fault = ConfigError(path, 0, f"cannot be read: {fault}", "check its path and rights")
        if self._wrong.get(name) != str(fault):
            log.error("changed file not taken, the former text stays", file=name, why=str(fault))
        self._wrong[name] = str(fault)
        return False

    def _seen(self) -> tuple[Mapping[str, Path], dict[str, Mark]]:
        """The files, and the marks of those that are there."""
        files, marks = self._files(), {}
        for name, path in files.items():
            with suppress(OSError):
                facts = path.stat()
                marks[name] = (facts.st_mtime_ns, facts.st_size)
        return files, marks


def _text(path: Path) -> str:
    if not path.exists():
        raise ConfigError(path, 0, "the file is missing", "put it back, with the text that /settings shows")
    return yamlfile.read(path)
