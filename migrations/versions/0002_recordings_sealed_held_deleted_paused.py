"""recordings: sealed, held, deleted, paused."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key_id", sa.String(length=32), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("sealed_key", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("held_at", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("held_by", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("held_reason", sa.String(length=400), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("deleted_at", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("deleted_reason", sa.String(length=400), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("text_sha256", sa.String(length=64), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_recordings_key_id"), ["key_id"], unique=False)

    op.create_table(
        "recording_pauses",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("recording", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=160), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("until_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording"], ["recordings.id"], name=op.f("fk_recording_pauses_recording_recordings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_pauses")),
    )
    with op.batch_alter_table("recording_pauses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_pauses_call"), ["call"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_pauses_recording"), ["recording"], unique=False)
