"""The store as recordings use it: files sealed on the way in and opened on the way out."""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import NotFound
from core.settings import Settings
from recordings.store import sealing
from recordings.store.files import Store, open_store
from recordings.store.keys import KEY_BYTES, Keys, Seal
from recordings.store.sealing import Tampered


class Vault:
    """Blocking: call it from a thread. Raises NotFound, keys.KeyGone and OSError."""

    def __init__(self, store: Store, keys: Keys | None = None) -> None:
        self._store = store
        self.keys = keys or Keys()

    @property
    def workspace(self) -> Path:
        """A local directory to prepare files in before they are kept; what lies there is plain."""
        return self._store.workspace

    def room(self) -> int | None:
        """Free bytes of the store; None where it has no such limit."""
        return self._store.room()

    def keep(self, source: Path, name: str) -> Seal:
        """Make `source` the stored file `name`, whole or not at all; `source` is gone afterwards."""
        if not self.keys.current:
            self._store.keep(source, name)
            return Seal()
        key, sealed = secrets.token_bytes(KEY_BYTES), source.with_name(f"{source.name}.sealed")
        seal = self.keys.wrap(key, name)
        try:
            sealing.seal(source, sealed, key)
            _prove(source, sealed, key)
            self._store.keep(sealed, name)
        finally:
            sealed.unlink(missing_ok=True)
        source.unlink()
        return seal

    def open(self, name: str, seal: Seal) -> BinaryIO:
        """The plain content, seekable; a piece of it costs no more than that piece."""
        if not seal.key:
            return self._store.open(name)
        key = self.keys.unwrap(seal, name)
        file = self._store.open(name)
        try:
            return sealing.opened(file, key)
        except OSError:
            file.close()
            raise

    def read(self, name: str, seal: Seal) -> bytes:
        with self.open(name, seal) as file:
            return file.read()

    def delete(self, name: str) -> None:
        self._store.delete(name)

    def has(self, name: str) -> bool:
        try:
            self._store.open(name).close()
        except NotFound:
            return False
        return True

    def names(self) -> Iterator[str]:
        return self._store.names()

    def tidy(self) -> None:
        """Clear away what an engine that was killed left unfinished."""
        for left in self.workspace.iterdir():
            left.unlink()


def open_vault(settings: Settings) -> Vault:
    """The vault of this centre; raises ConfigError and BadInput when its key file or address cannot be used."""
    home = settings.data_dir / "recordings"
    keys = Keys(Path(settings.key_file)) if settings.key_file else Keys()
    return Vault(open_store(settings.storage_url, settings.storage_options, home), keys)


def _prove(source: Path, sealed: Path, key: bytes) -> None:
    with source.open("rb") as plain, sealing.opened(sealed.open("rb"), key) as found:
        if hashlib.file_digest(plain, "sha256").digest() != hashlib.file_digest(found, "sha256").digest():  # type: ignore[arg-type]  # BinaryIO reads as asked
            raise Tampered(f"{sealed.name} does not hold what was written")
