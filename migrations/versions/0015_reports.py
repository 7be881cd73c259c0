"""acd, qa, agentdesk: what reports are counted by, and which of them went out by e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SCORES = sa.table("scores", sa.column("recording"), sa.column("items", sa.JSON()), sa.column("verdicts"))
AT_ONCE = 500


def upgrade() -> None:
    for name, table, columns in (
        ("ix_call_events_call", "call_events", ["call", "kind", "at", "agent"]),
        ("ix_agent_events_agent", "agent_events", ["agent", "at", "state"]),
    ):
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
    op.create_index(op.f("ix_offers_offered_at"), "offers", ["offered_at"])
    op.add_column("scores", sa.Column("verdicts", sa.Text(), server_default="", nullable=False))
    _pack_verdicts()
    op.create_table(
        "report_mails",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("plan", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("to", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("problem", sa.String(length=400), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_mails")),
        sa.UniqueConstraint("plan", "due_at", "to", name=op.f("uq_report_mails_plan_due_at_to")),
    )


def _pack_verdicts() -> None:
    """Of the scores stored before, some at a time: their forms are wide."""
    bind = op.get_bind()
    last = ""
    while True:
        query = sa.select(SCORES.c.recording, SCORES.c["items"]).where(SCORES.c.recording > last)
        rows = bind.execute(query.order_by(SCORES.c.recording).limit(AT_ONCE)).all()
        if not rows:
            return
        for recording, items in rows:
            packed = "".join(f" {item['id']}:{item['verdict']}" for item in items) + " "
            bind.execute(SCORES.update().where(SCORES.c.recording == recording).values(verdicts=packed))
        last = rows[-1][0]
