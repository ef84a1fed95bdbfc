"""Every table of the store: the canonical entities, generated from their models, and the hub's own records.

Text holds times (UTC, see `times`), dates (ISO) and JSON on both databases alike; money and points are 64-bit
integers. Table and column names are the entities' and fields' names.
"""

from __future__ import annotations

import typing

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from plugins.store.entities import ENTITIES, Record
from plugins.store.kinds import has_offset, is_optional, plain_type

metadata = MetaData()
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what it calls INTEGER

KEPT = ("content_hash", "stated_at", "is_absent", "row_seq")
"""What the store adds to a record: hash of its content, start of the snapshot it was stated in, whether a sealed
snapshot lacks it, and its change number."""


def _column_type(python: type) -> TypeEngine[object]:
    return typing.cast(
        "TypeEngine[object]", {int: BigInteger(), bool: Boolean(create_constraint=False)}.get(python, Text())
    )


def _entity_table(model: type[Record]) -> Table:
    columns: list[Column[typing.Any]] = []
    for name, field in model.model_fields.items():
        python = plain_type(field.annotation)
        is_key = name in ("source", "source_id")
        columns.append(
            Column(
                name, _column_type(python), primary_key=is_key, nullable=is_optional(field.annotation) and not is_key
            )
        )
        if has_offset(name, python):
            columns.append(Column(f"{name}_offset", SmallInteger))
    columns += [
        Column("content_hash", Text, nullable=False),
        Column("stated_at", Text, nullable=False),
        Column("is_absent", Boolean(create_constraint=False), nullable=False, comment="missing from a sealed snapshot"),
        Column("row_seq", BigInteger, nullable=False, index=True),
    ]
    return Table(model.entity, metadata, *columns)


ENTITY_TABLES: dict[str, Table] = {name: _entity_table(model) for name, model in ENTITIES.items()}

Index("ix_order_customer", ENTITY_TABLES["order"].c.source, ENTITY_TABLES["order"].c.customer_id)
Index("ix_consent_customer", ENTITY_TABLES["consent"].c.source, ENTITY_TABLES["consent"].c.customer_id)
Index("ix_consent_email", ENTITY_TABLES["consent"].c.email)
Index("ix_customer_email", ENTITY_TABLES["customer"].c.email)
Index("ix_customer_card", ENTITY_TABLES["customer"].c.card)
Index("ix_order_number", ENTITY_TABLES["order"].c.order_number)
Index("ix_voucher_customer", ENTITY_TABLES["voucher"].c.source, ENTITY_TABLES["voucher"].c.customer_id)
Index("ix_customer_phone", ENTITY_TABLES["customer"].c.phone)
for each in ("email", "card"):  # of receipts that name no customer
    nameless = ENTITY_TABLES["order"].c.customer_id.is_(None)
    Index(f"ix_order_{each}", ENTITY_TABLES["order"].c[each], sqlite_where=nameless, postgresql_where=nameless)
Index("ix_order_source_id", ENTITY_TABLES["order"].c.source_id)
Index("ix_event_customer", ENTITY_TABLES["event"].c.source, ENTITY_TABLES["event"].c.customer_id)
Index("ix_service_case_customer", ENTITY_TABLES["service_case"].c.source, ENTITY_TABLES["service_case"].c.customer_id)
Index("ix_order_line_order", ENTITY_TABLES["order_line"].c.source, ENTITY_TABLES["order_line"].c.order_id)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="numbers that only go up: row_seq, fence",
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("source", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("sealed_from", Text, nullable=False, comment="start of the newest snapshot that was read to its end"),
    comment="absence counts only here: a row of this stream last seen before `sealed_from` is gone",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Text, primary_key=True, comment="hash of stage, stream and payload: the same bad record is one row"),
    Column("stage", Text, nullable=False, comment="mean: a vendor's record; keep: a canonical one"),
    Column("source", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("field", Text),
    Column("payload", Text, nullable=False),
    Column("first_seen_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("state", Text, nullable=False, comment="open, replayed or discarded"),
    Column("mended", Text, comment="the payload as somebody mended it; the one above stays as it came"),
    Column("settled_at", Text),
    Column("settled_by", Text, comment="who replayed, mended or discarded it on a page"),
    Column("note", Text, comment="why it was discarded"),
    comment="records that could not be read, with the reason; replayable",
)
Index("ix_quarantine_state", quarantine.c.state, quarantine.c.first_seen_at)

run_stream = Table(
    "run_stream",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True, comment="mean: vendor records in the mapper; keep: canonical ones"),
    Column("source", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("read", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("filtered", BigInteger, nullable=False),
    comment="read = accepted + quarantined + filtered, per run and stream",
)

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("outcome", Text, comment="ok, failed or stopped; null while it runs"),
    Column("reason", Text, comment="why it failed, in the words of our own program; never personal data"),
    Column("fault", Text, comment="the kind of that error, e.g. RefusedKeyError"),
    comment="one start of one job",
)
Index("ix_run_job", run.c.job, run.c.started_at)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", Text, nullable=False),
    comment="who may write to a destination; the newest fence wins",
)

schedule_turn = Table(
    "schedule_turn",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column(
        "due_at", Text, primary_key=True, comment="the moment it was due; of a schedule that is new, when it was seen"
    ),
    Column("state", Text, nullable=False, comment="seen, started, ok, failed, stopped or lost"),
    Column("tries", Integer, nullable=False, comment="how often it was started"),
    Column("passed", Integer, nullable=False, comment="earlier turns that this one stands for, because none could run"),
    Column("fence", BigInteger, nullable=False, comment="of the scheduler that started it last"),
    Column("started_at", Text),
    Column("ended_at", Text),
    Column("exit_code", Integer),
    comment="each time a schedule of meltano.yml was due",
)

