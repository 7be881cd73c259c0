"""A menu's text as a file for a moment, for readers that know files only."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ConfigError


@contextmanager
def as_file(name: str, text: str) -> Iterator[Path]:
    """Faults name the menu's file and not the passing one."""
    with tempfile.TemporaryDirectory(prefix="menu-") as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            yield path
        except ConfigError as fault:
            place = f"{path}:{fault.line}: " if fault.line else f"{path}: "
            raise ConfigError(Path(path.name), fault.line, fault.problem.removeprefix(place), fault.remedy) from None
