"""Everything the site has configured, read and checked as a whole before anything is started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from accounts import people
from accounts.people import PersonEntry
from acd import breaks, queues
from acd.alarms import rules as alarms
from acd.alarms.rules import AlarmRules
from acd.breaks import Breaks
from acd.outward import dialling
from acd.outward.dialling import Dialling
from acd.queues import Queues
from acd.rota import shifts
from acd.rota.shifts import ShiftRules
from acd.wrapup import codes
from acd.wrapup.codes import Codes
from agentdesk.reading import script
from agentdesk.reading.script import Scripts
from agentdesk.reports import plan
from agentdesk.reports.plan import MailPlans
from core import site, yamlfile
from core.errors import ConfigError
from core.site import Site
from ivr import customers, hours
from ivr.customers import Customers
from ivr.hours import Hours
from ivr.menus import LoadedMenu
from ivr.published.checking import MenuChecker
from knowledge import article
from knowledge.article import Article
from qa import kpi, pack, sampling
from qa.kpi import Scheme
from qa.pack import Ruleset
from qa.sampling import Plan
from recordings.keeping import retention
from recordings.keeping.retention import Retention
from recordings.speech import languages
from recordings.speech.languages import SpeechModels

T = TypeVar("T")


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
    codes: Codes
    breaks: Breaks
    shifts: ShiftRules
    alarms: AlarmRules
    hours: Hours
    customers: Customers
    menus: dict[str, LoadedMenu]
    retention: Retention
    models: SpeechModels
    packs: dict[str, Ruleset]
    queue_packs: dict[tuple[str, str], Ruleset]
    sampling: Plan
    kpi: Scheme
    scripts: Scripts
    articles: tuple[Article, ...]
    reports: MailPlans


@dataclass(frozen=True, slots=True)
class Part:
    """Reads a file's published text, where there is one, else the file."""

    directory: Path
    texts: Mapping[str, str]

    def __call__(self, file: str, read: Callable[[str], T], load: Callable[[Path], T]) -> T:
        return read(self.texts[file]) if file in self.texts else load(self.directory)


def load(
    directory: Path, published: Mapping[str, str] | None = None, settings: Mapping[str, str] | None = None
) -> Configuration:
    """Raises ConfigError for the first fault, with file and line.

    `published` are texts by menu that stand in for files which cannot be read; `settings` are published texts by file
    that count instead of the file.
    """
    part = Part(directory, settings or {})
    place = part("site.yaml", site.read, site.load)
    lines = part("queues.yaml", queues.read, queues.load)
    opening = part("hours.yaml", hours.read, hours.load)
    known = lines.queues
    said = part("queues.yaml", str, lambda folder: yamlfile.read(folder / "queues.yaml"))
    entries = ((("queues", name, "entry", "hours"), queue.entry.hours) for name, queue in known.items())
    yamlfile.demand_known("schedule", entries, opening.schedules, said, directory / "queues.yaml")
    return Configuration(
        directory=directory,
        site=place,
        people=people.load(directory),
        queues=lines,
        dialling=part("dialling.yaml", dialling.read, dialling.load),
        breaks=part("breaks.yaml", breaks.read, breaks.load),
        shifts=part("shifts.yaml", shifts.read_rules, shifts.load),
        alarms=part("alarms.yaml", lambda text: alarms.read(text, known), lambda folder: alarms.load(folder, known)),
        hours=opening,
        customers=part("customers.yaml", customers.read, customers.load),
        menus=_menus(directory, place, MenuChecker(opening.schedules, known), published or {}),
        retention=part(
            "retention.yaml", lambda text: retention.read(text, known), lambda folder: retention.load(folder, known)
        ),
        codes=part("codes.yaml", lambda text: codes.read(text, known), lambda folder: codes.load(folder, known)),
        models=part("models.yaml", lambda text: languages.load(directory, text), languages.load),
        packs=packs_of(directory, place),
        queue_packs=queue_packs_of(directory, lines),
        sampling=part("sampling.yaml", sampling.read, sampling.load),
        kpi=part("kpi.yaml", kpi.read, kpi.load),
        scripts=part("scripts.yaml", script.read, script.load),
        reports=part(
            plan.FILE,
            lambda text: plan.read(text, known, place.languages),
            lambda folder: plan.load(folder, known, place.languages),
        ),
        articles=article.load(directory),
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
