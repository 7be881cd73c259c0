"""Rule packs as calls are judged by them: one whose text cannot be read stays as it was, whatever becomes of others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import HotlineError
from qa.pack import Ruleset
from qa.shelf import Shelf

FORMER = 10
"""So many publications back a version is looked for that can be read."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A pack of which no version can be read: its calls wait. `version` stands for that of rules."""

    pack: str
    why: str

    @property
    def version(self) -> str:
        return f"{self.pack}: set aside"


class StandingPacks:
    """`faults`: why some stand as they were, or are set aside, by name.

    `former`: all texts as they stood before each of the last publications, the newest first.
    """

    def __init__(self, shelf: Shelf, former: Sequence[Mapping[str, str]] = ()) -> None:
        self._shelf = shelf
        self._former = (*former, {})
        self._sound: dict[str, Ruleset] = {}
        self.faults: dict[str, HotlineError] = {}

    def read(self, names: Iterable[str], texts: Mapping[str, str]) -> dict[str, Ruleset | SetAside]:
        """The packs with these names; for one that cannot be read with the texts the last that could, read here or
        published before, else the files."""
        found: dict[str, Ruleset | SetAside] = {}
        faults: dict[str, HotlineError] = {}
        for name in dict.fromkeys(names):
            try:
                found[name] = self._sound[name] = self._shelf.read(name, texts, standing=True)
            except HotlineError as fault:
                faults[name] = fault
                found[name] = self._before(name) or _set_aside(name, fault)
        self.faults = faults
        return found

    def _before(self, name: str) -> Ruleset | None:
        if name in self._sound:
            return self._sound[name]
        tried: set[tuple[str, ...]] = set()
        for texts in self._former:
            try:
                if (line := self._shelf.line(name, texts)) not in tried:
                    tried.add(line)
                    self._sound[name] = self._shelf.read(name, texts, standing=True)
                    return self._sound[name]
            except HotlineError:
                continue
        return None


def _set_aside(name: str, fault: HotlineError) -> SetAside:
    return SetAside(name, f"the rules {name} are set aside, no version of them can be read: {fault}")
