"""Rule packs as calls are judged by them: one whose text cannot be read stays as it was, whatever becomes of others."""

from collections.abc import Iterable, Mapping

from core.errors import HotlineError
from qa.pack import Ruleset
from qa.shelf import Shelf


class StandingPacks:
    """`faults`: why some stand as they were, by name."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._sound: dict[str, Ruleset] = {}
        self.faults: dict[str, HotlineError] = {}

    def read(self, names: Iterable[str], texts: Mapping[str, str]) -> dict[str, Ruleset]:
        """The packs with these names; for one that cannot be read with the texts the last that could, else the files.

        Raises BadInput, ConfigError where those cannot be read either.
        """
        found: dict[str, Ruleset] = {}
        faults: dict[str, HotlineError] = {}
        for name in dict.fromkeys(names):
            try:
                found[name] = self._shelf.read(name, texts, standing=True)
            except HotlineError as fault:
                faults[name] = fault
                found[name] = self._sound.get(name) or self._shelf.read(name, {}, standing=True)
        self._sound, self.faults = self._sound | found, faults
        return found
