"""What agents say their conversations were about; which articles of the knowledge they opened, and what they think."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "summaries",
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_summaries_call"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "agent", name=op.f("pk_summaries")),
    )
    op.create_index("ix_summaries_agent_at", "summaries", ["agent", "at"])
    op.create_index("ix_offers_agent_offered_at", "offers", ["agent", "offered_at"])
    op.drop_index("ix_offers_agent", "offers")
    op.create_table(
        "chosen_codes",
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_chosen_codes_call"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "agent", "code", name=op.f("pk_chosen_codes")),
    )
    op.create_index("ix_chosen_codes_code", "chosen_codes", ["code"])
    op.create_table(
        "article_openings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("article", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_openings")),
    )
    op.create_index("ix_article_openings_article", "article_openings", ["article", "at"])
    op.create_index(op.f("ix_article_openings_call"), "article_openings", ["call"])
    op.create_table(
        "article_marks",
        sa.Column("article", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("call", sa.String(length=22), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("article", "version", "login", name=op.f("pk_article_marks")),
    )
