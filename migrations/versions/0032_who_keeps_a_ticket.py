"""tickets: who sees to each, and when its customer was told."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keeper", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("told_at", sa.Double(), nullable=True))
    op.execute("UPDATE tickets SET keeper = opened_by")
    _told("informed", "state IN ('informed', 'closed')")
    _told("closed", "state = 'closed' AND told_at IS NULL")
    _handed_over()
    op.create_index(op.f("ix_tickets_keeper"), "tickets", ["keeper"])
    op.create_index("ix_tickets_told_at_due_at", "tickets", ["told_at", "due_at"])


def _told(step: str, those: str) -> None:
    op.execute(
        "UPDATE tickets SET told_at = (SELECT max(at) FROM ticket_steps"
        f" WHERE ticket_steps.ticket = tickets.id AND ticket_steps.state = '{step}') WHERE {those}"
    )


def _handed_over() -> None:
    """The last who confirmed that he takes a ticket over keeps it."""
    handovers = sa.table(
        "shift_handovers", sa.column("taker"), sa.column("tickets", sa.JSON()), sa.column("confirmed_at")
    )
    people = sa.table("people", sa.column("login"), sa.column("number"))
    tickets = sa.table("tickets", sa.column("id"), sa.column("keeper"))
    bind = op.get_bind()
    taken = sa.select(handovers.c.tickets, people.c.login).join(people, people.c.number == handovers.c.taker)
    confirmed = taken.where(handovers.c.confirmed_at.is_not(None)).order_by(handovers.c.confirmed_at)
    for row in bind.execute(confirmed).all():
        if row.tickets:
            bind.execute(sa.update(tickets).where(tickets.c.id.in_(row.tickets)).values(keeper=row.login))
