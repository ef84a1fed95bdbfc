"""What a person may see of themselves: everything the hub holds on them, as data and as a page, and nobody else's."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from sqlalchemy import Connection, Table, or_, select, tuple_

from plugins.hub.consenting import ACTS
from plugins.hub.plans import Hub
from plugins.hub.rights.erasing import Found
from plugins.hub.rights.export_words import TITLES, WORDS, Language
from plugins.hub.rights.subject import about, gifts_of
from plugins.hub.rights.taking_out import names_person, wire_ids
from plugins.hub.story import STATES
from plugins.store.decided_tables import experiment_member, offer_issue
from plugins.store.engine import StoreError
from plugins.store.loyalty_tables import ledger_entry, loyalty_account
from plugins.store.mirror import open_mirror, rows
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, decision, field_lock, push, quarantine
from plugins.store.times import utc_text

INNER = {"content_hash", "stated_at", "is_absent", "row_seq", "normaliser"}
"""What the store keeps of a row for itself."""
ABOUT_THEM = ("customer", "order", "basket", "event", "service_case", "voucher", "loyalty_balance", "loyalty_movement")
SENT = ("destination", "operation", "wire_id", "payload", "reason", "state", "planned_at", "answered_at")
OFFER = ("offer", "code", "starts_on", "ends_on", "issued_at")
EXPERIMENT = ("experiment", "is_treated", "assigned_at")
ENTRY = ("account", "n", "unit", "debit", "credit", "amount", "at", "reason")
Row = dict[str, Any]


def export_to(hub: Hub, found: Found, folder: Path) -> list[Path]:
    """Write person.json and person.html, readable by their owner alone; raises StoreError for a folder that has files.

    A folder that is there must be empty: two people's exports never lie in one.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StoreError("export: the folder is not empty; name a new one")
    folder.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    folder.chmod(stat.S_IRWXU)
    held = held_on(hub, found)
    texts = {"person.json": json.dumps(held, ensure_ascii=False, indent=2, default=str), "person.html": page(held)}
    return [_write(folder / name, text) for name, text in texts.items()]


def _write(path: Path, text: str) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def held_on(hub: Hub, found: Found) -> dict[str, Any]:
    """Return everything the hub holds on a person, by part; rows are the person's own."""
    with open_mirror(hub.store, read_only=True) as engine, hub.store.reading() as connection:
        fields = _golden(engine, found.profile_id)
        records = {name: _rows(connection, ENTITY_TABLES[name], found) for name in ABOUT_THEM}
        acts = _rows(connection, ENTITY_TABLES["consent"], found)
        return {
            "made_at": utc_text(hub.clock()),
            "language": _language(fields),
            "profile": fields,
            "identifiers": [{"kind": kind, "value": value} for kind, value in found.subject.named()],
            "sources": _sources(records, acts),
            **records,
            "order_line": _of_orders(connection, "order_line", ("source", "order_id"), records["order"]),
            "delivery": _of_orders(connection, "delivery", ("of_source", "of_order_id"), records["order"]),
            "consent_state": rows(engine, STATES, {"id": found.profile_id}),
            "consent_acts": _meanings(engine, found.profile_id, acts),
            "consent_records": acts,
            "traits": _traits(hub, engine, found.profile_id),
            "audiences": _audiences(hub, engine, found.profile_id),
            "recipients": _recipients(connection, found),
            "ledger": _ledger(connection, found),
            "offers": _of_profile(connection, found, offer_issue, OFFER),
            "experiments": _of_profile(connection, found, experiment_member, EXPERIMENT),
            "field_locks": _locks(connection, found),
            "decisions": _decisions(connection, found),
            "unreadable": _unreadable(connection, found),
            "terms": [{"class": name, "term": term} for name, term in hub.meaning.retention.model_dump().items()],
        }


def _language(fields: list[Row]) -> Language:
    said = next((each["value"] for each in fields if each["field"] == "language"), "")
    return "nl" if str(said).startswith("nl") else "en"


def _golden(engine: duckdb.DuckDBPyConnection, profile_id: str) -> list[Row]:
    """Return every field of the profile with its source and time."""
    (golden,) = rows(engine, "SELECT * FROM golden WHERE profile_id = $id", {"id": profile_id}) or [{}]
    names = [name for name in golden if golden.get(f"{name}_source")]
    return [
        {"field": name, "value": golden[name], "source": golden[f"{name}_source"], "at": golden[f"{name}_at"]}
        for name in names
    ]


def _traits(hub: Hub, engine: duckdb.DuckDBPyConnection, profile_id: str) -> list[Row]:
    (found,) = rows(engine, "SELECT * FROM trait WHERE profile_id = $id", {"id": profile_id}) or [{}]
    counts = hub.meaning.counts
    return [{"trait": counts.get(name, name), "value": value} for name, value in found.items() if value is not None]


def _rows(connection: Connection, table: Table, found: Found) -> list[Row]:
    columns = [each for each in table.c if each.name not in INNER]
    statement = select(*columns).where(about(table, found.subject)).order_by(table.c.source, table.c.source_id)
    return [{name: value for name, value in row.items() if value not in (None, "", "{}", "[]")}
            for row in connection.execute(statement).mappings()]  # fmt: skip


