"""Sound files of calls: two channels of 16 bit at 8 kHz, left the customer, right the agent."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from core.errors import BadInput

RATE = 8000
CUSTOMER, AGENT = 0, 1
"""The channels."""
FRAME_BYTES = 4
_BLOCK = RATE * 30
_SHORTEST = RATE
"""Samples whose level can be told: of a few, a lossy coding may make others."""

Samples = NDArray[np.int16]
Source = Path | BinaryIO


class Unusable(BadInput):
    """The file holds no call: it will not get better by trying again."""


class Coding(StrEnum):
    """How sound is stored: without loss, or at about a third of the size. The name is the file's suffix too."""

    FLAC = "flac"
    OPUS = "opus"


_CODINGS = {Coding.FLAC: ("FLAC", "PCM_16"), Coding.OPUS: ("OGG", "OPUS")}
FRACTIONS = ("FLOAT", "DOUBLE")
FAINT = 60.0
"""The level (RMS, of 32767) below which nobody hears a difference."""
AS_LOUD = 3.0
"""dB by which a side of an Opus file may differ from what was written."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A finished sound file."""

    seconds: float
    size: int
    sha256: str


def compress(raw: Path, target: Path, coding: Coding = Coding.FLAC) -> Closed:
    """Write the interleaved 16-bit samples of `raw` to `target` and prove that it holds them: FLAC every one, Opus
    the same length with each side as loud as it was.

    A torn last frame is left out. Raises Unusable when there is nothing, OSError when the disk refuses.
    """
    try:
        frames = raw.stat().st_size // FRAME_BYTES
    except FileNotFoundError:
        raise Unusable(f"{raw.name}: the switch wrote no sound") from None
    if frames == 0:
        raise Unusable(f"{raw.name}: the sound file is empty")
    samples = np.memmap(raw, dtype="<i2", mode="r", shape=(frames, 2))
    try:
        container, subtype = _CODINGS[coding]
        with soundfile.SoundFile(target, "w", RATE, 2, subtype, format=container) as file:
            for at in range(0, frames, _BLOCK):
                file.write(samples[at : at + _BLOCK])
    except soundfile.SoundFileError as fault:
        free = shutil.disk_usage(target.parent).free
        why = f"no space left ({free // 1024} KiB)" if free < raw.stat().st_size else str(fault)
        raise OSError(f"cannot write {target.name}: {why}") from fault
    _prove(target, samples, coding)
    _flush(target)
    return Closed(frames / RATE, target.stat().st_size, sha256_of(target))


def read(source: Source) -> Samples:
    """A stereo file of any kind and rate as (frames, 2) samples at 8 kHz; raises Unusable."""
    name = source if isinstance(source, Path) else "the sound file"
    try:
        samples, rate = _samples(source)
    except (soundfile.SoundFileError, OSError) as fault:
        missing = isinstance(source, Path) and not source.exists()
        why = fault.error_string if isinstance(fault, soundfile.LibsndfileError) else fault
        reason = "there is no such file" if missing else f"not a readable sound file ({why})"
        raise Unusable(f"{name}: {reason}", "give a two-channel WAV, FLAC or Opus file") from None
    if samples.shape[1] != 2:
        raise Unusable(f"{name}: {samples.shape[1]} channel(s)", "give two channels: left customer, right agent")
    if len(samples) == 0:
        raise Unusable(f"{name}: holds no sound", "give a two-channel WAV or FLAC file")
    return np.asarray(samples if rate == RATE else soxr.resample(samples, rate, RATE), dtype=np.int16)


def _samples(source: Source) -> tuple[NDArray[np.int16], int]:
    """A file of fractions (-1..1) would give nothing but 0 as whole numbers: it is scaled, and clipped at the ends."""
    with soundfile.SoundFile(os.fsencode(source) if isinstance(source, Path) else source) as file:
        if file.subtype in FRACTIONS:
            fractions = np.nan_to_num(file.read(dtype="float32", always_2d=True)).clip(-1, 1)
            return (fractions * 32767).astype(np.int16), file.samplerate
        return file.read(dtype="int16", always_2d=True), file.samplerate


def peaks(source: Source, count: int) -> tuple[list[float], list[float]]:
    """The greatest level (0..1) in each of `count` equal stretches: customer's, agent's."""
    samples = read(source)
    edges = np.linspace(0, len(samples), min(count, len(samples)) + 1).astype(int)[:-1]
    # int16's lowest value has no positive counterpart of its own width
    tops = np.maximum.reduceat(np.abs(samples.astype(np.int32)), edges, axis=0) / 32768
    rounded = np.round(tops, 3)
    return rounded[:, CUSTOMER].tolist(), rounded[:, AGENT].tolist()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _prove(file: Path, samples: Samples, coding: Coding) -> None:
    same = np.array_equal if coding is Coding.FLAC else _as_loud
    try:
        with soundfile.SoundFile(file) as found:
            for start, end in pairwise(_edges(len(samples))):
                piece = found.read(end - start, dtype="int16", always_2d=True)
                if len(piece) < end - start:
                    raise OSError(f"{file.name} is too short: the disk may be full")
                if not same(piece, samples[start:end]):
                    raise OSError(f"{file.name} does not hold what was written")
            if len(found.read(1)):
                raise OSError(f"{file.name} holds more than what was written")
    except soundfile.SoundFileError as fault:
        raise OSError(f"{file.name} cannot be read back: {fault}") from fault


def _edges(frames: int) -> list[int]:
    """Where the pieces begin that are compared, and where the last ends; a last one too short goes to its neighbour."""
    begins = range(0, max(1, frames - _SHORTEST + 1), _BLOCK)
    return [*begins, frames]


def _as_loud(found: Samples, written: Samples) -> bool:
    """Whether each side of a piece has the level it had, as far as one would hear it.

    The constant part that some lines add is not heard, and Opus leaves it out.
    """
    levels = (np.std(each, axis=0, dtype=np.float64) for each in (found, written))
    now, before = (np.maximum(level, FAINT) for level in levels)
    return bool(np.all(np.abs(20 * np.log10(now / before)) <= AS_LOUD))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
