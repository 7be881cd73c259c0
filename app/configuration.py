"""Everything the site has configured, read and checked as a whole before anything is started."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
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
from app.landings import Flows, demand_landings, flows
from core import site, yamlfile
from core.errors import BadInput, ConfigError
from core.site import Site
from ivr import customers, hours
from ivr.customers import Customers
from ivr.hours import Hours
from ivr.menus import LoadedMenu
from ivr.published.checking import MenuChecker
from knowledge import article
from knowledge.article import Article
from pbx.render import check_site
from qa import kpi, pack, sampling
from qa.kpi import Scheme
from qa.pack import Ruleset
from qa.sampling import Plan
from qa.shelf import Shelf
from recordings.keeping import retention
from recordings.keeping.retention import Retention
from recordings.speech import languages
from recordings.speech.languages import SpeechModels

T = TypeVar("T")


Wrong = dict[Path, BadInput]
"""Files that were not taken, with what is wrong."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What was published last: by menu, by file of a setting, by rule pack, by article."""

    menus: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    packs: Mapping[str, str] = field(default_factory=dict)
    articles: Mapping[str, str] = field(default_factory=dict)


NOTHING = Texts()


@dataclass(frozen=True, slots=True)
class Configuration:
    """`menus` maps a dialled number to its menu, `packs` a language to the rules that judge its calls.

    `queue_packs`: the same by queue and language, where a queue has rules of its own. `wrong`: files that a published
    text stands in for.
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
    wrong: Wrong = field(default_factory=dict)

    def language_of(self, number: str, queue: str, last: str) -> str:
        """What a customer is spoken to in who is called on behalf of `queue`: his own language, or else that of his
        last call, if the site speaks it; otherwise the queue's."""
        customer, spoken = self.customers.find(number), self.site.languages
        his = (customer.language if customer else "", last)
        return next((each for each in his if each in spoken), self.queues.language_of(queue, spoken))


@dataclass(frozen=True, slots=True)
class Part:
    """Reads a file's text out of `texts`, where it is there, else the file; that of `former` stands in for a file in
    which something is wrong."""

    directory: Path
    texts: Mapping[str, str]
    former: Mapping[str, str] = field(default_factory=dict)
    wrong: Wrong = field(default_factory=dict)

    def __call__(self, file: str, read: Callable[[str], T], load: Callable[[Path], T]) -> T:
        if file in self.texts:
            return read(self.texts[file])
        instead = (lambda: read(self.former[file])) if file in self.former else None
        return self.sound(lambda: load(self.directory), instead)

    def sound(self, load: Callable[[], T], instead: Callable[[], T] | None) -> T:
        """What `load` makes of a file, else what stands in for it; raises the file's ConfigError."""
        try:
            return load()
        except ConfigError as fault:
            if instead is None:
                raise
            with suppress(ConfigError):
                found = instead()
                self.wrong[fault.path] = fault
                return found
            raise


def load_standing(directory: Path, former: Texts) -> Configuration:
    """As `load`; files that are sound one by one and do not fit each other give way to all the texts that did.

    Raises BadInput where nothing was published yet.
    """
    try:
        return load(directory, former)
    except BadInput as fault:
        edited = [name for name, text in former.settings.items() if yamlfile.said(directory / name) != text]
        if not edited:
            raise
        with suppress(BadInput):
            found = load(directory, former, former.settings)
            return replace(found, wrong=found.wrong | {directory / name: fault for name in edited})
        raise


