"""What purchases and returns are worth: events from the mirror's receipts, by the rules of each receipt's moment.

Set-based: one statement for each rule and version. Writes into table `due`; nothing is posted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from mappers.identity.claims import CLAIMED, OF_LOOSE, OF_ORDER
from mappers.loyalty.programme import Version
from plugins.rules.loyalty import Earn, Loyalty

ZONE = "Europe/Amsterdam"
CURRENCY = "EUR"
"""What `per_cents` counts; a line in another currency earns nothing."""
MOST_MINOR = 10**12
"""Ten billion euros: what is beyond is no purchase, and earns nothing."""


def loose(card: str, email: str) -> str:
    """Return the SQL that names a receipt's owner where no customer is on it: by card and address."""
    return f"concat_ws(' ', 'card ' || {card}, 'address ' || {email})"


DUE = """
CREATE OR REPLACE TEMP TABLE due (
  key TEXT, source TEXT, kind TEXT, named_source TEXT, named_id TEXT, subject TEXT, holder TEXT, amount BIGINT,
  occurred_at TIMESTAMP, expires_at TIMESTAMP, grace_at TIMESTAMP, refers TEXT, rule TEXT, rules_version TEXT,
  is_once BOOLEAN DEFAULT false
)
"""
MACROS = (
    f"CREATE OR REPLACE TEMP MACRO _day(moment) AS CAST(timezone('{ZONE}', timezone('UTC', moment)) AS DATE)",
    f"CREATE OR REPLACE TEMP MACRO _ends(day) AS timezone('UTC', timezone('{ZONE}', "
    "CAST(day + INTERVAL 1 DAY AS TIMESTAMP)))",
)

