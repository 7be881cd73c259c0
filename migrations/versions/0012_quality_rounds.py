"""accounts: teams, leads, published texts. qa: blind rounds, drafts of packs, draws."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _published()
    _scores()
    _blind()
    op.create_table(
        "pack_drafts",
        sa.Column("pack", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("tried_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("pack", name=op.f("pk_pack_drafts")),
    )


def _people() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("lead", sa.Boolean(), server_default=sa.false(), nullable=False))


def _published() -> None:
    op.create_table(
        "published",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("published_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published")),
        sa.UniqueConstraint("kind", "name", "number", name=op.f("uq_published_kind_name_number")),
    )
    with op.batch_alter_table("published", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_sha256"), ["sha256"], unique=False)


def _scores() -> None:
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("queue", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("lot", sa.String(length=16), server_default="", nullable=False))
        batch_op.add_column(sa.Column("vetoed", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False))
        columns = ["taken", "scored_at", "score", "doubts", "vetoed", "agent", "queue", "lot", "recording"]
        batch_op.create_index("ix_scores_due", columns, unique=False)
    op.execute("UPDATE scores SET queue = COALESCE((SELECT queue FROM calls WHERE calls.id = scores.call), '')")
    reviewed = "EXISTS (SELECT 1 FROM reviews WHERE reviews.recording = scores.recording)"
    op.execute(f"UPDATE scores SET taken = (1 = 1) WHERE {reviewed}")
    op.execute("UPDATE scores SET vetoed = (1 = 1) WHERE CAST(veto AS VARCHAR) <> '[]'")
    connection = op.get_bind()
    scores = sa.table("scores", sa.column("recording", sa.String()), sa.column("lot", sa.String()))
    for recording in connection.execute(sa.select(scores.c.recording)).scalars().all():
        lot = hashlib.sha256(recording.encode()).hexdigest()[:16]
        connection.execute(scores.update().where(scores.c.recording == recording).values(lot=lot))


def _blind() -> None:
    op.create_table(
        "blind_rounds",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("invited", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("closed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_rounds")),
    )
    op.create_table(
        "blind_calls",
        sa.Column("round", sa.String(length=22), nullable=False),
        sa.Column("recording", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=160), nullable=False),
        sa.Column("agent", sa.String(length=16), nullable=False),
        sa.Column("pack", sa.String(length=40), nullable=False),
        sa.Column("pack_version", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["blind_rounds.id"], name=op.f("fk_blind_calls_round"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("round", "recording", name=op.f("pk_blind_calls")),
    )
    op.create_table(
        "blind_forms",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("round", sa.String(length=22), nullable=False),
        sa.Column("recording", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.Float(), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["round"], ["blind_rounds.id"], name=op.f("fk_blind_forms_round"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_forms")),
        sa.UniqueConstraint("round", "recording", "by", name=op.f("uq_blind_forms_round_recording_by")),
    )
    for table, columns in (
        ("blind_rounds", ("kind", "state", "closed_at")),
        ("blind_calls", ("recording", "call")),
        ("blind_forms", ("round", "recording", "by")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)
