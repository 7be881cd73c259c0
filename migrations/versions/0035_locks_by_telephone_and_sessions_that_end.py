"""ivr: locks after wrong secrets, apart for the customer's own telephone. accounts: sessions that end with a talk."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Locks last for minutes: those of now end."""
    op.drop_table("verify_locks")
    op.create_table(
        "verify_locks",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("customer", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=16), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("tried", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verify_locks")),
        sa.UniqueConstraint("customer", "secret", "own", name=op.f("uq_verify_locks_customer_secret_own")),
    )
    op.add_column("sessions", sa.Column("ending", sa.String(length=64), nullable=False, server_default=""))
