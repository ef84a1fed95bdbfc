"""The ledger's tables: what happened to points, what it came to, and whose account that is.

`loyalty_event` and `ledger_entry` are append-only: triggers refuse UPDATE and DELETE. Neither names a person; the
tables that do (`loyalty_subject`, `loyalty_account.holder`) are cut when somebody is erased.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text, UniqueConstraint

from plugins.store.tables import Id, metadata

APPEND_ONLY = ("loyalty_event", "ledger_entry", "loyalty_rules", "voucher_issue")

loyalty_event = Table(
    "loyalty_event",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, comment="source and source event: one effect, however often it arrives"),
    Column("revision", BigInteger, nullable=False, comment="the newest of a key holds"),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="earn, burn, reverse, restore, hold, capture or release"),
    Column("unit", Text, nullable=False, comment="points, or a currency: gift vouchers, in its minor units"),
    Column("subject", Text, nullable=False, comment="pseudonym of whose it is: see loyalty_subject"),
    Column("amount", BigInteger, nullable=False),
    Column("occurred_at", Text, nullable=False, comment="when it counts, by the till's own order"),
    Column("expires_at", Text, comment="when what was earned lapses; when a hold times out"),
    Column("grace_at", Text, comment="until when lives what comes back of points that have lapsed"),
    Column("refers", Text, comment="key of the event that is reversed, restored, captured or released"),
    Column("rule", Text, comment="which earn rule, or how it was reported"),
    Column("rules_version", Text),
    Column("recorded_at", Text, nullable=False),
    UniqueConstraint("key", "revision"),
    CheckConstraint("amount >= 0", name="amount_is_a_size"),
    comment="what happened to points; appended, never changed",
)
Index("ix_loyalty_event_subject", loyalty_event.c.subject)
Index("ix_loyalty_event_refers", loyalty_event.c.refers)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("account", Text, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False, comment="the account's own count, without gaps"),
    Column("batch", BigInteger, nullable=False, comment="what was posted in one transaction"),
    Column("event", Text, nullable=False, comment="key of the event it is an effect of"),
    Column("aspect", Text, nullable=False, comment="empty, expiry or timeout: what time did to it"),
    Column("unit", Text, nullable=False),
    Column("debit", Text, nullable=False, comment="the part of the account it comes out of"),
    Column("credit", Text, nullable=False, comment="the part it goes into: both are one size, so entries balance"),
    Column("amount", BigInteger, nullable=False),
    Column("at", Text, nullable=False, comment="when it counts"),
    Column("corrects", BigInteger, comment="number of the first entry about the same event that this one mends"),
    Column("reason", Text, nullable=False),
    Column("posted_at", Text, nullable=False),
    Column("hash", Text, nullable=False, comment="SHA-256 over the hash before it in the account, and this entry"),
    CheckConstraint("amount > 0", name="amount_is_more_than_nothing"),
    CheckConstraint("debit <> credit", name="an_entry_moves_something"),
    sqlite_with_rowid=False,
    comment="the ledger: double entry, appended, never changed",
)
Index("ix_ledger_entry_batch", ledger_entry.c.batch)

loyalty_account = Table(
    "loyalty_account",
    metadata,
    Column("id", Text, primary_key=True, comment="random: it stays when the holder is erased"),
    Column("unit", Text, nullable=False),
    Column("holder", Text, comment="profile id, or voucher: and its code; null once erased"),
    Column("entries", BigInteger, nullable=False),
    Column("hash", Text, nullable=False, comment="of the newest entry"),
    Column("available", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("debt", BigInteger, nullable=False),
    Column("uncovered", BigInteger, nullable=False, comment="spent beyond what we know of: an open item"),
    Column("due_at", Text, nullable=False, index=True, comment="no later than when a lot lapses, or a hold times out"),
    Column("state", Text, nullable=False, comment="JSON: lots, holds, and the place in time of the newest event"),
    UniqueConstraint("holder", "unit"),
    comment="an account as its entries add up; derived, and checked against them",
)

loyalty_subject = Table(
    "loyalty_subject",
    metadata,
    Column("source", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("subject", Text, nullable=False, unique=True, comment="random: events name it, and not the record"),
    Column("account", Text, nullable=False, index=True, comment="the account its events are in now"),
    comment="which record of a source an event belongs to",
)

loyalty_rules = Table(
    "loyalty_rules",
    metadata,
    Column("version", Text, primary_key=True),
    Column("since", Text, nullable=False, comment="receipts from here on earn by it; the first one has no beginning"),
    Column("content", Text, nullable=False),
    comment="every version of loyalty.yml that was in force; a receipt earns by that of its day",
)

loyalty_item = Table(
    "loyalty_item",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=True, comment="the number people know it by"),
    Column("kind", Text, nullable=False, comment="difference, uncovered, no_sale or voucher"),
    Column("key", Text, nullable=False, comment="what it is about; an item is open once"),
    Column("account", Text),
    Column("expected", BigInteger, comment="by our ledger"),
    Column("found", BigInteger, comment="as reported"),
    Column("cause", Text, nullable=False, comment="the likely one"),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    comment="differences that somebody must look at; never overwritten in silence",
)
Index("ix_loyalty_item_key", loyalty_item.c.kind, loyalty_item.c.key)

voucher_issue = Table(
    "voucher_issue",
    metadata,
    Column("code", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("starts_on", Text, nullable=False),
    Column("ends_on", Text),
    Column("event", Text, nullable=False, comment="what it was given for; one voucher each"),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
    UniqueConstraint("event"),
    comment="vouchers the hub issued; appended, never changed",
)

api_request = Table(
    "api_request",
    metadata,
    Column("client", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="the Idempotency-Key the caller chose"),
    Column("body_hash", Text, nullable=False, comment="of method, path and body: the same key means the same request"),
    Column("status", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Text, nullable=False),
    comment="what was answered to each request, so that a repeated one gets the same answer",
)
