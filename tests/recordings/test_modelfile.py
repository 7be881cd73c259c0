"""Fetching a model from a server of our own, and putting it to use."""

import os
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands import models
from core.errors import BadInput, ConfigError
from recordings.speech import languages, modelfile
from recordings.speech.recognise import NoEngine, VoskRecognizer
from tests.recordings.conftest import CONFIG

HIS = 12345
"""The number of a user who is not root."""
MODEL = CONFIG / "models" / "zh-espeak"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "vosk-model-x.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(MODEL.rglob("*")):
            packed.write(file, Path("vosk-model-x") / file.relative_to(MODEL))
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_a_model_is_fetched_put_to_use_and_loads(tmp_path: Path, archive: Path, server: str) -> None:
    fetched = modelfile.fetch(f"{server}/{archive.name}", tmp_path / "data" / "models")
    assert fetched == tmp_path / "data" / "models" / "vosk-model-x"
    assert list(fetched.parent.iterdir()) == [fetched]
    config = tmp_path / "models.yaml"
    config.write_text(f"# ours\nmodels:\n  zh: # test\n    path: {MODEL}\n    rate: 8000\n    test: true\n")
    modelfile.use(tmp_path, "yue", fetched, 8000)
    found = languages.load(tmp_path)
    assert set(found.models) == {"zh", "yue"}
    assert (found.models["yue"].test, found.models["zh"].test) == (False, True)
    assert "# ours" in config.read_text()
    assert languages.Engines(found).of("yue") is not None
    with pytest.raises(BadInput, match="already there"):
        modelfile.fetch(str(archive), fetched.parent)


def test_what_is_no_model_is_refused_and_leaves_nothing_behind(tmp_path: Path, server: str) -> None:
    into = tmp_path / "models"
    (tmp_path / "text.zip").write_text("no archive")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("readme.txt", "hello")
    for source, said in (
        (f"{server}/none.zip", "404"), (f"{server}/text.zip", "no whole zip"), (str(tmp_path / "other.zip"), "0 Vosk"),
        (str(tmp_path / "gone.zip"), "neither a file"), ("http://127.0.0.1:1/x.zip", "cannot be fetched"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            modelfile.fetch(source, into)
    assert list(into.iterdir()) == []
    with pytest.raises(BadInput, match="no Vosk model"):
        modelfile.use(tmp_path, "zh", into, 16000)


@pytest.mark.usefixtures("as_root")
def test_a_model_that_root_fetches_and_puts_to_use_can_be_read_by_the_service(tmp_path: Path, archive: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "models.yaml"
    data.mkdir()
    config.write_text(f"models:\n  zh:\n    path: {MODEL}\n    rate: 8000\n")
    config.chmod(0o640)
    for his in (data, config):
        os.chown(his, HIS, HIS)
    before = os.umask(0o077)
    try:
        fetched = modelfile.fetch(str(archive), data / "models")
        modelfile.use(tmp_path, "yue", fetched, 8000)
    finally:
        os.umask(before)
    assert {each.stat().st_uid for each in (fetched.parent, fetched, *fetched.rglob("*"))} == {HIS}
    now = config.stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (HIS, HIS, 0o640)


def test_a_model_that_cannot_be_put_to_use_leaves_nothing_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("models:\n  zh:\n    path: here\n    rate: 1\n")
    with pytest.raises(ConfigError):
        modelfile.use(tmp_path, "yue", MODEL, 8000)
    assert [each.name for each in tmp_path.iterdir()] == ["models.yaml"]


def test_a_directory_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / ("x" * 300)  # nobody can look there, root neither
    (tmp_path / "models.yaml").write_text(f"models:\n  zh:\n    path: {closed}\n    rate: 8000\n")
    with pytest.raises(ConfigError, match=rf"models\.yaml:3: the model of zh at {closed} cannot be read \(.*\): let"):
        languages.load(tmp_path)
    with pytest.raises(BadInput, match=rf"{closed} cannot be read \(.*\): let the user"):
        modelfile.check(closed)
    with pytest.raises(NoEngine, match=rf"{closed} cannot be read \(.*\): let the user"):
        VoskRecognizer(closed, rate=8000)
    listed = CliRunner().invoke(models.app, ["list", "--config", str(tmp_path)])
    assert "CANNOT BE READ (File name too long): its calls wait to be heard" in listed.stdout
