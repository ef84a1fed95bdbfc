"""Accounts of the console, who is signed in, who has guessed; and what people are looked up by."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"


LOOKED_UP = (
    ("ix_customer_phone", "customer", ["phone"]),
    ("ix_customer_card", "customer", ["card"]),
    ("ix_order_number", "order", ["order_number"]),
    ("ix_order_source_id", "order", ["source_id"]),
    ("ix_event_customer", "event", ["source", "customer_id"]),
    ("ix_voucher_customer", "voucher", ["source", "customer_id"]),
    ("ix_service_case_customer", "service_case", ["source", "customer_id"]),
    ("ix_order_line_order", "order_line", ["source", "order_id"]),
    ("ix_profile_merged_into", "profile", ["merged_into"]),
    ("ix_push_profile", "push", ["profile_id"]),
)


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "console_account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False, comment="argon2id"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="null where the browser's holds"),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False, comment="when role, password or state changed last"),
        sa.PrimaryKeyConstraint("name"),
        comment="who may sign in to the console",
    )
    op.create_table(
        "console_session",
        sa.Column("key", sa.Text(), nullable=False, comment="HMAC of the token that the browser holds"),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("began_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False, comment="to the minute"),
        sa.ForeignKeyConstraint(["account"], ["console_account.name"]),
        sa.PrimaryKeyConstraint("key"),
        comment="who is signed in; a row goes when it has lapsed",
    )
    op.create_index("ix_console_session_account", "console_session", ["account"])
    op.create_table(
        "console_attempt",
        sa.Column("key", sa.Text(), nullable=False, comment="HMAC of an account's name or of a caller's address"),
        sa.Column("tries", sa.BigInteger(), nullable=False, comment="since somebody last signed in"),
        sa.Column("waits_until", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        comment="sign-ins that did not succeed; forgotten after a day",
    )
    for name, table, columns in LOOKED_UP:
        op.create_index(name, table, columns)
    for column in ("email", "card"):
        nameless = sa.text("customer_id IS NULL")
        op.create_index(f"ix_order_{column}", "order", [column], sqlite_where=nameless, postgresql_where=nameless)
    is_caused = sa.text("cause IS NOT NULL")
    op.create_index("ix_push_cause", "push", ["cause"], sqlite_where=is_caused, postgresql_where=is_caused)
