"""recordings and qa: what could not be judged, leave to hear, text to search; numbers in stored evidence masked."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from recordings import redact

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "score_faults",
        sa.Column("recording", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=160), nullable=False),
        sa.Column("pack_version", sa.String(length=60), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("recording", name=op.f("pk_score_faults")),
    )
    with op.batch_alter_table("score_faults", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_score_faults_call"), ["call"], unique=False)

    op.create_table(
        "recording_playings",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("recording", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("until_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording"], ["recordings.id"], name=op.f("fk_recording_playings_recording"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_recording_playings")),
    )
    with op.batch_alter_table("recording_playings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_playings_recording"), ["recording"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_playings_until_at"), ["until_at"], unique=False)

    with op.batch_alter_table("transcripts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said", sa.Text(), server_default="", nullable=False))
    _mask_what_is_stored()


TRANSCRIPTS = sa.table("transcripts", sa.column("recording"), sa.column("content", sa.JSON()), sa.column("said"))
QUOTING = [sa.table(name, sa.column("recording"), sa.column("items", sa.JSON())) for name in ("scores", "reviews")]


def _mask_what_is_stored() -> None:
    """Evidence used to hold the words as they were heard, card numbers and all. One recording at a time."""
    bind = op.get_bind()
    recordings = sa.union(*(sa.select(table.c.recording) for table in (TRANSCRIPTS, *QUOTING)))
    for recording in bind.scalars(recordings).all():
        content = bind.scalar(sa.select(TRANSCRIPTS.c.content).where(TRANSCRIPTS.c.recording == recording))
        known: dict[tuple[str, str], str] = {}
        if content is not None:
            clean = redact.masked_document(content)["segments"]
            pairs = zip(content["segments"], clean, strict=True)
            known = {(raw["speaker"], raw["text"]): seen["text"] for raw, seen in pairs}
            said = "\n".join(each["text"] for each in clean)
            bind.execute(TRANSCRIPTS.update().where(TRANSCRIPTS.c.recording == recording).values(said=said))
        for table in QUOTING:
            items = bind.scalar(sa.select(table.c["items"]).where(table.c.recording == recording))
            if items:
                masked = [_masked(item, known) for item in items]
                bind.execute(table.update().where(table.c.recording == recording).values(items=masked))


def _masked(item: dict[str, Any], known: dict[tuple[str, str], str]) -> dict[str, Any]:
    evidence = [
        {**each, "text": known.get((each["speaker"], each["text"])) or redact.masked(each["text"])}
        for each in item.get("evidence", ())
    ]
    return {**item, "evidence": evidence}
