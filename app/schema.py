"""The whole schema in one place: every part's tables, brought up to date by Alembic."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

import accounts.models
import accounts.published_models
import acd.models
import agentdesk.reports.models
import core.relay
import ivr.menu_models
import ivr.models
import qa.models
import recordings.models
import tickets.models
from core.database import Base, Database
from core.errors import HotlineError
from core.settings import ROOT

TABLES_OF = (
    accounts.models,
    accounts.published_models,
    acd.models,
    agentdesk.reports.models,
    core.relay,
    ivr.menu_models,
    ivr.models,
    qa.models,
    recordings.models,
    tickets.models,
)
"""Importing these fills `Base.metadata`."""

SEALED = (recordings.models.Recording, ivr.models.Message)
"""Tables whose rows have a file in the store."""


async def migrate(database: Database) -> None:
    """Bring the database to the newest revision; raises HotlineError when it cannot be reached."""
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except (SQLAlchemyError, OSError) as fault:
        address = database.engine.url.render_as_string(hide_password=True)
        raise HotlineError(
            f"the database at {address} cannot be used ({_first_line(fault)})",
            "check HOTLINE_DATABASE_URL, that the server runs and that the disk has room",
        ) from None


async def differences(database: Database) -> list[Any]:
    """What the models say and the migrated database lacks; empty when they agree."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_compare)


async def write_revision(database: Database, message: str) -> None:
    """Add a migration that closes the difference between models and database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.revision(_config(sync), message, autogenerate=True))


def _upgrade(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def _compare(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _config(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


def _first_line(fault: Exception) -> str:
    return str(getattr(fault, "orig", None) or fault).splitlines()[0]
