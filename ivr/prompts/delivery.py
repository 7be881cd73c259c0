"""What a voice artist sends back, a folder or a ZIP: every file judged, the good ones stored for the prompt store."""

import difflib
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import soundfile

from core.errors import BadInput
from ivr.prompts import takes, voice
from ivr.prompts.store import recorded_as
from ivr.prompts.takes import Problem, Take
from ivr.prompts.wanted import Line

LARGEST = 100 * 2**20
"""Bytes of one file: twelve minutes at 48 kHz, 24 bit, far more than any prompt."""
KINDS = (".wav", ".flac")
NOT_MEANT = ("__MACOSX", "Thumbs.db", "desktop.ini")
READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file of the delivery and what became of it; `seconds` as it will be heard, 0 when it was refused."""

    file: str
    stored: str
    seconds: float
    problems: tuple[Problem, ...]

    @property
    def taken(self) -> bool:
        return bool(self.stored)


def take_in(source: Path, wanted: Iterable[Line], store: Path) -> list[Delivered]:
    """Judge every file and put the good ones below `store`; raises BadInput for a source that cannot be read.

    A file must be LANGUAGE/NAME.wav or .flac, in whatever folder. Blocking, some 50 ms a file.
    """
    lines = {line.file.removesuffix(".wav"): line for line in wanted}
    told: list[Delivered] = []
    for name, sound in _files(source):
        one = _take_in(name, sound, lines, store)
        if one.taken and one.stored in {each.stored for each in told}:
            twice = Problem("is there twice, this one is used", "send one take of each prompt", refused=False)
            one = replace(one, problems=(*one.problems, twice))
        told.append(one)
    return told


def _take_in(name: str, sound: bytes | Problem, lines: dict[str, Line], store: Path) -> Delivered:
    path = PurePosixPath(name)
    key = "/".join(path.with_suffix("").parts[-2:])
    if path.suffix.lower() not in KINDS:
        return _refused(name, Problem(f"is no {' or '.join(KINDS)} file", "send WAV, 48 kHz, 16 or 24 bit, mono"))
    if key not in lines:
        near = difflib.get_close_matches(key, lines, 1, 0.5)
        remedy = f"perhaps it is {near[0]}.wav" if near else "names are LANGUAGE/ID.wav of `hotline ivr prompts --csv`"
        return _refused(name, Problem("is no prompt's name", remedy))
    if isinstance(sound, Problem):
        return _refused(name, sound)
    try:
        samples, rate = soundfile.read(io.BytesIO(sound), dtype="float64", always_2d=True)
    except soundfile.SoundFileError as fault:
        why = fault.error_string if isinstance(fault, soundfile.LibsndfileError) else str(fault)
        return _refused(name, Problem(f"cannot be read: {why}", "send WAV, 48 kHz, 16 or 24 bit, mono"))
    take, spoken = Take(samples, rate), lines[key].spoken
    problems = takes.judge(take, spoken.text, spoken.language)
    if any(problem.refused for problem in problems):
        return _refused(name, *problems)
    finished = takes.finished(take)
    stored = recorded_as(spoken)
    _put(finished, rate, store / stored)
    return Delivered(name, stored, round(len(finished) / rate, 2), tuple(problems))


def _refused(name: str, *problems: Problem) -> Delivered:
    return Delivered(name, "", 0.0, problems)


def _put(samples: voice.Samples, rate: int, target: Path) -> None:
    """Whole or not at all: a running centre takes up what is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as folder:
        draft = Path(folder) / "take.wav"
        voice.write_wav(draft, samples, rate)
        draft.chmod(READABLE)
        draft.replace(target)


def _files(source: Path) -> Iterator[tuple[str, bytes | Problem]]:
    """Name and content of every file that is meant to be there."""
    if source.is_dir():
        for path in sorted(each for each in source.rglob("*") if each.is_file()):
            name = path.relative_to(source).as_posix()
            if _meant(name):
                yield name, _too_large(path.stat().st_size) or path.read_bytes()
        return
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                name = _name(entry)
                if not entry.is_dir() and _meant(name):
                    yield name, _too_large(entry.file_size) or archive.read(entry)
    except (OSError, zipfile.BadZipFile, RuntimeError) as fault:
        raise BadInput(f"{source} cannot be read: {fault}", "name a folder, or a ZIP file without password") from None


def _too_large(size: int) -> Problem | None:
    return Problem(f"has {size // 2**20} MB", "send one prompt a file") if size > LARGEST else None


def _meant(name: str) -> bool:
    return not any(part in NOT_MEANT or part.startswith(".") for part in PurePosixPath(name).parts)


def _name(entry: zipfile.ZipInfo) -> str:
    """Chinese Windows writes names in GBK without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
