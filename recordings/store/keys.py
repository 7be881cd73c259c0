"""The master keys of recordings: a file of lines `id: base64`, the first key current; they wrap the keys of files."""

import base64
import binascii
import os
import pwd
import re
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core import belonging
from core.errors import BadInput, ConfigError, HotlineError

log = structlog.get_logger(__name__)

KEY_BYTES = 32
NONCE_BYTES = 12
_LINE = re.compile(r"([a-z0-9][a-z0-9-]{0,30})\s*:\s*([A-Za-z0-9+/]+=*)")
_ACCESS_OF_OTHERS = 0o077
_ROOT = 0


class KeyGone(HotlineError):
    """The master key that a file needs is not in the key file."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The key of one file, wrapped by the master key named `key`; both '' for a file that is kept plain."""

    key: str = ""
    wrapped: str = ""


class Keys:
    """The key file of a centre; without a path files are kept plain. Read again when it changes; usable from threads.

    Raises ConfigError when the file is missing, readable by others, or not a list of keys.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp = _stamp(path) if path else None
        self._keys = read(path) if path else {}

    def ids(self) -> tuple[str, ...]:
        """The keys' names, the current one first."""
        return tuple(self._fresh())

    @property
    def current(self) -> str:
        """The name of the key that new files are sealed with; '' when they are kept plain."""
        return next(iter(self._fresh()), "")

    def wrap(self, file_key: bytes, name: str) -> Seal:
        """`file_key` under the current master key, for the file `name` only."""
        keys = self._fresh()
        current = next(iter(keys))
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + AESGCM(keys[current]).encrypt(nonce, file_key, name.encode())
        return Seal(current, base64.b64encode(wrapped).decode())

    def unwrap(self, seal: Seal, name: str) -> bytes:
        """The key of the file `name`; raises KeyGone."""
        master = self._fresh().get(seal.key)
        if master is None:
            where = f"not in {self.path}" if self.path else "not here: HOTLINE_KEY_FILE is not set"
            raise KeyGone(f"the key {seal.key!r} of {name} is {where}", "put the key back into the key file")
        wrapped = base64.b64decode(seal.wrapped)
        try:
            return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())
        except InvalidTag:
            raise KeyGone(
                f"the key {seal.key!r} in {self.path} is not the one that {name} was sealed with",
                "put the right key back into the key file",
            ) from None

    def _fresh(self) -> dict[str, bytes]:
        if self.path is None:
            return self._keys
        with self._lock:
            try:
                stamp = _stamp(self.path)
                if stamp != self._stamp:
                    self._keys, self._stamp = read(self.path), stamp
            except (ConfigError, OSError) as fault:
                # What runs goes on with the keys it has; the next start will be refused.
                log.error("key file cannot be read again", why=str(fault))
            return self._keys


def read(path: Path) -> dict[str, bytes]:
    """The keys of a file in its order; raises ConfigError with the line. Comments begin with #."""
    try:
        if path.stat().st_mode & _ACCESS_OF_OTHERS:
            raise ConfigError(path, 0, "the key file is open to other users", f"chmod 600 {path}")
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        remedy = "put it back, or make one with `hotline recordings keys new`, or unset HOTLINE_KEY_FILE"
        raise ConfigError(path, 0, "the key file of recordings is missing", remedy) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(path, 0, f"the key file cannot be read: {fault}", "check its rights and content") from None
    found: dict[str, bytes] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _LINE.fullmatch(line.strip())
        key = _decoded(parts[2]) if parts else b""
        if parts is None or len(key) != KEY_BYTES:
            raise ConfigError(path, number, f"not `id: base64 of {KEY_BYTES} bytes`", "restore the line from your copy")
        if parts[1] in found:
            raise ConfigError(path, number, f"the key {parts[1]!r} is there twice", "remove the wrong one")
        found[parts[1]] = key
    if not found:
        raise ConfigError(path, 0, "the key file holds no key", "make one with `hotline recordings keys new`")
    return found


def add(path: Path, name: str, home: Path | None = None) -> None:
    """Make a new current key `name` in the key file, which comes into being when it is missing; raises BadInput.

    It stays its owner's; a new one is for the owner of `home`, the data directory: whoever types may be root, the
    centre is not.
    """
    if not _LINE.fullmatch(f"{name}: AAAA"):
        raise BadInput(f"{name!r} cannot name a key", "use small letters, digits and -, at most 31")
    before = read(path) if path.exists() else {}
    if name in before:
        raise BadInput(f"there is a key {name!r} already", "choose another name")
    line = f"{name}: {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    belonging.make_folder(path.parent, home if home and home.exists() else None)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            if like := next((each for each in (path, home) if each and each.exists()), None):
                belonging.give(descriptor, like)
            file.write(line + (path.read_text(encoding="ascii") if before else ""))
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def demand_readable(path: Path, home: Path) -> None:
    """Raises BadInput when the key file belongs to another than `home`, the data directory: the centre that works there
    could not read what is sealed with its keys."""
    if not path.exists() or not home.exists():
        return
    owner, wanted = path.stat().st_uid, home.stat().st_uid
    if wanted not in (owner, _ROOT):
        problem = f"the key file {path} belongs to {_name(owner)}, the centre in {home} runs as {_name(wanted)}"
        raise BadInput(problem, f"chown {_name(wanted)}: {path}")


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
