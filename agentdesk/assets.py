"""The files a browser loads: ours, and those of npm packages, each under its own name with its content's hash."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agentdesk.bundle import bundle
from core.errors import HotlineError
from core.settings import ROOT

STATIC = Path(__file__).resolve().parent / "static"
FROM_NPM = {"htmx.js": "htmx.org/dist/htmx.min.js"}
JOINED_FROM_NPM = {"jssip.js": ("jssip/lib/JsSIP.js", "JsSIP")}
"""Scripts joined from a package's modules: entry, and the global name under which a page finds it."""


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    packed: bytes
    """The same by gzip."""
    kind: str
    mark: str


class Assets:
    """Only what is named here can be fetched; a name never becomes a path."""

    def __init__(self, node_modules: Path = ROOT / "node_modules") -> None:
        try:
            found = {path.name: path.read_bytes() for path in STATIC.iterdir()}
            found |= {name: (node_modules / place).read_bytes() for name, place in FROM_NPM.items()}
            found |= {name: _joined(node_modules, *what) for name, what in JOINED_FROM_NPM.items()}
        except OSError as fault:
            raise HotlineError(
                f"{fault.filename} is missing", "run `./hotline prepare`, or `npm ci` in the project"
            ) from None
        self._assets = {name: _asset(name, body) for name, body in found.items()}

    def address(self, name: str) -> str:
        return f"/assets/{name}?v={self._assets[name].mark}"

    def find(self, name: str) -> Asset | None:
        """None for a name we do not serve."""
        return self._assets.get(name)


@cache
def _joined(node_modules: Path, entry: str, name: str) -> bytes:
    return bundle(node_modules, entry, name).encode()


@cache
def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, gzip.compress(body, 6, mtime=0), kind, hashlib.sha256(body).hexdigest()[:12])