def load(directory: Path, former: Texts = NOTHING, texts: Mapping[str, str] | None = None) -> Configuration:
    """Raises BadInput for the first fault, mostly ConfigError with file and line.

    `former` stands in for files in which something is wrong; `texts`, by file, count instead of the file.
    """
    part = Part(directory, texts or {}, former.settings)
    place = part("site.yaml", lambda text: _told(site.read(text), directory), lambda at: _told(site.load(at), at))
    opening = part("hours.yaml", hours.read, hours.load)

    def menus(said: str) -> Callable[[], Flows] | None:
        """None where queues stand as they were published: what they lack in menus by now is a fault of the menu's."""
        standing = said == former.settings.get("queues.yaml")
        return None if standing else lambda: flows(directory, place.numbers.values(), former.menus)

    lines = part(
        "queues.yaml",
        lambda text: _open(queues.read(text), text, directory, opening, menus(text)),
        lambda folder: _open(
            queues.load(folder), said := yamlfile.read(folder / "queues.yaml"), folder, opening, menus(said)
        ),
    )
    known = lines.queues
    began = (lambda: ()) if former.settings else None  # who works here is in the database since the first start
    return Configuration(
        directory=directory,
        site=place,
        people=part.sound(lambda: people.load(directory), began),
        queues=lines,
        dialling=part("dialling.yaml", dialling.read, dialling.load),
        breaks=part("breaks.yaml", breaks.read, breaks.load),
        shifts=part("shifts.yaml", shifts.read_rules, shifts.load),
        alarms=part("alarms.yaml", lambda text: alarms.read(text, known), lambda folder: alarms.load(folder, known)),
        hours=opening,
        customers=part("customers.yaml", customers.read, customers.load),
        menus=_menus(part, place, MenuChecker(opening.schedules, known), former.menus),
        retention=part(
            "retention.yaml", lambda text: retention.read(text, known), lambda folder: retention.load(folder, known)
        ),
        codes=part("codes.yaml", lambda text: codes.read(text, known), lambda folder: codes.load(folder, known)),
        models=part("models.yaml", lambda text: languages.load(directory, text), languages.load),
        packs={language: _pack(part, name, former.packs) for language, name in place.packs.items()},
        queue_packs={
            (title, language): _pack(part, name, former.packs)
            for title, queue in known.items()
            for language, name in queue.packs.items()
        },
        sampling=part("sampling.yaml", sampling.read, sampling.load),
        kpi=part("kpi.yaml", kpi.read, kpi.load),
        scripts=part("scripts.yaml", script.read, script.load),
        reports=part(
            plan.FILE,
            lambda text: plan.read(text, known, place.languages),
            lambda folder: plan.load(folder, known, place.languages),
        ),
        articles=_articles(part, former),
        wrong=part.wrong,
    )


def _told(place: Site, directory: Path) -> Site:
    """A site that Asterisk can be told of."""
    try:
        check_site(place.numbers, place.trunks)
    except BadInput as fault:
        raise ConfigError(directory / "site.yaml", 0, fault.problem, fault.remedy) from None
    return place


def _open(
    lines: Queues, said: str, directory: Path, opening: Hours, menus: Callable[[], Flows] | None
) -> Queues:  # fmt: skip
    """Queues that go by schedules, and send callers on to steps, which are there; without `menus` they stand as they
    are."""
    entries = ((("queues", name, "entry", "hours"), queue.entry.hours) for name, queue in lines.queues.items())
    yamlfile.demand_known("schedule", entries, opening.schedules, said, directory / "queues.yaml")
    if menus is None:
        return lines
    queues.demand_reached(lines, said, directory / "queues.yaml")
    if any(queue.longest or queue.way_out for queue in lines.queues.values()):
        demand_landings(lines, said, directory / "queues.yaml", menus())
    return lines


def _pack(part: Part, name: str, published: Mapping[str, str]) -> Ruleset:
    packs = part.directory / "packs"
    instead = (lambda: Shelf(packs).read(name, published, standing=True)) if name in published else None
    return part.sound(lambda: pack.load(packs, name), instead)


def _articles(part: Part, former: Texts) -> tuple[Article, ...]:
    found = list[Article | None]()
    for path in article.files(part.directory):
        instead = partial(_former_article, path.stem, former.articles) if former.settings else None
        found.append(part.sound(partial(article.load_file, path), instead))
    return tuple(each for each in found if each)


def _former_article(name: str, published: Mapping[str, str]) -> Article | None:
    """None for one that is new: a centre that was there before it starts without it."""
    return article.read(name, published[name]) if name in published else None


def _menus(
    part: Part, place: Site, checker: MenuChecker, published: Mapping[str, str]
) -> dict[str, LoadedMenu]:  # fmt: skip
    """Dialled number → its menu."""
    _demand_written(part, place, published)
    found: dict[str, LoadedMenu] = {}
    for name in dict.fromkeys(place.numbers.values()):
        found[name] = _menu(part, name, checker, published)
    return {number: found[name] for number, name in place.numbers.items()}


def _demand_written(part: Part, place: Site, published: Mapping[str, str]) -> None:
    """Every menu that a number leads to was published or is there to be; raises ConfigError with the lines."""
    file = part.directory / "site.yaml"
    said = part.texts.get(file.name) or (part.former[file.name] if file in part.wrong else yamlfile.said(file))
    nodes = yamlfile.outline(said)
    missing = [
        ConfigError(
            file, yamlfile.line_of(nodes, ("numbers", number)),
            f"number {number} leads to menu {name!r}, and there is no menus/{name}.yaml",
            "write it, or take the number out", ("numbers", number),
        )
        for number, name in place.numbers.items()
        if name not in published and not (part.directory / "menus" / f"{name}.yaml").exists()
    ]  # fmt: skip
    if missing:
        raise ConfigError.of(missing)


def _menu(part: Part, name: str, checker: MenuChecker, published: Mapping[str, str]) -> LoadedMenu:
    path = part.directory / "menus" / f"{name}.yaml"
    instead = (lambda: replace(checker.standing(name, published[name])[0], path=path)) if name in published else None
    return part.sound(lambda: checker.load(path), instead)
