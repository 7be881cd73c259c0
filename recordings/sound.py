"""Sound files of calls: two channels of 16 bit at 8 kHz, left the customer, right the agent."""

import hashlib
import os
import shutil
from dataclasses import dataclass
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

Samples = NDArray[np.int16]
Source = Path | BinaryIO


class Unusable(BadInput):
    """The file holds no call: it will not get better by trying again."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A finished sound file."""

    seconds: float
    size: int
    sha256: str


def compress(raw: Path, target: Path) -> Closed:
    """Write the interleaved 16-bit samples of `raw` to `target` as FLAC and prove that it holds every one.

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
        with soundfile.SoundFile(target, "w", RATE, 2, "PCM_16", format="FLAC") as flac:
            for at in range(0, frames, _BLOCK):
                flac.write(samples[at : at + _BLOCK])
    except soundfile.SoundFileError as fault:
        free = shutil.disk_usage(target.parent).free
        why = f"no space left ({free // 1024} KiB)" if free < raw.stat().st_size else str(fault)
        raise OSError(f"cannot write {target.name}: {why}") from fault
    _prove(target, samples)
    _flush(target)
    return Closed(frames / RATE, target.stat().st_size, sha256_of(target))


def read(source: Source) -> Samples:
    """A stereo file of any kind and rate as (frames, 2) samples at 8 kHz; raises Unusable."""
    name = source if isinstance(source, Path) else "the sound file"
    try:
        samples, rate = soundfile.read(source, dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, OSError) as fault:
        missing = isinstance(source, Path) and not source.exists()
        reason = "there is no such file" if missing else f"not a readable sound file ({fault})"
        raise Unusable(f"{name}: {reason}", "give a two-channel WAV or FLAC file") from None
    if samples.shape[1] != 2:
        raise Unusable(f"{name}: {samples.shape[1]} channel(s)", "give two channels: left customer, right agent")
    if len(samples) == 0:
        raise Unusable(f"{name}: holds no sound", "give a two-channel WAV or FLAC file")
    return np.asarray(samples if rate == RATE else soxr.resample(samples, rate, RATE), dtype=np.int16)


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


def _prove(flac: Path, samples: Samples) -> None:
    try:
        at = 0
        for block in soundfile.blocks(flac, _BLOCK, dtype="int16"):
            if not np.array_equal(block, samples[at : at + len(block)]):
                raise OSError(f"{flac.name} does not hold what was written")
            at += len(block)
    except soundfile.SoundFileError as fault:
        raise OSError(f"{flac.name} cannot be read back: {fault}") from fault
    if at != len(samples):
        raise OSError(f"{flac.name} is too short: the disk may be full")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
