"""The copy of a recording that somebody hears or takes: numbers silenced, and who, when and why written into it."""

import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import soundfile

from recordings import sound
from recordings.sound import RATE, Samples
from recordings.spans import Span

with warnings.catch_warnings():
    # It looks for ffmpeg as it is imported, and the first start has not installed that yet.
    warnings.simplefilter("ignore", RuntimeWarning)
    from pydub import AudioSegment

MP3_BITRATE = "64k"


class Format(StrEnum):
    FLAC = "flac"
    WAV = "wav"
    MP3 = "mp3"

    @property
    def media(self) -> str:
        return "audio/mpeg" if self is Format.MP3 else f"audio/{self}"


@dataclass(frozen=True, slots=True)
class Watermark:
    """Goes into the file's metadata: comment, artist, title, date. `deed`: what was done with the copy."""

    call: str
    who: str
    why: str
    at: float
    silenced: int
    deed: str = "exported"

    @property
    def tags(self) -> dict[str, str]:
        day = datetime.fromtimestamp(self.at, UTC)
        return {"title": self.call, "artist": self.who, "comment": str(self), "date": f"{day:%Y-%m-%d}"}

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.at, UTC)
        return (
            f"{self.deed} by {self.who} at {when:%Y-%m-%d %H:%M:%S} UTC; {self.silenced} silenced; reason: {self.why}"
        )


def copy(content: bytes, silent: Iterable[Span], mark: Watermark, form: Format) -> bytes:
    """The sound file with both sides silent in `silent` (seconds), marked; raises Unusable."""
    samples = sound.read(io.BytesIO(content)).copy()
    for span in silent:
        samples[int(span.start * RATE) : int(span.end * RATE) + 1] = 0
    return _small(samples, mark) if form is Format.MP3 else _whole(samples, mark, form)


def _whole(samples: Samples, mark: Watermark, form: Format) -> bytes:
    made = io.BytesIO()
    with soundfile.SoundFile(made, "w", RATE, 2, "PCM_16", format=form.value.upper()) as file:
        for name, text in mark.tags.items():
            setattr(file, name, text)
        file.write(samples)
    return made.getvalue()


def _small(samples: Samples, mark: Watermark) -> bytes:
    """MP3 for mail and ordinary players; ffmpeg works behind pydub."""
    made = io.BytesIO()
    sides = AudioSegment(samples.tobytes(), frame_rate=RATE, sample_width=2, channels=2)
    sides.export(made, format="mp3", bitrate=MP3_BITRATE, tags=mark.tags)
    return made.getvalue()
