"""accounts: passwords that must be changed at the next sign-in, second factors."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("people", sa.Column("second_key", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("people", sa.Column("second_step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("people", sa.Column("recovery", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("sessions", sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false()))
