"""Everything the site has configured, read and checked as a whole before anything is started."""

from dataclasses import dataclass
from pathlib import Path

from accounts import people
from accounts.people import PersonEntry
from acd import queues
from acd.queues import Queues
from core import site
from core.site import Site
from ivr import customers, hours, menus
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
    """`menus` maps a dialled number to its menu, `packs` a language to the rules that judge its calls."""

    directory: Path
    site: Site
    people: tuple[PersonEntry, ...]
    queues: Queues
    hours: Hours
    customers: Customers
    menus: dict[str, LoadedMenu]
    retention: Retention
    models: SpeechModels
    packs: dict[str, Ruleset]
    sampling: Plan
    kpi: Scheme


def load(directory: Path) -> Configuration:
    """Raises ConfigError for the first fault, with file and line."""
    place = site.load(directory)
    lines = queues.load(directory)
    opening = hours.load(directory)
    return Configuration(
        directory=directory,
        site=place,
        people=people.load(directory),
        queues=lines,
        hours=opening,
        customers=customers.load(directory),
        menus=menus.load_all(directory, place.numbers, schedules=opening.schedules, queues=lines.queues),
        retention=retention.load(directory, lines.queues),
        models=languages.load(directory),
        packs={language: pack.load(directory / "packs", name) for language, name in place.packs.items()},
        sampling=sampling.load(directory),
        kpi=kpi.load(directory),
    )
