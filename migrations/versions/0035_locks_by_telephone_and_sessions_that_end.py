"""accounts: sessions that end with a talk."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("ending", sa.String(length=64), nullable=False, server_default=""))
