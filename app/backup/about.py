"""What a backup says of itself, how its files are named, and whether this program may put it back."""

from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import BadInput

FORMAT = 1
ABOUT, SUMS = "about.json", "SHA256SUMS"
"""The first file of a backup and the last: one without its sums was not finished."""
CONFIG, RECORDINGS, SPOOL = "config/", "recordings/", "spool/"
"""How the names begin of the site's settings, of what is in its store, of what Asterisk still has."""
DATABASES: Mapping[str, str] = {"sqlite": "hotline.db", "postgresql": "hotline.pgdump"}
"""The name of the database's file, by its kind."""


class About(BaseModel):
    """`schema`: the revision of the tables; `spool`: where sound lay that was not in the store yet; `left_out`: what
    a person has to keep besides."""

    model_config = ConfigDict(frozen=True)

    format: int
    made_at: str
    host: str
    database: Literal["sqlite", "postgresql"]
    schema_revision: str
    spool: str
    left_out: tuple[str, ...]


def demand_usable(about: About, database: str, known: Collection[str]) -> None:
    """Raises BadInput when it cannot be put into a database of the kind `database` by a program that knows these
    revisions."""
    if about.format > FORMAT or about.schema_revision not in known:
        what = f"the backup was made by a newer program (tables of revision {about.schema_revision})"
        raise BadInput(what, "update this program first")
    if about.database != database:
        remedy = {
            "sqlite": "leave HOTLINE_DATABASE_URL out",
            "postgresql": "name an empty PostgreSQL database in HOTLINE_DATABASE_URL",
        }
        raise BadInput(f"the backup's database is of the kind {about.database}", remedy[about.database])


def sums_text(sums: Mapping[str, str]) -> str:
    """As `sha256sum --check` reads it."""
    return "".join(f"{found}  {name}\n" for name, found in sums.items())


def demand_same(text: str, sums: Mapping[str, str]) -> None:
    """Raises BadInput naming the first file that is not what was backed up."""
    wanted = {name: found for found, _, name in (line.partition("  ") for line in text.splitlines())}
    for name in (*wanted, *sums):
        if wanted.get(name) != sums.get(name):
            raise BadInput(f"the backup is damaged at {name}", "use another one")


def place(name: str) -> tuple[str, str]:
    """Which of the kinds above a file is of ('' for one at the top), and its name there. Raises BadInput."""
    kind = next((each for each in (CONFIG, RECORDINGS, SPOOL) if name.startswith(each)), "")
    rest = name.removeprefix(kind)
    if ".." in rest.split("/") or rest.startswith("/") or (not kind and "/" in rest):
        raise BadInput(f"the backup has a file {name!r}, which no backup has", "use another one")
    return kind, rest
