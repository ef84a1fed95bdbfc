"""The tables behind a person's rights: what was asked, who must not come back, the proof that somebody was erased."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from plugins.store.tables import metadata

suppression = Table(
    "suppression",
    metadata,
    Column("key", Text, primary_key=True, comment="HMAC-SHA-256 of kind and value; the key is not in the database"),
    Column("kind", Text, nullable=False, comment="email, phone, card or record"),
    Column("reason", Text, nullable=False, comment="erased or objected"),
    Column("erasure", Text, index=True),
    Column("at", Text, nullable=False),
    Column("lifted_at", Text, comment="when the person came back by an act of their own"),
    comment="who must not be written to or made anew; says nothing of whom",
)

erasure = Table(
    "erasure",
    metadata,
    Column("id", Text, primary_key=True),
    Column("requested_at", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("profile_id", Text, comment="while it is under way; null when it is done"),
    Column("state", Text, nullable=False, comment="open or done"),
    Column("done_at", Text),
    comment="who asked for it and when; whose it was is not here any more",
)

erasure_step = Table(
    "erasure_step",
    metadata,
    Column("erasure", Text, primary_key=True),
    Column("step", Text, primary_key=True, comment="a table, a file, or a destination"),
    Column("rows", BigInteger, nullable=False),
    Column("done_at", Text, comment="null while a recipient has not confirmed"),
    comment="the proof: what was taken out where, and when each recipient was told",
)

rights_request = Table(
    "rights_request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="access, erasure or objection"),
    Column("profile_id", Text, index=True, comment="null once the person is erased"),
    Column("asked_on", Text, nullable=False, comment="the day on which the person asked"),
    Column("until", Text, nullable=False, comment="a month later: by then there must be an answer"),
    Column("opened_at", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("state", Text, nullable=False, comment="open, running, ready, failed, done or refused"),
    Column("erasure", Text, comment="its number, once it is carried out"),
    Column("said", Text, comment="why it failed or was refused; it names nobody"),
    Column("done_at", Text),
    Column("done_by", Text),
    comment="what persons asked for by their rights, and how far it is",
)
Index("ix_rights_request_state", rights_request.c.state, rights_request.c.until)
