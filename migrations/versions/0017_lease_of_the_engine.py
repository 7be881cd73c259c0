"""core: the engine's row is a lease that one process at a time has. acd: shifts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine", sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("engine", sa.Column("holder", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("engine", sa.Column("place", sa.String(length=80), nullable=False, server_default=""))
    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("start_at", sa.Float(), nullable=False),
        sa.Column("end_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index(op.f("ix_shifts_start_at"), "shifts", ["start_at"])
