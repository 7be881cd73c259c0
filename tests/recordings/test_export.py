"""A copy that leaves the house: silent where numbers were said, marked with who took it, in three formats."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pydub import AudioSegment
from pydub.utils import mediainfo

from recordings.listening.export import Format, Watermark, copy
from recordings.sound import RATE
from recordings.spans import Span

MARK = Watermark("call-1", "sun.li", "complaint board", 1_790_000_000.0, 1)


@pytest.fixture(scope="module")
def tone() -> bytes:
    """Two seconds of a tone on both sides, as FLAC."""
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)).astype(np.int16)
    made = io.BytesIO()
    soundfile.write(made, np.column_stack([wave, wave]), RATE, format="FLAC", subtype="PCM_16")
    return made.getvalue()


@pytest.mark.parametrize("form", list(Format))
def test_copy_is_silent_in_the_span_and_loud_elsewhere(tone: bytes, form: Format) -> None:
    made = AudioSegment.from_file(io.BytesIO(copy(tone, [Span(0.5, 1.5)], MARK, form)), format=form.value)
    assert abs(made.duration_seconds - 2.0) < 0.15
    assert made[650:1350].dBFS < -50
    assert made[100:400].dBFS > -20
    assert made[1700:1950].dBFS > -20
    assert made.channels == 2


@pytest.mark.parametrize("form", list(Format))
def test_copy_says_who_took_it_and_why(tone: bytes, form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"copy.{form}"
    path.write_bytes(copy(tone, [], MARK, form))
    tags = {name.lower(): text for name, text in mediainfo(str(path)).get("TAG", {}).items()}
    assert tags["artist"] == "sun.li"
    assert "complaint board" in tags["comment"]
