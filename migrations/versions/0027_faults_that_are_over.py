"""Why a fault of a menu was over by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("menu_faults", sa.Column("over", sa.String(length=120), nullable=False, server_default=""))
