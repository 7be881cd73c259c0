"""agents: whether the pages of an agent have been there; of those who work now it is heard as soon as they answer."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agents", sa.Column("desk", sa.Boolean(), nullable=False, server_default=sa.false()))
