"""The speed of transcription: our pipeline and plain Vosk on the same calls, one after the other in the same run."""

import hashlib
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import vosk
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ivr.prompts.voice import read_wav, synthesise
from qa import dialogue
from recordings import sound
from recordings.sound import AGENT, CUSTOMER, RATE
from recordings.speech import languages
from recordings.speech.analysis import transcribe
from recordings.speech.languages import Engines, SpeechModels
from recordings.transcript import CallFacts, CallType, Direction, EndedBy, Speaker

CHUNK = 4000
"""Frames at once, as in Vosk's own example."""
AIM_TIMES, AIM_POINTS = 2.0, 0.01
"""Twice the calls, at no more than one point of character error."""
CALL_SECONDS = 120.0
ANSWER, LOOKING_UP = (0.1, 1.2), (4.0, 12.0)
"""Seconds of silence between turns, and of the one in LOOK_UP_EVERY where the agent looks something up."""
LOOK_UP_EVERY = 12
NOISE = (4.0, 25.0)
"""The level of the line's noise, RMS of 32767."""
HAN = re.compile("[^\u4e00-\u9fff]")
VOICES = (
    ("+f2", 160, 50), ("+m3", 160, 50), ("+f4", 175, 55), ("+m5", 150, 45), ("+Alex", 165, 50), ("+Andy", 165, 50),
)  # fmt: skip
"""Variant, speed, pitch: some that the test model was trained on, some that it was not and hears less well."""

Samples = NDArray[np.int16]
Hear = Callable[[Path], tuple[str, str]]
"""From a sound file to the text of customer and agent."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A call on disk with what customer and agent say in it; `active` the part of both channels that is speech."""

    file: Path
    customer: str
    agent: str
    seconds: float
    active: float


@dataclass(frozen=True, slots=True)
class Way:
    """`cpu_seconds` for all calls in all rounds; `calls_per_hour` of one core; `character_errors` 0..1."""

    cpu_seconds: float
    calls_per_hour: int
    character_errors: float


@dataclass(frozen=True, slots=True)
class SpeechResult:
    model: str
    calls: int
    rounds: int
    call_seconds: float
    active: float
    ours: Way
    plain: Way

    @property
    def times(self) -> float:
        return self.plain.cpu_seconds / self.ours.cpu_seconds

    @property
    def points(self) -> float:
        return self.ours.character_errors - self.plain.character_errors

    @property
    def passed(self) -> bool:
        return self.times >= AIM_TIMES and self.points <= AIM_POINTS

    def as_json(self) -> dict[str, Any]:
        told = {"times": round(self.times, 2), "points": round(100 * self.points, 2), "passed": self.passed}
        return {**asdict(self), **told}


def run(config_dir: Path, dialogues: Path | None, language: str, calls: int, rounds: int, seed: int) -> SpeechResult:
    """`dialogues`: labelled ones to be spoken, by default those beside the pack. Raises BadInput, ConfigError."""
    models = languages.load(config_dir)
    told = dialogues or config_dir / "packs" / "tests" / "zh-bank.yaml"
    with tempfile.TemporaryDirectory(prefix="hlb-") as folder:
        spoken = make_calls(told, Path(folder), calls, seed)
        ways = (pipeline(models, language), plain(models, language))
        spent = [0.0, 0.0]
        heard: list[list[tuple[str, str]]] = [[], []]
        for each in spoken * rounds:
            for number, way in enumerate(ways):
                begin = time.process_time()
                heard[number].append(way(each.file))
                spent[number] += time.process_time() - begin
    wrong = [_errors(spoken * rounds, texts) for texts in heard]
    ours, other = (
        Way(round(cpu, 2), int(3600 * calls * rounds / cpu), round(part, 4))
        for cpu, part in zip(spent, wrong, strict=True)
    )
    seconds = sum(each.seconds for each in spoken)
    active = sum(each.active * each.seconds for each in spoken) / seconds
    model = models.of(language)
    name = model.path.name if model else ""
    return SpeechResult(name, calls, rounds, round(seconds / calls, 1), round(active, 3), ours, other)


