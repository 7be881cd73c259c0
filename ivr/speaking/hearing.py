"""The menu's ears: what a caller says on his leg, sentence by sentence, as words, while we speak as well."""

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import structlog

from core.clock import Clock
from core.errors import HotlineError
from ivr.effects import Heard, Speaks
from ivr.speaking.understanding import sounds
from ivr.speaking.utterances import Utterances
from pbx.commands import StartListening, StopRecording
from pbx.switch import Switch, SwitchError
from recordings.sound import RATE, Samples
from recordings.spans import Span
from recordings.speech.analysis import Recognizers
from recordings.speech.recognise import hear
from recordings.speech.segments import join

log = structlog.get_logger(__name__)

EVERY = 0.1
STEP = StartListening.RATE // RATE
BLOCK = 2 * STEP
"""Bytes that become one sample at 8 kHz."""
Tell = Callable[[Speaks | Heard], None]


class Ears(Protocol):
    """`languages`: those in which callers may speak; `away`: why not in others that were wanted, by language."""

    @property
    def languages(self) -> frozenset[str]: ...

    @property
    def away(self) -> Mapping[str, str]: ...

    async def follow(self, leg: str, language: str, tell: Tell) -> None:
        """Tell what is said on the leg until cancelled; raises what keeps it from hearing."""


class Hearing:
    """Implements `Ears` with the recognisers of recordings; decoding runs in `workers` threads of its own."""

    def __init__(
        self, switch: Switch, engines: Recognizers, languages: frozenset[str], folder: Path, clock: Clock,
        workers: int = 2,
    ) -> None:  # fmt: skip
        self.languages = languages
        self.away: Mapping[str, str] = {}
        self._switch = switch
        self._engines = engines
        self._folder = folder
        self._clock = clock
        self._ready = False
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="ears")

    async def begin(self) -> None:
        """Make the folder, which the switch writes into, without what a killed engine left, and load the models."""
        await self.learn(self.languages)

    async def learn(self, languages: frozenset[str]) -> None:
        """New calls may speak these, as far as their models can be loaded."""
        if languages and not self._ready:
            await self._prepare()
        heard, away = set(), {}
        for language in sorted(languages):
            try:
                await self._loop.run_in_executor(self._threads, self._engines.of, language)
                heard.add(language)
            except HotlineError as fault:
                log.error("callers are not heard", language=language, why=str(fault))
                away[language] = fault.problem
        self.languages, self.away = frozenset(heard), away

    async def _prepare(self) -> None:
        self._ready = True
        self._folder.mkdir(parents=True, exist_ok=True)
        parent = self._folder.parent.stat()
        if self._folder.stat().st_uid != parent.st_uid:
            os.chown(self._folder, parent.st_uid, parent.st_gid)
        for left in self._folder.iterdir():
            left.unlink()
        await self._loop.run_in_executor(self._threads, sounds, "一")  # reads its table from disk

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def follow(self, leg: str, language: str, tell: Tell) -> None:
        path = self._folder / f"{leg}.{StartListening.SUFFIX}"
        with suppress(SwitchError):  # an engine that was killed may have left the switch listening
            await self._switch.do(StopRecording(leg))
        try:
            await self._switch.do(StartListening(leg, path))
            await self._follow(path, language, tell)
        finally:
            with suppress(SwitchError):
                await self._switch.do(StopRecording(leg))
            with suppress(OSError):
                path.unlink()

    async def _follow(self, path: Path, language: str, tell: Tell) -> None:
        while not path.exists():  # noqa: ASYNC110, ASYNC240  # the switch makes it a moment after it was asked
            await asyncio.sleep(EVERY)
        said = Utterances()
        with path.open("rb") as file:
            while True:
                await asyncio.sleep(EVERY)
                if os.fstat(file.fileno()).st_size - file.tell() < BLOCK:
                    continue
                for sentence in await self._loop.run_in_executor(self._threads, _read, file, said):
                    tell(Speaks(self._clock()) if sentence is None else await self._words(sentence, language))

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    async def _words(self, sentence: Samples, language: str) -> Heard:
        words, confidence = await self._loop.run_in_executor(self._threads, self._recognise, sentence, language)
        return Heard(self._clock(), words, confidence)

    def _recognise(self, sentence: Samples, language: str) -> tuple[str, float]:
        recognizer = self._engines.of(language)
        words = hear(recognizer, sentence, (Span(0, len(sentence) / RATE),)) if recognizer else []
        known = [word.confidence for word in words if word.confidence is not None]
        return join([word.text for word in words]), sum(known) / len(known) if known else 1.0


def _read(file: BinaryIO, said: Utterances) -> list[Samples | None]:
    """What is new in the file; the switch has only repeated samples to reach the higher rate."""
    new = file.read()
    rest = len(new) % BLOCK
    if rest:
        file.seek(-rest, os.SEEK_CUR)
    return list(said.feed(np.frombuffer(new[: len(new) - rest], dtype="<i2")[::STEP]))
