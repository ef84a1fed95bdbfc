"""What is wrong, as it was found; which alarms were raised for it; and what is to be told to whom."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from plugins.store.tables import Id, metadata

finding = Table(
    "finding",
    metadata,
    Column("kind", Text, primary_key=True, comment="guard, drift or audience"),
    Column("about", Text, primary_key=True, comment="what it is about: a plan, a feed, a destination; never a person"),
    Column("what", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("seen_at", Text, nullable=False, comment="when it was found last"),
    comment="what a run found wrong and did not do for it; gone once a later run finds it right",
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False, comment="a job, a source, a destination, a schedule; never a person"),
    Column("state", Text, nullable=False, comment="waiting, open or closed"),
    Column("since", Text, nullable=False, comment="since when it is wrong, as far as is known"),
    Column("seen_at", Text, nullable=False, comment="the first look that saw it"),
    Column("last_seen_at", Text, nullable=False),
    Column("opened_at", Text),
    Column("closed_at", Text),
    Column("turned_at", Text, comment="the first of the looks that see otherwise; null while they see the same"),
    Column("looks", Integer, nullable=False, comment="how many looks in a row see otherwise"),
    Column("told_at", Text, comment="when a message about it was delivered last"),
    Column("reminded_at", Text),
    Column("detail", Text, nullable=False, comment="JSON: what, what to do, and facts"),
    comment="what is wrong or was; one that waits is not told yet, because it may pass",
)
Index("ix_alarm_state", alarm.c.state, alarm.c.kind, alarm.c.about)

alarm_message = Table(
    "alarm_message",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alarm_id", BigInteger, nullable=False, index=True),
    Column("change", Text, nullable=False, comment="opened, closed or reminder"),
    Column("route", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("reached", Text, nullable=False, comment="which addresses of the route have it already, by their place"),
    Column("told_at", Text, comment="null until every address has it"),
    comment="what is to be told to whom about an alarm; tried at each look until it is delivered",
)
Index(
    "ix_alarm_message_untold", alarm_message.c.route, alarm_message.c.id,
    sqlite_where=alarm_message.c.told_at.is_(None), postgresql_where=alarm_message.c.told_at.is_(None),
)  # fmt: skip
