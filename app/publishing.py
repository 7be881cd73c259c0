"""What the site's files say, published at the start so that people can change it while the centre runs."""

import asyncio
import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog

from accounts import published
from accounts.taken import Live
from acd.queues import Queues
from app.assignment import assignment
from app.configuration import Configuration
from app.scoring import Packs
from app.settings import SETTINGS
from core import yamlfile
from core.clock import Clock
from core.database import Database
from core.errors import HotlineError
from core.settings import ROOT, Settings
from core.site import Site
from knowledge import article, library
from qa import kpi, sampling, shelf
from qa.kpi import Scheme
from qa.office.drafts import Editor
from qa.sampling import Plan
from qa.shelf import Shelf
from qa.standing import SetAside, StandingPacks

log = structlog.get_logger(__name__)

NO_TEXTS: Mapping[str, str] = MappingProxyType({})


async def publish_files(db: Database, directory: Path, clock: Clock, wrong: Collection[Path] = ()) -> None:
    """Publish every file that is new or was edited by hand, but for those in which something is `wrong`; what people
    published since stays live otherwise."""
    async with db.transaction() as tx:
        for kind, name, path in _files(directory):
            if path not in wrong and (text := yamlfile.said(path)):
                await published.begin(tx, kind, name, text, path.name, clock())


def live_plans(config: Configuration) -> Live[Plan]:
    return Live("sampling", lambda texts: sampling.read(texts["plan"]), config.sampling)


def live_kpi(config: Configuration) -> Live[Scheme]:
    return Live("kpi", lambda texts: kpi.read(texts["sheet"]), config.kpi)


def live_packs(
    directory: Path, site: Site, queues: Queues, texts: Mapping[str, str] = NO_TEXTS,
    former: Sequence[Mapping[str, str]] = (),
) -> Live[Packs]:  # fmt: skip
    """The rules of each language, and of the queues that have their own; `texts` are those published until now,
    `former` those before, for packs that cannot be read any more."""
    packs = StandingPacks(Shelf(directory / "packs"), former)

    def read(texts: Mapping[str, str]) -> Packs:
        judging = assignment(site, queues)
        found = packs.read(sorted(judging.names), texts)
        for name, fault in packs.faults.items():
            aside = isinstance(found[name], SetAside)
            what = "rules set aside, their calls wait" if aside else "published rules not taken, earlier ones stand in"
            log.error(what, pack=name, why=str(fault))
        return Packs(
            {language: found[name] for language, name in judging.languages.items()},
            {purpose: found[name] for purpose, name in judging.queues.items()},
        )

    return Live(shelf.KIND, read, read(texts))


def editor(config: Configuration, settings: Settings, db: Database, clock: Clock) -> Editor:
    """For the pages on which packs are changed."""
    packs = config.directory / "packs"

    async def compare(before: Path, after: Path, days: int) -> dict[str, Any]:
        return await _compared(settings, before, after, days)

    return Editor(db, Shelf(packs), packs / "tests", compare, clock)


async def _compared(settings: Settings, before: Path, after: Path, days: int) -> dict[str, Any]:
    """`hotline qa impact --own` in a process of its own, behind the calls that are running. Raises HotlineError."""
    command = ["nice", "-n", "10", sys.executable, "-m", "app", "qa", "impact", str(before), str(after)]
    process = await asyncio.create_subprocess_exec(
        *command, "--own", "--days", str(days), "--json", env=os.environ | settings.environment(), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        told, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise HotlineError(complaint.decode(errors="replace").strip().splitlines()[-1])
    found: dict[str, Any] = json.loads(told)
    return found


def _files(directory: Path) -> Iterator[tuple[str, str, Path]]:
    for each in SETTINGS:
        if (directory / each.file).exists():
            yield *each.place, directory / each.file
    for path in sorted((directory / "packs").glob("*.yaml")):
        yield shelf.KIND, path.stem, path
    for path in article.files(directory):
        yield library.KIND, path.stem, path
