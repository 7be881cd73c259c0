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
            raise fault.of_file(Path(path.name)) from None
