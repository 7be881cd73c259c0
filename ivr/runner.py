"""Carries calls through their menus: one visit per call, switch events in, the flow's effects out."""

import asyncio
from pathlib import Path

import structlog

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from ivr.distributor import Calls, Outside
from ivr.effects import HungUp
from ivr.faults.kept import Faults
from ivr.menus import Versions
from ivr.messages.box import Measure, MessageBox
from ivr.mouth import Prompts
from ivr.rules import Rules
from ivr.selfservice.asking import SelfService
from ivr.speaking.hearing import Ears
from ivr.standing import MENU_PLACE
from ivr.surveys import Surveys
from ivr.visit import Visit
from pbx.events import CallArrived, KeyPressed, LegEnded, LinkUp
from pbx.switch import Switch

log = structlog.get_logger(__name__)

LISTENER = "ivr"
__all__ = ["Rules", "Runner"]


class Runner:
    """`listen` connects it to the bus; `stop` abandons all visits (the callers stay on the switch)."""

    def __init__(
        self, *, switch: Switch, calls: Calls, outside: Outside, rules: Rules, prompts: Prompts, db: Database,
        versions: Versions, messages_dir: Path, clock: Clock, measure: Measure | None = None, ears: Ears | None = None,
    ) -> None:  # fmt: skip
        self._switch = switch
        self._calls = calls
        self._outside = outside
        self._rules = rules
        self._prompts = prompts
        self._versions = versions
        self._clock = clock
        self._ears = ears
        self._box = MessageBox(db, rules.hours, rules.zone, messages_dir, clock, measure)
        self._service = SelfService(db, clock)
        self.faults = Faults(db, clock)
        self._surveys = Surveys(db, clock)
        self._visits: dict[str, Visit] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def listen(self, bus: Bus) -> None:
        self._box.make_folder()
        bus.subscribe(LISTENER, CallArrived, self.on_arrival)
        bus.subscribe(LISTENER, KeyPressed, self.on_key)
        bus.subscribe(LISTENER, LegEnded, self.on_end)
        bus.subscribe(LISTENER, LinkUp, self.on_link)

    @property
    def visits(self) -> int:
        """How many callers are in a menu now."""
        return len(self._visits)

    def running(self, menu: str) -> set[int]:
        """The versions of a menu that callers are in now."""
        return {visit.menu.number for visit in self._visits.values() if visit.menu.name == menu}

    def use_rules(self, rules: Rules) -> None:
        """New calls follow `rules`; running calls end on theirs."""
        self._rules = rules
        self._box.use_hours(rules.hours)

    async def on_arrival(self, event: CallArrived) -> None:
        if event.leg not in self._visits:
            self._open(event, self._rules, resumed=False)

    async def on_key(self, event: KeyPressed) -> None:
        if visit := self._visits.get(event.leg):
            visit.press(event)

    async def on_end(self, event: LegEnded) -> None:
        if visit := self._visits.get(event.leg):
            visit.tell(HungUp(event.at))

    async def on_link(self, event: LinkUp) -> None:
        """Callers found in the menu begin again at its start, in their language and by the rules they had."""
        alive = {snapshot.leg for snapshot in event.legs}
        for leg, visit in list(self._visits.items()):
            if leg not in alive:
                visit.tell(HungUp(event.at))
        rules = {leg: visit.rules for leg, visit in self._visits.items()}
        in_menu = [snapshot for snapshot in event.legs if snapshot.place == MENU_PLACE]
        for snapshot in in_menu:
            await self._abandon(snapshot.leg)
        await self._box.recover({visit.call for visit in self._visits.values()}, {each.leg for each in in_menu})
        for each in in_menu:
            arrived = CallArrived(event.at, each.leg, each.caller, each.dialled)
            self._open(arrived, rules.get(each.leg, self._rules), resumed=True)

    async def stop(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._service.close()
        await self.faults.close()

    async def _abandon(self, leg: str) -> None:
        if task := self._tasks.get(leg):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _open(self, event: CallArrived, rules: Rules, *, resumed: bool) -> None:
        visit = Visit(
            event, switch=self._switch, calls=self._calls, outside=self._outside, rules=rules,
            prompts=self._prompts, versions=self._versions, box=self._box, surveys=self._surveys, service=self._service,
            clock=self._clock, faults=self.faults, ears=self._ears,
        )  # fmt: skip
        task = asyncio.create_task(visit.run(resumed=resumed), name=f"ivr:{event.leg}")
        self._visits[event.leg], self._tasks[event.leg] = visit, task
        task.add_done_callback(lambda done, leg=event.leg: self._forget(leg, done))  # type: ignore[misc]  # leg is bound

    def _forget(self, leg: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(leg) is done:
            del self._tasks[leg], self._visits[leg]
        if not done.cancelled() and (fault := done.exception()):
            log.error("menu visit failed", leg=leg, exc_info=fault)