def pipeline(models: SpeechModels, language: str) -> Hear:
    """The speech worker's own way, from the file to the transcript, measures and all."""
    engines = Engines(models)

    def hear(file: Path) -> tuple[str, str]:
        facts = CallFacts(
            id=file.stem, direction=Direction.INBOUND, queue="", agent="", language=language,
            call_type=CallType.ENQUIRY, connected_at=datetime.fromtimestamp(0, UTC), duration=CALL_SECONDS,
            ended_by=EndedBy.SYSTEM,
        )  # fmt: skip
        found = transcribe(file, facts, engines).transcript
        sides = [found.by(speaker) if found else () for speaker in (Speaker.CUSTOMER, Speaker.AGENT)]
        customer, agent = ("".join(segment.text for segment in side) for side in sides)
        return customer, agent

    return hear


def plain(models: SpeechModels, language: str) -> Hear:
    """As Vosk's own example does: a fresh recogniser for each channel, and the whole of it."""
    vosk.SetLogLevel(-1)
    entry = models.of(language)
    model = vosk.Model(str(entry.path)) if entry else None

    def hear(file: Path) -> tuple[str, str]:
        samples = sound.read(file)
        customer, agent = (_whole(model, samples[:, channel]) for channel in (CUSTOMER, AGENT))
        return customer, agent

    return hear


def _whole(model: Any, samples: Samples) -> str:
    recogniser = vosk.KaldiRecognizer(model, RATE)
    recogniser.SetWords(True)
    results = []
    for at in range(0, len(samples), CHUNK):
        if recogniser.AcceptWaveform(samples[at : at + CHUNK].tobytes()):
            results.append(recogniser.Result())
    results.append(recogniser.FinalResult())
    return "".join(json.loads(each)["text"] for each in results)


def make_calls(labelled: Path, folder: Path, count: int, seed: int) -> list[Spoken]:
    """Calls of CALL_SECONDS made of labelled dialogues, spoken with the test voice over a noisy line."""
    chance, made = random.Random(seed), []
    dialogues = dialogue.read(labelled)
    for number in range(count):
        customer, agent = chance.sample(VOICES, 2)
        placed: list[tuple[int, float, Samples, str]] = []
        clock = 0.5
        while clock < CALL_SECONDS:
            for segment in dialogue.transcript(chance.choice(dialogues)).segments:
                side = CUSTOMER if segment.speaker is Speaker.CUSTOMER else AGENT
                said = _say(segment.text, customer if side == CUSTOMER else agent, folder)
                placed.append((side, clock, said, segment.text))
                gap = LOOKING_UP if side == AGENT and not chance.randrange(LOOK_UP_EVERY) else ANSWER
                clock += len(said) / RATE + chance.uniform(*gap)
        made.append(_lay(folder / f"call{number}.flac", placed, chance.uniform(*NOISE), seed + number))
    return made


def _say(text: str, voice: tuple[str, int, int], folder: Path) -> Samples:
    path = folder / f"{hashlib.sha256(repr((text, voice)).encode()).hexdigest()[:16]}.wav"
    if not path.exists():
        synthesise(text, "zh", path, *voice)
    return read_wav(path)


def _lay(file: Path, placed: Sequence[tuple[int, float, Samples, str]], noise: float, seed: int) -> Spoken:
    length = int((max(at + len(said) / RATE for _, at, said, _ in placed) + 1.0) * RATE)
    frames = np.random.default_rng(seed).normal(0, noise, (length, 2))
    talked = 0
    for side, at, said, _ in placed:
        frames[int(at * RATE) : int(at * RATE) + len(said), side] += said
        talked += len(said)
    soundfile.write(file, np.clip(frames, -32768, 32767).astype(np.int16), RATE)
    customer, agent = ("".join(text for each, _, _, text in placed if each == side) for side in (CUSTOMER, AGENT))
    return Spoken(file, customer, agent, length / RATE, talked / 2 / length)


def _errors(spoken: Sequence[Spoken], heard: Sequence[tuple[str, str]]) -> float:
    """Edits over Han characters ÷ characters said."""
    wrong = said = 0
    for each, texts in zip(spoken, heard, strict=True):
        for wanted, found in zip((each.customer, each.agent), texts, strict=True):
            wanted, found = (HAN.sub("", text) for text in (wanted, found))
            wrong += Levenshtein.distance(wanted, found)
            said += len(wanted)
    return wrong / said
