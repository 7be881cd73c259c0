"""qa: when a score was last judged, apart from when it was first made."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_at", sa.Float(), server_default="0", nullable=False))
    op.execute("UPDATE scores SET judged_at = scored_at")
