"""A store that speaks S3, on a local server."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from core.errors import NotFound
from recordings.store import keys
from recordings.store.files import StoreAway, open_store
from recordings.store.keys import Keys
from recordings.store.vault import Vault
from tests.servers import free_port

pytestmark = pytest.mark.real


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A local S3 server with the bucket `calls`; the options for reaching it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    port = free_port()
    running = ThreadedMotoServer("127.0.0.1", port)
    running.start()
    address = f"http://127.0.0.1:{port}"
    boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket="calls")
    yield json.dumps({"endpoint_url": address})
    running.stop()


def test_sealed_sound_goes_to_s3_and_comes_back_by_pieces(options: str, tmp_path: Path) -> None:
    keys.add(tmp_path / "keys", "k1")
    vault = Vault(open_store("s3://calls/hotline", options, tmp_path), Keys(tmp_path / "keys"))
    content, name = os.urandom(2_000_000), "2026/03/02/call1.flac"
    source = vault.workspace / "call1.flac"
    source.write_bytes(content)
    seal = vault.keep(source, name)
    assert list(vault.names()) == [name]
    with vault.open(name, seal) as file:
        file.seek(1_234_567)
        assert file.read(100) == content[1_234_567:1_234_667]
    assert vault.read(name, seal) == content
    vault.delete(name)
    assert (list(vault.names()), vault.has(name)) == ([], False)
    with pytest.raises(NotFound):
        vault.open(name, seal)


def test_a_bucket_that_is_not_there_is_a_store_that_is_away(options: str, tmp_path: Path) -> None:
    store = open_store("s3://nowhere/hotline", options, tmp_path)
    source = store.workspace / "x"
    source.write_bytes(b"sound")
    with pytest.raises(StoreAway, match="the store nowhere/hotline cannot be used"):
        store.keep(source, "x.flac")
    assert source.exists()
    with pytest.raises(StoreAway, match="there is no bucket nowhere"):
        store.room()
    open_store("s3://calls/hotline", options, tmp_path).room()
