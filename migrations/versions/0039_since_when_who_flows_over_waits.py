"""queue_visits: since when the caller waits, through all queues he has flowed over."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

FROM_THE_ONE_BEFORE = sa.text("""
    UPDATE queue_visits SET waits_since = (
        SELECT min(earlier.waits_since) FROM queue_visits AS earlier
        WHERE earlier.call = queue_visits.call AND earlier.id < queue_visits.id
        AND earlier.result = 'left' AND earlier.until_at = queue_visits.queued_at
    ) WHERE EXISTS (
        SELECT 1 FROM queue_visits AS earlier
        WHERE earlier.call = queue_visits.call AND earlier.id < queue_visits.id
        AND earlier.result = 'left' AND earlier.until_at = queue_visits.queued_at
        AND earlier.waits_since < queue_visits.waits_since
    )
""")


def upgrade() -> None:
    op.add_column("queue_visits", sa.Column("waits_since", sa.Float(), nullable=False, server_default="0"))
    op.execute("UPDATE queue_visits SET waits_since = queued_at")
    while op.get_bind().execute(FROM_THE_ONE_BEFORE).rowcount:
        pass
