"""When one channel holds speech: WebRTC's voice-activity detector, frame by frame."""

import numpy as np
import webrtcvad

from recordings.sound import RATE, Samples
from recordings.spans import Span, joined

FRAME = RATE * 30 // 1000
"""Samples in a frame of 30 ms, the longest the detector takes."""
FRAME_SECONDS = FRAME / RATE
STRICTNESS = 2
"""0 keeps most, 3 least; 2 lets quiet word endings live and hiss go."""
QUIETEST = 60.0
"""Frames below this level (RMS, of 32767) are line noise, whatever the detector hears in them."""


def active(channel: Samples) -> tuple[Span, ...]:
    """The stretches of speech in one channel at 8 kHz, in seconds, on a grid of 30 ms."""
    detector = webrtcvad.Vad(STRICTNESS)
    frames = channel[: len(channel) // FRAME * FRAME].reshape(-1, FRAME)
    loud = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)) >= QUIETEST
    # Every frame goes through the detector, silent ones too: it follows the noise of the line.
    speech = np.array([detector.is_speech(frame.tobytes(), RATE) for frame in frames], dtype=bool) & loud
    edges = np.flatnonzero(np.diff(np.concatenate(([False], speech, [False]))))
    return joined(
        Span(float(start) * FRAME_SECONDS, float(end) * FRAME_SECONDS)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def loudness(channel: Samples, spans: tuple[Span, ...]) -> float | None:
    """The level of the channel inside `spans`, in dB below full scale (RMS); None when there is nothing."""
    parts = [channel[int(span.start * RATE) : int(span.end * RATE)] for span in spans]
    power = sum(float(np.sum(np.square(part, dtype=np.float64))) for part in parts)
    count = sum(len(part) for part in parts)
    return float(10 * np.log10(power / count / 32768.0**2)) if power > 0 else None
