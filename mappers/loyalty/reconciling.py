"""Where the ledger and a reported balance differ: open items with their numbers, closed when the difference is gone.

Nothing is overwritten: an item whose numbers change is closed, and another one opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlalchemy import Connection, insert, select, update

from plugins.store.loyalty_tables import loyalty_item
from plugins.store.times import utc_text

# What the leader says a person has, over all their records there, against what the ledger says the leader should have
# known when it was read: the balance without what was brought there later, or waits to be.
DIFFERENCES = """
WITH reported AS (
  SELECT person.profile_id, sum(b.points) AS points, min(read.seen_at) AS read_at
  FROM loyalty_balance AS b JOIN customer ON customer.source = b.source AND customer.source_id = b.customer_id
  JOIN placed USING (n) JOIN person USING (p)
  JOIN origin.loyalty_balance AS read ON read.source = b.source AND read.source_id = b.source_id
  WHERE b.source = $leader GROUP BY person.profile_id
), known AS (
  SELECT account.id AS account, reported.* FROM reported
  JOIN origin.loyalty_account AS account ON account.holder = profile_id AND account.unit = 'points'
), effect AS (
  SELECT account, event, sum(amount * (CAST(credit IN ('available', 'held', 'debt', 'uncovered') AS BIGINT)
                                     - CAST(debit IN ('available', 'held', 'debt', 'uncovered') AS BIGINT))) AS points
  FROM origin.ledger_entry WHERE unit = 'points' AND aspect = '' AND NOT starts_with(event, $leader || ':')
  GROUP BY account, event
), home AS ( -- where the points of an event are now: whose record is gone there counts for them
  SELECT event, any_value(account ORDER BY account) FILTER (points <> 0) AS account FROM effect GROUP BY event
), sent AS (
  SELECT coalesce(owner.account, home.account) AS account, CAST(payload ->> '$.points' AS BIGINT) AS points, answered_at
  FROM origin.push AS row
  LEFT JOIN customer ON customer.source = $leader AND customer.source_id = (payload ->> '$.customer')
  LEFT JOIN placed USING (n) LEFT JOIN person USING (p) LEFT JOIN known AS owner ON owner.profile_id = person.profile_id
  LEFT JOIN home ON home.event = (payload ->> '$.reference')
  WHERE row.destination = $leader AND row.state = 'accepted' AND row.wire_id LIKE 'movement:%'
), waiting AS (
  SELECT account, sum(points) AS points FROM (
    SELECT account, points FROM effect
    UNION ALL
    SELECT account, -sent.points FROM sent JOIN known USING (account) WHERE sent.answered_at < read_at
  ) GROUP BY account
), repeated AS (
  SELECT DISTINCT p, m.points FROM loyalty_movement AS m
  JOIN customer ON customer.source = m.source AND customer.source_id = m.customer_id JOIN placed USING (n)
  JOIN loyalty_movement AS again ON again.source = m.source AND again.customer_id = m.customer_id
    AND again.points = m.points AND again.source_id <> m.source_id
    AND abs(date_diff('minute', again.occurred_at, m.occurred_at)) <= 10
  WHERE m.source = $leader AND m.points > 0
)
SELECT account.id, available + held + debt + uncovered - coalesce(waiting.points, 0) AS expected,
       known.points AS found,
       CASE WHEN uncovered < 0 AND known.points >= expected - uncovered THEN 'spent twice: a till was offline'
            WHEN EXISTS (SELECT 1 FROM repeated WHERE repeated.p = person.p AND abs(found - expected) = repeated.points)
              THEN 'duplicate receipt'
            WHEN debt < 0 THEN 'returned at the till after the points were spent'
            ELSE 'manual correction at the till, or movements it has not told of' END AS cause
FROM known JOIN person USING (profile_id) JOIN origin.loyalty_account AS account ON account.id = known.account
LEFT JOIN waiting ON waiting.account = account.id
WHERE found <> expected ORDER BY account.id
"""
UNCOVERED = """
SELECT id, 0, uncovered, 'spent more than is known: a till was offline, or points were never told of'
FROM origin.loyalty_account WHERE uncovered < 0 ORDER BY id
"""
# A return of somebody we know, of a line or an order that nobody told of. The leader's own earn by what it reports.
NO_SALE = """
SELECT concat_ws(':', r.source, 'return', r.source_id), NULL, NULL, 'a return without its sale'
FROM order_line AS r JOIN receipt ON receipt.source = r.source AND receipt.order_id = r.order_id
LEFT JOIN order_line AS line ON line.source = r.source AND line.source_id = r.returns_line_id
LEFT JOIN "order" AS sale ON sale.source = r.source AND sale.source_id = coalesce(r.returns_order_id, line.order_id)
WHERE r.total_minor < 0 AND (r.returns_line_id IS NOT NULL OR r.returns_order_id IS NOT NULL)
  AND r.source IS DISTINCT FROM $leader AND sale.source_id IS NULL ORDER BY r.source, r.source_id
"""


OF_ACCOUNTS = ("difference", "uncovered")
"""Kinds whose key is an account."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that does not agree, by what it is about."""

    kind: str
    key: str
    expected: int | None
    found: int | None
    cause: str


def found(connection: duckdb.DuckDBPyConnection, leader: str | None) -> list[Item]:
    """Return what does not agree now; the store is attached, `receipt` is there."""
    told = [("no_sale", row) for row in connection.execute(NO_SALE, {"leader": leader}).fetchall()]
    if leader is not None:
        told += [("difference", row) for row in connection.execute(DIFFERENCES, {"leader": leader}).fetchall()]
    return [Item(kind, *row) for kind, row in told]


def uncovered(connection: duckdb.DuckDBPyConnection) -> list[Item]:
    """Return the accounts from which more was spent than is known; the store is attached."""
    return [Item("uncovered", *row) for row in connection.execute(UNCOVERED).fetchall()]


def keep(connection: Connection, items: Iterable[Item], now: datetime) -> int:
    """Open what is new, close what is gone, inside the caller's transaction; returns how many are open."""
    table, stamp = loyalty_item, utc_text(now)
    standing = {
        (row.kind, row.key, row.expected, row.found): row.number
        for row in connection.execute(select(table).where(table.c.closed_at.is_(None)))
    }
    wanted = {(each.kind, each.key, each.expected, each.found): each for each in items}
    gone = [number for about, number in standing.items() if about not in wanted]
    if gone:
        connection.execute(update(table).where(table.c.number.in_(gone)).values(closed_at=stamp))
    new = [each for about, each in wanted.items() if about not in standing]
    if new:
        connection.execute(insert(table), [
            {"kind": each.kind, "key": each.key, "account": each.key if each.kind in OF_ACCOUNTS else None,
             "expected": each.expected, "found": each.found, "cause": each.cause, "opened_at": stamp}
            for each in new
        ])  # fmt: skip
    return len(wanted)
