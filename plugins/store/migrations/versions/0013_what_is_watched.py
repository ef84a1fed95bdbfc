"""The size of the newest plans, and indexes for what is asked all day: figures that cost little."""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "plan_size",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False, comment="removals or all"),
        sa.Column("planned_at", sa.Text(), nullable=False),
        sa.Column("add_rows", sa.BigInteger(), nullable=False),
        sa.Column("change_rows", sa.BigInteger(), nullable=False),
        sa.Column("remove_rows", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("guards", sa.Integer(), nullable=False, comment="how many stopped it"),
        sa.PrimaryKeyConstraint("destination", "lane"),
        comment="how large the newest plan of each destination and lane was",
    )
    op.create_index("ix_call_destination", "call", ["destination", "prepared_at"])
    op.create_index("ix_quarantine_open", "quarantine", ["state", "source", "stream", "reason"])
    op.create_index("ix_run_outcome", "run", ["job", "outcome", "started_at"])
    op.create_index("ix_audit_kind", "audit", ["kind"])
