"""The folder of one private Asterisk: its directories, its rendered files, what is remembered between runs."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import HotlineError
from pbx.provision import AsteriskProgram
from pbx.render import Phone, Places, Ports
from pbx.state import make_passable

LINKED = ("documentation", "rest-api", "static-http", "moh", "agi-bin")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a later engine needs to take over the instance that runs here.

    `pid` 0: none was started. `kept`: a keeper of its own runs it (`./hotline asterisk`), engines only use it.
    """

    pid: int
    sip_host: str
    ports: Ports
    ami_secret: str
    system_name: str
    version: str
    phones: tuple[Phone, ...] = ()
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one instance's folder. Asterisk's user owns `var`, `spool`, `run` and `log`, and reads the rest."""

    folder: Path

    @property
    def conf(self) -> Path:
        return self.folder / "etc/asterisk.conf"

    @property
    def sounds(self) -> Path:
        return self.folder / "sounds"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def console(self) -> Path:
        return self.folder / "console"

    def places(self, program: AsteriskProgram) -> Places:
        at = self.folder
        return Places(
            etc=at / "etc", modules=program.module_dir, data=at / "data", sounds=self.sounds, var=at / "var",
            spool=self.spool, run=at / "run", log=at / "log", music=program.music_dir,
        )  # fmt: skip

    def make(self, program: AsteriskProgram, user: str | None) -> None:
        """Create what is missing; raises HotlineError when the disk or the rights do not allow it."""
        try:
            make_passable(self.folder)
            for name in ("etc", "data", "sounds"):
                _folder(self.folder / name, 0o750, None, user)
            for name in ("var", "var/keys", "var/keys/keys", "var/cache", "spool", "run", "log"):
                _folder(self.folder / name, 0o750, user, user)
            for name in LINKED:
                _link(self.folder / "data" / name, program.data_dir / name)
            _folder(self.folder / "data/sounds", 0o750, None, user)
            _link(self.folder / "data/sounds/en", program.sounds_dir)
        except OSError as fault:
            raise HotlineError(
                f"Asterisk's folder {self.folder} cannot be made: {fault.strerror}", "check free space and rights"
            ) from None

    def write(self, files: Mapping[str, str], user: str | None) -> bool:
        """Write the rendered files; says whether any differs from before."""
        changed = False
        for name, text in files.items():
            path = self.folder / "etc" / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                _replace(path, text, user)
                changed = True
        return changed

    def remember(self, facts: Remembered) -> None:
        _replace(self.folder / "state.json", json.dumps(asdict(facts)), None)

    def recall(self) -> Remembered | None:
        """What the last run left, or None; a damaged file counts as none."""
        try:
            facts = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            facts["ports"] = Ports(**facts["ports"])
            facts["phones"] = tuple(Phone(**phone) for phone in facts["phones"])
            return Remembered(**facts)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def running(self) -> int:
        """The process id of the Asterisk that runs on this folder, 0 if none."""
        known = self.recall()
        candidates = [known.pid] if known else []
        with suppress(OSError, ValueError):  # it has not come that far, or never ran
            candidates.append(int((self.folder / "run/asterisk.pid").read_text()))
        return next((pid for pid in candidates if pid and self.owns(pid)), 0)

    def owns(self, pid: int) -> bool:
        """Whether `pid` lives, is no zombie, and is an Asterisk started on this folder (ids are used again)."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.conf) in words  # a zombie's command line is empty

    def turn_log(self, longest: int = 0) -> bool:
        """Put a log of more bytes aside, in place of the one before; says whether Asterisk has to open a new one."""
        log = self.folder / "log/messages"
        if not log.is_file() or log.stat().st_size <= longest:
            return False
        log.replace(log.with_name("messages.1"))
        return True

    def last_words(self) -> str:
        """The last complaints in its logs, for an error message."""
        told: list[str] = []
        for log in (self.folder / "log/messages", self.console):
            try:
                with log.open("rb") as file:
                    file.seek(max(0, log.stat().st_size - 20_000))
                    lines = file.read().decode(errors="replace").splitlines()
            except OSError:
                continue
            told += [line.strip() for line in lines if line.strip()][-4:]
        return " / ".join(told)[-600:] or "it said nothing"


def _folder(path: Path, mode: int, owner: str | None, group: str | None) -> None:
    # What lies in a folder of Asterisk's user may be a link by now: rights are only given to what we just made.
    if path.is_dir():
        return
    path.mkdir(parents=True)
    path.chmod(mode)
    if group:
        shutil.chown(path, owner or "root", group)


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _replace(path: Path, text: str, group: str | None) -> None:
    """Write whole or not at all; readable only by the owner and `group`."""
    half = path.with_name(f".{path.name}.half")
    try:
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w", encoding="utf-8") as file:  # noqa: PTH123  # Path.open cannot set the mode
            file.write(text)
        if group:
            shutil.chown(half, "root", group)
        half.replace(path)
    except OSError as fault:
        raise HotlineError(f"{path} cannot be written: {fault.strerror}", "check free space and rights") from None
