"""The whole schema in one place: every part's tables, brought up to date by Alembic."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

import accounts.models
import accounts.published_models
import acd.models
import agentdesk.reports.models
import core.leasing
import core.relay
import ivr.menu_models
import ivr.models
import knowledge.models
import qa.models
import recordings.models
import tickets.models
from app import migrating
from core import ailments
from core.addresses import file_of
from core.database import Base, Database
from core.errors import HotlineError
from core.settings import ROOT

TABLES_OF = (
    accounts.models,
    accounts.published_models,
    acd.models,
    agentdesk.reports.models,
    core.leasing,
    core.relay,
    ivr.menu_models,
    ivr.models,
    knowledge.models,
    qa.models,
    recordings.models,
    tickets.models,
)
"""Importing these fills `Base.metadata`."""

OURS = frozenset({core.leasing.ENGINE.name, recordings.models.Recording.__tablename__})
"""One of these is in every database of a centre."""

SEALED = (recordings.models.Recording, ivr.models.Message)
"""Tables whose rows have a file in the store."""

VERSIONS = "alembic_version"
"""The table of the revision: empty after all was taken back."""
SHOWN = 3
"""So many tables say whose database it is."""


async def migrate(database: Database) -> None:
    """Bring the database to the newest revision; raises HotlineError when it cannot be reached."""
    with faults_told(database), migrating.told(database):
        # The lease is renewed meanwhile: what has read and then writes would find the database locked.
        async with database.engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(_upgrade)


async def has_lease(database: Database) -> bool:
    """Whether the database knows who is the engine yet; raises HotlineError when it cannot be reached."""
    with faults_told(database):
        async with database.engine.connect() as connection:
            return await connection.run_sync(_has_lease)


async def demand_fit(database: Database) -> None:
    """Raises HotlineError for a database that a newer program has used, or another product: nothing is done there."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_demand_fit)


async def revision(database: Database) -> str:
    """Of the tables; '' where no migration made them."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision) or ""


def revisions() -> frozenset[str]:
    """All that this program knows."""
    script = ScriptDirectory(str(ROOT / "migrations"))
    return frozenset(each.revision for each in script.walk_revisions())


async def differences(database: Database) -> list[Any]:
    """What the models say and the migrated database lacks; empty when they agree."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_compare)


async def write_revision(database: Database, message: str) -> None:
    """Add a migration that closes the difference between models and database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.revision(_config(sync), message, autogenerate=True))


@contextmanager
def faults_told(database: Database) -> Iterator[None]:
    """What goes wrong with the database inside is one clear line."""
    try:
        yield
    except (SQLAlchemyError, OSError) as fault:
        raise ailments.unusable(database.engine.url, fault) from None


async def unusable(database: Database, fault: Exception) -> HotlineError:
    """Of a fault in the middle of work; a table may be missing as there are none yet, or only another product's."""
    url = database.engine.url
    file = file_of(url.render_as_string(hide_password=False))
    if ailments.ailment_of(fault, file) is not ailments.Ailment.EMPTY:
        return ailments.unusable(url, fault)
    with faults_told(database):
        async with database.engine.connect() as connection:
            tables = await connection.run_sync(_tables)
    return ailments.unusable(url, fault, ailments.belongs(tables, OURS))


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _has_lease(connection: Connection) -> bool:
    seen, table = inspect(connection), core.leasing.ENGINE
    return seen.has_table(table.name) and "epoch" in {column["name"] for column in seen.get_columns(table.name)}


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # on an empty database two may begin at once
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(686574)")
    _demand_fit(connection)
    command.upgrade(_config(connection), "head")


def _demand_fit(connection: Connection) -> None:
    if (found := _revision(connection)) and found not in revisions():
        if ailments.belongs(_tables(connection), OURS):
            remedy = ailments.remedy(ailments.Ailment.FOREIGN, None)
            raise HotlineError(f"the database is not a centre's (tables of revision {found})", remedy)
        raise HotlineError(
            f"the database was used by a newer program (tables of revision {found})",
            "start that one again, or put back a backup from before (`./hotline restore`)",
        )
    if not found and (
        strange := sorted(set(inspect(connection).get_table_names()) - Base.metadata.tables.keys() - {VERSIONS})
    ):
        raise HotlineError(
            f"the database has the tables of another product ({', '.join(strange[:SHOWN])})",
            "name one of the centre's own in HOTLINE_DATABASE_URL, or with --data",
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _compare(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _config(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config
