"""What vendors told by themselves."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    """Bring the store to this revision."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "taken",
        sa.Column("delivery", sa.Text(), nullable=False, comment="connection, and what the delivery is known by there"),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery"),
        sqlite_with_rowid=False,
        comment="deliveries of webhooks that were taken; a repeat is answered and means nothing",
    )
    op.create_table(
        "knock",
        sa.Column("n", number, autoincrement=True, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False, comment="field of the stream"),
        sa.Column("key", sa.Text(), nullable=False, comment="of the record; it may be an address"),
        sa.Column("taken_at", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Text(), nullable=False, comment="not to be read back before"),
        sa.PrimaryKeyConstraint("n"),
        comment="records to read back because their vendor told of them; gone once that is done",
    )
    op.create_index("ix_knock_next_at", "knock", ["next_at"])
    op.create_table(
        "duty",
        sa.Column("n", number, autoincrement=True, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False, comment="the day by which a person must have acted"),
        sa.Column("done_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        comment="what a vendor told of that a person must act on",
    )
