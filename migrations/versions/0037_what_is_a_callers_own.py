"""calls: what a caller needs, and the priority he has, besides those of his queue.

Of who is on the line only his language is sure: what his queue asked for stands nowhere.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

CALLS = sa.table(
    "calls", sa.column("id"), sa.column("state"), sa.column("direction"), sa.column("language"),
    sa.column("path", sa.JSON), sa.column("skills", sa.JSON), sa.column("own", sa.JSON),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("calls", sa.Column("own", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("calls", sa.Column("own_priority", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for row in connection.execute(CALLS.select().where(CALLS.c.state != "ended")).all():
        if row.language in row.skills and (row.path or row.direction == "outbound"):
            mine = CALLS.update().where(CALLS.c.id == row.id)
            connection.execute(mine.values(own={row.language: 1}))
