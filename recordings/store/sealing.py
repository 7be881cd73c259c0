"""Sealed files: AES-256-GCM in chunks, so that any piece can be read without the rest.

`HLSEAL1\\n`, then chunks of CHUNK plain bytes, each followed by its tag. A chunk's nonce is its number (every file has
a key of its own); what is authenticated with it is the file's mark, the number, and whether it is the last one, so that
chunks cannot be moved, left out or cut off unseen. An empty file is one empty chunk.
"""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = b"HLSEAL1\n"
CHUNK = 64 * 1024
TAG = 16


class Tampered(OSError):
    """The sealed file is not what was written."""


def seal(source: Path, target: Path, key: bytes) -> None:
    """Write `source` sealed to `target`, through to the disk, for its owner only whatever the umask.

    `key` must never seal anything else.
    """
    cipher, number = AESGCM(key), 0
    with source.open("rb") as plain, target.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(MARK)
        chunk = plain.read(CHUNK)
        while True:
            following = plain.read(CHUNK)
            file.write(cipher.encrypt(_nonce(number), chunk, _about(number, not following)))
            if not following:
                break
            chunk, number = following, number + 1
        file.flush()
        os.fsync(file.fileno())


def opened(file: BinaryIO, key: bytes) -> BinaryIO:
    """The plain content of a sealed file, seekable; closes `file` with itself. Reading raises Tampered."""
    return io.BufferedReader(_Opened(file, key), CHUNK)


class _Opened(io.RawIOBase):
    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file = file
        self._cipher = AESGCM(key)
        sealed = file.seek(0, os.SEEK_END) - len(MARK)
        file.seek(0)
        if sealed < TAG or file.read(len(MARK)) != MARK:
            raise Tampered("not a sealed file")
        self._last = max(0, -(-sealed // (CHUNK + TAG)) - 1)
        self._size = sealed - (self._last + 1) * TAG
        self._at = 0
        self._number = -1
        self._chunk = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        if self._at >= self._size:
            if self._size == 0:
                self._load(0)
            return 0
        number, within = divmod(self._at, CHUNK)
        self._load(number)
        piece = self._chunk[within : within + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._file.seek(len(MARK) + number * (CHUNK + TAG))
        sealed = self._file.read(CHUNK + TAG)
        try:
            self._chunk = self._cipher.decrypt(_nonce(number), sealed, _about(number, number == self._last))
        except (InvalidTag, ValueError):
            raise Tampered(f"chunk {number} of the sealed file is not what was written") from None
        self._number = number


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _about(number: int, last: bool) -> bytes:
    return MARK + number.to_bytes(8, "big") + bytes([last])
