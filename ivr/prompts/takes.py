"""Whether a voice artist's take can be used: what is wrong with its sound, each with the remedy."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ivr.lint.words import LONGEST_PROMPT
from ivr.prompts import voice
from ivr.walk import spoken_seconds

LOWEST_RATE = voice.RATE
CLIPPED_TOPS = 5
"""So many stretches of samples that stand still at the peak are no accident of the voice."""
TOP = 0.998
"""Part of the peak from which a sample belongs to its top."""
FLAT = 3
SHORTEST_EDGE = 0.04
"""Seconds of silence that must stand before and after the words; with less their ends may be cut off."""
LONGEST_EDGE = 1.5
QUIETEST = -43.0
"""dBFS of the words below which the noise that is raised with them is heard."""
SLOWEST, FASTEST, LEEWAY = 2.0, 0.4, 0.8
"""A take may last so many times the estimate for its words; LEEWAY seconds more, since short words are drawn out."""


@dataclass(frozen=True, slots=True)
class Take:
    """`samples`: (frames, channels), full scale ±1; `rate` as the file's header says."""

    samples: NDArray[np.float64]
    rate: int

    @property
    def mono(self) -> NDArray[np.float64]:
        """Without what a badly set converter adds to every sample alike."""
        found: NDArray[np.float64] = self.samples.mean(axis=1)
        return found - found.mean() if found.size else found

    @property
    def channels(self) -> list["Take"]:
        return [Take(self.samples[:, [each]], self.rate) for each in range(self.samples.shape[1])]


@dataclass(frozen=True, slots=True)
class Problem:
    """`refused`: the take is not used; otherwise it was mended, or is worth knowing."""

    what: str
    remedy: str
    refused: bool = True


def judge(take: Take, text: str, language: str) -> list[Problem]:
    """Everything that is wrong with a take of these words; empty when nothing is."""
    if take.rate < LOWEST_RATE:
        return [Problem(f"sampled at {take.rate} Hz", f"record at 48000 Hz, at least {LOWEST_RATE}")]
    if not take.samples.size or not voice.sounding(_full(take), take.rate)[1]:
        if any(voice.sounding(_full(each), each.rate)[1] for each in take.channels):
            return [Problem("has channels that cancel each other", "send mono, or turn one channel's polarity")]
        return [Problem("holds no sound", "record it again")]
    return [
        *_channels(take), *_clipping(take), *_loudness(take), *_edges(take), *_length(take, text, language)
    ]  # fmt: skip


def finished(take: Take) -> voice.Samples:
    """One channel at the take's own rate, without the silence around it, at the loudness of every prompt."""
    full = voice.trim(_full(take), take.rate)
    return voice.pad(voice.level(full, rate=take.rate), 0.1, take.rate)


def _full(take: Take) -> voice.Samples:
    """One channel raised to the highest peak: whether it is silent must not depend on how loud it was recorded."""
    peak = float(np.abs(take.mono).max()) if take.samples.size else 0.0
    gain = 10 ** (voice.HIGHEST_PEAK / 20) / peak if peak > 10 ** (voice.SOUNDING / 20) else 1.0
    return np.rint(take.mono * gain * 32767).astype(np.int16)


def _channels(take: Take) -> Iterator[Problem]:
    if take.samples.shape[1] > 1:
        yield Problem(f"has {take.samples.shape[1]} channels, mixed into one", "send mono", refused=False)


def _clipping(take: Take) -> Iterator[Problem]:
    tops = sum(_flat_tops(take.samples[:, channel]) for channel in range(take.samples.shape[1]))
    if tops >= CLIPPED_TOPS:
        yield Problem(f"is clipped in {tops} places", "record it again with less gain, peaks below -3 dBFS")


def _flat_tops(channel: NDArray[np.float64]) -> int:
    """Stretches of at least FLAT equal samples at the channel's peak: no voice stands still there by itself."""
    high = np.abs(channel) >= TOP * np.abs(channel).max()
    still = high[1:] & high[:-1] & (np.abs(np.diff(channel)) < 1e-6)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], still, [False]))))
    return sum(bool(last - first >= FLAT - 1) for first, last in list(pairwise(edges))[::2])


def _loudness(take: Take) -> Iterator[Problem]:
    now = voice.loudness(np.rint(take.mono.clip(-1, 1) * 32767).astype(np.int16), take.rate)
    if now is None or now < QUIETEST:
        told = f"is very quiet ({now:.0f} dBFS)" if now is not None else f"is below {voice.SOUNDING:.0f} dBFS"
        remedy = f"record it nearer, at about {voice.LOUDNESS:.0f} dBFS: its noise is raised with it"
        yield Problem(f"{told}, raised to {voice.LOUDNESS:.0f}", remedy, refused=False)


def _edges(take: Take) -> Iterator[Problem]:
    first, last = voice.sounding(_full(take), take.rate)
    for where, samples in (("begins", first), ("ends", len(take.samples) - last)):
        seconds = samples / take.rate
        if seconds < SHORTEST_EDGE:
            yield Problem(f"{where} in the middle of sound", "leave 0.2 s of silence there, and a quiet room")
        elif seconds > LONGEST_EDGE:
            yield Problem(f"{where} with {seconds:.1f} s of silence, cut off", "leave 0.2 s", refused=False)


def _length(take: Take, text: str, language: str) -> Iterator[Problem]:
    first, last = voice.sounding(_full(take), take.rate)
    seconds, expected = (last - first) / take.rate, spoken_seconds(text, language)
    if not FASTEST * expected - LEEWAY / 4 <= seconds <= SLOWEST * expected + LEEWAY:
        remedy = "see whether it is another prompt, is cut off, or has the wrong sampling rate in its header"
        yield Problem(f"lasts {seconds:.1f} s, its words about {expected:.1f} s", remedy)
    elif seconds > LONGEST_PROMPT:
        yield Problem(f"lasts {seconds:.1f} s, at most {LONGEST_PROMPT:.0f} are listened to", "say less", refused=False)
