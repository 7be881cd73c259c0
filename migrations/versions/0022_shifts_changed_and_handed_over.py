"""Shifts with breaks, changed and undone, handed over at their end; campaigns with agents of their own, and an end."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("agents", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("campaigns", sa.Column("ended_at", sa.Float(), nullable=True))
    op.add_column("shifts", sa.Column("breaks", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "shift_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("gone", sa.JSON(), nullable=False),
        sa.Column("come", sa.JSON(), nullable=False),
        sa.Column("undone_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_changes")),
    )
    op.create_table(
        "shift_handovers",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("giver", sa.String(length=16), nullable=False),
        sa.Column("taker", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("tickets", sa.JSON(), nullable=False),
        sa.Column("callbacks", sa.JSON(), nullable=False),
        sa.Column("confirmed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_handovers")),
    )
    op.create_index(op.f("ix_shift_handovers_giver"), "shift_handovers", ["giver"])
    op.create_index(op.f("ix_shift_handovers_taker"), "shift_handovers", ["taker"])
