"""qa: turns of a call whose wording reads as an offence, for a person to hear."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wording", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("wording_weight", sa.Float(), server_default="0", nullable=False))
