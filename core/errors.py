"""The errors a person can act on: each says what is wrong, where, and how to mend it."""

from pathlib import Path


class HotlineError(Exception):
    """A fault shown to people as one line: `problem` and, where known, `remedy`."""

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}: {self.remedy}" if self.remedy else self.problem


class BadInput(HotlineError):
    """What the user gave us cannot be used; exit code 2."""

    exit_code = 2


class ConfigError(BadInput):
    """A fault in a configuration file, with the line (1-based, 0 when the whole file is meant).

    `spot`: keys and indexes on the way to what is wrong, where that is known.
    """

    def __init__(self, path: Path, line: int, problem: str, remedy: str = "", spot: tuple[int | str, ...] = ()) -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {problem}", remedy)
        self.path = path
        self.line = line
        self.spot = spot


class Refused(HotlineError):
    """A rule forbids what was asked; `reason` is a stable code that pages translate."""

    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason


class NotFound(HotlineError):
    """The thing named does not exist, or the asker may not know that it does."""

    exit_code = 2
