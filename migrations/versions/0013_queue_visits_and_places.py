"""acd: each stay in a queue, stages of a wait, the places of free agents."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_visits",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("queued_at", sa.Float(), nullable=False),
        sa.Column("until_at", sa.Float(), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_queue_visits_call_calls"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_visits")),
    )
    op.create_table(
        "engine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engine")),
    )
    op.execute("INSERT INTO engine (id, beat_at) VALUES (1, 0)")
    op.create_index(op.f("ix_queue_visits_call"), "queue_visits", ["call"])
    op.create_index("ix_queue_visits_queue_queued_at", "queue_visits", ["queue", "queued_at"])
    op.create_index("ix_call_events_at", "call_events", ["at"])
    op.add_column("calls", sa.Column("stages", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("calls", sa.Column("meant_for", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("meant_why", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("agents", sa.Column("wish_by", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("agents", sa.Column("idle_since_at", sa.Float(), nullable=True))
    op.add_column("agents", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("agents", sa.Column("extra", sa.Float(), nullable=False, server_default="0"))
    # Of each call of before, the last part is all that is known.
    op.execute("""
        INSERT INTO queue_visits (call, queue, queued_at, until_at, result)
        SELECT id, queue, queued_at, COALESCE(connected_at, ended_at),
            CASE WHEN connected_at IS NOT NULL THEN 'answered' WHEN state <> 'ended' THEN ''
                WHEN ended_by = 'customer' THEN 'abandoned' ELSE 'failed' END
        FROM calls WHERE queued_at IS NOT NULL AND queue <> ''
    """)
