"""The centre's database, for commands that run beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app import schema
from core import ailments
from core.addresses import file_of
from core.bus import Bus
from core.database import Database, EventStore
from core.errors import BadInput
from core.settings import Settings


def settings_of(data: Path | None) -> Settings:
    """The environment's, with the directory that `--data` names."""
    return Settings() if data is None else Settings(data_dir=data.absolute())


@asynccontextmanager
async def opened(settings: Settings, outbox: EventStore | None = None) -> AsyncIterator[Database]:
    """Raises HotlineError when the database is not there, was never filled, breaks in the middle, or is not one that
    this program may work on."""
    _must_exist(settings)
    db = Database(settings.database, Bus(), outbox)
    try:
        await schema.demand_fit(db)
        yield db
    except (SQLAlchemyError, ConnectionError, TimeoutError) as fault:
        raise await schema.unusable(db, fault) from None
    finally:
        await db.close()


def _must_exist(settings: Settings) -> None:
    """SQLite would make an empty file."""
    file = file_of(settings.database)
    try:
        missing = file is not None and not file.exists()
    except PermissionError as fault:
        raise BadInput(f"{file} cannot be used ({fault.strerror})", ailments.barred(Path(str(file)))) from None
    if missing:
        raise BadInput(f"{file}: there is no database", ailments.START)
