"""browser phones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browser_phones",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"], ["sessions.token_hash"], name=op.f("fk_browser_phones_session_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_browser_phones")),
    )
    with op.batch_alter_table("browser_phones", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_phones_session"), ["session"], unique=False)
