"""Asterisk's configuration as text: settings in, a file name → text mapping out."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined

from core.errors import BadInput
from core.site import Trunk
from pbx.parse import LONGEST_NUMBER

AMI_USER = "hotline"
QUALIFY_SECONDS, QUALIFY_TIMEOUT = 4, 2
"""A telephone is asked so often, and is out of reach when it does not answer in time: known within 6 s."""
LONGEST_FALLBACK = 600
"""Seconds a caller waits in the fallback queue at most."""
EMPTY_SECONDS = 15
"""Between two looks whether anybody can be reached there."""
EMPTY_TRIES, UNREACHABLE_TRIES = 3, 12
"""So many looks without anybody signed in, or with telephones that cannot be reached, and he is told to call again."""
HEARTBEAT_SECONDS = 10
"""A new call that finds the engine's heartbeat older than this goes to the fallback queue."""
SETTLE_SECONDS = 0.1
"""How long a caller may take from saying that he is at the music to being there."""
STRANDED_SECONDS = 30
"""A caller in the menu or already waiting is given to the fallback queue when the heartbeat is older than this."""
GATHER_SECONDS = 10
"""So much later all whom the outage has met are told of it, and come into that queue together."""
SORT_SECONDS = 3
"""So long after he has come into that queue nobody is rung for a caller: who came to the centre before may follow."""
UNSEEN_SECONDS = 5
"""From when on after the last heartbeat the dial plan notes who ended a leg; as long as it keeps a caller whose agent
has left."""
FALLBACK_LANGUAGES = ("zh", "en")
"""In this order a caller who meets the fallback queue is told so, from `<sounds>/fallback/LANGUAGE`, if that exists."""
GREATEST_PRIORITY = 2**31 - 1
"""That a caller can have in Asterisk's own queue; less the second in which he came, the first is before the others."""
MUSIC_SECONDS = 30
RTP_TIMEOUT = 60

_DEVICE = re.compile(r"[a-z][a-z0-9]*-[A-Za-z0-9._-]+")
_SECRET = re.compile(r"[A-Za-z0-9._-]{8,}")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")
_SYSTEM = re.compile(r"[A-Za-z0-9-]{1,20}")
_FIXED_SECTIONS = frozenset({"global", "udp", "ws", "line", "phone", "browser", "place", "login"})


@dataclass(frozen=True, slots=True)
class Phone:
    """An agent's phone. `device` is its SIP name, `phone-8001` style: never an extension a caller could guess.

    `probed`: ask it every QUALIFY_SECONDS whether it is there (browsers always are asked).
    """

    device: str
    secret: str
    name: str
    webrtc: bool = False
    probed: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    sip: int
    ami: int
    http: int
    rtp_first: int
    rtp_last: int


@dataclass(frozen=True, slots=True)
class Places:
    """Directories, all absolute. `data` holds Asterisk's own sounds and documentation, `sounds` the centre's.

    `music` is the waiting music.
    """

    etc: Path
    modules: Path
    data: Path
    sounds: Path
    var: Path
    spool: Path
    run: Path
    log: Path
    music: Path


@dataclass(frozen=True, slots=True)
class AsteriskSettings:
    """Everything the templates need. `system_name` begins every channel id of this Asterisk."""

    system_name: str
    sip_host: str
    ports: Ports
    places: Places
    ami_secret: str
    modules: tuple[str, ...]
    numbers: tuple[str, ...]
    trunks: tuple[Trunk, ...]
    phones: tuple[Phone, ...]
    open_files: int
    external: str = ""


def render(settings: AsteriskSettings, templates: Mapping[str, str]) -> dict[str, str]:
    """`templates` maps `NAME.conf.j2` to its text; the result maps `NAME.conf` to what Asterisk reads."""
    _check(settings)
    jinja = Environment(  # Asterisk's files are no markup; values are checked instead
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters["shown"] = shown
    values = {
        "system_name": settings.system_name,
        "sip_host": _bracketed(settings.sip_host),
        "media_address": "" if ipaddress.ip_address(settings.sip_host).is_unspecified else settings.sip_host,
        "external": settings.external,
        "ports": settings.ports,
        "places": settings.places,
        "ami_user": AMI_USER,
        "ami_secret": settings.ami_secret,
        "modules": settings.modules,
        "opus": any("opus" in module for module in settings.modules),
        "numbers": settings.numbers,
        "trunks": settings.trunks,
        "phones": settings.phones,
        "open_files": settings.open_files,
        "heartbeat_seconds": HEARTBEAT_SECONDS,
        "stranded_seconds": STRANDED_SECONDS,
        "gathered_seconds": STRANDED_SECONDS + GATHER_SECONDS,
        "sort_seconds": SORT_SECONDS,
        "settle_seconds": SETTLE_SECONDS,
        "unseen_seconds": UNSEEN_SECONDS,
        "qualify_seconds": QUALIFY_SECONDS,
        "qualify_timeout": QUALIFY_TIMEOUT,
        "longest_fallback": LONGEST_FALLBACK,
        "empty_seconds": EMPTY_SECONDS,
        "empty_tries": EMPTY_TRIES,
        "unreachable_tries": UNREACHABLE_TRIES,
        "fallback_languages": FALLBACK_LANGUAGES,
        "longest_number": LONGEST_NUMBER,
        "greatest_priority": GREATEST_PRIORITY,
        "music_seconds": MUSIC_SECONDS,
        "rtp_timeout": RTP_TIMEOUT,
    }
    return {name.removesuffix(".j2"): jinja.get_template(name).render(values) for name in sorted(templates)}


def shown(name: str) -> str:
    """A display name without what ends a value, a comment or a quote in Asterisk's files."""
    return " ".join(re.sub(r'[\x00-\x1f";<>\\\[\]]+', " ", name).split())


def check_site(numbers: Iterable[str], trunks: Sequence[Trunk]) -> None:
    """Raises BadInput for what Asterisk could not be told."""
    _each("telephone number", numbers, _NUMBER, "use digits, with + in front if wanted")
    for trunk in trunks:
        try:
            ipaddress.ip_network(trunk.match, strict=False)
        except ValueError:
            raise BadInput(
                f"trunk {trunk.name}: {trunk.match!r} is no IP address or network", "write for example 203.0.113.7"
            ) from None
    _demand_own_names(trunk.name for trunk in trunks)


def _demand_own_names(names: Iterable[str]) -> None:
    taken = set(_FIXED_SECTIONS)
    for name in names:
        if name in taken:
            raise BadInput(f"two lines or phones are called {name!r}", "give each its own name")
        taken.add(name)


def _check(settings: AsteriskSettings) -> None:
    check_site(settings.numbers, settings.trunks)
    _each("phone", (phone.device for phone in settings.phones), _DEVICE, "use a name like phone-8001")
    for phone in settings.phones:
        if not _SECRET.fullmatch(phone.secret):
            raise BadInput(f"the secret of phone {phone.device} cannot be used", "use 8 or more letters and digits")
    _each("system name", (settings.system_name,), _SYSTEM, "use letters, digits and -")
    _demand_own_names((*(each.name for each in settings.trunks), *(each.device for each in settings.phones)))
    for address in filter(None, (settings.sip_host, settings.external)):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise BadInput(f"SIP address {address!r} is no IP address", "write for example 127.0.0.1") from None


def _each(what: str, values: Iterable[str], allowed: re.Pattern[str], remedy: str) -> None:
    for value in values:
        if not allowed.fullmatch(value):
            raise BadInput(f"{what} {value!r} cannot be used", remedy)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
