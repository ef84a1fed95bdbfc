"""Errands and drafts of plans; how a record in quarantine was mended or settled, and an index to page through them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    """Bring the store to this revision."""
    _errands()
    _drafts()
    _mends()


def _errands() -> None:
    op.create_table(
        "errand",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="plan, apply or replay"),
        sa.Column("about", sa.Text(), nullable=False, comment="a draft, or JSON of what is to be done"),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False, comment="asked, ok or failed"),
        sa.Column("told", sa.Text(), nullable=True, comment="JSON of what it came to; never personal data"),
        sa.PrimaryKeyConstraint("id"),
        comment="what somebody asked for, and a process of its own carries out",
    )
    op.create_index("ix_errand_kind", "errand", ["kind", "asked_at"])


def _drafts() -> None:
    op.create_table(
        "plan_draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False, comment="version of the rules it was made by"),
        sa.Column("lifts_guards", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("seal_hash", sa.Text(), nullable=False, comment="of the file that holds its rows"),
        sa.Column(
            "told",
            sa.Text(),
            nullable=False,
            comment="JSON of each plan: numbers, and a few profile ids",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="made, sealed, approved, applying, applied, moved, failed, withdrawn",
        ),
        sa.Column("sealed_at", sa.Text(), nullable=True),
        sa.Column("sealed_by", sa.Text(), nullable=True, comment="the account; it never approves this draft"),
        sa.Column("approved_at", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True, comment="JSON of what applying it came to; never personal data"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("seal_hash"),
        comment="plans to be looked at, sealed by one account and approved by another before they go",
    )
    op.create_index("ix_plan_draft_made", "plan_draft", ["made_at"])


def _mends() -> None:
    for name, comment in (
        ("mended", "the payload as somebody mended it; the one above stays as it came"),
        ("settled_at", None),
        ("settled_by", "who replayed, mended or discarded it on a page"),
        ("note", "why it was discarded"),
    ):
        op.add_column("quarantine", sa.Column(name, sa.Text(), nullable=True, comment=comment))
    if op.get_bind().dialect.name != "sqlite":  # SQLite keeps no comments
        op.alter_column("quarantine", "state", comment="open, replayed or discarded")
    op.drop_index("ix_quarantine_open", table_name="quarantine")
    op.create_index("ix_quarantine_open", "quarantine", ["state", "source", "stream", "reason", "first_seen_at", "id"])
