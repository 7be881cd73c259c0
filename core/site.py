"""The site: its name, numbers, trunks and languages, from `config/site.yaml`."""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core import yamlfile


class Trunk(BaseModel):
    """A line to the outside, recognised by its address (one IP address or network)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    match: str


class Site(BaseModel):
    """`numbers` maps a dialled number to the menu that answers it; the first is the hotline's main number.

    `packs` maps a call's language to the rule pack that judges it; calls in other languages are not scored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str]
    time_zone: str
    languages: tuple[str, ...] = Field(min_length=1)
    numbers: dict[str, str] = Field(min_length=1)
    trunks: tuple[Trunk, ...] = Field(min_length=1)
    packs: dict[str, str] = {}

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
    def hotline(self) -> str:
        return next(iter(self.numbers))


def load(config_dir: Path) -> Site:
    return yamlfile.load(config_dir / "site.yaml", Site)
