"""How long a sound file says it is, whatever of it arrived."""

import os
import struct
from pathlib import Path

import soundfile

_HEADER = struct.Struct("<4sI")
_OPEN_END = 0x7FFF_0000
"""Programs that write into a pipe do not know the size yet: they give this or more, or 0."""
_SLACK = 0.5
"""Seconds that a file may say too much: some headers are rounded."""


def lost(path: Path, seconds: float) -> float:
    """Seconds that a readable file promises beyond the `seconds` it holds; 0 where it is whole."""
    with soundfile.SoundFile(os.fsencode(path)) as file:
        promised = file.frames / file.samplerate
    missing = max(promised, _of_wave(path)) - seconds
    return missing if missing > _SLACK else 0.0


def _of_wave(path: Path) -> float:
    """By the chunks of a WAV; 0 for any other file. Libraries mend the size of the last one by what is there."""
    rate = 0
    with path.open("rb") as file:
        if (begin := file.read(12))[:4] != b"RIFF" or begin[8:] != b"WAVE":
            return 0.0
        while len(head := file.read(_HEADER.size)) == _HEADER.size:
            name, size = _HEADER.unpack(head)
            if name == b"data":
                return size / rate if rate and size < _OPEN_END else 0.0
            skipped = file.read(size + size % 2)
            if name == b"fmt " and len(skipped) >= 12:
                (rate,) = struct.unpack_from("<I", skipped, 8)
    return 0.0
