"""Waiting music, made here and stored so that a telephone line needs no transcoding."""

import subprocess
from array import array
from collections.abc import Callable
from pathlib import Path

from core.errors import HotlineError
from pbx.state import locked
from pbx.tune import RATE, compose

STAMP = "made-2"


def make_music(folder: Path, say: Callable[[str], None]) -> None:
    """Fill `folder` with the music once; needs sox. Raises HotlineError."""
    if (folder / STAMP).exists():
        return
    with locked(folder.parent / "music.lock"):
        if (folder / STAMP).exists():
            return
        say("Asterisk: making the waiting music")
        folder.mkdir(parents=True, exist_ok=True)
        samples = array("h", (round(value * 32767) for value in compose())).tobytes()
        for law, suffix in (("al", "alaw"), ("ul", "ulaw")):
            _encode(samples, law, folder / f"calm.{suffix}")
        (folder / STAMP).touch()


def _encode(samples: bytes, law: str, file: Path) -> None:
    raw = ["-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]
    try:
        done = subprocess.run(["sox", *raw, "-t", law, str(file)], input=samples, capture_output=True, check=False)
    except FileNotFoundError:
        raise HotlineError("sox is missing", "run `apt-get install sox`") from None
    if done.returncode:
        raise HotlineError(f"the waiting music cannot be made: {done.stderr.decode(errors='replace').strip()[-200:]}")