# When a receipt counts: never after head office had it (a till's clock may run ahead), and within one till in the
# order in which it was numbered (or behind). Who it is of: its customer, or whom its card or address leads to, or of a
# receipt of nobody who claimed it.
SALES = f"""
CREATE OR REPLACE TEMP TABLE receipt AS
WITH told AS (
  SELECT o.*, least(o.ordered_at, coalesce(o.changed_at, o.ordered_at)) AS moment,
         coalesce(placed.p, follower.p, claim.p) AS p, customer.n IS NOT NULL AS is_known,
         claim.source AS claim_source, claim.source_id AS claim_id
  FROM "order" AS o LEFT JOIN customer ON customer.source = o.source AND customer.source_id = o.customer_id
  LEFT JOIN placed ON placed.n = customer.n
  {OF_LOOSE}
  {OF_ORDER}
)
SELECT told.source, told.source_id AS order_id, told.p, person.profile_id AS holder, moment, _day(moment) AS day,
       CASE WHEN till_id IS NULL THEN moment ELSE max(moment) OVER (
         PARTITION BY told.source, store_id, till_id ORDER BY TRY_CAST(told.source_id AS BIGINT), told.source_id
         ROWS UNBOUNDED PRECEDING) END AS counts_at,
       coalesce(claim_source, told.source) AS named_source,
       CASE WHEN is_known THEN customer_id ELSE coalesce(claim_id, {loose("card", "email")}) END AS named_id,
       channel, store_id, is_paid, status, total_minor
FROM told JOIN person USING (p)
"""
TAKEN_BACK = f"""
CREATE OR REPLACE TEMP TABLE taken_back AS
SELECT r.source, r.source_id AS return_id, r.returns_line_id, r.returns_order_id, -r.total_minor AS returned,
       CASE WHEN r.order_id IS DISTINCT FROM r.returns_order_id THEN o.counts_at
            ELSE coalesce(r.changed_at, o.counts_at) END AS moment
FROM order_line AS r LEFT JOIN receipt AS o ON o.source = r.source AND o.order_id = r.order_id
WHERE r.total_minor BETWEEN -{MOST_MINOR} AND -1 AND (r.returns_line_id IS NOT NULL OR r.returns_order_id IS NOT NULL)
"""
MONEY = """
CREATE OR REPLACE TEMP TABLE money AS
SELECT p, source, order_id, counts_at AS moment, total_minor AS minor FROM receipt WHERE is_paid
UNION ALL
SELECT p, NULL, NULL, taken_back.moment, -returned FROM taken_back
JOIN receipt ON receipt.source = taken_back.source AND receipt.order_id = taken_back.returns_order_id
WHERE taken_back.returns_order_id IS NOT NULL AND taken_back.moment IS NOT NULL
"""
TIERS = """
CREATE OR REPLACE TEMP TABLE tier_now AS
SELECT p, {tier} AS tier FROM (
  SELECT p, sum(minor) AS minor FROM money WHERE moment > $now - {window} AND moment <= $now GROUP BY p
)
"""
# What a person had spent in the window before each receipt, returns taken off.
SPENT = """
CREATE OR REPLACE TEMP TABLE spent AS
SELECT source, order_id, coalesce(sum(minor) OVER (
  PARTITION BY p ORDER BY moment RANGE BETWEEN {window} PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING), 0) AS minor
FROM money QUALIFY order_id IS NOT NULL
"""
ELIGIBLE = """
CREATE OR REPLACE TEMP TABLE eligible AS
SELECT receipt.source, receipt.order_id, line.source_id AS line_id, line.total_minor
FROM receipt JOIN order_line AS line ON line.source = receipt.source AND line.order_id = receipt.order_id
{product}
WHERE line.total_minor BETWEEN 1 AND {most} AND line.currency = '{currency}'
  AND line.returns_line_id IS NULL AND line.returns_order_id IS NULL {only}
"""
EARNED = """
INSERT INTO due
SELECT concat_ws(':', source, 'order', order_id, $rule), source, 'earn', named_source, named_id, NULL, holder,
       CASE WHEN is_paid THEN worth ELSE 0 END, counts_at, {expires}, NULL, NULL, $rule, $version, false
FROM (SELECT source, order_id, {worth} AS worth FROM eligible GROUP BY source, order_id)
JOIN receipt USING (source, order_id)
"""
# Exactly what was earned comes back, in the order in which things were brought back: what the receipt was worth before
# less what it is worth after. No more of a line than it had, and no more of a receipt than it earned.
REVERSED = """
INSERT INTO due
WITH back AS (
  SELECT taken_back.*, eligible.order_id, eligible.line_id, eligible.total_minor AS most
  FROM taken_back JOIN eligible ON eligible.source = taken_back.source AND eligible.line_id = returns_line_id
  UNION ALL
  SELECT taken_back.*, whole.order_id, 'amount', whole.minor
  FROM taken_back JOIN (
    SELECT source, order_id, sum(total_minor) AS minor FROM eligible GROUP BY ALL
  ) AS whole ON whole.source = taken_back.source AND whole.order_id = returns_order_id
  WHERE returns_line_id IS NULL
), capped AS (
  SELECT *, least(most, sum(returned) OVER by_line) AS gone,
         least(most, sum(returned) OVER by_line - returned) AS before
  FROM back WINDOW by_line AS (PARTITION BY source, order_id, line_id ORDER BY moment NULLS FIRST, return_id)
), totals AS (
  SELECT source, order_id, sum(total_minor) AS minor FROM eligible GROUP BY ALL
), run AS (
  SELECT capped.*, minor, least(minor, sum(gone - before) OVER by_order) AS all_gone,
         least(minor, sum(gone - before) OVER by_order - (gone - before)) AS all_before
  FROM capped JOIN totals USING (source, order_id)
  WINDOW by_order AS (PARTITION BY source, order_id ORDER BY moment NULLS FIRST, return_id)
)
SELECT concat_ws(':', run.source, 'return', return_id, $rule), run.source, 'reverse', named_source, named_id, NULL,
       holder, {lost}, coalesce(run.moment, counts_at), NULL, NULL,
       concat_ws(':', run.source, 'order', run.order_id, $rule), $rule, $version, false
FROM run JOIN receipt ON receipt.source = run.source AND receipt.order_id = run.order_id
"""
# What a receipt earned by a rule that fits it no more, because who bought had not spent so much after all, goes back.
UNEARNED = """
INSERT INTO due
WITH told AS (
  SELECT concat_ws(':', source, 'order', order_id) AS key, source FROM receipt
  UNION SELECT concat_ws(':', source, 'return', return_id), source FROM taken_back
), booked AS (
  SELECT *, left(key, length(key) - length(rule) - 1) AS of_what FROM posted
  WHERE amount > 0 AND kind IN ('earn', 'reverse') AND ends_with(key, ':' || rule)
)
SELECT posted.key, told.source, posted.kind, NULL, NULL, posted.subject, NULL, 0, CAST(posted.occurred_at AS TIMESTAMP),
       TRY_CAST(nullif(posted.expires_at, '') AS TIMESTAMP), NULL, nullif(posted.refers, ''), posted.rule, $version,
       false
FROM booked AS posted JOIN told ON told.key = posted.of_what ANTI JOIN due ON due.key = posted.key
"""


def prepare(connection: duckdb.DuckDBPyConnection, rules: Loyalty) -> None:
    """Make the empty table `due`, and what every rule of purchases looks at."""
    for statement in (
        *MACROS,
        DUE,
        CLAIMED,
        SALES,
        TAKEN_BACK,
        MONEY,
        SPENT.format(window=interval(rules.tiers.within)),
    ):
        connection.execute(statement)


