"""From a stream of a caller's sound to his sentences: when he begins, and the sound of each once it is over."""

from collections.abc import Iterator

import numpy as np

from recordings.sound import RATE, Samples
from recordings.spans import Span, joined
from recordings.speech import activity

PAUSE = 0.6
"""Seconds of silence that end a sentence."""
LONGEST = 10.0
SHORTEST = 0.15
"""Seconds; less is a click or a breath."""
AROUND = 0.35
"""Seconds of sound kept before and after: the detector is late, and a model looks to both sides."""


class Utterances:
    """`feed` sound at 8 kHz as it comes: None when the caller begins to speak, then the samples of what he said."""

    def __init__(self) -> None:
        self._heard = np.zeros(0, dtype=np.int16)
        self._speaks = False

    def feed(self, samples: Samples) -> Iterator[Samples | None]:
        self._heard = np.concatenate([self._heard, samples])
        spoken = joined(activity.active(self._heard), gap=PAUSE, shortest=SHORTEST)
        if not spoken:
            # The detector may call a sentence's begin speech only once more of it is there.
            self._heard = self._heard[-int(2 * AROUND * RATE) :]
            self._speaks = False
            return
        if not self._speaks:
            self._speaks = True
            yield None
        first = spoken[0]
        if self._seconds - first.end >= PAUSE or first.seconds >= LONGEST:
            yield self._cut(first)
            self._speaks = False

    @property
    def _seconds(self) -> float:
        return len(self._heard) / RATE

    def _cut(self, span: Span) -> Samples:
        begin, end = max(0, int((span.start - AROUND) * RATE)), int((span.end + AROUND) * RATE)
        sentence, self._heard = self._heard[begin:end], self._heard[end:]
        return sentence
