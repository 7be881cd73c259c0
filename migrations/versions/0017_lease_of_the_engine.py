"""core: the engine's row is a lease that one process at a time has."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine", sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("engine", sa.Column("holder", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("engine", sa.Column("place", sa.String(length=80), nullable=False, server_default=""))
