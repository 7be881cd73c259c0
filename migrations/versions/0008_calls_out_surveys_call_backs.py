"""acd, ivr: calls out, where callers go after the talk, survey answers, call backs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("direction", sa.String(length=8), nullable=False, server_default="inbound"))
        calls.add_column(sa.Column("purpose", sa.String(length=16), nullable=False, server_default=""))
        calls.add_column(sa.Column("after_step", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
    )
    for column in ("call", "agent", "answered_at"):
        op.create_index(op.f(f"ix_survey_answers_{column}"), "survey_answers", [column])
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("source", sa.String(length=22), nullable=False),
        sa.Column("asked_on", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.Float(), nullable=False),
        sa.Column("promised_at", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("result", sa.String(length=24), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    for column in ("source", "asked_on", "number", "queued_at", "state", "call"):
        op.create_index(op.f(f"ix_callbacks_{column}"), "callbacks", [column])
    _campaigns()


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "prospects",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("campaign", sa.String(length=22), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("result", sa.String(length=24), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_prospects_campaign_campaigns"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prospects")),
        sa.UniqueConstraint("campaign", "number", name=op.f("uq_prospects_campaign_number")),
    )
    for column in ("campaign", "number", "state"):
        op.create_index(op.f(f"ix_prospects_{column}"), "prospects", [column])
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_do_not_call")),
    )


def downgrade() -> None:
    for table in ("do_not_call", "prospects", "campaigns"):
        op.drop_table(table)
    op.drop_table("callbacks")
    op.drop_table("survey_answers")
    with op.batch_alter_table("calls") as calls:
        for column in ("after_step", "purpose", "direction"):
            calls.drop_column(column)
