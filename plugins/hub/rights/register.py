"""The register of article 30, made from what is configured: nothing in it is written by hand."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select

from mappers.consent.fold import Declaration
from plugins.hub.destinations import RecordChannel
from plugins.hub.meaning import BY_HAND, Audience
from plugins.hub.plans import Hub
from plugins.hub.resolving import is_resolved
from plugins.hub.taking_in import connection_of
from plugins.rules.catalogue import Catalogue
from plugins.rules.offer_reading import ReadOffer
from plugins.store.entities import ENTITIES, Record
from plugins.store.event_tables import sent_event
from plugins.store.mirror import mirrored_columns, open_mirror
from plugins.store.sieve import PERSONAL

ROOT = Path(__file__).parents[3]
COLUMNS = (
    "part", "name", "channel", "purpose", "ground", "words", "sources", "receivers", "category", "fields", "term",
)  # fmt: skip
ABOUT_PEOPLE = (*PERSONAL, "order", "order_line", "delivery")
SHARED = frozenset(Record.model_fields)
CLASSES = {
    "event": "behaviour", "basket": "behaviour", "order": "orders", "order_line": "orders", "delivery": "orders",
    "consent": "consent",
}  # fmt: skip
"""The class of retention of each entity; all others go with the profile."""
MEASURES = (
    "Suppression keys are HMAC-SHA-256 under a key outside the database",
    "Consent is read again in the transaction that fixes each batch",
    "Files are readable by their owner only (0600), folders 0700",
    "No personal data and no secrets in logs, errors, states and file names",
    "Deleted rows are overwritten in an SQLite store; its mirror and write-ahead log are renewed at an erasure",
    "Credentials are marked sensitive and come from the environment",
    "Removals and erasures go first and stop for no guard",
)


@dataclass(frozen=True, slots=True)
class Register:
    """What is done with whose data: where it comes from, why, where it goes, and when it ends."""

    sources: list[dict[str, Any]]
    destinations: list[dict[str, Any]]
    purposes: list[dict[str, Any]]
    terms: dict[str, str]
    measures: list[str]


def register_of(hub: Hub, root: Path = ROOT, *, counts: bool = True) -> Register:
    """Return the register of a hub as it is set up.

    It `counts` which fields each source really fills, which reads every record; else all are named that it can fill.
    """
    filled = _filled(hub) if counts else {}
    sources = [_source(each, filled, hub) for each in (*_mappings(root), *_senders(hub))]
    destinations = [
        *(_destination(hub, name) for name in sorted(hub.channels)),
        *(_equal(hub, channel) for _, channel in sorted(hub.records.items())),
    ]
    return Register(sources, destinations, _purposes(hub), hub.meaning.retention.model_dump(), list(MEASURES))


def _mappings(root: Path) -> Iterable[Mapping[str, str]]:
    """Give the configuration of each mapping that a tap's `meltano.yml` declares."""
    for path in sorted(root.glob("taps/*/meltano.yml")):
        plugins = (YAML(typ="safe").load(path) or {}).get("plugins", {})
        for mapper in plugins.get("mappers", ()):
            yield from (each["config"] for each in mapper["mappings"])


def _senders(hub: Hub) -> Iterable[Mapping[str, str]]:
    """Give the configuration of each till, app or door that sent events itself."""
    with hub.store.reading() as connection:
        names = connection.execute(select(sent_event.c.source).distinct().order_by(sent_event.c.source)).scalars().all()
    return [connection_of(each) for each in names]


def _source(config: Mapping[str, str], filled: Mapping[tuple[str, str], list[str]], hub: Hub) -> dict[str, Any]:
    streams = importlib.import_module(f"mappers.canonical.{config['system']}").STREAMS
    made = {model.entity for each in streams.values() for model in each.makes} & {*ABOUT_PEOPLE}
    acts = [each for each in hub.meaning.declarations if each.source == config["source"]]
    return {
        "source": config["source"],
        "system": config["system"],
        "categories": {name: filled.get((config["source"], name), _fields(name)) for name in sorted(made)},
        "terms": {name: getattr(hub.meaning.retention, CLASSES.get(name, "profiles")) for name in sorted(made)},
        "consent_fields": sorted({f"{each.field}: {each.channel}, {each.purpose}" for each in acts}),
    }


