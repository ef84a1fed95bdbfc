"""What tills, apps and shop doors send themselves."""

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"


def upgrade() -> None:
    """Bring the store to this revision."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "sent_event",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False, comment="the sender's own"),
        sa.Column("digest", sa.Text(), nullable=False, comment="of what it said"),
        sa.Column("at", sa.Text(), nullable=False, comment="when it was taken"),
        sa.PrimaryKeyConstraint("source", "id"),
        sqlite_with_rowid=False,
        comment="events that were taken at the API; the same again is answered and means nothing, for 30 days",
    )
    op.create_index("ix_sent_event_at", "sent_event", ["at"])
    op.create_table(
        "waiting_event",
        sa.Column("n", number, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False, comment="the kind of event"),
        sa.Column("body", sa.Text(), nullable=False, comment="as it was sent, without what is never kept"),
        sa.Column("taken_at", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Text(), nullable=False, comment="not to be worked by the lane before"),
        sa.PrimaryKeyConstraint("n"),
        comment="events that were taken and are not records yet; gone once they are",
    )
    op.create_index("ix_waiting_event_next_at", "waiting_event", ["next_at"])
