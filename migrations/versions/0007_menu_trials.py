"""ivr: the menu version each call ran on, and two versions side by side."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_trials",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("menu", sa.String(length=64), nullable=False),
        sa.Column("champion", sa.Integer(), nullable=False),
        sa.Column("challenger", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_trials")),
    )
    with op.batch_alter_table("menu_trials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_menu_trials_menu"), ["menu"], unique=False)
    with op.batch_alter_table("menu_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("challenger", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("menu", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("menu_version", sa.Integer(), nullable=False, server_default="0"))
