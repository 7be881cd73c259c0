"""The tune of the waiting music, computed: soft plucked chords."""

from collections.abc import Sequence
from functools import cache
from math import exp, pi, sin

RATE = 8000
BAR = 3.2
LEVEL = 0.25
"""Peak relative to full scale: -12 dB, on average -24 dB, a little below speech."""

CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 66))
"""A minor 7, F major 7, C major, G major 7, as MIDI notes."""
MELODY = (76, 74, 72, 69, 72, 74, 67, 69, 72, 76, 79, 76, 74, 71, 69, 67)
"""One pentatonic note each bar, over four rounds of the chords."""


def compose() -> list[float]:
    """Mono samples at 8 kHz between -1 and 1, about a minute, that can be looped."""
    bar = int(BAR * RATE)
    sound = [0.0] * (bar * len(MELODY))
    for number, tune in enumerate(MELODY):
        notes = CHORDS[number % len(CHORDS)]
        _add(sound, number * bar, _pad(notes, bar + bar // 4), 1.0)
        for step, note in enumerate((*notes, notes[2], notes[1])):
            _add(sound, number * bar + step * bar // 6, _pluck(note, RATE * 2), 0.5)
        _add(sound, number * bar + bar // 12, _pluck(tune, RATE * 3), 0.8)
    loudest = max(map(abs, sound))
    return [LEVEL * value / loudest for value in sound]


def _add(sound: list[float], start: int, part: Sequence[float], gain: float) -> None:
    """Mix `part` in; what runs past the end goes on at the beginning, so that the loop has no seam."""
    for place, value in enumerate(part, start):
        sound[place % len(sound)] += gain * value


@cache
def _pluck(note: int, length: int) -> list[float]:
    """A string's tone: four harmonics, the higher ones softer and shorter."""
    step = 2 * pi * _frequency(note) / RATE
    tone = [0.0] * length
    for k in (1, 2, 3, 4):
        for n in range(length):
            tone[n] += sin(step * k * n) / k**2 * exp(-n / RATE * (1.6 + k))
    rise, fall = 0.008 * RATE, 0.05 * RATE
    return [value * min(1.0, n / rise, (length - n) / fall) for n, value in enumerate(tone)]


@cache
def _pad(notes: tuple[int, ...], length: int) -> list[float]:
    """The chord's quiet ground, swelling and fading."""
    steps = [2 * pi * _frequency(note) / RATE for note in notes]
    return [0.18 * sin(pi * n / length) ** 0.7 * sum(sin(step * n) for step in steps) for n in range(length)]


def _frequency(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))
