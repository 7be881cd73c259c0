"""Rule packs as they are published: texts that take the place of the shipped files, bases of other packs included."""

import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core import yamlfile
from core.errors import ConfigError, HotlineError, Refused
from qa import derive, pack
from qa.pack import Ruleset

KIND = "pack"
REMEMBERED = 16
"""States of all packs that were found sound: what a trial has read its publication need not, with writers waiting."""


class Shelf:
    """Packs by name: the published texts over the files of `packs_dir`. Blocking: a large pack takes a second."""

    def __init__(self, packs_dir: Path) -> None:
        self._dir = packs_dir
        self._sound: deque[int] = deque(maxlen=REMEMBERED)

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._dir.glob("*.yaml"))

    def file_text(self, name: str) -> str:
        """Raises ConfigError."""
        return yamlfile.read(self._dir / f"{name}.yaml")

    def read(self, name: str, texts: Mapping[str, str], *, standing: bool = False) -> Ruleset:
        """The pack `name`; raises BadInput, ConfigError with the lines. `standing`: as it was published before."""
        with self.laid_out(texts) as folder:
            try:
                return pack.load(folder, name, standing=standing)
            except ConfigError as fault:
                first, *others = (each.of_file(Path(each.path.name)) for each in _apart(fault))
                first.also = tuple(others)
                raise first from None

    @contextmanager
    def laid_out(self, texts: Mapping[str, str]) -> Iterator[Path]:
        """A folder with every pack's file, as long as the block runs."""
        with tempfile.TemporaryDirectory(prefix="packs-") as folder:
            for each, text in self._all(texts).items():
                (Path(folder) / f"{each}.yaml").write_text(text, encoding="utf-8")
            yield Path(folder)

    def derived(self, name: str, texts: Mapping[str, str]) -> list[str]:
        """Packs based on this one, directly or through others."""
        bases = {each: derive.base_of(text) for each, text in self._all(texts).items()}
        found = {name}
        while more := {each for each, base in bases.items() if base in found} - found:
            found |= more
        return sorted(found - {name})

    def line(self, name: str, texts: Mapping[str, str]) -> tuple[str, ...]:
        """All that a pack is made of: its text and those of its bases, the nearest first."""
        known, found, each = self._all(texts), list[str](), name
        while each in known and known[each] not in found:
            found.append(known[each])
            each = derive.base_of(known[each]) or ""
        return tuple(found)

    def demand_sound(self, name: str, text: str, live: Mapping[str, str], *, standing: bool = False) -> None:
        """That a pack can be read with this text, and whatever is based on it too that can be read as things stand.

        `live`: the texts of now; `standing`: the text was live before. What was found sound is known for a while.
        Raises Refused.
        """
        texts = {**live, name: text}
        seen = hash((name, standing, *sorted(self._all(texts).items())))
        if seen in self._sound:
            return
        try:
            self.read(name, texts, standing=standing)
        except HotlineError as fault:
            raise Refused("pack_broken", f"this text does not fit the other packs: {fault}") from None
        for each in self.derived(name, texts):
            if (broken := self._fault(each, texts)) and not self._fault(each, live):
                problem = f"the pack {each}, which is based on this one, could not be read any more: {broken}"
                raise Refused("derived_broken", problem)
        self._sound.append(seen)

    def faults(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Why packs cannot be read, by name."""
        found = {name: self._fault(name, texts) for name in self.names()}
        return {name: fault for name, fault in found.items() if fault}

    def _fault(self, name: str, texts: Mapping[str, str]) -> str:
        try:
            self.read(name, texts, standing=True)
        except HotlineError as fault:
            return str(fault)
        return ""

    def _all(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {each: texts[each] if each in texts else self.file_text(each) for each in {*self.names(), *texts}}


def _apart(fault: ConfigError) -> list[ConfigError]:
    """Every fault alone."""
    return [ConfigError(each.path, each.line, each.what, each.remedy, each.spot) for each in fault.all]
