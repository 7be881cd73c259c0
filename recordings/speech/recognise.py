"""Speech to timed words: the `Recognizer` seam, and Vosk behind it with recognisers that are used again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Protocol

import numpy as np
import soxr
import vosk

from core.errors import HotlineError
from recordings.sound import RATE, Samples
from recordings.spans import Span, padded
from recordings.transcript import Word

CHUNK = 4000
"""Samples given to the decoder at once."""
LEAD_IN, LEAD_OUT = 0.35, 0.4
"""Seconds of sound around a piece of speech: the model looks about 0.3 s to both sides."""
USED_UP = 10 * 3600.0
"""Seconds of sound after which a recogniser is thrown away: its graph cache only grows."""

OPEN_IT = "let the user whom the centre runs as read it"


class NoEngine(HotlineError):
    """The model cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`rate` is the sampling rate the stream must have; `note` what people must know when reading its text."""

    name: str
    rate: int
    word_times: bool
    confidence: bool
    note: str


class Recognizer(Protocol):
    """One model of one language; may be used by several threads at once."""

    @property
    def capabilities(self) -> Capabilities: ...

    def words(self, stream: Iterable[bytes]) -> Iterator[Word]:
        """Words of one unbroken stretch of 16-bit mono sound, as they become known; times from its beginning."""


@dataclass(slots=True)
class _Pooled:
    engine: Any
    heard: float = 0.0


class VoskRecognizer:
    """A Vosk model directory. A recogniser's first minutes are slow, so each goes back into a pool."""

    def __init__(self, directory: Path, *, rate: int, note: str = "") -> None:
        try:
            if not (directory / "am").is_dir() and not (directory / "final.mdl").is_file():
                raise NoEngine(f"{directory} is no Vosk model directory", "see `hotline models list`")
        except OSError as fault:
            raise NoEngine(f"the speech model {directory} cannot be read ({fault.strerror})", OPEN_IT) from None
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(directory))
        except Exception as fault:  # vosk raises nothing narrower
            raise NoEngine(f"the speech model {directory} cannot be loaded", "fetch it again") from fault
        self._capabilities = Capabilities(directory.name, rate, word_times=True, confidence=True, note=note)
        self._pool: LifoQueue[_Pooled] = LifoQueue()

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def words(self, stream: Iterable[bytes]) -> Iterator[Word]:
        pooled = self._take()
        # Vosk counts word times from the recogniser's first use on.
        before = pooled.heard
        for chunk in stream:
            pooled.heard += len(chunk) / 2 / self._capabilities.rate
            if pooled.engine.AcceptWaveform(chunk):
                yield from _words(pooled.engine.Result(), before)
        yield from _words(pooled.engine.FinalResult(), before)
        # Only a stretch heard to its end leaves a recogniser that can be used again.
        if pooled.heard < USED_UP:
            self._pool.put(pooled)

    def _take(self) -> _Pooled:
        try:
            return self._pool.get_nowait()
        except Empty:
            try:
                engine = vosk.KaldiRecognizer(self._model, self._capabilities.rate)
            except Exception as fault:  # vosk raises nothing narrower
                raise NoEngine(
                    f"the speech model {self._capabilities.name} makes no recogniser", "fetch it again"
                ) from fault
            engine.SetWords(True)
            return _Pooled(engine)


def hear(recognizer: Recognizer, channel: Samples, speech: Sequence[Span]) -> list[Word]:
    """The words of one channel at 8 kHz, decoding only around `speech`; times from the channel's beginning."""
    found: list[Word] = []
    rate = recognizer.capabilities.rate
    for piece in padded(speech, LEAD_IN, LEAD_OUT, len(channel) / RATE):
        samples = channel[int(piece.start * RATE) : int(piece.end * RATE)]
        if rate != RATE:
            samples = np.asarray(soxr.resample(samples, RATE, rate), dtype=np.int16)
        for word in recognizer.words(_chunks(samples)):
            found.append(_moved(word, piece.start))
    return found


def _chunks(samples: Samples) -> Iterator[bytes]:
    for at in range(0, len(samples), CHUNK):
        yield samples[at : at + CHUNK].tobytes()


def _words(result: str, before: float) -> Iterator[Word]:
    for word in json.loads(result).get("result", ()):
        start, end = max(0.0, word["start"] - before), max(0.0, word["end"] - before)
        yield Word(text=word["word"], start=start, end=max(start, end), confidence=min(1.0, max(0.0, word["conf"])))


def _moved(word: Word, by: float) -> Word:
    return word.model_copy(update={"start": word.start + by, "end": word.end + by})
