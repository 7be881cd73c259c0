"""What was changed of people, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_changes")),
    )
    op.create_table(
        "person_changes",
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change"], ["people_changes.id"], name=op.f("fk_person_changes_change_people_changes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("change", "login", name=op.f("pk_person_changes")),
    )
    op.create_index(op.f("ix_person_changes_login"), "person_changes", ["login"])


def downgrade() -> None:
    op.drop_table("person_changes")
    op.drop_table("people_changes")
