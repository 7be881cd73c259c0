"""The errors a person can act on: each says what is wrong, where, and how to mend it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any


def cause(fault: BaseException) -> str:
    """What a library says went wrong, in one line."""
    return (str(getattr(fault, "orig", None) or fault).splitlines() or [type(fault).__name__])[0]


class HotlineError(Exception):
    """A fault shown to people as one line: `problem` and, where known, `remedy`.

    `also`: what was found wrong together with it.
    """

    exit_code = 1
    also: "tuple[HotlineError, ...]" = ()

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}: {self.remedy}" if self.remedy else self.problem

    def __reduce__(self) -> tuple[Any, ...]:
        """Whole from one process to another, whatever a kind of fault is made of."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[HotlineError], args: tuple[Any, ...], known: dict[str, Any]) -> HotlineError:
    fault = kind.__new__(kind, *args)
    fault.__dict__.update(known)
    return fault


class BadInput(HotlineError):
    """What the user gave us cannot be used; exit code 2."""

    exit_code = 2


class ConfigError(BadInput):
    """A fault in a configuration file, with the line (1-based, 0 when the whole file is meant).

    `what` is the problem without file and line; `spot`: keys and indexes on the way to what is wrong, where that is
    known; `also`: the other faults of this file, in the order of their lines.
    """

    also: "tuple[ConfigError, ...]" = ()

    def __init__(self, path: Path, line: int, what: str, remedy: str = "", spot: tuple[int | str, ...] = ()) -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {what}", remedy)
        self.path = path
        self.line = line
        self.what = what
        self.spot = spot

    @classmethod
    def of(cls, faults: "Iterable[ConfigError]") -> "ConfigError":
        """All the faults of a file, of which there is at least one, as the first that tells of the others."""
        first, *others = sorted(faults, key=lambda each: each.line)
        first.also = tuple(others)
        return first

    @property
    def all(self) -> "tuple[ConfigError, ...]":
        return (self, *self.also)

    def of_file(self, path: Path) -> "ConfigError":
        """The same, where the text that was read passes for another file."""
        return ConfigError.of(ConfigError(path, each.line, each.what, each.remedy, each.spot) for each in self.all)


class Refused(HotlineError):
    """A rule forbids what was asked; `reason` is a stable code that pages translate."""

    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason


class NotFound(HotlineError):
    """The thing named does not exist, or the asker may not know that it does."""

    exit_code = 2
