"""The files a browser loads: ours, and those of npm packages, each under its own name with its content's hash."""

import hashlib
import mimetypes
from pathlib import Path

from core.errors import HotlineError
from core.settings import ROOT

STATIC = Path(__file__).resolve().parent / "static"
FROM_NPM = {"htmx.js": "htmx.org/dist/htmx.min.js"}


class Assets:
    """Only what is named here can be fetched; a name never becomes a path."""

    def __init__(self, node_modules: Path = ROOT / "node_modules") -> None:
        self._files = {path.name: path for path in STATIC.iterdir()}
        self._files |= {name: node_modules / place for name, place in FROM_NPM.items()}
        missing = [path for path in self._files.values() if not path.is_file()]
        if missing:
            raise HotlineError(f"{missing[0]} is missing", "run `./hotline prepare`, or `npm ci` in the project")
        self._hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for name, path in self._files.items()}

    def address(self, name: str) -> str:
        return f"/assets/{name}?v={self._hashes[name]}"

    def find(self, name: str) -> tuple[Path, str] | None:
        """The file and its media type; None for a name we do not serve."""
        path = self._files.get(name)
        return None if path is None else (path, mimetypes.guess_type(name)[0] or "application/octet-stream")
