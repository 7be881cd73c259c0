"""The prompt store: words → sound files for Asterisk, named by their content, made only when they are missing."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import structlog

from ivr.lint.words import LONGEST_PROMPT
from ivr.menus import TONE, VALUE, Spoken
from ivr.prompts import voice

log = structlog.get_logger(__name__)

CHAIN = "2"
"""Change it when the sound made of the same words changes."""
FORMATS = {"alaw": "ALAW", "ulaw": "ULAW", "sln": "PCM_16"}
READABLE, ENTERABLE = 0o644, 0o755  # Asterisk runs as another user


@dataclass(frozen=True, slots=True)
class PromptFault:
    """A prompt that cannot be heard, and why."""

    spoken: Spoken
    why: str

    def __str__(self) -> str:
        return f"prompt {self.spoken.name} ({self.spoken.language}): {self.why}"


def by_cause(faults: Iterable[PromptFault]) -> list[tuple[PromptFault, int]]:
    """One of each cause, and how many more there are of it: a full disk spoils hundreds."""
    causes: dict[str, list[PromptFault]] = {}
    for fault in faults:
        causes.setdefault(fault.why, []).append(fault)
    return [(first, len(others)) for first, *others in causes.values()]


def recorded_as(spoken: Spoken) -> str:
    """Where below the recordings the one of these very words is kept."""
    return f"{spoken.language}/{spoken.name}~{hashlib.sha256(spoken.text.encode()).hexdigest()[:8]}.wav"


class PromptStore:
    """`prepare` makes what is missing; `sound` names the file, without suffix, that Asterisk plays.

    A recording below `recorded` takes precedence over the synthetic voice: one of these very words (`recorded_as`),
    which other versions of the menu may not say, else LANGUAGE/NAME.wav. What was made is also kept in `cache`, which
    several centres of one machine may share.
    """

    def __init__(
        self, directory: Path, recorded: Path, *, variant: str = "+f2", speed: int = 160, cache: Path | None = None
    ) -> None:
        self.directory = directory
        self._cache = cache
        self.recorded = recorded
        self._variant = variant
        self._speed = speed
        self._ready: dict[Spoken, Path] = {}
        self._wanted: dict[Spoken, None] = {}
        self._seen = self._recordings()

    def sound(self, spoken: Spoken) -> Path | None:
        """The sound of words that were prepared; None when there is none."""
        return self._ready.get(spoken)

    async def prepare(self, wanted: Iterable[Spoken], parallel: int = 2) -> list[PromptFault]:
        """Make the sounds that are not there yet; what could not be made comes back."""
        gate = asyncio.Semaphore(parallel)

        async def one(spoken: Spoken) -> PromptFault | None:
            async with gate:
                return await asyncio.to_thread(self._prepare, spoken)

        new = dict.fromkeys(wanted)
        self._wanted |= new
        faults = [fault for fault in await asyncio.gather(*map(one, new)) if fault]
        for fault, more in by_cause(faults):
            spoken = fault.spoken
            log.error("prompt missing", prompt=spoken.name, language=spoken.language, why=fault.why, more=more)
        return faults

    async def follow(self, every: float = 2.0) -> None:
        """Take up recordings that come, change or go while the centre runs; `every` so many seconds."""
        while True:
            await self.refresh()
            await asyncio.sleep(every)

    async def refresh(self) -> list[PromptFault]:
        """Prepare anew what is recorded otherwise than before; a broken recording leaves the sound there was."""
        now = await asyncio.to_thread(self._recordings)
        changed = {path for path, _ in now.items() ^ self._seen.items()}
        self._seen = now
        if not changed:
            return []
        log.info("recorded prompts changed", files=len(changed))
        return await self.prepare(spoken for spoken in self._wanted if changed & set(self._recordings_of(spoken)))

    def seconds(self, spoken: Spoken) -> float:
        """How long the prepared sound of these words is; 0 when there is none."""
        sound = self._ready.get(spoken)
        return sound.with_name(f"{sound.name}.alaw").stat().st_size / voice.RATE if sound else 0.0

    def too_long(self, wanted: Iterable[Spoken]) -> list[PromptFault]:
        """Prepared sounds that nobody listens to the end of."""
        long = [spoken for spoken in wanted if self.seconds(spoken) > LONGEST_PROMPT]
        why = f"at most {LONGEST_PROMPT:.0f} s are listened to: say less"
        return [PromptFault(spoken, f"lasts {self.seconds(spoken):.0f} s, {why}") for spoken in long]

    def recording_of(self, spoken: Spoken) -> Path:
        """The recording that is heard for these words, or where one put there by hand belongs."""
        exact, named = self._recordings_of(spoken)
        return exact if exact.exists() else named

    def is_recorded(self, spoken: Spoken) -> bool:
        return self.recording_of(spoken).exists()

    def unused(self, wanted: Iterable[Spoken]) -> list[Path]:
        """Recordings that are heard for none of these words."""
        used = {path for spoken in wanted for path in self._recordings_of(spoken)}
        return sorted(self._recordings().keys() - used)

    def _recordings_of(self, spoken: Spoken) -> tuple[Path, Path]:
        return self.recorded / recorded_as(spoken), self.recorded / spoken.language / f"{spoken.name}.wav"

    def _recordings(self) -> dict[Path, tuple[int, int]]:
        found = ((path, path.stat()) for path in self.recorded.glob("*/*.wav"))
        return {path: (told.st_mtime_ns, told.st_size) for path, told in found}

    def _prepare(self, spoken: Spoken) -> PromptFault | None:
        try:
            place = self._place(spoken)
            if not _complete(place) and not self._from_cache(place):
                self._make(spoken, place)
                self._into_cache(place)
        except (voice.VoiceError, OSError, soundfile.SoundFileError) as fault:
            return PromptFault(spoken, str(fault))
        self._ready[spoken] = place
        return None

    def _place(self, spoken: Spoken) -> Path:
        recording = self.recording_of(spoken)
        if recording.exists():
            source = recording.read_bytes()
        else:
            source = f"{self._variant} {self._speed} {_closely(spoken)}{spoken.text}".encode()
        name = hashlib.sha256(CHAIN.encode() + source).hexdigest()[:24]
        return self.directory / spoken.language / name

    def _from_cache(self, place: Path) -> bool:
        kept = self._cache / place.relative_to(self.directory) if self._cache else None
        if kept is None or not _complete(kept):
            return False
        _make_folder(place.parent)
        _copy(kept, place)
        return True

    def _into_cache(self, place: Path) -> None:
        if self._cache is None:
            return
        kept = self._cache / place.relative_to(self.directory)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            _copy(place, kept)
        except OSError as fault:
            log.info("prompt not cached", path=str(kept), why=str(fault))

    def _make(self, spoken: Spoken, place: Path) -> None:
        recording = self.recording_of(spoken)
        if recording.exists():
            samples = voice.level(voice.trim(voice.read_sound(recording)))
            if not samples.size:
                raise voice.VoiceError(f"{recording} holds no sound", "record it again")
        elif spoken.text == TONE:
            samples = voice.tone()
        else:
            with tempfile.TemporaryDirectory(prefix="prompt-") as folder:
                wav = Path(folder) / "prompt.wav"
                voice.synthesise(spoken.text, spoken.language, wav, self._variant, self._speed, pause=_pause(spoken))
                samples = voice.read_wav(wav)
        _make_folder(place.parent)
        for suffix, subtype in FORMATS.items():
            _write(place.with_name(f"{place.name}.{suffix}"), samples, subtype)


def _pause(spoken: Spoken) -> float:
    """Silence around a piece, in seconds: those of a number follow each other closely."""
    return 0.02 if spoken.name.startswith(VALUE) else 0.1


def _closely(spoken: Spoken) -> str:
    return "closely " if spoken.name.startswith(VALUE) else ""


def _complete(place: Path) -> bool:
    files = [place.with_name(f"{place.name}.{suffix}") for suffix in FORMATS]
    return all(each.exists() and each.stat().st_size > 0 for each in files)


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, folder.parent):
        each.chmod(ENTERABLE)


def _copy(source: Path, target: Path) -> None:
    for suffix in FORMATS:
        content = source.with_name(f"{source.name}.{suffix}").read_bytes()
        _place_whole(target.with_name(f"{target.name}.{suffix}"), partial(_put, content))


def _put(content: bytes, draft: Path) -> None:
    draft.write_bytes(content)


def _write(path: Path, samples: voice.Samples, subtype: str) -> None:
    sound = samples.astype(np.int16)
    _place_whole(path, lambda draft: soundfile.write(draft, sound, voice.RATE, format="RAW", subtype=subtype))


def _place_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Whole or not at all: Asterisk never sees half a file."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    os.close(handle)
    try:
        write(Path(draft))
        Path(draft).chmod(READABLE)
        Path(draft).replace(path)
    except BaseException:  # whatever happened, a draft must not stay
        Path(draft).unlink(missing_ok=True)
        raise


def cache_of_user() -> Path:
    """Where this user keeps what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotline" / "prompts"
