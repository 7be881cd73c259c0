"""Callers found again after a restart: a hidden number is none, and a number is one line."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

WITHHELD = ("<unknown>", "unknown", "anonymous", "restricted", "unavailable", "private")
TABLES = ("calls", "offers", "messages")


def upgrade() -> None:
    for name in TABLES:
        table = sa.table(name, sa.column("caller", sa.String))
        for broken in ("\r", "\n"):
            one_line = sa.func.replace(table.c.caller, broken, "")
            op.execute(table.update().where(table.c.caller.contains(broken)).values(caller=one_line))
        hidden = sa.func.lower(table.c.caller).in_(WITHHELD)
        op.execute(table.update().where(hidden).values(caller=""))
