"""Till hygiene: which shop types values that are nobody's, or leaves out who the customer is.

Reads the mirror after a resolve and changes nothing in it. A placeholder or a value that too many people share belongs
to nobody, so it may be shown; any other value never leaves this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from plugins.store.mirror import rows

KINDS = ("email", "phone", "card")
FAULTS = ("placeholder", "invalid", "shared")
FEW_RECORDS = 20
"""A shop with fewer records than this says little about its clerks."""
LARGEST_HOUSEHOLD = 5
"""A value of more persons than this is no family's."""
MOST_VALUES = 20

FAULT = """
CASE WHEN customer.{kind}_quality IN ('placeholder', 'invalid') THEN customer.{kind}_quality ELSE no_{kind}.fault END
  AS {kind}_fault, customer.{kind}, coalesce(node.{kind}, customer.{kind}) AS {kind}_key
"""
NOBODY = "LEFT JOIN nobody AS no_{kind} ON no_{kind}.kind = '{kind}' AND no_{kind}.value = node.{kind}"

# Who was made a customer in no named shop belongs to the one that first sold them something.
TYPED = f"""
CREATE OR REPLACE TEMP TABLE typed AS
WITH sold AS (
  SELECT n, arg_min(sale.store_id, (ordered_at, sale.source_id)) AS store_id
  FROM "order" AS sale JOIN customer ON customer.source = sale.source AND customer.source_id = sale.customer_id
  WHERE channel = 'store' AND sale.store_id IS NOT NULL AND customer.store_id IS NULL GROUP BY n
), nobody AS (
  SELECT kind, value, CASE WHEN bool_or(reason = 'listed') THEN 'placeholder' ELSE 'shared' END AS fault
  FROM blocked GROUP BY kind, value
)
SELECT customer.source, coalesce(customer.store_id, sold.store_id) AS store_id, placed.p,
  {", ".join(FAULT.format(kind=kind) for kind in KINDS)},
  coalesce(customer.email, customer.email_quality, customer.phone, customer.phone_quality) IS NULL AS lacks_contact,
  coalesce(customer.last_name, customer.name_key) IS NULL AS lacks_surname
FROM customer JOIN placed USING (n) LEFT JOIN sold USING (n)
LEFT JOIN record ON record_id = customer.source || chr(31) || customer.source_id LEFT JOIN node ON node.h = record.h
{" ".join(NOBODY.format(kind=kind) for kind in KINDS)}
WHERE NOT is_echo
"""
COUNTED = ", ".join(
    f"count(*) FILTER ({kind}_fault = '{fault}') AS {kind}_{fault}" for kind in KINDS for fault in FAULTS
)
IS_FAULTY = f"coalesce({', '.join(f'{kind}_fault' for kind in KINDS)}) IS NOT NULL OR lacks_contact OR lacks_surname"
SHOPS = f"""
SELECT typed.source, typed.store_id, any_value(store.name) AS shop, count(*) AS records, {COUNTED},
  count(*) FILTER (lacks_contact) AS lacks_contact, count(*) FILTER (lacks_surname) AS lacks_surname,
  count(*) FILTER ({IS_FAULTY}) AS faulty, round(100.0 * faulty / count(*), 1)::DOUBLE AS faulty_percent
FROM typed LEFT JOIN store ON store.source = typed.source AND store.source_id = typed.store_id
GROUP BY typed.source, typed.store_id
ORDER BY typed.store_id IS NOT NULL AND records >= {FEW_RECORDS} DESC, faulty / records DESC, records DESC,
  typed.source, typed.store_id
"""
HELD = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, {shown} AS value, {kind}_key AS key, nullif({kind}_fault, 'invalid') AS fault, "
    f"source, store_id, p FROM typed WHERE {kind}_key IS NOT NULL"
    for kind, shown in zip(KINDS, ("email_key", "phone", "card_key"), strict=True)  # a phone's key has lost its +
)
VALUES = f"""
WITH held AS ({HELD}), crowd AS (
  SELECT kind, key FROM held GROUP BY kind, key HAVING bool_or(fault IS NOT NULL) OR count(*) > {LARGEST_HOUSEHOLD}
)
SELECT kind, CASE WHEN bool_and(fault IS NOT NULL) THEN min(value) END AS value,
  coalesce(max(fault), 'many persons') AS why, count(*) AS records, count(DISTINCT p) AS persons,
  count(DISTINCT (source, store_id)) FILTER (store_id IS NOT NULL) AS shops
FROM held SEMI JOIN crowd USING (kind, key) GROUP BY kind, key
HAVING bool_or(fault IS NOT NULL) OR count(DISTINCT p) > {LARGEST_HOUSEHOLD}
ORDER BY records DESC, kind, key LIMIT {MOST_VALUES}
"""


@dataclass(frozen=True, slots=True)
class Hygiene:
    """What the shops typed; `shops` has the worst first, `values` what stands on most records."""

    shops: list[dict[str, Any]]
    """`source`, `store_id`, `shop`, `records`, then how many of these have which fault."""
    values: list[dict[str, Any]]
    """`kind`, `value` (None where it may be somebody's), `why`, and how many `records`, `persons` and `shops`."""


def measure(connection: duckdb.DuckDBPyConnection) -> Hygiene:
    """Return what is wrong in the customer records of each source and shop; what we wrote ourselves does not count."""
    connection.execute(TYPED)
    return Hygiene(rows(connection, SHOPS), rows(connection, VALUES))
