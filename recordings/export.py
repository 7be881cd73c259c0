"""The copy of a recording that leaves the house: numbers silenced, and who took it when and why written into it."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import soundfile

from recordings import sound
from recordings.sound import RATE
from recordings.spans import Span


class Format(StrEnum):
    FLAC = "flac"
    WAV = "wav"


@dataclass(frozen=True, slots=True)
class Watermark:
    """Goes into the file's metadata: comment, artist, title, date."""

    call: str
    who: str
    why: str
    at: float
    silenced: int

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.at, UTC)
        return f"exported by {self.who} at {when:%Y-%m-%d %H:%M:%S} UTC; {self.silenced} silenced; reason: {self.why}"


def copy(content: bytes, silent: Iterable[Span], mark: Watermark, form: Format) -> bytes:
    """The sound file with both sides silent in `silent` (seconds), marked; raises Unusable."""
    samples = sound.read(io.BytesIO(content)).copy()
    for span in silent:
        samples[int(span.start * RATE) : int(span.end * RATE) + 1] = 0
    made = io.BytesIO()
    with soundfile.SoundFile(made, "w", RATE, 2, "PCM_16", format=form.value.upper()) as file:
        file.title, file.artist, file.comment = mark.call, mark.who, str(mark)
        file.date = f"{datetime.fromtimestamp(mark.at, UTC):%Y-%m-%d}"
        file.write(samples)
    return made.getvalue()