def _of_orders(connection: Connection, entity: str, named: tuple[str, str], orders: Iterable[Row]) -> list[Row]:
    """Return what names these orders by two columns."""
    table = ENTITY_TABLES[entity]
    keys = [(each["source"], each["source_id"]) for each in orders]
    columns = [each for each in table.c if each.name not in INNER]
    first, second = (table.c[name] for name in named)
    return [dict(each) for each in connection.execute(select(*columns).where(among(first, second, keys))).mappings()]


def _sources(records: Mapping[str, list[Row]], acts: Iterable[Row]) -> list[Row]:
    every = [row for listed in (*records.values(), acts) for row in listed]
    return [{"source": source, "stream": stream}
            for source, stream in sorted({(row["source"], row["stream"]) for row in every})]  # fmt: skip


def _meanings(engine: duckdb.DuckDBPyConnection, profile_id: str, acts: Iterable[Row]) -> list[Row]:
    """Return what each of the person's own acts counts for; one at a shared address may be another's."""
    own = {(each["source"], each["source_id"]) for each in acts}
    found = rows(engine, ACTS, {"id": profile_id})
    return [each for each in found if (each["source"], each.pop("source_id")) in own]


def _audiences(hub: Hub, engine: duckdb.DuckDBPyConnection, profile_id: str) -> list[Row]:
    """Return the audiences whose rule the person meets, and the rule."""
    now = hub.clock()
    return [
        {"audience": each.name, "description": each.description, "rule": each.where, "to": ", ".join(each.to)}
        for each in hub.meaning.audiences
        if engine.execute(
            f"SELECT 1 FROM trait WHERE {each.condition.sql} AND profile_id = ?",
            [*each.condition.bind(now), profile_id],
        ).fetchall()
    ]


def _recipients(connection: Connection, found: Found) -> list[Row]:
    mine = or_(push.c.profile_id.in_(found.subject.profiles), push.c.wire_id.in_(wire_ids(found.subject)))
    sent = select(*(push.c[name] for name in SENT)).where(mine, push.c.prepared_at.is_not(None)).order_by(push.c.seq)
    return [dict(each) for each in connection.execute(sent).mappings()]


def _ledger(connection: Connection, found: Found) -> list[Row]:
    gifts = loyalty_account.c.id.in_(sorted(gifts_of(connection, found.subject)))
    mine = or_(loyalty_account.c.holder.in_(found.subject.profiles), gifts)
    accounts = select(loyalty_account.c.id).where(mine)
    entries = select(*(ledger_entry.c[name] for name in ENTRY)).where(ledger_entry.c.account.in_(accounts))
    found_rows = connection.execute(entries.order_by(ledger_entry.c.account, ledger_entry.c.n)).mappings()
    return [dict(each) for each in found_rows]


def _of_profile(connection: Connection, found: Found, table: Table, names: Sequence[str]) -> list[Row]:
    mine = select(*(table.c[name] for name in names)).where(table.c.profile_id.in_(found.subject.profiles))
    return [dict(each) for each in connection.execute(mine.order_by(*table.primary_key.columns)).mappings()]


def _locks(connection: Connection, found: Found) -> list[Row]:
    mine = tuple_(field_lock.c.source, field_lock.c.source_id).in_(sorted(found.subject.records))
    names = ("source", "source_id", "field", "value", "is_locked", "reason", "at")
    statement = select(*(field_lock.c[name] for name in names)).where(mine).order_by(field_lock.c.seq)
    return [dict(each) for each in connection.execute(statement).mappings()]


def _decisions(connection: Connection, found: Found) -> list[Row]:
    """Return decisions about the person; of the other side, and why, only what is theirs as well."""
    mine = found.subject.records
    sides = [tuple_(decision.c[f"{side}_source"], decision.c[f"{side}_id"]) for side in ("one", "other")]
    about_them = select(decision).where(or_(*(each.in_(sorted(mine)) for each in sides))).order_by(decision.c.seq)
    told = []
    for row in connection.execute(about_them).mappings():
        ends = [(row[f"{side}_source"], row[f"{side}_id"]) for side in ("one", "other")]
        records = ", ".join(":".join(each) for each in ends if each in mine)
        why = row["reason"] if all(each in mine for each in ends) else None
        told.append({"verdict": row["verdict"], "records": records, "reason": why, "at": row["at"]})
    return told


def _unreadable(connection: Connection, found: Found) -> list[Row]:
    """Return records in quarantine that name an identifier of the person."""
    named = names_person(found.subject)
    names = ("source", "stream", "reason", "payload", "mended", "first_seen_at")
    every = connection.execute(select(*(quarantine.c[name] for name in names))).mappings()
    return [dict(each) for each in every if named("", each["payload"]) or named("", each["mended"] or "")]


def page(held: Mapping[str, Any]) -> str:
    """Return the page a person can read: no scripts, nothing from elsewhere, every value escaped."""
    language: Language = held["language"]
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    shown = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    parts = [{"title": TITLES[name][language], "tables": _tables(held[name])} for name in TITLES]
    template = shown.get_template("person.html.j2")
    return template.render(language=language, parts=parts, made_at=str(held["made_at"])[:10], **WORDS[language])


def _tables(listed: list[Row]) -> list[list[Row]]:
    """Return rows as tables whose rows have the same columns."""
    tables: dict[tuple[str, ...], list[Row]] = {}
    for row in listed:
        tables.setdefault(tuple(row), []).append(row)
    return list(tables.values())
