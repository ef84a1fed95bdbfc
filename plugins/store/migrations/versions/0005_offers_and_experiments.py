"""Codes of offers, groups of experiments, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("offer_terms", "experiment_start", "audit")


def upgrade() -> None:
    """Bring the store to this revision."""
    _offers()
    _experiments()
    _audit()
    _append_only()


def _offers() -> None:
    op.create_table(
        "offer_terms",
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of what it says"),
        sa.Column(
            "terms",
            sa.Text(),
            nullable=False,
            comment="JSON: benefit, where it is taken, ids of the products it is for",
        ),
        sa.PrimaryKeyConstraint("hash"),
        comment="what was promised with a code, as it was then; appended, never changed",
    )
    op.create_table(
        "offer_issue",
        sa.Column("number", Id, autoincrement=True, nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column(
            "round",
            sa.BigInteger(),
            nullable=False,
            comment="0, and one more each time the same person gets it again",
        ),
        sa.Column("profile_id", sa.Text(), nullable=True, comment="whose it is; null once erased"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False, comment="see offer_terms"),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=False, comment="its last day"),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("offer", "profile_id", "round"),
        comment="codes of offers, each issued once",
    )
    op.create_index("ix_offer_issue_profile_id", "offer_issue", ["profile_id"], unique=False)
    alone = sa.column("is_shared", sa.Boolean()).is_(False)
    op.create_index(
        "ix_offer_issue_code", "offer_issue", ["code"], unique=True, sqlite_where=alone, postgresql_where=alone
    )


def _experiments() -> None:
    op.create_table(
        "experiment_start",
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False, comment="JSON: the rule as it was, and what was expected of it"),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("experiment"),
        comment="what an experiment was to show, written down before it began; appended, never changed",
    )
    op.create_table(
        "experiment_member",
        sa.Column("seq", Id, autoincrement=True, nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=True, comment="null once erased"),
        sa.Column("is_treated", sa.Boolean(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("experiment", "profile_id"),
        comment="who is in which half of an experiment, from when; decided once",
    )
    op.create_index("ix_experiment_member_profile_id", "experiment_member", ["profile_id"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", Id, autoincrement=True, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False, comment="the account of the machine, or the key of a caller"),
        sa.Column("kind", sa.Text(), nullable=False, comment="rules or override"),
        sa.Column("about", sa.Text(), nullable=False, comment="the rule file, or the destination and its guard"),
        sa.Column("detail", sa.Text(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("seq"),
        comment="who changed which rule and lifted which guard; appended, never changed",
    )


def _append_only() -> None:
    """Let the database itself refuse to change or delete what is only appended to."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        if not is_sqlite:
            op.execute(
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
