"""ivr: messages that callers left lie in the store, sealed as recordings are."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages") as batch_op:
        batch_op.alter_column("path", new_column_name="raw")
    with op.batch_alter_table("messages") as batch_op:
        batch_op.add_column(sa.Column("path", sa.String(length=250), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("key_id", sa.String(length=32), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("sealed_key", sa.String(length=120), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_messages_key_id"), ["key_id"], unique=False)
