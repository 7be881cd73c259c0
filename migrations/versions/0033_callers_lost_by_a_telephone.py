"""acd: a caller whom his agent's telephone had lost was written down as given away, to that agent or by nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lines = sa.table(
        "call_events", sa.column("kind", sa.String), sa.column("agent", sa.String), sa.column("data", sa.JSON)
    )
    told = {name: lines.c.data[name].as_string() for name in ("mode", "target", "by")}
    blind = (lines.c.kind == "transfer") & (told["mode"] == "blind")
    lost = (told["target"] == lines.c.agent) | (told["by"] == "")
    op.execute(lines.update().where(blind, lost).values(kind="lost"))