def _fields(entity: str) -> list[str]:
    return [name for name in ENTITIES[entity].model_fields if name not in SHARED]


def _filled(hub: Hub) -> dict[tuple[str, str], list[str]]:
    """Return the fields that each source really fills, by (source, entity); nothing before the first resolve."""
    found: dict[tuple[str, str], list[str]] = {}
    if not is_resolved(hub.store):
        return found
    with open_mirror(hub.store, read_only=True) as engine:
        for entity in ABOUT_PEOPLE:
            names = [name for name, _ in mirrored_columns(entity) if name not in SHARED]
            counts = ", ".join(f'count("{name}")' for name in names)
            for source, *numbers in engine.execute(f'SELECT source, {counts} FROM "{entity}" GROUP BY 1').fetchall():
                found[(source, entity)] = [name for name, n in zip(names, numbers, strict=True) if n]
    return found


def _destination(hub: Hub, name: str) -> dict[str, Any]:
    channel = hub.channels[name]
    here = [each for each in hub.meaning.audiences if name in each.to]
    return {
        "destination": name,
        "channel": channel.channel,
        "purpose": channel.purpose,
        "basis": "consent (art. 6(1)(a) GDPR), read again before each batch",
        "known_by": channel.identifier.kind,
        "audiences": [_audience(each, name, hub.meaning.catalogue) for each in here],
        "offers": [_offer(each, name) for each in hub.meaning.offers if name in each.texts],
        "is_told_of_erasure": "erase" in channel.operations,
        "term": hub.meaning.retention.payloads,
    }


def _equal(hub: Hub, channel: RecordChannel) -> dict[str, Any]:
    """Tell of a destination that is kept equal record by record."""
    notes = [each for each in hub.meaning.notes if channel.destination in each.note.to]
    return {
        "destination": channel.destination,
        "channel": ", ".join(channel.consent),
        "purpose": "loyalty programme, and consent kept alike in every system",
        "basis": "contract (art. 6(1)(b) GDPR) for points and vouchers; legal duty (art. 7(3), 19) for consent"
        + ("; consent (purpose personalisation) for notes" if notes else ""),
        "known_by": "record",
        "audiences": [],
        "holds": list(channel.holds),
        "notes": [{"note": each.name, "traits": sorted(each.text.names)} for each in notes],
        "is_told_of_erasure": "erase" in channel.operations,
        "term": hub.meaning.retention.payloads,
    }


def _audience(audience: Audience, destination: str, catalogue: Catalogue) -> dict[str, Any]:
    fields = audience.to[destination].fields
    told = {theirs: f"{ours}: {catalogue[ours].meaning}" for theirs, ours in sorted(fields.items())}
    return {"audience": audience.name, "description": audience.description, "rule": audience.where, "fields": told}


def _offer(read: ReadOffer, destination: str) -> dict[str, Any]:
    consent = "consent to offers of one's own (purpose personalisation), beside that of the channel"
    return {
        "offer": read.name,
        "description": read.offer.description,
        "audience": read.offer.audience,
        "basis": "membership of the club; no profiling" if read.offer.general else consent,
        "fields": {name: ", ".join(sorted(text.names)) for name, text in sorted(read.texts[destination].items())},
    }


def _purposes(hub: Hub) -> list[dict[str, Any]]:
    declared = hub.meaning.declarations
    return [
        _purpose(hub, *topic, [each for each in declared if (each.purpose, each.channel) == topic])
        for topic in sorted({(each.purpose, each.channel) for each in declared})
    ]


