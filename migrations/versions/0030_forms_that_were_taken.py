"""qa: from whom a blind form was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("blind_forms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("former", sa.JSON(), server_default="[]", nullable=False))
