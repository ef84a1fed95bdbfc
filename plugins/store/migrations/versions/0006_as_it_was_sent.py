"""Identifiers as they were sent, the receipt of a vendor who answers later, and accounts at social networks."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.add_column(
        "push", sa.Column("sent", sa.Text(), nullable=True, comment="the identifiers as they were sent, where hashed")
    )
    op.add_column("customer", sa.Column("social_id", sa.Text(), nullable=True))
    op.add_column(
        "call", sa.Column("receipt", sa.Text(), nullable=True, comment="under which the vendor tells later what became")
    )
