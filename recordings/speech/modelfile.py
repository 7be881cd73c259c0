"""Speech models as files: fetched, unpacked, checked, and entered into `config/models.yaml`."""

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

import httpx
from ruamel.yaml import YAML

from core import belonging, yamlfile
from core.errors import BadInput
from recordings.speech.languages import SpeechModel, SpeechModels
from recordings.speech.recognise import OPEN_IT

NEEDED = ("am/final.mdl", "conf/mfcc.conf", "graph")
BIGGEST = 8 * 2**30
"""Bytes an archive may unpack to."""


def fetch(source: str, into: Path) -> Path:
    """Bring the Vosk model archive (.zip, by http(s) address or path) into directory `into`; returns its directory.

    As root it is for the owner of the folder that `into` is in, the data directory.
    """
    belonging.make_folder(into)
    with tempfile.TemporaryDirectory(dir=into) as work:
        archive = Path(work) / "model.zip"
        if source.startswith(("http://", "https://")):
            with archive.open("wb") as file:
                _download(source, file)
        elif Path(source).is_file():
            archive = Path(source)
        else:
            raise BadInput(f"{source} is neither a file nor an http address", "give a Vosk model archive (.zip)")
        model = _unpack(archive, Path(work) / "unpacked", source)
        target = into / model.name
        if target.exists():
            raise BadInput(f"{target} is already there", "remove it first, or use it as it is")
        belonging.give_tree(model, into.parent)
        belonging.give(into, into.parent)
        model.rename(target)
    return target


def use(config_dir: Path, language: str, directory: Path, rate: int) -> SpeechModel:
    """From the next call on `directory` hears `language`; comments in models.yaml stay, and whose it is."""
    check(directory)
    file = config_dir / "models.yaml"
    tree = yamlfile.editable(yamlfile.read(file), file)
    model = SpeechModel(path=directory.resolve(), rate=rate)
    tree["models"][language] = {"path": str(model.path), "rate": rate}
    unfinished = file.with_suffix(".yaml.new")
    try:
        with unfinished.open("w", encoding="utf-8") as out:
            belonging.make_like(unfinished, file)
            YAML(typ="rt").dump(tree, out)
        yamlfile.load(unfinished, SpeechModels)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return model


def check(directory: Path) -> None:
    """Raises BadInput when `directory` is no Vosk model, or one that cannot be read."""
    try:
        missing = [name for name in NEEDED if not (directory / name).exists()]
    except OSError as fault:
        raise BadInput(f"the speech model {directory} cannot be read ({fault.strerror})", OPEN_IT) from None
    if missing:
        raise BadInput(f"{directory} is no Vosk model: {', '.join(missing)} missing", "give the unpacked directory")


def _download(address: str, file: IO[bytes]) -> None:
    try:
        with httpx.stream("GET", address, follow_redirects=True, timeout=30) as answer:
            answer.raise_for_status()
            for block in answer.iter_bytes():
                file.write(block)
    except httpx.HTTPError as fault:
        raise BadInput(f"{address} cannot be fetched: {fault}", "check the address and the network") from None


def _unpack(archive: Path, into: Path, source: str) -> Path:
    try:
        with zipfile.ZipFile(archive) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > BIGGEST:
                raise BadInput(f"{source} unpacks to more than any speech model", "give a Vosk model archive")
            packed.extractall(into)
    except zipfile.BadZipFile:
        raise BadInput(f"{source} is no whole zip archive", "fetch it again") from None
    found = [path.parent.parent for path in into.glob("**/am/final.mdl")]
    if len(found) != 1:
        shutil.rmtree(into)
        raise BadInput(f"{source} holds {len(found)} Vosk models", "give an archive with exactly one")
    check(found[0])
    return found[0] if found[0] != into else into.rename(into.with_name(Path(source).stem))
