"""Finds a usable Asterisk on this machine, or prepares the bundled one."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import HotlineError
from pbx import debian
from pbx.modules import OPUS_ATTRIBUTES, OPUS_CODECS, REQUIRED
from pbx.music import make_music
from pbx.state import locked, prepared_roots, reachable, runs_as, state_root

OLDEST_SYSTEM = 20
OLDEST_BUNDLED = 22

_VERSION = re.compile(r"Asterisk (?:certified[/-])?(\d+)((?:\.\d+)*)")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """An Asterisk that can be run: `command` and `environment` hide how (a loader of its own, or simply its path)."""

    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    version: str
    module_dir: Path
    modules: tuple[str, ...]
    data_dir: Path
    sounds_dir: Path
    music_dir: Path
    bundled: bool


def provide(say: Say = lambda _text: None) -> AsteriskProgram:
    """The Asterisk to use, prepared if need be (about a minute, once). Raises HotlineError."""
    root = state_root()
    ready = find()
    if ready is None:
        with locked(root / "provision.lock") as lock:
            ready = find()
            if ready is None:
                debian.build(root / "rootfs", say, lock)
                ready = find()
    if ready is None:
        raise HotlineError("the Asterisk just prepared does not run", f"remove {root / 'rootfs'} and start again")
    if not reachable(ready.module_dir, runs_as()):
        raise HotlineError(f"{ready.module_dir} cannot be entered by Asterisk's user", "choose another HOTLINE_STATE")
    make_music(ready.music_dir, say)
    return ready


def find() -> AsteriskProgram | None:
    """A usable Asterisk that is already there: the system's first, then the bundled one."""
    bundled = (_bundled(root / "rootfs") for root in prepared_roots())
    return _system() or next((each for each in bundled if each), None)


def _system() -> AsteriskProgram | None:
    binary = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not binary:
        return None
    version = _version((binary,), ())
    libraries = [Path(base) for base in ("/usr/lib/asterisk", "/usr/local/lib/asterisk", "/usr/lib64/asterisk")]
    libraries += Path("/usr/lib").glob("*-linux-gnu/asterisk")
    module_dir = next((each / "modules" for each in libraries if (each / "modules/chan_pjsip.so").is_file()), None)
    data = [Path(base) for base in ("/usr/share/asterisk", "/var/lib/asterisk", "/usr/local/var/lib/asterisk")]
    data_dir = next((each for each in data if (each / "documentation").is_dir()), None)
    if not version or _major(version) < OLDEST_SYSTEM or module_dir is None or data_dir is None:
        return None
    modules = _modules(module_dir)
    if modules is None:
        return None
    return AsteriskProgram(
        (binary,), (), version, module_dir, modules, data_dir, _sounds(data_dir), _music(), bundled=False
    )


def _bundled(rootfs: Path) -> AsteriskProgram | None:
    if not debian.complete(rootfs):
        return None
    folder, loader = debian.triplet()
    library = rootfs / "usr/lib" / folder
    paths = f"{library}:{rootfs / 'lib' / folder}"
    binary = rootfs / "usr/sbin/asterisk"
    command = (str(rootfs / loader), "--library-path", paths, "--argv0", "asterisk", str(binary))
    environment = (("GCONV_PATH", str(library / "gconv")),)
    module_dir, data_dir = library / "asterisk/modules", rootfs / "usr/share/asterisk"
    stamp = rootfs / debian.STAMP
    version = _known_version(stamp, binary) or _version(command, environment)
    modules = _modules(module_dir)
    if not version or _major(version) < OLDEST_BUNDLED or modules is None:
        return None
    _know_version(stamp, binary, version)
    return AsteriskProgram(
        command, environment, version, module_dir, modules, data_dir, _sounds(data_dir), _music(), bundled=True
    )


def _music() -> Path:
    return state_root() / "music"


def _sounds(data_dir: Path) -> Path:
    """The folder of the English sounds: found by content, for the packaged link is absolute and breaks elsewhere."""
    for folder in sorted((data_dir / "sounds").glob("en*")):
        if not folder.is_symlink() and any(folder.glob("hello-world.*")):
            return folder
    return data_dir / "sounds/en"


def _modules(module_dir: Path) -> tuple[str, ...] | None:
    """What to load from there, or None when a required module is missing."""
    present = {file.stem for file in module_dir.glob("*.so")}
    if not present.issuperset(REQUIRED):
        return None
    opus = next((name for name in OPUS_CODECS if name in present), None)
    return (*REQUIRED, opus, OPUS_ATTRIBUTES) if opus and OPUS_ATTRIBUTES in present else REQUIRED


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _version(command: tuple[str, ...], environment: tuple[tuple[str, str], ...]) -> str:
    try:
        told = subprocess.run(
            [*command, "-V"],
            env=os.environ | dict(environment),
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(told.stdout)
    return f"{match[1]}{match[2]}" if match else ""


def _known_version(stamp: Path, binary: Path) -> str:
    """The version as last asked of this very binary; asking takes a tenth of a second."""
    words = stamp.read_text().split()
    return words[2] if len(words) == 3 and binary.is_file() and words[1] == _mark(binary) else ""


def _know_version(stamp: Path, binary: Path, version: str) -> None:
    line = f"{debian.SUITE} {_mark(binary)} {version}\n"
    if os.access(stamp, os.W_OK) and stamp.read_text() != line:
        stamp.write_text(line)


def _mark(binary: Path) -> str:
    facts = binary.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}"
