"""What was asked for on a page and a process of its own carries out; plans that wait to be approved."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from plugins.store.tables import metadata

errand = Table(
    "errand",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="plan, apply or replay"),
    Column("about", Text, nullable=False, comment="a draft, or JSON of what is to be done"),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("state", Text, nullable=False, comment="asked, ok or failed"),
    Column("told", Text, comment="JSON of what it came to; never personal data"),
    comment="what somebody asked for, and a process of its own carries out",
)
Index("ix_errand_kind", errand.c.kind, errand.c.asked_at)

plan_draft = Table(
    "plan_draft",
    metadata,
    Column("id", Text, primary_key=True),
    Column("made_at", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("rules", Text, nullable=False, comment="version of the rules it was made by"),
    Column("lifts_guards", Boolean(create_constraint=False), nullable=False),
    Column("seal_hash", Text, nullable=False, unique=True, comment="of the file that holds its rows"),
    Column("told", Text, nullable=False, comment="JSON of each plan: numbers, and a few profile ids"),
    Column(
        "state", Text, nullable=False, comment="made, sealed, approved, applying, applied, moved, failed, withdrawn"
    ),
    Column("sealed_at", Text),
    Column("sealed_by", Text, comment="the account; it never approves this draft"),
    Column("approved_at", Text),
    Column("approved_by", Text),
    Column("applied_at", Text),
    Column("ended_at", Text),
    Column("outcome", Text, comment="JSON of what applying it came to; never personal data"),
    comment="plans to be looked at, sealed by one account and approved by another before they go",
)
Index("ix_plan_draft_made", plan_draft.c.made_at)
