"""Whether a menu's text may go live: it can be read, all it names exists, and no rule is broken without a reason."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import BadInput, ConfigError
from ivr import menus
from ivr.lint import Finding, lint
from ivr.menus import LoadedMenu


@dataclass(frozen=True, slots=True)
class Checked:
    """`fault` (one line, with the line of the file) excludes `menu`; `findings` are the rules broken and not waived."""

    menu: LoadedMenu | None
    fault: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        return self.menu is not None and not self.findings


class MenuChecker:
    """Knows what menus may name. Blocking: a large menu takes some 0.2 s."""

    def __init__(self, schedules: Iterable[str], queues: Iterable[str]) -> None:
        self._schedules = tuple(schedules)
        self._queues = tuple(queues)

    def check(self, name: str, text: str) -> Checked:
        try:
            menu = self.read(name, text)
        except ConfigError as fault:
            return Checked(None, str(fault))
        return Checked(menu, findings=tuple(each for each in lint(menu) if not each.waived))

    def demand(self, name: str, text: str) -> LoadedMenu:
        """The menu; raises BadInput with the first thing that is wrong."""
        menu = self.read(name, text)
        for each in lint(menu):
            if not each.waived:
                remedy = "mend it, or waive the rule in the file with a reason"
                raise BadInput(f"{name}.yaml:{each.line}: step {each.step}: {each.rule}: {each.problem}", remedy)
        return menu

    def read(self, name: str, text: str) -> LoadedMenu:
        """The menu as it is, whatever `lint` says; raises ConfigError."""
        shown = Path(f"{name}.yaml")
        with tempfile.TemporaryDirectory(prefix="menu-") as folder:
            path = Path(folder) / shown
            path.write_text(text, encoding="utf-8")
            try:
                return replace(menus.load(path, schedules=self._schedules, queues=self._queues), path=shown)
            except ConfigError as fault:
                place = f"{path}:{fault.line}: " if fault.line else f"{path}: "
                raise ConfigError(shown, fault.line, fault.problem.removeprefix(place), fault.remedy) from None
