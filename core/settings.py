"""Settings of one running centre: environment (`HOTLINE_…`) and command line, nothing else."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.addresses import SQLITE, DatabaseUrl, IceServers, MailUrl, Port, RedisUrl, RtpPorts
from core.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "HOTLINE_"
BESIDES = ("STATE",)
"""Names (after the prefix) in the environment that count where no setting does: where Asterisk is prepared."""
SECRET = ("ice_servers",)
"""Settings of which no word is shown, however wrong it is."""


class Settings(BaseSettings):
    """Where things are. What the centre does is in the YAML files of `config_dir`. Raises BadInput naming a bad one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    config_dir: Path = ROOT / "config"
    data_dir: Path = Path("/var/lib/hotline/data")
    web_host: str = "127.0.0.1"
    web_port: Port = 8080
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    sip_external: str = Field(default="", description="the address carriers see, where a router translates ours")
    rtp_ports: RtpPorts = Field(default="", description="from-to; '' chooses a free range")
    database_url: DatabaseUrl = ""
    redis_url: RedisUrl = ""
    storage_url: str = Field(default="", description="where recordings are kept: a directory, file://, s3://…")
    storage_options: str = Field(default="", description="JSON for the file system behind storage_url")
    sound_coding: Literal["flac", "opus"] = Field(default="flac", description="how recordings are compressed")
    key_file: str = Field(default="", description="the keys that recordings are sealed with; '' keeps them plain")
    ice_servers: IceServers = Field(default="", description="JSON list of STUN and TURN servers for browsers")
    smtp_url: MailUrl = Field(default="", description="the mail server that reports are sent through")
    mail_from: str = Field(default="hotline@localhost", description="the sender of reports")
    log_json: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    workers: int = Field(default=1, ge=0, description="speech worker threads")

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as fault:
            first = fault.errors()[0]
            name = PREFIX + str(first["loc"][0]).upper()
            told = first["msg"].removeprefix("Value error, ")
            if first["loc"][0] in SECRET:
                raise BadInput(f"{name} cannot be read", told) from None
            shown = re.sub(r"//.*@", "//…@", repr(first["input"]))
            raise BadInput(f"{name} cannot be {shown}", told) from None

    def environment(self) -> dict[str, str]:
        """These settings for a process of ours that is started as a child."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in self.model_dump().items()}

    @property
    def rtp_range(self) -> tuple[int, int] | None:
        first, _, last = self.rtp_ports.partition("-")
        return (int(first), int(last)) if first else None

    @property
    def templates(self) -> Path:
        """Asterisk's: the program's, unless the site has its own."""
        own = self.config_dir / "asterisk"
        return own if own.is_dir() else ROOT / "config/asterisk"

    @property
    def database(self) -> str:
        return self.database_url or f"{SQLITE}{self.data_dir}/hotline.db"


def strangers(environment: Iterable[str]) -> list[str]:
    """A line for each name that looks like a setting of ours and is none: what it was to do does not happen."""
    known = [*(name.upper() for name in Settings.model_fields), *BESIDES]
    found = []
    for name in sorted(environment):
        start, said = name.upper()[: len(PREFIX)], name.upper()[len(PREFIX) :]
        if start == PREFIX and said not in known:
            near = get_close_matches(said, known, 1)
            remedy = f"write {PREFIX}{near[0]}, if that is meant" if near else "the README names the settings"
            found.append(f"{name} is no setting and counts for nothing: {remedy}")
    return found
