"""What a test party hears: tones and how loud, by the Goertzel filter; known sounds, by correlation."""

import math

import numpy as np
from numpy.typing import NDArray

RATE = 8000
CLEAR = 3000.0
"""Amplitude from which a tone of `light_media.tone` (8,000) counts as heard; leakage stays far below."""


def linear(byte: int) -> int:
    """One A-law byte as a 16-bit sample (ITU-T G.711)."""
    value = byte ^ 0x55
    exponent, mantissa = (value >> 4) & 7, value & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if value & 0x80 else -magnitude


SAMPLES = [linear(byte) for byte in range(256)]


def amplitude(sound: bytes | bytearray, hertz: int) -> float:
    """Of the sine of this frequency in `sound`, 0 for none."""
    if not sound:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * hertz / RATE)
    before = last = 0.0
    for byte in sound:
        before, last = last, SAMPLES[byte] + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return 2 * math.sqrt(max(0.0, power)) / len(sound)


def loudness(sound: bytes | bytearray) -> float:
    """Root mean square, 0 for silence."""
    return math.sqrt(sum(SAMPLES[byte] ** 2 for byte in sound) / len(sound)) if sound else 0.0


PIECE = RATE // 5
ALIKE = 0.9
"""Correlation from which a piece of 0.2 s is that of the sound; other words of the same voice stay below."""


def times_heard(sound: NDArray[np.int16], heard: NDArray[np.int16]) -> int:
    """How often a party that heard `heard` has heard `sound`: what most of its pieces say, some may be lost."""
    wave = heard.astype(float)
    power = np.sqrt(np.maximum(np.convolve(wave**2, np.ones(PIECE))[PIECE - 1 : len(wave)], 1e-9))
    pieces = sound[: len(sound) // PIECE * PIECE].astype(float).reshape(-1, PIECE)
    loud = [piece for piece in pieces if np.abs(piece).mean() > 300]
    assert len(loud) > 3
    return int(np.median([_count(wave, power, piece) for piece in loud]))


def _count(wave: NDArray[np.float64], power: NDArray[np.float64], piece: NDArray[np.float64]) -> int:
    size = len(wave) + PIECE
    product = np.fft.irfft(np.fft.rfft(wave, size) * np.conj(np.fft.rfft(piece, size)), size)
    found = np.flatnonzero(product[: len(power)] / power / np.linalg.norm(piece) > ALIKE)
    return int(found.size and 1 + (np.diff(found) > PIECE).sum())