def _purpose(hub: Hub, purpose: str, channel: str, told: Sequence[Declaration]) -> dict[str, Any]:
    """Return where consent to a purpose is given and under which words, and who gets people by it."""
    given = [each for each in told if each.decision == "granted"]
    receivers = {
        each.destination for each in hub.channels.values() if (each.purpose, each.channel) == (purpose, channel)
    }
    kept_equal = {
        each.destination for each in hub.records.values() if purpose == "marketing" and channel in each.consent
    }
    return {
        "purpose": purpose,
        "channel": channel,
        "basis": "consent",
        "given_at": sorted({each.source for each in given}),
        "told_by": sorted({each.source for each in told} - {BY_HAND}),
        "words": sorted({each.wording or f"as {each.source} says in {each.wording_fact}"
                         for each in given if each.wording or each.wording_fact}),
        "term": hub.meaning.retention.consent,
        "receivers": sorted(receivers | kept_equal),
    }  # fmt: skip


def as_table(made: Register) -> list[dict[str, str]]:
    """Return the register as rows of the same columns, for a table elsewhere."""
    rows = [
        {"part": "purpose", "name": each["purpose"], "channel": each["channel"], "purpose": each["purpose"],
         "ground": each["basis"], "words": "; ".join(each["words"]), "sources": ", ".join(each["told_by"]),
         "receivers": ", ".join(each["receivers"]), "term": each["term"]}
        for each in made.purposes
    ]  # fmt: skip
    rows += [
        {"part": "source", "name": each["source"], "category": name, "term": each["terms"][name],
         "fields": ", ".join(fields)}
        for each in made.sources for name, fields in each["categories"].items()
    ]  # fmt: skip
    for each in made.destinations:
        known = {"name": each["destination"], "channel": each["channel"], "purpose": each["purpose"],
                 "ground": each["basis"], "term": each["term"]}  # fmt: skip
        rows.append({**known, "part": "receiver", "category": each["known_by"]})
        rows += [{**known, "part": "audience", "category": one["audience"], "fields": ", ".join(one["fields"].values())}
                 for one in each["audiences"]]  # fmt: skip
    rows += [{"part": "term", "name": name, "term": term} for name, term in made.terms.items()]
    rows += [{"part": "measure", "name": each} for each in made.measures]
    return [{column: row.get(column, "") for column in COLUMNS} for row in rows]


def as_markdown(made: Register) -> str:
    """Return the register as a page."""
    lines = ["# Register of processing (art. 30 GDPR)", ""]
    for source in made.sources:
        lines += [f"## Source: {source['source']}", "", "| Category | Term | Fields |", "| --- | --- | --- |"]
        lines += [f"| {name} | {source['terms'][name]} | {', '.join(fields)} |"
                  for name, fields in source["categories"].items()]  # fmt: skip
        lines += ["", f"Consent is read from: {'; '.join(source['consent_fields']) or 'nothing'}.", ""]
    for each in made.destinations:
        lines += _recipient(each)
    columns = ("Purpose", "Channel", "Basis", "Given at", "Words", "Receivers")
    lines += ["## Purposes", "", f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {each['purpose']} | {each['channel']} | {each['basis']} | {', '.join(each['given_at']) or '-'} "
              f"| {'; '.join(each['words']) or '-'} | {', '.join(each['receivers']) or '-'} |"
              for each in made.purposes]  # fmt: skip
    lines += ["", "## Terms", "", *(f"- {name}: {term}" for name, term in made.terms.items())]
    lines += ["", "## Security", "", *(f"- {each}" for each in made.measures), ""]
    return "\n".join(lines)


def _recipient(each: Mapping[str, Any]) -> list[str]:
    lines = [f"## Recipient: {each['destination']}", "", f"- Channel and purpose: {each['channel']}, {each['purpose']}"]
    lines += [f"- Basis: {each['basis']}", f"- Known there by: {each['known_by']}"]
    lines += [f"- Told of an erasure: {'yes' if each['is_told_of_erasure'] else 'by hand'}", ""]
    for one in each["audiences"]:
        lines += [f"### {one['audience']}", "", one["description"], "", f"Rule: `{one['rule']}`", ""]
        lines += [*(f"- {theirs}: {ours}" for theirs, ours in one["fields"].items()), ""]
    for one in each.get("offers", ()):
        lines += [f"### Offer {one['offer']}", "", one["description"], "", f"- For: {one['audience']}"]
        lines += [f"- Basis: {one['basis']}", *(f"- {field}: {names}" for field, names in one["fields"].items()), ""]
    return lines
