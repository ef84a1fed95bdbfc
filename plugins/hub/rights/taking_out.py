"""Taking a person out of every table: what goes, and what the law or the books need of it and is nobody's any more.

All of it happens in one transaction, so that a crash leaves either the whole person or nothing of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Table, Text, cast, delete, false, func, literal, or_, select, tuple_, update

from plugins.hub.delivering import WIRE as DELIVERY_WIRE
from plugins.hub.rights.subject import ABOUT, Key, Subject, about
from plugins.hub.rights.telling import blank, pseudonym
from plugins.store.codec import codec
from plugins.store.crash import crashpoint
from plugins.store.decided_tables import experiment_member, offer_issue
from plugins.store.engine import next_number
from plugins.store.event_tables import waiting_event
from plugins.store.loyalty_tables import api_request, loyalty_account, loyalty_item, loyalty_subject
from plugins.store.pairs import among
from plugins.store.rights_tables import erasure, rights_request
from plugins.store.sieve import IDENTITY, PERSONAL, without_identity
from plugins.store.tables import (
    ENTITY_TABLES,
    call,
    call_row,
    decision,
    field_lock,
    membership,
    move,
    profile,
    profile_event,
    push,
    quarantine,
)

ORDER, DELIVERY = ENTITY_TABLES["order"], ENTITY_TABLES["delivery"]
BUYER = (*IDENTITY, "consents")
"""What a purchase that waits says of its buyer."""
SHORTEST_WORD = 5
"""An id of fewer letters is looked for only where a text says that it is an id."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Somebody who is to go, and the erasure under whose number what stays is kept."""

    subject: Subject
    erasure: str
    gifts: Collection[str] = ()
    """The accounts of their gift vouchers."""


Step = Callable[[Connection, Removal], int]


def _entity(name: str) -> Step:
    def step(connection: Connection, given: Removal) -> int:
        table = ENTITY_TABLES[name]
        return connection.execute(delete(table).where(about(table, given.subject))).rowcount

    return step


def _orders(connection: Connection, given: Removal) -> int:
    """Keep orders, without who bought; their lines name nobody."""
    of = codec("order")
    columns = [ORDER.c[name] for name in of.columns]
    rows = [list(row) for row in connection.execute(select(*columns).where(about(ORDER, given.subject)))]
    row_seq = next_number(connection, "row_seq") if rows else 0
    for row in rows:
        kept = dict(zip(of.columns, without_identity(of, row), strict=True))
        mine = (ORDER.c.source == kept["source"]) & (ORDER.c.source_id == kept["source_id"])
        changed = {name: kept[name] for name in ("customer_id", "email", "card", "raw", "content_hash")}
        connection.execute(update(ORDER).where(mine).values(**changed, row_seq=row_seq))
    return len(rows)


def _deliveries(connection: Connection, given: Removal) -> int:
    """Keep how far deliveries are, without the number that leads to the door; what was told of them stays told."""
    orders = select(ORDER.c.source, ORDER.c.source_id).where(about(ORDER, given.subject))
    mine = tuple_(DELIVERY.c.of_source, DELIVERY.c.of_order_id).in_(orders)
    said = [push.c.wire_id.startswith(f"{DELIVERY_WIRE}{source}:{key}:", autoescape=True)
            for source, key in connection.execute(orders)]  # fmt: skip
    rows = select(push.c.key).where(or_(false(), *said))
    carried = select(call_row.c.call_key).where(call_row.c.push_key.in_(rows))
    connection.execute(update(call).where(call.c.key.in_(carried)).values(body="", path=""))
    connection.execute(update(push).where(push.c.key.in_(rows)).values(payload="{}"))
    gone = {"tracking_code": None, "raw": "{}", "content_hash": "", "row_seq": next_number(connection, "row_seq")}
    return connection.execute(update(DELIVERY).where(mine).values(**gone)).rowcount


def _of_records(table: Table, *pairs: tuple[str, str]) -> Step:
    def step(connection: Connection, given: Removal) -> int:
        mine = or_(*(among(table.c[source], table.c[key], given.subject.records) for source, key in pairs))
        return connection.execute(delete(table).where(mine)).rowcount

    return step


