"""Everything the site has configured, read and checked as a whole before anything is started."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from accounts import people
from accounts.people import PersonEntry
from acd import breaks, dialling, queues, shifts
from acd.breaks import Breaks
from acd.dialling import Dialling
from acd.queues import Queues
from acd.shifts import ShiftRules
from core import site
from core.errors import ConfigError
from core.site import Site
from ivr import customers, hours
from ivr.checking import MenuChecker
from ivr.customers import Customers
from ivr.hours import Hours
from ivr.menus import LoadedMenu
from qa import kpi, pack, sampling
from qa.kpi import Scheme
from qa.pack import Ruleset
from qa.sampling import Plan
from recordings import languages, retention
from recordings.languages import SpeechModels
from recordings.retention import Retention


@dataclass(frozen=True, slots=True)
class Configuration:
    """`menus` maps a dialled number to its menu, `packs` a language to the rules that judge its calls.

    `queue_packs`: the same by queue and language, where a queue has rules of its own.
    """

    directory: Path
    site: Site
    people: tuple[PersonEntry, ...]
    queues: Queues
    dialling: Dialling
    breaks: Breaks
    shifts: ShiftRules
    hours: Hours
    customers: Customers
    menus: dict[str, LoadedMenu]
    retention: Retention
    models: SpeechModels
    packs: dict[str, Ruleset]
    queue_packs: dict[tuple[str, str], Ruleset]
    sampling: Plan
    kpi: Scheme


def load(directory: Path, published: Mapping[str, str] | None = None) -> Configuration:
    """Raises ConfigError for the first fault, with file and line.

    `published` are texts by menu that stand in for files which cannot be read.
    """
    place = site.load(directory)
    lines = queues.load(directory)
    opening = hours.load(directory)
    return Configuration(
        directory=directory,
        site=place,
        people=people.load(directory),
        queues=lines,
        dialling=dialling.load(directory),
        breaks=breaks.load(directory),
        shifts=shifts.load(directory),
        hours=opening,
        customers=customers.load(directory),
        menus=_menus(directory, place, MenuChecker(opening.schedules, lines.queues), published or {}),
        retention=retention.load(directory, lines.queues),
        models=languages.load(directory),
        packs=packs_of(directory, place),
        queue_packs=queue_packs_of(directory, lines),
        sampling=sampling.load(directory),
        kpi=kpi.load(directory),
    )


def packs_of(directory: Path, place: Site) -> dict[str, Ruleset]:
    """The rules that judge the calls of each language."""
    return {language: pack.load(directory / "packs", name) for language, name in place.packs.items()}


def queue_packs_of(directory: Path, lines: Queues) -> dict[tuple[str, str], Ruleset]:
    """The rules of queues that have their own, by queue and language."""
    return {
        (title, language): pack.load(directory / "packs", name)
        for title, queue in lines.queues.items()
        for language, name in queue.packs.items()
    }


def _menus(
    directory: Path, place: Site, checker: MenuChecker, published: Mapping[str, str]
) -> dict[str, LoadedMenu]:  # fmt: skip
    """Dialled number → its menu."""
    found: dict[str, LoadedMenu] = {}
    for name in dict.fromkeys(place.numbers.values()):
        path = directory / "menus" / f"{name}.yaml"
        try:
            found[name] = checker.load(path)
        except ConfigError:
            if name not in published:
                raise
            found[name] = replace(checker.read(name, published[name]), path=path)
    return {number: found[name] for number, name in place.numbers.items()}
