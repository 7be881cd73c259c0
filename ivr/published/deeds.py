"""What people do with menus, for pages, API and command line alike. Each method is one transaction.

Nobody changes what callers hear without saying why.
"""

import asyncio
import datetime as dt
import difflib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from accounts import audit
from core.clock import Clock
from core.database import Database
from core.errors import BadInput, NotFound, Refused
from ivr.faults import kept as faults
from ivr.menu_models import MenuFault, MenuTrial, MenuVersion
from ivr.menus import LoadedMenu
from ivr.published import contest, publishing, records, versions
from ivr.published.book import PromptMaker
from ivr.published.checking import Checked, MenuChecker, Skills, nobody_says
from ivr.published.records import Figures
from ivr.published.reorder import reordered
from ivr.reading.values import plain_number
from ivr.refusing import demand_led_to
from ivr.rules import Rules
from ivr.usage.comparison import Comparison
from ivr.usage.lately import Lately
from ivr.usage.period import Period
from ivr.walk import WALK_KEYS, Answer, Walk, World, inputs, walk


@dataclass(frozen=True, slots=True)
class Published:
    """A version that went live, and the prompts of it that cannot be heard, a line each."""

    version: MenuVersion
    prompt_faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MenuOffice:
    """`names` are the menus of this centre, `rules` the customers, hours and zone of now.

    `hears`: the languages in which callers may speak to its menus; `skills`: those that somebody is known to have.
    """

    db: Database
    checker: MenuChecker
    names: Callable[[], Collection[str]]
    rules: Callable[[], Rules]
    prompts: PromptMaker
    clock: Clock
    hears: Callable[[], frozenset[str]] = frozenset
    skills: Skills = nobody_says
    lately: Lately[Figures] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lately", Lately(self.clock))

    def known(self, menu: str) -> str:
        if menu not in (names := self.names()):
            raise NotFound(f"this centre has no menu {menu}", f"site.yaml names: {', '.join(sorted(names))}")
        return menu

    async def live(self) -> list[MenuVersion]:
        """The live version of every menu."""
        async with self.db.reading() as session:
            found = [await versions.live(session, name) for name in sorted(self.names())]
        return [each for each in found if each is not None]

    async def history(self, menu: str) -> Sequence[MenuVersion]:
        async with self.db.reading() as session:
            return await versions.history(session, self.known(menu))

    async def dropped(self, menu: str) -> set[int]:
        """The challengers that did not go live."""
        async with self.db.reading() as session:
            return await versions.dropped(session, self.known(menu))

    async def version(self, menu: str, number: int = 0) -> MenuVersion:
        """By its number; 0 is the live one."""
        async with self.db.reading() as session:
            if number:
                return await versions.of_number(session, self.known(menu), number)
            found = await versions.live(session, self.known(menu))
        if found is None:
            raise NotFound(f"menu {menu} has no version yet")
        return found

    async def difference(self, menu: str, before: int, after: int) -> list[str]:
        """Lines of a unified diff; 0 is the live version."""
        old, new = await self.version(menu, before), await self.version(menu, after)
        return _lines(old.text, new.text, f"{menu} {old.number}", f"{menu} {new.number}")

    async def changes(self, menu: str, text: str) -> list[str]:
        """What a draft says otherwise than the live version, as `difference`."""
        old = await self.version(menu)
        return _lines(old.text, text, f"{menu} {old.number}", menu)

    # Changing

    async def check(self, menu: str, text: str) -> Checked:
        return await asyncio.to_thread(self.checker.check, self.known(menu), text, await self.skills())

    async def publish(self, menu: str, text: str, by: str, reason: str, seen: int | None = None) -> Published:
        """Check the text and make it live for new calls; `seen`: the live version that the draft began with.

        Raises ConfigError, Refused.
        """
        _demand_reason(reason)
        unheard = await self._prepared(menu, text)
        async with self.db.transaction() as tx:
            version = await publishing.publish(tx, menu, text, by, reason, self.clock(), seen=seen)
        return Published(version, unheard)

    async def back(self, menu: str, by: str, reason: str, seen: int | None = None) -> MenuVersion:
        """What the older text names must still be there, or nobody could take it; rules of good menus do not count.

        Raises ConfigError, Refused.
        """
        _demand_reason(reason)
        async with self.db.reading() as session:
            live, former = await publishing.one_step_back(session, self.known(menu), seen)
        await asyncio.to_thread(self.checker.standing, menu, former.text)
        async with self.db.transaction() as tx:
            return await publishing.back(tx, menu, by, reason, self.clock(), seen=live.number)

    # What is wrong with them

    async def faults(self, menu: str = "", *, seen: bool = False) -> Sequence[MenuFault]:
        """Those nobody has acknowledged, of a menu or of all; with `seen` the others too, the newest first."""
        async with self.db.reading() as session:
            read = faults.history if seen else faults.unseen
            return await read(session, self.known(menu) if menu else "")

    async def fault_counts(self) -> Mapping[str, int]:
        """Menu → how many faults of it nobody has acknowledged."""
        async with self.db.reading() as session:
            return await faults.counts(session)

    async def faulty_steps(self, menu: LoadedMenu) -> Mapping[str, int]:
        """Step → how many faults of this version nobody has acknowledged."""
        return Counter(each.step for each in await self.faults(menu.name) if each.version == menu.number)

    async def acknowledge(self, fault: str, by: str) -> MenuFault:
        async with self.db.transaction() as tx:
            return await faults.acknowledge(tx, fault, by, self.clock())

    # Trying

    async def walk(
        self, menu: str, text: str, keys: str, caller: str, at: str, by: str,
        answers: Mapping[str, Answer] | None = None, *, refused: Mapping[str, str] | None = None, patient: bool = False,
    ) -> tuple[LoadedMenu, Walk]:  # fmt: skip
        """The draft and what its caller hears; `at` is site time, empty: now; the others as in `ivr.walk`.

        Into the audit trail go the caller's number and every customer of whom the walk may tell: he may be typed, or
        named by the draft itself.
        """
        rules = self.rules()
        try:
            inputs(keys)
        except ValueError as fault:
            raise BadInput(str(fault), f"keys are {' '.join(WALK_KEYS)}") from None
        moment = moment_of(at, self.clock(), rules)

        def work() -> tuple[LoadedMenu, Walk]:
            draft = self.checker.read(self.known(menu), text)
            dialled = next((number for number, each in rules.menus.items() if each.name == menu), "")
            world = World(
                rules.is_open, rules.customers, answers or {}, refused or {}, self.hears(), self.checker.queues
            )
            demand_led_to(draft.flow, world.refused)
            return draft, walk(draft, world, keys, rules.started(moment, caller, dialled), patient=patient)

        draft, walked = await asyncio.to_thread(work)
        if touched := sorted({plain_number(caller), *walked.customers} - {""}):
            async with self.db.transaction() as tx:
                await audit.notes(tx, by, (("menu_walked", f"customer:{each}", menu) for each in touched))
        return draft, walked

    # Learning

    async def figures(self, menu: str, period: Period, number: int = 0) -> Figures:
        async with self.db.reading() as session:
            return await records.figures(session, self.checker, self.known(menu), period, number)

    async def figures_of_day(self, menu: str, day: Period, number: int = 0) -> Figures:
        """As they were some seconds ago: many pages may look at them."""
        return await self.lately.get((menu, day.day, number), lambda: self.figures(menu, day, number))

    async def calls(self, menu: str, period: Period) -> int:
        """Of every version."""
        async with self.db.reading() as session:
            return sum((await records.calls_by_version(session, self.known(menu), period)).values())

    async def reordered(self, menu: str, period: Period, number: int = 0, step: str = "") -> str:
        """A version's text (0: the live one's) with the options in the order of their use in this version.

        Of the menu `step`; empty: of every one that has a suggestion.
        """
        version = await self.version(menu, number)
        found = (await self.figures(menu, period, version.number)).use.suggestions
        chosen = [each for each in found if step in ("", each.step)]
        if not chosen:
            problem = f"nothing is to be ordered anew in version {version.number} of menu {menu}"
            raise NotFound(problem, "it takes some 20 choices in another order than the options are read")
        text = version.text
        for each in chosen:
            text = reordered(text, each.step, each.by_use)
        return text

    async def trial(self, menu: str) -> tuple[MenuTrial, Comparison]:
        """The trial that runs, else the last one."""
        async with self.db.reading() as session:
            trial = await contest.latest(session, self.known(menu))
            return trial, await records.comparison(session, self.checker, trial, self.clock())

    async def running_trial(self, menu: str) -> MenuTrial | None:
        async with self.db.reading() as session:
            return await versions.running_trial(session, self.known(menu))

    async def start_trial(
        self, menu: str, text: str, share: float, by: str, reason: str, seen: int | None = None
    ) -> MenuTrial:
        """As `publish`, for a share (0–1) of the calls."""
        _demand_reason(reason)
        await self._prepared(menu, text)
        async with self.db.transaction() as tx:
            return await contest.start(tx, menu, text, share, by, reason, self.clock(), seen=seen)

    async def end_trial(
        self, menu: str, by: str, reason: str, *, take: bool, seen: int | None = None
    ) -> MenuTrial:  # fmt: skip
        """`seen`: the challenger that is meant. Raises Refused."""
        _demand_reason(reason)
        async with self.db.transaction() as tx:
            return await contest.end(tx, self.known(menu), by, reason, self.clock(), take=take, seen=seen)

    async def _prepared(self, menu: str, text: str) -> tuple[str, ...]:
        loaded = await asyncio.to_thread(self.checker.demand, self.known(menu), text, await self.skills())
        return tuple(str(each) for each in await self.prompts.prepare(loaded.all_spoken()))


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason_missing", "say why the menu changes")


def _lines(old: str, new: str, before: str, after: str) -> list[str]:
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm=""))


def moment_of(text: str, now: float, rules: Rules) -> float:
    """2026-03-02T10:00 in site time; empty: `now`. Raises BadInput."""
    if not text:
        return now
    try:
        moment = dt.datetime.fromisoformat(text)
        found = (moment if moment.tzinfo else moment.replace(tzinfo=rules.zone)).timestamp()
        dt.datetime.fromtimestamp(found, rules.zone)  # the first and last days of the calendar have no such clock
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no moment", "write for example 2026-03-02T10:00") from None
    return found
