"""What tills, apps and shop doors sent themselves: what was taken, and what is still to be kept of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from plugins.store.tables import Id, metadata

sent_event = Table(
    "sent_event",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True, comment="the sender's own"),
    Column("digest", Text, nullable=False, comment="of what it said"),
    Column("at", Text, nullable=False, comment="when it was taken"),
    sqlite_with_rowid=False,
    comment="events that were taken at the API; the same again is answered and means nothing, for 30 days",
)
Index("ix_sent_event_at", sent_event.c.at)

waiting_event = Table(
    "waiting_event",
    metadata,
    Column("n", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("stream", Text, nullable=False, comment="the kind of event"),
    Column("body", Text, nullable=False, comment="as it was sent, without what is never kept"),
    Column("taken_at", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Text, nullable=False, comment="not to be worked by the lane before"),
    comment="events that were taken and are not records yet; gone once they are",
)
Index("ix_waiting_event_next_at", waiting_event.c.next_at)
