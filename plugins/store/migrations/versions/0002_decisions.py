"""What people decided about who is who, and which records changed their profile."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the store to this revision."""
    _moves()
    _decisions()
    _locks()
    _columns()


def _moves() -> None:
    op.create_table(
        "move",
        sa.Column("seq", Id, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column(
            "from_id",
            sa.Text(),
            nullable=True,
            comment="the profile it left; null for a record that is new to a store that had others",
        ),
        sa.Column("to_id", sa.Text(), nullable=False),
        sa.Column("is_merge", sa.Boolean(), nullable=False, comment="the profile it left came to an end"),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="which records changed their profile; appended, so that a merge can be taken back",
    )


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("seq", Id, autoincrement=True, nullable=False),
        sa.Column("act", sa.BigInteger(), nullable=False, comment="decided in one go: the number people know it by"),
        sa.Column("one_source", sa.Text(), nullable=False),
        sa.Column("one_id", sa.Text(), nullable=False),
        sa.Column("other_source", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column(
            "verdict", sa.Text(), nullable=False, comment="same, apart or undone; the newest about two records holds"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="what people decided about who is who; appended, never changed",
    )
    op.create_index("ix_decision_act", "decision", ["act"])


def _locks() -> None:
    op.create_table(
        "field_lock",
        sa.Column("seq", Id, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="a record of the person; the lock goes where it goes"),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column(
            "value", sa.Text(), nullable=True, comment="null where it is locked as unknown, or not locked any more"
        ),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="golden fields locked by hand; appended, the newest about a field of a person holds",
    )


def _columns() -> None:
    said = sa.Column("identity", sa.Text(), nullable=True, comment="the rules of identity in force, as JSON")
    op.add_column("resolve_run", said)
    found = "JSON of the name the destination had for the person when we planned"
    op.add_column("push", sa.Column("found", sa.Text(), nullable=True, comment=found))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("profile_event", "kind", comment="merged, split or unmerged; a birth is in `profile`")
