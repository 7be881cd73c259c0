"""Rule packs as they are published: texts that take the place of the shipped files, bases of other packs included."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from core import yamlfile
from core.errors import ConfigError
from qa import pack
from qa.pack import Ruleset

KIND = "pack"
K = TypeVar("K")


class Shelf:
    """Packs by name: the published texts over the files of `packs_dir`. Blocking: a large pack takes a second."""

    def __init__(self, packs_dir: Path) -> None:
        self._dir = packs_dir

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._dir.glob("*.yaml"))

    def file_text(self, name: str) -> str:
        """Raises ConfigError."""
        return yamlfile.read(self._dir / f"{name}.yaml")

    def read(self, name: str, texts: Mapping[str, str]) -> Ruleset:
        """The pack `name`; raises BadInput, ConfigError with the line."""
        with self.laid_out(texts) as folder:
            try:
                return pack.load(folder, name)
            except ConfigError as fault:
                raise fault.of_file(Path(fault.path.name)) from None

    @contextmanager
    def laid_out(self, texts: Mapping[str, str]) -> Iterator[Path]:
        """A folder with every pack's file, as long as the block runs."""
        with tempfile.TemporaryDirectory(prefix="packs-") as folder:
            for each in {*self.names(), *texts}:
                text = texts[each] if each in texts else self.file_text(each)
                (Path(folder) / f"{each}.yaml").write_text(text, encoding="utf-8")
            yield Path(folder)

    def named(self, names: Mapping[K, str], texts: Mapping[str, str]) -> dict[K, Ruleset]:
        """The packs with these names, by whatever they are for: a language, or a queue and a language."""
        return {purpose: self.read(name, texts) for purpose, name in names.items()}
