"""Addresses and ports as settings give them: which forms are taken, and what to write instead of a bad one."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""Ways to a mail server, and the usual port of each."""
POSTGRESQL, SQLITE = "postgresql+asyncpg://", "sqlite+aiosqlite:///"


def file_of(database: str) -> Path | None:
    """The file of an SQLite database, which is made when it is opened; None for a server's."""
    file = database.partition(SQLITE)[2]
    return Path(file) if file else None


def _database(url: str) -> str:
    """The address with the driver we use; the usual forms without a driver are taken too."""
    for usual, ours in (("postgres://", POSTGRESQL), ("postgresql://", POSTGRESQL), ("sqlite:///", SQLITE)):
        url = ours + url.removeprefix(usual) if url.startswith(usual) else url
    try:
        known = not url or (url.startswith((POSTGRESQL, SQLITE)) and bool(make_url(url).database))
    except (ArgumentError, ValueError):
        known = False
    if not known:
        raise ValueError("write postgresql://user:password@host/name, or leave it out for a file in the data directory")
    return url


def _redis(url: str) -> str:
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("write redis://host:port/0, or leave it out for a file in the data directory")
    return url


def _mail(url: str) -> str:
    """`smtp+starttls` and `smtps` are encrypted, `smtp` is not."""
    try:
        parts = urlsplit(url)
        known = not url or (parts.scheme in MAIL_PORTS and bool(parts.hostname) and (parts.port or 1) > 0)
    except ValueError:
        known = False
    if not known:
        raise ValueError("write smtp+starttls://user:password@host:587, smtps://… or smtp://…, or leave it out")
    return url


def _rtp(ports: str) -> str:
    first, dash, last = ports.partition("-")
    if ports and not (dash and first.isdigit() and last.isdigit() and 1024 <= int(first) < int(last) <= 65535):
        raise ValueError("write two UDP ports, four for each call that may go on at a time, as 10000-11999")
    return ports


def ice_servers(text: str) -> list[dict[str, Any]]:
    """The JSON list of STUN and TURN servers, '' for none; raises ValueError."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) and "urls" in each for each in found):
        raise ValueError('write a JSON list such as [{"urls": "stun:stun.example.com"}]')
    return found


def _ice(text: str) -> str:
    ice_servers(text)
    return text


Port = Annotated[int, Field(ge=0, le=65535)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
MailUrl = Annotated[str, AfterValidator(_mail)]
IceServers = Annotated[str, AfterValidator(_ice)]
RtpPorts = Annotated[str, AfterValidator(_rtp)]
