"""What rules decided for good, and people by hand: codes of offers, groups of experiments, and the audit log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, UniqueConstraint

from plugins.store.tables import Id, metadata

offer_terms = Table(
    "offer_terms",
    metadata,
    Column("hash", Text, primary_key=True, comment="SHA-256 of what it says"),
    Column("terms", Text, nullable=False, comment="JSON: benefit, where it is taken, ids of the products it is for"),
    comment="what was promised with a code, as it was then; appended, never changed",
)

offer_issue = Table(
    "offer_issue",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=True),
    Column("offer", Text, nullable=False),
    Column("round", BigInteger, nullable=False, comment="0, and one more each time the same person gets it again"),
    Column("profile_id", Text, index=True, comment="whose it is; null once erased"),
    Column("code", Text, nullable=False),
    Column("is_shared", Boolean(create_constraint=False), nullable=False),
    Column("terms", Text, nullable=False, comment="see offer_terms"),
    Column("starts_on", Text, nullable=False),
    Column("ends_on", Text, nullable=False, comment="its last day"),
    Column("rules_version", Text, nullable=False),
    Column("issued_at", Text, nullable=False),
    UniqueConstraint("offer", "profile_id", "round"),
    comment="codes of offers, each issued once",
)
Index(
    "ix_offer_issue_code", offer_issue.c.code, unique=True,
    sqlite_where=offer_issue.c.is_shared.is_(False), postgresql_where=offer_issue.c.is_shared.is_(False),
)  # fmt: skip

experiment_start = Table(
    "experiment_start",
    metadata,
    Column("experiment", Text, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("plan", Text, nullable=False, comment="JSON: the rule as it was, and what was expected of it"),
    Column("rules_version", Text, nullable=False),
    comment="what an experiment was to show, written down before it began; appended, never changed",
)

experiment_member = Table(
    "experiment_member",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("experiment", Text, nullable=False),
    Column("profile_id", Text, index=True, comment="null once erased"),
    Column("is_treated", Boolean(create_constraint=False), nullable=False),
    Column("stratum", Text, nullable=False),
    Column("assigned_at", Text, nullable=False),
    UniqueConstraint("experiment", "profile_id"),
    comment="who is in which half of an experiment, from when; decided once",
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False, comment="the account of the machine, or the key of a caller"),
    Column("kind", Text, nullable=False, comment="rules or override"),
    Column("about", Text, nullable=False, comment="the rule file, or the destination and its guard"),
    Column("detail", Text, nullable=False, comment="JSON"),
    comment="who changed which rule and lifted which guard; appended, never changed",
)
Index("ix_audit_kind", audit.c.kind)

APPEND_ONLY = ("offer_terms", "experiment_start", "audit")
