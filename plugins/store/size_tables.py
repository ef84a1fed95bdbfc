"""How large audiences were when they were planned, and whom they share: small counts, kept for those who look."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from plugins.store.tables import metadata

audience_size = Table(
    "audience_size",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("planned_at", Text, primary_key=True),
    Column("matched", BigInteger, nullable=False, comment="who meets the condition"),
    Column("yielded", BigInteger, nullable=False, comment="of whom so many are in another audience first"),
    Column("held_out", BigInteger, nullable=False, comment="kept away to measure what it brings"),
    Column("capped", BigInteger, nullable=False, comment="have heard enough lately"),
    Column("no_consent", BigInteger, nullable=False),
    Column("no_address", BigInteger, nullable=False, comment="permitted, and without an address of their own"),
    Column("reachable", BigInteger, nullable=False, comment="the rest"),
    comment="each audience at each plan that was carried out; after two days the last of a day",
)
Index("ix_audience_size_audience", audience_size.c.audience, audience_size.c.planned_at)

audience_overlap = Table(
    "audience_overlap",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("other", Text, primary_key=True),
    Column("persons", BigInteger, nullable=False, comment="who is in both"),
    Column("percent_of_smaller", Integer, nullable=False),
    Column("planned_at", Text, nullable=False),
    comment="audiences of a destination that share persons, as its newest plan found them",
)
