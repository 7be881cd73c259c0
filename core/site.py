"""The site: its name, numbers, trunks and languages, from `config/site.yaml`."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core import yamlfile
from core.rulebook import Rulebook


class WayOut(BaseModel):
    """Where calls out go (`host` or `host:port`), and the number the called party sees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = Field(pattern=r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$")
    shows: str = Field(pattern=r"^\+?[0-9]{3,20}$")


class Trunk(BaseModel):
    """A line to the outside, recognised by its address (one IP address or network); `out`: it takes calls too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    match: str
    out: WayOut | None = None


class Site(Rulebook):
    """`numbers` maps a dialled number to the menu that answers it; the first is the hotline's main number.

    `packs` maps a call's language to the rule pack that judges it; calls in other languages are not scored. People of
    the roles `second_factor` sign in with a one-time code as well.
    """

    name: dict[str, str]
    time_zone: str
    languages: tuple[str, ...] = Field(min_length=1)
    numbers: dict[str, str] = Field(min_length=1)
    trunks: tuple[Trunk, ...] = Field(min_length=1)
    packs: dict[str, str] = Field(default={})
    second_factor: tuple[Literal["agent", "supervisor", "quality", "admin"], ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"unknown time zone {value!r}, for example Asia/Shanghai") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def way_out(self) -> Trunk | None:
        """The first trunk that takes calls out."""
        return next((trunk for trunk in self.trunks if trunk.out), None)

    @property
    def hotline(self) -> str:
        return next(iter(self.numbers))


def read(text: str) -> Site:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("site.yaml"), Site)


def load(config_dir: Path) -> Site:
    return yamlfile.load(config_dir / "site.yaml", Site)
