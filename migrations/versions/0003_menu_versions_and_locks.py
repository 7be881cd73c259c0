"""ivr: published versions of menus, locks after wrong secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_versions",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("menu", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("published_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_versions")),
        sa.UniqueConstraint("menu", "number", name=op.f("uq_menu_versions_menu_number")),
    )
    with op.batch_alter_table("menu_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_menu_versions_menu"), ["menu"], unique=False)
        batch_op.create_index(batch_op.f("ix_menu_versions_sha256"), ["sha256"], unique=False)

    op.create_table(
        "verify_locks",
        sa.Column("customer", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("customer", "secret", name=op.f("pk_verify_locks")),
    )
