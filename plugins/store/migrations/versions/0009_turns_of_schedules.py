"""Each time a schedule was due."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "schedule_turn",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column(
            "due_at",
            sa.Text(),
            nullable=False,
            comment="the moment it was due; of a schedule that is new, when it was seen",
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="seen, started, ok, failed, stopped or lost"),
        sa.Column("tries", sa.Integer(), nullable=False, comment="how often it was started"),
        sa.Column(
            "passed",
            sa.Integer(),
            nullable=False,
            comment="earlier turns that this one stands for, because none could run",
        ),
        sa.Column("fence", sa.BigInteger(), nullable=False, comment="of the scheduler that started it last"),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("schedule", "due_at"),
        comment="each time a schedule of meltano.yml was due",
    )
