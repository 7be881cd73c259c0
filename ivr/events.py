"""What the menu tells the house, after the commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A caller left a message, chose how to be answered, or someone marked it done."""

    at: float
    call: str
    message: str
    state: str


@dataclass(frozen=True, slots=True)
class MenuPublished:
    """What new calls follow has changed: a version went live, or a trial began or ended."""

    at: float
    menu: str
    number: int


@dataclass(frozen=True, slots=True)
class CodeLockChanged:
    """Too many wrong tries have locked a customer's secret, or somebody has ended the lock."""

    at: float
    lock: str


@dataclass(frozen=True, slots=True)
class MenuFaultChanged:
    """Callers met a fault of a menu, or somebody has acknowledged it."""

    at: float
    menu: str
    fault: str