def interval(span: tuple[int, str]) -> str:
    """Return a span as SQL."""
    return f"INTERVAL {span[0]:d} {span[1].upper()}"


def lapses(rules: Loyalty, day: str = "day") -> str:
    """Return when points lapse that are earned on a business day: as the day after the span ends begins."""
    return f"_ends(CAST({day} + {interval(rules.expire)} AS DATE))" if rules.expire else "NULL::TIMESTAMP"


def purchases(connection: duckdb.DuckDBPyConnection, version: Version, name: str, rule: Earn, leader: str) -> None:
    """Add what receipts earn by one rule, and what returns take back of that."""
    only, values = _only(version, rule, leader)
    product = (
        "LEFT JOIN product ON product.source = line.source AND product.source_id = line.product_id "
        if rule.categories else ""
    )  # fmt: skip
    joined = (
        "LEFT JOIN spent ON spent.source = receipt.source AND spent.order_id = receipt.order_id " if rule.tiers else ""
    )
    conditions = "".join(f" AND {each}" for each in only)
    connection.execute(
        ELIGIBLE.format(product=product + joined, only=conditions, most=MOST_MINOR, currency=CURRENCY), values
    )
    named = {"rule": name, "version": version.name}
    connection.execute(EARNED.format(worth=_worth(rule), expires=lapses(version.rules)), named)
    connection.execute(REVERSED.format(lost=_lost(rule)), named)


def unearned(connection: duckdb.DuckDBPyConnection, version: str) -> None:
    """Add what was earned and no rule gives any more; `due` has what all of them give, `posted` what is booked."""
    connection.execute(UNEARNED, {"version": version})


def _points(rule: Earn, amount: str) -> str:
    return f"(({amount}) * {rule.points:d} // {rule.per_cents:d})"


def _worth(rule: Earn) -> str:
    one = _points(rule, "total_minor")
    return f"sum({one})" if rule.round == "line" else _points(rule, "sum(total_minor)")


def _lost(rule: Earn) -> str:
    if rule.round == "line":
        return f"{_points(rule, 'most - before')} - {_points(rule, 'most - gone')}"
    return f"{_points(rule, 'minor - all_before')} - {_points(rule, 'minor - all_gone')}"


def _only(version: Version, rule: Earn, leader: str) -> tuple[list[str], Mapping[str, Any] | None]:
    """Return the conditions on a receipt and its lines, and their values."""
    known: dict[str, Any] = {}
    only = list(_within(version, rule, known, "receipt.moment", "receipt.day"))
    only.append("receipt.source <> $leader")
    known["leader"] = leader
    for name, column in (("sources", "receipt.source"), ("channels", "channel"), ("stores", "receipt.store_id"),
                         ("categories", "product.category")):  # fmt: skip
        if listed := getattr(rule, name):
            only.append(f"list_contains(${name}, {column})")
            known[name] = list(listed)
    if rule.tiers:
        only.append(f"list_contains($tiers, {tier_of(version.rules, 'coalesce(spent.minor, 0)')})")
        known["tiers"] = list(rule.tiers)
    return only, known


def _within(version: Version, rule: Earn, known: dict[str, Any], moment: str, day: str) -> Iterator[str]:
    """Give the conditions that hold an event to its version and campaign."""
    for name, sign, value in (("since", ">=", version.since), ("until", "<", version.until)):
        if value is not None:
            known[name] = value
            yield f"{moment} {sign} CAST(${name} AS TIMESTAMP)"
    for name, sign, day_of in (("starts", ">=", rule.starts), ("ends", "<=", rule.ends)):
        if day_of is not None:
            known[name] = day_of.isoformat()
            yield f"{day} {sign} CAST(${name} AS DATE)"


def within(version: Version, rule: Earn, moment: str, day: str) -> tuple[str, dict[str, Any]]:
    """Return the condition that holds an event to its version and campaign, and its values."""
    known: dict[str, Any] = {}
    return " AND ".join(["true", *_within(version, rule, known, moment, day)]), known


def tier_of(rules: Loyalty, minor: str) -> str:
    """Return the SQL of the tier that an amount spent in the window reaches; names come from checked rules."""
    levels = sorted(rules.tiers.levels.items(), key=lambda each: -each[1].from_cents)
    cases = " ".join(f"WHEN {minor} >= {level.from_cents:d} THEN '{name}'" for name, level in levels)
    return f"CASE {cases} END" if cases else "NULL::TEXT"
