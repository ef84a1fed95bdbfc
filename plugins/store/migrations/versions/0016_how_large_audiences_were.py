"""How large audiences were at each plan, and whom they share: small counts, kept for those who look."""

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "audience_size",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.Text(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False, comment="who meets the condition"),
        sa.Column("yielded", sa.BigInteger(), nullable=False, comment="of whom so many are in another audience first"),
        sa.Column("held_out", sa.BigInteger(), nullable=False, comment="kept away to measure what it brings"),
        sa.Column("capped", sa.BigInteger(), nullable=False, comment="have heard enough lately"),
        sa.Column("no_consent", sa.BigInteger(), nullable=False),
        sa.Column(
            "no_address", sa.BigInteger(), nullable=False, comment="permitted, and without an address of their own"
        ),
        sa.Column("reachable", sa.BigInteger(), nullable=False, comment="the rest"),
        sa.PrimaryKeyConstraint("destination", "audience", "planned_at"),
        comment="each audience at each plan that was carried out; after two days the last of a day",
    )
    op.create_index("ix_audience_size_audience", "audience_size", ["audience", "planned_at"])
    op.create_table(
        "audience_overlap",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("persons", sa.BigInteger(), nullable=False, comment="who is in both"),
        sa.Column("percent_of_smaller", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("destination", "audience", "other"),
        comment="audiences of a destination that share persons, as its newest plan found them",
    )
