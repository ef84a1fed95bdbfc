"""What vendors told by themselves: what was taken, and which records are to be read back for it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from plugins.store.tables import Id, metadata

taken = Table(
    "taken",
    metadata,
    Column("delivery", Text, primary_key=True, comment="connection, and what the delivery is known by there"),
    Column("at", Text, nullable=False),
    sqlite_with_rowid=False,
    comment="deliveries of webhooks that were taken; a repeat is answered and means nothing",
)

knock = Table(
    "knock",
    metadata,
    Column("n", Id, primary_key=True, autoincrement=True),
    Column("connection", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("found_by", Text, nullable=False, comment="field of the stream"),
    Column("key", Text, nullable=False, comment="of the record; it may be an address"),
    Column("taken_at", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Text, nullable=False, comment="not to be read back before"),
    comment="records to read back because their vendor told of them; gone once that is done",
)
Index("ix_knock_next_at", knock.c.next_at)

duty = Table(
    "duty",
    metadata,
    Column("n", Id, primary_key=True, autoincrement=True),
    Column("connection", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("until", Text, nullable=False, comment="the day by which a person must have acted"),
    Column("done_at", Text),
    comment="what a vendor told of that a person must act on",
)
