"""Whether a menu's text may go live: it can be read, all it names exists, and no rule is broken without a reason."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core import yamlfile
from core.errors import ConfigError
from ivr import menus
from ivr.lint import Finding, lint
from ivr.menus import LoadedMenu
from ivr.published.passing import as_file
from ivr.references import Lines, unlanded
from ivr.schema import Flow

REMEMBERED = 16
"""Versions kept as read: pages ask for the same few again and again."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`faults` exclude `menu`: why it cannot be read; `findings` are the rules broken and not waived."""

    menu: LoadedMenu | None
    faults: tuple[ConfigError, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        return self.menu is not None and not self.findings

    @property
    def complaint(self) -> ConfigError | None:
        """All that keeps it from going live."""
        told = (*self.faults, *(_as_fault(self.menu, each) for each in self.findings if self.menu))
        return ConfigError.of(told) if told else None


Skills = Callable[[], Awaitable[Collection[str] | None]]
"""Those that are known by name now, None where there are none."""


async def nobody_says() -> None:
    return None


class MenuChecker:
    """Knows what menus may name. Blocking: a large menu takes some 0.2 s."""

    def __init__(self, schedules: Iterable[str], queues: Lines) -> None:
        self.use(schedules, queues)
        self._recalled: dict[tuple[str, int, str], LoadedMenu] = {}

    def use(self, schedules: Iterable[str], queues: Lines) -> None:
        """What hours.yaml and queues.yaml name from now on."""
        self._schedules, self._queues = tuple(schedules), dict(queues)

    @property
    def queues(self) -> Lines:
        return self._queues

    def check(self, name: str, text: str, skills: Collection[str] | None = None) -> Checked:
        """`skills`: as `Skills` gives them."""
        try:
            menu = self.read(name, text)
        except ConfigError as fault:
            return Checked(None, fault.all)
        return Checked(menu, findings=tuple(each for each in lint(menu, known_skills=skills) if not each.waived))

    def demand(self, name: str, text: str, skills: Collection[str] | None = None) -> LoadedMenu:
        """The menu; `skills` as for `check`; raises ConfigError with all that is wrong."""
        checked = self.check(name, text, skills)
        if complaint := checked.complaint:
            raise complaint
        assert checked.menu is not None
        return checked.menu

    def read(self, name: str, text: str) -> LoadedMenu:
        """The menu as it is, whatever `lint` says; raises ConfigError."""
        with as_file(name, text) as path:
            return replace(self.load(path), path=Path(path.name))

    def standing(self, name: str, text: str) -> tuple[LoadedMenu, Iterable[str]]:
        """The menu as it is live already, and the steps it has not though queues send callers on to them by now.

        Raises ConfigError.
        """
        with as_file(name, text) as path:
            menu = menus.load(path, schedules=self._schedules, queues=self._queues, standing=True)
        missing = dict.fromkeys(step for _, step in unlanded(menu.flow, self._queues))
        return replace(menu, path=Path(path.name)), missing

    def recalled(self, name: str, number: int, text: str) -> LoadedMenu | None:
        """What `recall` gives at once, because it was asked for lately."""
        return self._recalled.get((name, number, text))

    def recall(self, name: str, number: int, text: str) -> LoadedMenu:
        """A version of the past: the queues and schedules it names may be gone. Raises ConfigError."""
        key = (name, number, text)
        if key not in self._recalled:
            with as_file(name, text) as path:
                flow, outline = yamlfile.load(path, Flow), yamlfile.outline(text)
            self._recalled[key] = LoadedMenu(name, Path(path.name), flow, number, outline)
            for oldest in list(self._recalled)[:-REMEMBERED]:
                self._recalled.pop(oldest, None)  # another thread may have done so
        return self._recalled[key]

    def load(self, path: Path) -> LoadedMenu:
        """The menu of a file; raises ConfigError."""
        return menus.load(path, schedules=self._schedules, queues=self._queues)


def _as_fault(menu: LoadedMenu, found: Finding) -> ConfigError:
    what = f"{f'step {found.step}: ' if found.step else ''}{found.rule}: {found.problem}"
    return ConfigError(menu.path, found.line, what, "mend it, or waive the rule in the file with a reason")
