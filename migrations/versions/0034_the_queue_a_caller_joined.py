"""calls: the queue each caller joined, who may wait in another by now."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("joined", sa.String(length=40), nullable=False, server_default=""))
