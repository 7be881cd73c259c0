"""What the system page shows: how the centre is set up on its server, and how its parts are. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["good", "fair", "poor", ""]
DAY = 86400.0
SOON_DAYS = 30
"""Days before the end of a certificate at which somebody should see to it."""
SCARCE, SHORT = 0.05, 2 << 30
"""Less room than this share of a disk and so many bytes is fair; a tenth of the bytes is poor."""
_ACCOUNT = re.compile(r"//[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Given:
    """A setting of the server. `where`: environment, start (said when it was started), or default."""

    name: str
    value: str
    where: Literal["environment", "start", "default"]


@dataclass(frozen=True, slots=True)
class Part:
    """`name` a code; `told` what there is to say, in figures and names; `fault` in English."""

    name: str
    state: State
    told: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`days` until it ends, below 0 when it has."""

    setting: str
    subject: str
    until: float
    days: float

    @property
    def state(self) -> State:
        return "poor" if self.days < 0 else "fair" if self.days < SOON_DAYS else "good"


@dataclass(frozen=True, slots=True)
class System:
    settings: tuple[Given, ...]
    parts: tuple[Part, ...]
    certificates: tuple[Certificate, ...]
    versions: tuple[tuple[str, str], ...]


def without_secrets(name: str, value: str) -> str:
    """A setting's value as anybody may see it: no account of an address, of options and servers only their names."""
    if not value:
        return ""
    if name in ("storage_options", "ice_servers"):
        return _names(value)
    return _ACCOUNT.sub("//…@", value).partition("?")[0]


def _names(value: str) -> str:
    try:
        content = json.loads(value)
    except ValueError:
        return "…"
    if isinstance(content, Mapping):
        return ", ".join(f"{key}: …" for key in content)
    urls = [_urls(each) for each in content] if isinstance(content, list) else []
    return ", ".join(url for found in urls for url in found) or "…"


def _urls(server: Any) -> list[str]:
    found = server.get("urls", []) if isinstance(server, Mapping) else []
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def room_state(free: int, size: int) -> State:
    if free < SHORT / 10:
        return "poor"
    return "fair" if free < SHORT or free < size * SCARCE else "good"


def bytes_words(count: float) -> str:
    """With a unit: 512 MB, 12.3 GB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB" if count < 1000 else f"{count / 1000:.1f} TB"
