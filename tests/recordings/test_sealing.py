"""Sealed files: any piece reads as it was, and no change to the file goes unseen."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.store import sealing
from recordings.store.sealing import CHUNK, MARK, TAG, Tampered

KEY = bytes(range(32))


def sealed(home: Path, content: bytes, key: bytes = KEY) -> bytes:
    (home / "plain").write_bytes(content)
    sealing.seal(home / "plain", home / "sealed", key)
    return (home / "sealed").read_bytes()


def read(content: bytes, key: bytes = KEY) -> bytes:
    with sealing.opened(io.BytesIO(content), key) as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_file_of_any_size_comes_back_whole(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    kept = sealed(tmp_path, content)
    assert read(kept) == content
    assert len(kept) == len(MARK) + size + TAG * max(1, -(-size // CHUNK))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 3 * CHUNK), count=st.integers(0, 2 * CHUNK))
def test_any_piece_is_the_same_piece_of_the_original(tmp_path: Path, start: int, count: int) -> None:
    content = bytes(number * 7 % 251 for number in range(2 * CHUNK + 100))
    kept = tmp_path / "kept"
    if not kept.exists():
        kept.write_bytes(sealed(tmp_path, content))
    with sealing.opened(kept.open("rb"), KEY) as file:
        file.seek(start)
        assert file.read(count) == content[start : start + count]


def test_the_sound_cannot_be_found_in_the_file_and_equal_files_look_different(tmp_path: Path) -> None:
    content = b"my card number is 6222 0212 3456 7890" * 4000
    first, second = sealed(tmp_path, content, os.urandom(32)), sealed(tmp_path, content, os.urandom(32))
    assert b"card" not in first
    assert first[len(MARK) :] != second[len(MARK) :]


def _flipped(kept: bytes) -> bytes:
    return kept[:100] + bytes([kept[100] ^ 1]) + kept[101:]


def _exchanged(kept: bytes) -> bytes:
    first, step = len(MARK), CHUNK + TAG
    return kept[:first] + kept[first + step : first + 2 * step] + kept[first : first + step] + kept[first + 2 * step :]


def _cut(kept: bytes) -> bytes:
    """Without its last chunk: what is left is whole chunks."""
    return kept[: len(MARK) + 2 * (CHUNK + TAG)]


@pytest.mark.parametrize("change", [_flipped, _exchanged, _cut, lambda kept: kept[:-1], lambda _: b"", lambda _: MARK])
def test_no_change_goes_unseen(tmp_path: Path, change: object) -> None:
    assert callable(change)
    kept = sealed(tmp_path, os.urandom(2 * CHUNK + 10))
    with pytest.raises(Tampered):
        read(change(kept))


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(Tampered):
        read(sealed(tmp_path, b"sound"), bytes(32))
