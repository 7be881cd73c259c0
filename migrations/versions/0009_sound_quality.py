"""sound quality of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    measured = ("seconds", "jitter_ms", "loss_in", "loss_out", "rtt_ms", "mos", "mos_worst")
    op.create_table(
        "sound_quality",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in measured),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sound_quality")),
    )
    with op.batch_alter_table("sound_quality", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sound_quality_call"), ["call"], unique=False)
