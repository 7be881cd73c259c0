"""What there is to know of the server a centre runs on: gathered when somebody looks."""

import asyncio
import os
import platform
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

from cryptography import x509
from cryptography.x509 import oid
from sqlalchemy import text

from accounts import published
from accounts.taken import Live
from agentdesk.reading.switchwatch import SwitchWatch
from agentdesk.reading.system import (
    DAY,
    Certificate,
    Given,
    Part,
    State,
    System,
    bytes_words,
    room_state,
    without_secrets,
)
from app import schema
from app.assignment import assignment
from app.configuration import Configuration
from app.parts import Ground
from core import leasing
from core.database import Database
from core.errors import ConfigError, HotlineError
from core.lease import KEPT
from core.settings import PREFIX, Settings
from qa import shelf
from qa.shelf import Shelf
from qa.standing import FORMER, SetAside, StandingPacks
from recordings import jobs
from recordings import repository as recorded
from recordings.store import keys
from recordings.store.vault import Vault

LIBRARIES = ("fastapi", "sqlalchemy", "panoramisk", "vosk", "pydantic")
PEM = b"-----BEGIN CERTIFICATE-----"
LARGEST = 1 << 20
"""Bytes of a file that may hold certificates."""


def looker(ground: Ground, switch: SwitchWatch) -> Callable[[], Awaitable[System]]:
    """What `agentdesk.pages.system` shows."""
    settings = ground.settings
    spoilt: Live[dict[str, str]] = Live(shelf.KIND, Shelf(ground.config.directory / "packs").faults, {})

    async def look() -> System:
        now = ground.clock()
        parts = (
            await database(ground.db, stores=ground.lease.stores), await engine(ground.db, now),
            await asyncio.to_thread(asterisk, ground, switch),
            await _redis(settings), await _workers(ground.db, settings),
            await asyncio.to_thread(_disk, "data", settings.data_dir), await asyncio.to_thread(_store, ground.vault),
            await asyncio.to_thread(sealing, settings.key_file), *await rules(ground.db, ground.config, spoilt),
            *files(ground.config),
            Part("mail", "good" if settings.smtp_url else "", told=without_secrets("smtp_url", settings.smtp_url)),
        )  # fmt: skip
        found = await asyncio.to_thread(certificates, settings, now)
        versions = [("Asterisk", ground.info.version), ("Python", platform.python_version()), *_libraries()]
        return System(given(settings, os.environ), parts, found, (*versions, *await _revision(ground.db)))

    return look


def sealing(key_file: str) -> Part:
    """The key file as the next start would read it: what runs goes on with the keys it has."""
    if not key_file:
        return Part("seal", "")
    try:
        keys.read(Path(key_file))
    except ConfigError as fault:
        return Part("seal", "poor", fault=str(fault))
    return Part("seal", "good", told=key_file)


async def rules(db: Database, config: Configuration, spoilt: Live[dict[str, str]]) -> list[Part]:
    """Of the packs in use each that cannot be read as it was published (`spoilt`); one part where all can."""
    used = sorted(assignment(config.site, config.queues).names)
    async with db.reading() as session:
        faults = await spoilt.current(session)
        broken = [name for name in used if name in faults]
        if not broken:
            return [Part("rules", "good", ", ".join(used))]
        texts = await published.texts_of(session, shelf.KIND)
        former = await published.former_texts(session, shelf.KIND, FORMER)
    packs = StandingPacks(Shelf(config.directory / "packs"), former)
    found = []
    for name, rules in (await asyncio.to_thread(packs.read, broken, texts)).items():
        other = f"calls are judged by another version of {name}: {faults[name]}"
        found.append(Part("rules", "poor", name, rules.why if isinstance(rules, SetAside) else other))
    return found


def files(config: Configuration) -> list[Part]:
    """Each file that nobody looks at again before the next start and that was not taken at this one; one part where
    all were."""
    begun = {config.directory / "people.yaml", *(config.directory / "packs").glob("*.yaml")}
    return [
        Part("files", "fair", path.name, f"not taken, what counted before counts until the next start: {fault}")
        for path, fault in sorted(config.wrong.items())
        if path in begun
    ] or [Part("files", "good")]


