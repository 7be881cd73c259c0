"""survey_answers: the scale of each answer, found by call and agent; calls: found by number and time.

Of older answers it is not known: the scale that steps have if nothing is said, or the widest where that cannot be.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

WIDEST = sa.text("""
    UPDATE survey_answers SET lowest = 0, highest = 9
    WHERE step IN (SELECT other.step FROM survey_answers AS other WHERE other.answer NOT BETWEEN 1 AND 5)
""")


def upgrade() -> None:
    op.add_column("survey_answers", sa.Column("lowest", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("survey_answers", sa.Column("highest", sa.Integer(), nullable=False, server_default="5"))
    op.execute(WIDEST)
    op.create_index("ix_survey_answers_call_agent", "survey_answers", ["call", "agent"])
    op.drop_index("ix_survey_answers_call", "survey_answers")
    op.create_index("ix_calls_caller_arrived_at", "calls", ["caller", "arrived_at"])
    op.drop_index("ix_calls_caller", "calls")
