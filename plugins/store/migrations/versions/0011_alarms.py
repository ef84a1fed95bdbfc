"""What runs find wrong, the alarms raised for it, and what is to be told to whom."""

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
UNTOLD = sa.text("told_at IS NULL")
UNCONFIRMED = sa.text("cause = 'consent' AND confirmed_at IS NULL")


def upgrade() -> None:
    """Bring the store to this revision."""
    op.add_column(
        "run",
        sa.Column("reason", sa.Text(), comment="why it failed, in the words of our own program; never personal data"),
    )
    op.add_column("run", sa.Column("fault", sa.Text(), comment="the kind of that error, e.g. RefusedKeyError"))
    op.create_index("ix_run_job", "run", ["job", "started_at"])
    op.create_index("ix_quarantine_state", "quarantine", ["state", "first_seen_at"])
    op.create_index(
        "ix_push_unconfirmed", "push", ["stored_at"], sqlite_where=UNCONFIRMED, postgresql_where=UNCONFIRMED
    )
    op.create_table(
        "finding",
        sa.Column("kind", sa.Text(), nullable=False, comment="guard, drift or audience"),
        sa.Column(
            "about",
            sa.Text(),
            nullable=False,
            comment="what it is about: a plan, a feed, a destination; never a person",
        ),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False, comment="when it was found last"),
        sa.PrimaryKeyConstraint("kind", "about"),
        comment="what a run found wrong and did not do for it; gone once a later run finds it right",
    )
    _alarms()


def _alarms() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "alarm",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "about", sa.Text(), nullable=False, comment="a job, a source, a destination, a schedule; never a person"
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, open or closed"),
        sa.Column("since", sa.Text(), nullable=False, comment="since when it is wrong, as far as is known"),
        sa.Column("seen_at", sa.Text(), nullable=False, comment="the first look that saw it"),
        sa.Column("last_seen_at", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text()),
        sa.Column("closed_at", sa.Text()),
        sa.Column(
            "turned_at",
            sa.Text(),
            comment="the first of the looks that see otherwise; null while they see the same",
        ),
        sa.Column("looks", sa.Integer(), nullable=False, comment="how many looks in a row see otherwise"),
        sa.Column("told_at", sa.Text(), comment="when a message about it was delivered last"),
        sa.Column("reminded_at", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False, comment="JSON: what, what to do, and facts"),
        sa.PrimaryKeyConstraint("id"),
        comment="what is wrong or was; one that waits is not told yet, because it may pass",
    )
    op.create_index("ix_alarm_state", "alarm", ["state", "kind", "about"])
    op.create_table(
        "alarm_message",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("alarm_id", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False, comment="opened, closed or reminder"),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column(
            "reached", sa.Text(), nullable=False, comment="which addresses of the route have it already, by their place"
        ),
        sa.Column("told_at", sa.Text(), comment="null until every address has it"),
        sa.PrimaryKeyConstraint("id"),
        comment="what is to be told to whom about an alarm; tried at each look until it is delivered",
    )
    op.create_index("ix_alarm_message_alarm_id", "alarm_message", ["alarm_id"])
    op.create_index(
        "ix_alarm_message_untold", "alarm_message", ["route", "id"], sqlite_where=UNTOLD, postgresql_where=UNTOLD
    )
