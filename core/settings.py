"""Settings of one running centre: environment (`HOTLINE_…`) and command line, nothing else."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things are. What the centre does is in the YAML files of `config_dir`."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", frozen=True)

    config_dir: Path = ROOT / "config"
    data_dir: Path = Path("/var/lib/hotline/data")
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    database_url: str = ""
    redis_url: str = ""
    storage_url: str = Field(default="", description="where recordings are kept: a directory, file://, s3://…")
    storage_options: str = Field(default="", description="JSON for the file system behind storage_url")
    sound_coding: Literal["flac", "opus"] = Field(default="flac", description="how recordings are compressed")
    key_file: str = Field(default="", description="the keys that recordings are sealed with; '' keeps them plain")
    ice_servers: str = Field(default="", description="JSON list of STUN and TURN servers for telephones in browsers")
    log_json: bool = False
    log_level: str = "INFO"
    workers: int = Field(default=1, ge=0, description="speech worker threads")

    def environment(self) -> dict[str, str]:
        """These settings for a process of ours that is started as a child."""
        return {f"HOTLINE_{name.upper()}": str(value) for name, value in self.model_dump().items()}

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir}/hotline.db"