def given(settings: Settings, environment: "os._Environ[str] | dict[str, str]") -> tuple[Given, ...]:
    """Every setting with where it is set, and without secrets."""

    def of(name: str) -> Given:
        known = f"{PREFIX}{name.upper()}"
        where = "environment" if known in environment else "start" if name in settings.model_fields_set else "default"
        return Given(known, without_secrets(name, str(getattr(settings, name))), where)  # type: ignore[arg-type]

    return tuple(map(of, Settings.model_fields))


def certificates(settings: Settings, now: float) -> tuple[Certificate, ...]:
    """Those in the files that settings name."""
    found = []
    for name, value in settings.model_dump().items():
        for each in _certificates_in(Path(str(value))) if value else ():
            until = each.not_valid_after_utc.timestamp()
            named = each.subject.get_attributes_for_oid(oid.NameOID.COMMON_NAME)
            subject = str(named[0].value) if named else each.subject.rfc4514_string()
            found.append(Certificate(f"{PREFIX}{name.upper()}", subject, until, (until - now) / DAY))
    return tuple(found)


def _certificates_in(path: Path) -> list[x509.Certificate]:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST or PEM not in (content := path.read_bytes()):
            return []
        return x509.load_pem_x509_certificates(content)
    except (OSError, ValueError):
        return []


async def database(db: Database, *, stores: bool) -> Part:
    """One that is read may still not take what is to be stored: its disk may be full."""
    dialect = db.engine.dialect.name
    ask = "SELECT sqlite_version()" if dialect == "sqlite" else "SHOW server_version"
    began = time.perf_counter()
    async with db.reading() as session:
        told = (await session.execute(text(ask))).scalar()
    fault = "" if stores else "nothing can be stored: see to the database and its disk"
    state: State = "good" if stores else "poor"
    return Part("database", state, f"{dialect} {told}, {(time.perf_counter() - began) * 1000:.0f} ms", fault)


async def _revision(db: Database) -> list[tuple[str, str]]:
    """Of the tables, where migrations made them."""
    known = await schema.revision(db)
    return [("schema", known)] if known else []


async def engine(db: Database, now: float) -> Part:
    async with db.reading() as session:
        lease = await leasing.stored(session)
    age = max(0.0, now - lease.beat_at)
    return Part("engine", "good" if lease.holder and age <= KEPT else "poor", f"{lease.place} {age:.0f} s")


def asterisk(ground: Ground, switch: SwitchWatch) -> Part:
    """It may have been started again since, or be gone."""
    info, pid = ground.server.info or ground.info, ground.server.home.running()
    told = f"SIP {info.sip_host}:{info.sip_port}, RTP {info.rtp_first}-{info.rtp_last}, pid {pid or '–'}"
    return Part("asterisk", "good" if switch.state.up else "poor", told)


async def _redis(settings: Settings) -> Part:
    if not settings.redis_url:
        return Part("redis", "")
    try:
        await jobs.demand_reachable(settings.redis_url)
    except HotlineError as fault:
        return Part("redis", "poor", fault=str(fault))
    return Part("redis", "good", without_secrets("redis_url", settings.redis_url))


async def _workers(db: Database, settings: Settings) -> Part:
    async with db.reading() as session:
        waiting = await recorded.backlog(session)
    running = await asyncio.to_thread(_children, b"worker")
    state: State = "poor" if settings.workers and not running else "good" if running else ""
    return Part("workers", state, f"{running} / {min(settings.workers, 1)}, {waiting}")


def _children(word: bytes) -> int:
    """Processes that this one started with `word` among their arguments."""
    found = 0
    for path in Path("/proc/self/task").glob("*/children"):
        for pid in path.read_text().split():
            try:
                found += word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
    return found


def _disk(name: str, folder: Path) -> Part:
    state = os.statvfs(folder)
    free, size = state.f_bavail * state.f_frsize, state.f_blocks * state.f_frsize
    return Part(name, room_state(free, size), f"{folder} {bytes_words(free)} / {bytes_words(size)}")


def _store(vault: Vault) -> Part:
    try:
        free = vault.room()
    except OSError as fault:
        return Part("store", "poor", fault=str(fault))
    return Part("store", "good" if free is None else room_state(free, 0), "" if free is None else bytes_words(free))


def _libraries() -> list[tuple[str, str]]:
    return [(name, version(name)) for name in LIBRARIES]
