"""Issuing codes: each person of `entitled` who may have one gets one, once, whoever runs this at the same time."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from plugins.offers.eligible import GETS, OfferPlan
from plugins.rules.moments import HOME, later
from plugins.rules.offer_reading import ReadOffer
from plugins.store.crash import crashpoint
from plugins.store.decided_tables import offer_issue, offer_terms
from plugins.store.engine import Store
from plugins.store.times import utc_text

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"
"""Without those that are read as another at a till."""
LENGTH = 10
AT_ONCE = 2000
WAITING = f"""
SELECT profile_id, round FROM entitled WHERE offer = ? AND {GETS} ORDER BY profile_id
"""
ITEMS = "SELECT DISTINCT source, product_id FROM offered WHERE offer = ? ORDER BY ALL"


def issue(
    connection: duckdb.DuckDBPyConnection, store: Store, offers: Sequence[ReadOffer], plans: Sequence[OfferPlan],
    version: str, currency: str, now: datetime,
) -> dict[str, int]:  # fmt: skip
    """Give everybody who is entitled, with nothing in the way, a code; returns how many codes each offer got."""
    waiting = {each.offer for each in plans if each.to_issue}
    return {each.name: _of_offer(connection, store, each, version, currency, now)
            for each in offers if each.name in waiting}  # fmt: skip


def _of_offer(
    connection: duckdb.DuckDBPyConnection, store: Store, read: ReadOffer, version: str, currency: str, now: datetime
) -> int:  # fmt: skip
    terms = terms_of(read, connection.execute(ITEMS, [read.name]).fetchall(), currency)
    starts = now.astimezone(HOME).date()
    ends = later(starts, *read.offer.valid) - timedelta(days=1)
    shared = {
        "offer": read.name, "is_shared": read.offer.shared_code is not None, "starts_on": starts.isoformat(),
        "ends_on": ends.isoformat(), "rules_version": version, "issued_at": utc_text(now),
    }  # fmt: skip
    people = connection.execute(WAITING, [read.name]).fetchall()
    count = 0
    for start in range(0, len(people), AT_ONCE):
        rows = [{**shared, "profile_id": profile, "round": times, "code": read.offer.shared_code or code()}
                for profile, times in people[start : start + AT_ONCE]]  # fmt: skip
        with store.writing() as writer:
            count += _written(writer, terms, rows)
            crashpoint("in issue")
        crashpoint("after issue")
    return count


def _written(writer: Connection, terms: str, rows: Sequence[dict[str, Any]]) -> int:
    """Write terms and codes; who has one by now, and a code that is taken, is passed over until the next time."""
    digest = hashlib.sha256(terms.encode()).hexdigest()
    _insert(writer, offer_terms, [{"hash": digest, "terms": terms}])
    return _insert(writer, offer_issue, [{**row, "terms": digest} for row in rows])


def _insert(writer: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    make = sqlite.insert if writer.dialect.name == "sqlite" else postgresql.insert
    statement = make(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return sum(len(writer.execute(statement.values(row)).fetchall()) for row in rows)


def code() -> str:
    """Return a code that nobody guesses: ten letters, some 49 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def terms_of(read: ReadOffer, items: Sequence[tuple[str, str]], currency: str) -> str:
    """Return what is promised with a code, as JSON: it stays so when the rule changes."""
    benefit = read.offer.benefit
    products: dict[str, list[str]] = {}
    for source, product in items:
        products.setdefault(source, []).append(product)
    return json.dumps(
        {"percent": benefit.percent, "minor": benefit.cents, "from_minor": benefit.from_cents, "currency": currency,
         "redeem": read.offer.redeem, "products": products},
        sort_keys=True,
    )  # fmt: skip
