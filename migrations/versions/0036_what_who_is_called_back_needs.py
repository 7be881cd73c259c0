"""callbacks: what its caller needed besides the skills of his queue."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("callbacks", sa.Column("skills", sa.JSON(), nullable=False, server_default="{}"))
