"""Who may dial which number, and as whom: `config/dialling.yaml`."""

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from pydantic import BaseModel, ConfigDict, Field

from acd.outward.callbacks import TryRule
from acd.queues import FALLBACK
from acd.waiting import May
from core import yamlfile
from core.errors import Refused
from core.rulebook import Rulebook

Digits = Annotated[str, Field(pattern=r"^[0-9]{3,20}$")]
Beginning = Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")]
Shown = Annotated[str, Field(pattern=r"^\+?[0-9]{3,20}$")]
ClassName = Literal["none", "local", "domestic", "international"]


WRITTEN = re.compile(r"[ (]*\+?[0-9 ()./\-]+[;,]?")
PLAIN = {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "\u3000\xa0\t"), " ")
PLAIN |= dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
"""Full-width characters and the many dashes mean what the plain ones do."""

LANDLINES = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""Where mobiles have the numbers of their area nothing tells them apart."""


class ResultRule(BaseModel):
    """What a result code of a campaign means: called `again_after` seconds, never (`bar`), or done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str]
    again_after: float | None = Field(default=None, gt=0)
    bar: bool = False


class Reach(IntEnum):
    """How far a call goes; a permission class allows everything up to it."""

    NONE = 0
    LOCAL = 1
    DOMESTIC = 2
    INTERNATIONAL = 3


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number that may be dialled: `digits` go to the trunk, `plain` is how callers' numbers are stored here."""

    digits: str
    plain: str
    reach: Reach


class Dialling(Rulebook):
    """`agents` maps an agent's number, or `default`, to his class. `blocked` wins over `allowed`."""

    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    area_codes: tuple[Digits, ...] = ()
    ring_seconds: int = Field(default=45, ge=5, le=120)
    agents: dict[str, ClassName] = Field(default={})
    short: tuple[Digits, ...] = ()
    blocked: tuple[Beginning, ...] = ()
    allowed: tuple[Beginning, ...] = ()
    shows: dict[str, Shown] = Field(default={})
    callbacks: TryRule = TryRule()
    results: dict[str, ResultRule] = Field(default={})

    def demand(self, agent: str, number: str) -> Dialled:
        """`number` as typed, normalised; raises Refused: not_a_number, number_blocked, not_permitted."""
        dialled = self._dialled(number)
        _demand_class(self._class_of(agent), dialled.reach)
        return dialled

    @property
    def telling(self) -> int:
        """So many first characters of a number, as it is stored here, tell what `blocks` says of it."""
        return max(map(len, (*self.blocked, *self.allowed)), default=0)

    def blocks(self, number: str) -> bool:
        """Whether nobody may call this number, as it is stored here."""
        written = _international(number, self.country)
        return written is None or self._shut(written)

    def who_may(self, number: str) -> May | None:
        """Tells of an agent whether his class allows calls to `number`; None where nobody may make any."""
        try:
            reach = self._dialled(number).reach
        except Refused:
            return None
        return lambda agent: self._class_of(agent) >= reach

    def _class_of(self, agent: str) -> Reach:
        return Reach[self.agents.get(agent, self.agents.get("default", "none")).upper()]

    def _dialled(self, number: str) -> Dialled:
        bare = _bare(number)
        if bare in self.short:
            return Dialled(bare, bare, Reach.LOCAL)
        read = self._read(bare)
        written = phonenumbers.format_number(read, PhoneNumberFormat.E164)
        if self._shut(written):
            raise Refused("number_blocked", "calls to this number are blocked")
        reach = self._reach(read)
        if reach is Reach.INTERNATIONAL:
            return Dialled("00" + written.removeprefix("+"), written, reach)
        return Dialled(_national(read), _national(read), reach)

    def _shut(self, written: str) -> bool:
        return written.startswith(self.blocked) or bool(self.allowed and not written.startswith(self.allowed))

    def plain(self, number: str) -> str:
        """As callers' numbers are stored here; raises Refused: not_a_number."""
        read = self._read(_bare(number))
        abroad = self._reach(read) is Reach.INTERNATIONAL
        return phonenumbers.format_number(read, PhoneNumberFormat.E164) if abroad else _national(read)

    def shown_for(self, queue: str, reach: Reach, otherwise: str) -> str:
        """The queue's own number, or else that of the class of the call, or else `otherwise`."""
        return self.shows.get(queue) or self.shows.get(reach.name.lower(), otherwise)

    def _read(self, number: str) -> PhoneNumber:
        try:
            read = phonenumbers.parse(number, self.country)
        except NumberParseException:
            raise Refused("not_a_number", f"{number!r} is no telephone number") from None
        if not phonenumbers.is_valid_number(read):
            raise Refused("not_a_number", f"{number!r} is no telephone number: check the digits")
        return read

    def _reach(self, read: PhoneNumber) -> Reach:
        if not phonenumbers.is_valid_number_for_region(read, self.country):  # countries may share a code
            return Reach.INTERNATIONAL
        line = phonenumbers.number_type(read) in LANDLINES
        area = str(read.national_number).startswith(tuple(code.lstrip("0") for code in self.area_codes))
        return Reach.LOCAL if line and area else Reach.DOMESTIC


def _spaced(written: str) -> str:
    """Marks of direction that address books put around numbers cannot be seen; the many kinds of blanks are one."""
    match unicodedata.category(written):
        case "Cf":
            return ""
        case "Zs":
            return " "
    return written


def _bare(number: str) -> str:
    """The digits of what people write, with its plus; raises Refused: not_a_number for what is no number alone."""
    plain = "".join(_spaced(each) for each in number.translate(PLAIN))
    if not WRITTEN.fullmatch(plain):
        raise Refused("not_a_number", f"{number!r} is no telephone number")
    return "".join(each for each in plain if each in "+0123456789")


@lru_cache(maxsize=20_000)
def _international(number: str, country: str) -> str | None:
    """None for what is no number. Lists of numbers are looked at again and again, and each costs."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, country), PhoneNumberFormat.E164)
    except NumberParseException:
        return None


def _national(read: PhoneNumber) -> str:
    written = phonenumbers.format_number(read, PhoneNumberFormat.NATIONAL)
    return "".join(each for each in written if each.isdigit())


def _demand_class(may: Reach, wanted: Reach) -> None:
    if wanted > may:
        allowed = "calls out" if may is Reach.NONE else f"{wanted.name.lower()} calls"
        raise Refused("not_permitted", f"you may not make {allowed}; ask your supervisor")


def read(text: str) -> Dialling:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("dialling.yaml"), Dialling)


def load(config_dir: Path) -> Dialling:
    """Raises ConfigError with the line. Without the file nobody may dial."""
    path = config_dir / "dialling.yaml"
    return yamlfile.load(path, Dialling) if path.exists() else Dialling()


DEFAULT_QUEUE = FALLBACK
"""On behalf of which queue a call is made when none is named: its wrap-up and its kind of call count."""
