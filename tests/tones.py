"""Which tones a test party hears, and how loud: the Goertzel filter over the A-law sound it received."""

import math

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
