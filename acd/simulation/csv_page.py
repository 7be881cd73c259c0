"""One CSV file of traffic: its rows by the names of its columns, and all that is wrong with it told at once."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core import tables
from core.errors import ConfigError

TOLD = 10
"""More faults are told by their lines alone."""


class Wrong(Exception):
    """What is wrong with a row, and how to mend it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class Page:
    """`other`: the name and columns of the file that may have been given in place of this one."""

    def __init__(self, path: Path, columns: Sequence[str], other: tuple[str, Sequence[str]]) -> None:
        self._path = path
        self._columns = columns
        self._other = other
        self._faults: list[ConfigError] = []
        self._line = 1

    def rows(self) -> Iterator[dict[str, str]]:
        """Those with something in them. Raises BadInput for a heading that cannot be used."""
        text = tables.read(self._path)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names: list[str] = []
        while True:
            self._line = reader.line_num + 1  # a field in quotes may have lines of its own: where the row begins
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as fault:
                self._faults.append(self._fault(f"not CSV: {fault}", "check quotes and commas of this line"))
                break
            if not names:
                names = self._heading(cells)
            elif any(cell.strip() for cell in cells):
                with self.telling():
                    if len(cells) < len(names) or any(cells[len(names) :]):
                        raise Wrong(f"not {len(names)} fields", "give every column a field")
                    yield {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
        if not names and not self._faults:
            self._line = 1
            self._heading([])

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What is wrong with the row that was read last is kept until `settle`."""
        try:
            yield
        except Wrong as wrong:
            self._faults.append(self._fault(wrong.what, wrong.remedy))

    def settle(self) -> None:
        """Raises BadInput with what was found wrong."""
        if not self._faults:
            return
        told, more = self._faults[:TOLD], self._faults[TOLD:]
        if more:
            lines = ", ".join(str(each.line) for each in more[:TOLD]) + (", …" if len(more) > TOLD else "")
            told.append(ConfigError(self._path, more[0].line, f"and {len(more)} more faults, in lines {lines}"))
        raise ConfigError.of(told)

    def _heading(self, cells: Sequence[str]) -> list[str]:
        names = [unicodedata.normalize("NFKC", each).strip().casefold() for each in cells]
        expected = f"the first line must be {','.join(self._columns)}"
        if twice := [each for each in self._columns if names.count(each) > 1]:
            raise self._fault(f"column {', '.join(twice)} stands there twice", "remove one")
        missing = [each for each in self._columns if each not in names]
        if not missing:
            return names
        other, theirs = self._other
        first = ",".join(cells)
        if set(theirs) <= set(names):
            raise self._fault(f"these are the columns of the {other} file", "are the two files in each other's place?")
        for sign, called in (("\t", "tabs"), (";", "semicolons")):
            if first.count(sign) >= len(self._columns) - 1:
                raise self._fault(f"the fields are separated by {called}", f"save with commas; {expected}")
        has = f" (it has {first[:80]})" if first.strip() else ""
        raise self._fault(f"no column {', '.join(missing)}{has}", expected)

    def _fault(self, what: str, remedy: str) -> ConfigError:
        return ConfigError(self._path, self._line, what, remedy)
