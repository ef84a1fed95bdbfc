"""The ledger of points and vouchers, the proof of erasures, and the clock of withdrawals."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("loyalty_event", "ledger_entry", "loyalty_rules", "voucher_issue")


def upgrade() -> None:
    """Bring the store to this revision."""
    _ledger_entry()
    _loyalty_account()
    _loyalty_event()
    _api_request()
    _loyalty_item()
    _loyalty_rules()
    _loyalty_subject()
    _voucher_issue()
    _rights()
    _push()
    _append_only()


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column(
            "n", sa.BigInteger(), autoincrement=False, nullable=False, comment="the account's own count, without gaps"
        ),
        sa.Column("batch", sa.BigInteger(), nullable=False, comment="what was posted in one transaction"),
        sa.Column("event", sa.Text(), nullable=False, comment="key of the event it is an effect of"),
        sa.Column("aspect", sa.Text(), nullable=False, comment="empty, expiry or timeout: what time did to it"),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False, comment="the part of the account it comes out of"),
        sa.Column(
            "credit", sa.Text(), nullable=False, comment="the part it goes into: both are one size, so entries balance"
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False, comment="when it counts"),
        sa.Column(
            "corrects",
            sa.BigInteger(),
            nullable=True,
            comment="number of the first entry about the same event that this one mends",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.Text(), nullable=False),
        sa.Column(
            "hash", sa.Text(), nullable=False, comment="SHA-256 over the hash before it in the account, and this entry"
        ),
        sa.CheckConstraint("amount > 0", name="amount_is_more_than_nothing"),
        sa.CheckConstraint("debit <> credit", name="an_entry_moves_something"),
        sa.PrimaryKeyConstraint("account", "n"),
        comment="the ledger: double entry, appended, never changed",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ledger_entry_batch", "ledger_entry", ["batch"], unique=False)


def _loyalty_account() -> None:
    op.create_table(
        "loyalty_account",
        sa.Column("id", sa.Text(), nullable=False, comment="random: it stays when the holder is erased"),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True, comment="profile id, or voucher: and its code; null once erased"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, comment="of the newest entry"),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("uncovered", sa.BigInteger(), nullable=False, comment="spent beyond what we know of: an open item"),
        sa.Column("due_at", sa.Text(), nullable=False, comment="no later than when a lot lapses, or a hold times out"),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="JSON: lots, holds, and the place in time of the newest event"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("holder", "unit"),
        comment="an account as its entries add up; derived, and checked against them",
    )
    op.create_index(op.f("ix_loyalty_account_due_at"), "loyalty_account", ["due_at"], unique=False)


def _loyalty_event() -> None:
    op.create_table(
        "loyalty_event",
        sa.Column("seq", Id, autoincrement=True, nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="source and source event: one effect, however often it arrives"
        ),
        sa.Column("revision", sa.BigInteger(), nullable=False, comment="the newest of a key holds"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="earn, burn, reverse, restore, hold, capture or release"),
        sa.Column(
            "unit", sa.Text(), nullable=False, comment="points, or a currency: gift vouchers, in its minor units"
        ),
        sa.Column("subject", sa.Text(), nullable=False, comment="pseudonym of whose it is: see loyalty_subject"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.Text(), nullable=False, comment="when it counts, by the till's own order"),
        sa.Column("expires_at", sa.Text(), nullable=True, comment="when what was earned lapses; when a hold times out"),
        sa.Column(
            "grace_at", sa.Text(), nullable=True, comment="until when lives what comes back of points that have lapsed"
        ),
        sa.Column(
            "refers",
            sa.Text(),
            nullable=True,
            comment="key of the event that is reversed, restored, captured or released",
        ),
        sa.Column("rule", sa.Text(), nullable=True, comment="which earn rule, or how it was reported"),
        sa.Column("rules_version", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.CheckConstraint("amount >= 0", name="amount_is_a_size"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("key", "revision"),
        comment="what happened to points; appended, never changed",
    )
    op.create_index("ix_loyalty_event_refers", "loyalty_event", ["refers"], unique=False)
    op.create_index("ix_loyalty_event_subject", "loyalty_event", ["subject"], unique=False)


def _api_request() -> None:
    op.create_table(
        "api_request",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the Idempotency-Key the caller chose"),
        sa.Column(
            "body_hash",
            sa.Text(),
            nullable=False,
            comment="of method, path and body: the same key means the same request",
        ),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client", "key"),
        comment="what was answered to each request, so that a repeated one gets the same answer",
    )


def _loyalty_item() -> None:
    op.create_table(
        "loyalty_item",
        sa.Column("number", Id, autoincrement=True, nullable=False, comment="the number people know it by"),
        sa.Column("kind", sa.Text(), nullable=False, comment="difference, uncovered, no_sale or voucher"),
        sa.Column("key", sa.Text(), nullable=False, comment="what it is about; an item is open once"),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=True, comment="by our ledger"),
        sa.Column("found", sa.BigInteger(), nullable=True, comment="as reported"),
        sa.Column("cause", sa.Text(), nullable=False, comment="the likely one"),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        comment="differences that somebody must look at; never overwritten in silence",
    )
    op.create_index("ix_loyalty_item_key", "loyalty_item", ["kind", "key"], unique=False)


def _loyalty_rules() -> None:
    op.create_table(
        "loyalty_rules",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column(
            "since",
            sa.Text(),
            nullable=False,
            comment="receipts from here on earn by it; the first one has no beginning",
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        comment="every version of loyalty.yml that was in force; a receipt earns by that of its day",
    )


def _loyalty_subject() -> None:
    op.create_table(
        "loyalty_subject",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="random: events name it, and not the record"),
        sa.Column("account", sa.Text(), nullable=False, comment="the account its events are in now"),
        sa.PrimaryKeyConstraint("source", "source_id"),
        sa.UniqueConstraint("subject"),
        comment="which record of a source an event belongs to",
    )
    op.create_index(op.f("ix_loyalty_subject_account"), "loyalty_subject", ["account"], unique=False)


def _voucher_issue() -> None:
    op.create_table(
        "voucher_issue",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False, comment="what it was given for; one voucher each"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("event"),
        comment="vouchers the hub issued; appended, never changed",
    )


def _rights() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=True, comment="while it is under way; null when it is done"),
        sa.Column("state", sa.Text(), nullable=False, comment="open or done"),
        sa.Column("done_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="who asked for it and when; whose it was is not here any more",
    )
    op.create_table(
        "erasure_step",
        sa.Column("erasure", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False, comment="a table, a file, or a destination"),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.Text(), nullable=True, comment="null while a recipient has not confirmed"),
        sa.PrimaryKeyConstraint("erasure", "step"),
        comment="the proof: what was taken out where, and when each recipient was told",
    )
    op.create_table(
        "suppression",
        sa.Column(
            "key", sa.Text(), nullable=False, comment="HMAC-SHA-256 of kind and value; the key is not in the database"
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="email, phone, card or record"),
        sa.Column("reason", sa.Text(), nullable=False, comment="erased or objected"),
        sa.Column("erasure", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.Text(), nullable=True, comment="when the person came back by an act of their own"),
        sa.PrimaryKeyConstraint("key"),
        comment="who must not be written to or made anew; says nothing of whom",
    )
    op.create_index(op.f("ix_suppression_erasure"), "suppression", ["erasure"], unique=False)


def _push() -> None:
    op.add_column("order", sa.Column("till_id", sa.Text(), nullable=True))
    op.add_column(
        "push",
        sa.Column("cause", sa.Text(), nullable=True, comment="consent or erasure: such a removal stops for nothing"),
    )
    op.add_column(
        "push",
        sa.Column(
            "stored_at",
            sa.Text(),
            nullable=True,
            comment="when the withdrawal behind a removal was stored: its clock runs from here",
        ),
    )
    op.add_column(
        "push",
        sa.Column("confirmed_at", sa.Text(), nullable=True, comment="when the destination was read back and agreed"),
    )


def _append_only() -> None:
    """Let the database itself refuse what would change the past."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
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