def _profiles(connection: Connection, given: Removal) -> int:
    return connection.execute(delete(profile).where(profile.c.id.in_(given.subject.profiles))).rowcount


def _events(connection: Connection, given: Removal) -> int:
    """Delete what happened to the profile; another's event keeps that it happened, and not with whom."""
    gone = given.subject.profiles
    others = profile_event.c.other_id.in_(gone) & profile_event.c.profile_id.not_in(gone)
    connection.execute(update(profile_event).where(others).values(other_id=None, reason="the other was erased"))
    return connection.execute(delete(profile_event).where(profile_event.c.profile_id.in_(gone))).rowcount


def _quarantine(connection: Connection, given: Removal) -> int:
    named = names_person(given.subject)
    columns = (quarantine.c.id, quarantine.c.source, quarantine.c.payload, quarantine.c.mended)
    found = [key for key, source, payload, mended in connection.execute(select(*columns))
             if named(source, payload) or named(source, mended or "")]  # fmt: skip
    for key in found:
        connection.execute(delete(quarantine).where(quarantine.c.id == key))
    return len(found)


def _answers(connection: Connection, given: Removal) -> int:
    """Delete answers of the API that show the person."""
    named = names_person(given.subject)
    keys = (api_request.c.client, api_request.c.key)
    shown = [(client, key) for client, key, answer in connection.execute(select(*keys, api_request.c.answer))
             if named("", answer) or any(each in answer for each in given.subject.profiles)]  # fmt: skip
    for client, key in shown:
        connection.execute(delete(api_request).where(keys[0] == client, keys[1] == key))
    return len(shown)


def _waiting(connection: Connection, given: Removal) -> int:
    """Delete events that speak of the person and are no records yet; of a purchase who bought."""
    named = names_person(given.subject)
    table = waiting_event.c
    columns = (table.n, table.source, table.stream, table.body)
    found = [row for row in connection.execute(select(*columns)) if named(row.source, row.body)]
    for row in found:
        mine = table.n == row.n
        if row.stream == "purchase":
            kept = {name: said for name, said in json.loads(row.body).items() if name not in BUYER}
            connection.execute(update(waiting_event).where(mine).values(body=json.dumps(kept)))
        else:
            connection.execute(delete(waiting_event).where(mine))
    return len(found)


def _journal(connection: Connection, given: Removal) -> int:
    """Blank rows and calls, but for what asks a recipient to forget the person: that is blanked with its answer."""
    ours = or_(push.c.profile_id.in_(given.subject.profiles), push.c.wire_id.in_(wire_ids(given.subject)))
    keys = list(connection.execute(select(push.c.key).where(ours, push.c.operation != "erase")).scalars())
    for start in range(0, len(keys), 500):
        blank(connection, keys[start : start + 500], pseudonym(given.erasure))
    dropped = (push.c.profile_id == pseudonym(given.erasure)) & (push.c.operation != "erase")
    connection.execute(
        update(push).where(dropped, push.c.state == "planned").values(state="dropped", answer="suppressed")
    )
    return len(keys)


def wire_ids(subject: Subject) -> set[str]:
    """Return every identifier that destinations may know the person by."""
    return set().union(*subject.values.values())


def _subjects(connection: Connection, given: Removal) -> int:
    """Delete what ties events to the person: to records, vouchers, and receipts that had only a card or an address."""
    table = loyalty_subject.c
    mine = select(loyalty_account.c.id).where(loyalty_account.c.holder.in_(given.subject.profiles))
    records = among(table.source, table.source_id, given.subject.records)
    gifts = table.account.in_(sorted(given.gifts))
    return connection.execute(delete(loyalty_subject).where(or_(table.account.in_(mine), gifts, records))).rowcount


def _accounts(connection: Connection, given: Removal) -> int:
    """Leave accounts without a holder: their entries name nobody, and the sums stay."""
    mine = or_(loyalty_account.c.holder.in_(given.subject.profiles), loyalty_account.c.id.in_(sorted(given.gifts)))
    named = {f"{source}{mark}{key}" for source, key in given.subject.records for mark in (":", "\x1f")}
    connection.execute(
        update(loyalty_item)
        .where(loyalty_item.c.key.in_(named))
        .values(key=literal("erased:") + cast(loyalty_item.c.number, Text))
    )
    return connection.execute(update(loyalty_account).where(mine).values(holder=None)).rowcount


