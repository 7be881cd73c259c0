"""The centre's database, for commands that run beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app import schema
from core.addresses import file_of
from core.bus import Bus
from core.database import Database, EventStore
from core.errors import BadInput, HotlineError
from core.settings import Settings

REMEDY = "start the centre once with `./hotline up`, name its --data, or set its HOTLINE_DATABASE_URL"


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
        address = db.engine.url.render_as_string(hide_password=True)
        raise HotlineError(
            f"cannot use the database at {address}: {getattr(fault, 'orig', None) or fault}",
            REMEDY,
        ) from None
    finally:
        await db.close()


def _must_exist(settings: Settings) -> None:
    """SQLite would make an empty file."""
    file = file_of(settings.database)
    if file and not file.exists():
        raise BadInput(f"{file}: there is no database", REMEDY)
