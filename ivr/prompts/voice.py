"""Synthetic speech by espeak-ng and sox: telephone sound, one loudness. Blocking: call it in a thread."""

import re
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import HotlineError
from ivr.mandarin import pinyin
from ivr.writing import in_words

RATE = 8000
LOUDNESS = -20.0
"""dBFS of the sounding parts; leaves 17 dB of head room for the peaks of speech."""
HIGHEST_PEAK = -1.0
SOUNDING = -45.0
"""dBFS over 20 ms above which we call it sound."""
FRAMES = 50
"""Frames a second."""
DEADLINE = 60.0
VOICES = {"zh": "cmn-latn-pinyin", "en": "en"}
CHINESE = re.compile("[\u4e00-\u9fff]")
HEAD_ROOM = ("gain", "-4")  # so that the filters cannot clip
TELEPHONE = ("highpass", "200", "lowpass", "3600")
EVEN = ("compand", "0.02,0.20", "6:-70,-60,-20", "-4", "-90", "0.1")

Samples = NDArray[np.int16]


class VoiceError(HotlineError):
    """The words could not be made into sound."""


def synthesise(
    text: str, language: str, out: Path, voice: str = "+f2", speed: int = 160, pitch: int = 50, *, pause: float = 0.1
) -> Path:
    """Say `text` into `out` (8 kHz mono 16-bit wav, levelled, `pause` seconds around it). Languages: zh, en.

    `voice` is an espeak-ng variant, `speed` words per minute, `pitch` 0–99. Raises VoiceError.
    """
    if language not in VOICES:
        raise VoiceError(f"no synthetic voice for language {language!r}", f"there are: {', '.join(VOICES)}")
    written = in_words(text) if language == "zh" else text
    words = pinyin(written) if language == "zh" else text
    if not words.strip() or (language == "zh" and not CHINESE.search(written)):
        raise VoiceError(f"nothing to say in {text!r}", "write it in characters of its language")
    with tempfile.TemporaryDirectory(prefix="voice-") as folder:
        raw = Path(folder) / "said.wav"
        command = ["espeak-ng", "-b", "1", "-v", VOICES[language] + voice]
        _run([*command, "-s", str(speed), "-p", str(pitch), "-w", str(raw), "--", words])
        write_wav(out, level(pad(trim(read_sound(raw)), pause)))
    return out


def read_sound(path: Path) -> Samples:
    """Any sound file as the telephone carries it: 8 kHz mono, 200–3600 Hz, evened out. Raises VoiceError."""
    shape = ("-t", "raw", "-r", str(RATE), "-c", "1", "-e", "signed", "-b", "16", "-")
    sound = _run(["sox", "-V1", str(path), *shape, *HEAD_ROOM, "rate", "-v", str(RATE), *TELEPHONE, *EVEN])
    return np.frombuffer(sound, dtype="<i2")


def level(samples: Samples, target: float = LOUDNESS, rate: int = RATE) -> Samples:
    """The same sound with its sounding parts at `target` dBFS, lower if its peak would pass HIGHEST_PEAK."""
    now = loudness(samples, rate)
    if now is None:
        return samples
    peak = float(np.abs(samples.astype(np.float64)).max()) / 32768
    gain = min(10 ** ((target - now) / 20), 10 ** (HIGHEST_PEAK / 20) / peak)
    return np.clip(np.rint(samples.astype(np.float64) * gain), -32768, 32767).astype(np.int16)


def loudness(samples: Samples, rate: int = RATE) -> float | None:
    """RMS of the sounding 20 ms frames in dBFS; None for silence."""
    power = _frame_power(samples, rate)
    sounding = power[power > 10 ** (SOUNDING / 10)]
    return float(10 * np.log10(sounding.mean())) if sounding.size else None


def sounding_seconds(samples: Samples) -> float:
    """How long anything was to be heard, in seconds."""
    return float((_frame_power(samples, RATE) > 10 ** (SOUNDING / 10)).sum() / FRAMES)


def trim(samples: Samples, rate: int = RATE) -> Samples:
    """Without the silence before and after."""
    first, last = sounding(samples, rate)
    return samples[first:last] if last else samples


def sounding(samples: Samples, rate: int = RATE) -> tuple[int, int]:
    """The first and the last (exclusive) sample of what is to be heard; twice 0 for silence."""
    loud = np.flatnonzero(_frame_power(samples, rate) > 10 ** (SOUNDING / 10))
    frame = rate // FRAMES
    return (int(loud[0]) * frame, int(loud[-1] + 1) * frame) if loud.size else (0, 0)


def tone(frequency: float = 1000.0, seconds: float = 0.4) -> Samples:
    """A signal at the loudness of speech, soft at both ends, a little silence around it."""
    count = int(seconds * RATE)
    wave_form = np.sin(2 * np.pi * frequency * np.arange(count) / RATE)
    fade = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / (RATE // 100))
    loud = 10 ** (LOUDNESS / 20) * np.sqrt(2) * 32767
    return pad((wave_form * fade * loud).astype(np.int16), 0.1)


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def read_wav(path: Path) -> Samples:
    """A 16-bit mono wav as it is; raises VoiceError for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise VoiceError(f"{path} is not 16-bit mono")
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (OSError, EOFError, wave.Error) as fault:
        raise VoiceError(f"{path} cannot be read as wav: {fault}") from None


def _frame_power(samples: Samples, rate: int) -> NDArray[np.float64]:
    frame = rate // FRAMES
    whole = samples[: len(samples) // frame * frame].astype(np.float64) / 32768
    power: NDArray[np.float64] = np.square(whole).reshape(-1, frame).mean(axis=1)
    return power


def pad(samples: Samples, seconds: float, rate: int = RATE) -> Samples:
    """With silence before and after."""
    silence = np.zeros(int(seconds * rate), dtype=np.int16)
    return np.concatenate([silence, samples, silence])


def _run(command: list[str]) -> bytes:
    try:
        run = subprocess.run(command, check=True, capture_output=True, timeout=DEADLINE)
    except FileNotFoundError:
        raise VoiceError(f"{command[0]} is not installed", f"apt-get install {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise VoiceError(f"{command[0]} did not end within {DEADLINE:.0f} s") from None
    except subprocess.CalledProcessError as fault:
        said = fault.stderr.decode("utf-8", "replace").strip().splitlines()
        raise VoiceError(f"{command[0]} failed: {said[-1] if said else fault.returncode}") from None
    return run.stdout