def _unnamed(table: Table) -> Step:
    """Return what leaves rows without their person: what was decided counts on."""

    def unname(connection: Connection, given: Removal) -> int:
        mine = table.c.profile_id.in_(given.subject.profiles)
        return connection.execute(update(table).where(mine).values(profile_id=None)).rowcount

    return unname


def _requests(connection: Connection, given: Removal) -> int:
    """Leave that somebody asked for something, and not who; what else they asked for is over."""
    mine = rights_request.c.profile_id.in_(given.subject.profiles)
    others = mine & (rights_request.c.kind != "erasure") & rights_request.c.done_at.is_(None)
    at = select(erasure.c.requested_at).where(erasure.c.id == given.erasure).scalar_subquery()
    connection.execute(update(rights_request).where(others).values(state="done", said="erased since", done_at=at))
    return connection.execute(update(rights_request).where(mine).values(profile_id=None)).rowcount


ENTITIES: dict[str, Step] = {name: _entity(name) for name in PERSONAL if name != "customer"}
STEPS: dict[str, Step] = {
    **ENTITIES,
    "delivery": _deliveries,
    "order": _orders,
    "quarantine": _quarantine,
    "api_request": _answers,
    "waiting_event": _waiting,
    "push": _journal,
    "loyalty_subject": _subjects,
    "loyalty_account": _accounts,
    "offer_issue": _unnamed(offer_issue),
    "experiment_member": _unnamed(experiment_member),
    "rights_request": _requests,
    "field_lock": _of_records(field_lock, ("source", "source_id")),
    "decision": _of_records(decision, ("one_source", "one_id"), ("other_source", "other_id")),
    "move": _of_records(move, ("source", "source_id")),
    "profile_event": _events,
    "membership": _of_records(membership, ("source", "source_id")),
    "profile": _profiles,
    "customer": _entity("customer"),
}
"""How a person goes out of each table, customers last."""


def take_out(connection: Connection, given: Removal) -> dict[str, int]:
    """Take a person out of every table, inside the caller's transaction; returns how many rows of each."""
    counts: dict[str, int] = {}
    for table, step in STEPS.items():
        counts[table] = step(connection, given)
        crashpoint("in erasure")
    return counts


def would_go(connection: Connection, subject: Subject) -> dict[str, int]:
    """Return how many rows of each table are about a person."""
    counts = {}
    for name in (*ABOUT,):
        table = ENTITY_TABLES[name]
        counts[name] = int(
            connection.execute(select(func.count()).select_from(table).where(about(table, subject))).scalar_one()
        )
    ours = or_(push.c.profile_id.in_(subject.profiles), push.c.wire_id.in_(wire_ids(subject)))
    counts["push"] = int(connection.execute(select(func.count()).select_from(push).where(ours)).scalar_one())
    return {name: count for name, count in counts.items() if count}


def names_person(subject: Subject) -> Callable[[str, str], bool]:
    """Return what tells whether a text that came from a source names the person, by identifier or record."""
    forms = [re.escape(each) for each in sorted(subject.given) if len(each) >= SHORTEST_WORD]
    known = re.compile("|".join(forms), re.IGNORECASE) if forms else None
    ids: dict[str, re.Pattern[str]] = {
        source: re.compile("|".join(_as_id(each) for each in keys)) for source, keys in _by_source(subject.records)
    }

    def named(source: str, text: str) -> bool:
        return bool(known and known.search(text)) or (source in ids and bool(ids[source].search(text)))

    return named


def _by_source(records: set[Key]) -> Iterator[tuple[str, list[str]]]:
    for source in sorted({source for source, _ in records}):
        yield source, [key for each, key in sorted(records) if each == source]


def _as_id(key: str) -> str:
    said = re.escape(key)
    if len(key) >= SHORTEST_WORD:
        return rf"(?<![\w-]){said}(?![\w-])"
    return rf'"\w*(?:[iI]d|[cC]ustomer|[nN]umber)\w*"\s*:\s*"?{said}"?\s*[,}}\]]'
