"""When the person said what a withdrawal is about."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.add_column(
        "push", sa.Column("acted_at", sa.Text(), nullable=True, comment="when the withdrawal behind a removal was said")
    )
