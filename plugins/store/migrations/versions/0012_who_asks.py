"""By what a till, an app or a webshop finds a person, and lines of the audit log by their kind."""

from alembic import op

revision: str = "0012"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_index("ix_customer_card", "customer", ["card"])
    op.create_index("ix_order_number", "order", ["order_number"])
    op.create_index("ix_voucher_customer", "voucher", ["source", "customer_id"])
    op.create_index(op.f("ix_profile_merged_into"), "profile", ["merged_into"])
    op.create_index("ix_audit_kind", "audit", ["kind"])