profile = Table(
    "profile",
    metadata,
    Column("id", Text, primary_key=True),
    Column("minted_at", Text, nullable=False),
    Column("merged_into", Text, index=True, comment="the profile that took over; ids are never reused"),
    sqlite_with_rowid=False,
    comment="one person; the id is minted once and kept for ever",
)

membership = Table(
    "membership",
    metadata,
    Column("source", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("profile_id", Text, nullable=False, index=True),
    sqlite_with_rowid=False,
    comment="which customer record belongs to which profile",
)

profile_event = Table(
    "profile_event",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("profile_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="merged, split or unmerged; a birth is in `profile`"),
    Column("other_id", Text),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
    comment="the life of profile ids; appended, never changed",
)

move = Table(
    "move",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("from_id", Text, comment="the profile it left; null for a record that is new to a store that had others"),
    Column("to_id", Text, nullable=False),
    Column("is_merge", Boolean(create_constraint=False), nullable=False, comment="the profile it left came to an end"),
    Column("at", Text, nullable=False),
    comment="which records changed their profile; appended, so that a merge can be taken back",
)

decision = Table(
    "decision",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("act", BigInteger, nullable=False, index=True, comment="decided in one go: the number people know it by"),
    Column("one_source", Text, nullable=False),
    Column("one_id", Text, nullable=False),
    Column("other_source", Text, nullable=False),
    Column("other_id", Text, nullable=False),
    Column("verdict", Text, nullable=False, comment="same, apart or undone; the newest about two records holds"),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("at", Text, nullable=False),
    comment="what people decided about who is who; appended, never changed",
)

field_lock = Table(
    "field_lock",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False, comment="a record of the person; the lock goes where it goes"),
    Column("source_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, comment="null where it is locked as unknown, or not locked any more"),
    Column("is_locked", Boolean(create_constraint=False), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("at", Text, nullable=False),
    comment="golden fields locked by hand; appended, the newest about a field of a person holds",
)

resolve_run = Table(
    "resolve_run",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("fingerprint", Text, nullable=False, comment="what it was computed from: change numbers and rules"),
    Column("profiles", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("identity", Text, comment="the rules of identity in force, as JSON"),
)

push = Table(
    "push",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("destination", Text, nullable=False),
    Column("profile_id", Text, nullable=False),
    Column("operation", Text, nullable=False, comment="add, change or remove"),
    Column("wire_id", Text, nullable=False, comment="the identifier as sent; removal uses it"),
    Column("normaliser", BigInteger, nullable=False),
    Column("payload", Text, nullable=False, comment="JSON of what the destination should hold"),
    Column("payload_hash", Text, nullable=False),
    Column("found", Text, comment="JSON of the name the destination had for the person when we planned"),
    Column("reason", Text, nullable=False, comment="why: the audiences, or what took the person out"),
    Column("permit", Text, comment="the consent act that permits it; null for removals"),
    Column("rules_version", Text, nullable=False),
    Column(
        "state",
        Text,
        nullable=False,
        comment="planned, prepared, accepted, rejected, staged, unknown, dropped, reconciled",
    ),
    Column("answer", Text, comment="the vendor's reason, or ours for not sending"),
    Column("call_key", Text, index=True),
    Column("planned_at", Text, nullable=False),
    Column("prepared_at", Text),
    Column("answered_at", Text),
    Column("fence", BigInteger),
    Column("cause", Text, comment="consent or erasure: such a removal stops for nothing"),
    Column("stored_at", Text, comment="when the withdrawal behind a removal was stored: its clock runs from here"),
    Column("confirmed_at", Text, comment="when the destination was read back and agreed"),
    Column("acted_at", Text, comment="when the withdrawal behind a removal was said"),
    Column("sent", Text, comment="the identifiers as they were sent, where hashed"),
    comment="the push journal: the truth about what was sent",
)
Index("ix_push_member", push.c.destination, push.c.wire_id, push.c.seq)
Index("ix_push_state", push.c.destination, push.c.state)
UNCONFIRMED = text("cause = 'consent' AND confirmed_at IS NULL")
Index("ix_push_unconfirmed", push.c.stored_at, sqlite_where=UNCONFIRMED, postgresql_where=UNCONFIRMED)
Index("ix_push_profile", push.c.profile_id)
Index("ix_push_cause", push.c.cause, sqlite_where=push.c.cause.is_not(None), postgresql_where=push.c.cause.is_not(None))

call = Table(
    "call",
    metadata,
    Column("key", Text, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("prepared_at", Text, nullable=False),
    Column("answered_at", Text),
    Column("receipt", Text, comment="under which the vendor tells later what became"),
    comment="one HTTP request, committed before its first byte",
)

call_row = Table(
    "call_row",
    metadata,
    Column("call_key", Text, ForeignKey("call.key"), primary_key=True),
    Column("push_key", Text, ForeignKey("push.key"), primary_key=True),
    UniqueConstraint("push_key", "call_key"),
    comment="which decisions a request carried",
)

plan_size = Table(
    "plan_size",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("lane", Text, primary_key=True, comment="removals or all"),
    Column("planned_at", Text, nullable=False),
    Column("add_rows", BigInteger, nullable=False),
    Column("change_rows", BigInteger, nullable=False),
    Column("remove_rows", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("guards", Integer, nullable=False, comment="how many stopped it"),
    comment="how large the newest plan of each destination and lane was",
)
Index("ix_call_destination", call.c.destination, call.c.prepared_at)
Index(
    "ix_quarantine_open", quarantine.c.state, quarantine.c.source, quarantine.c.stream, quarantine.c.reason,
    quarantine.c.first_seen_at, quarantine.c.id,
)  # fmt: skip
Index("ix_run_outcome", run.c.job, run.c.outcome, run.c.started_at)
