"""Issued codes as they stand: whose they are now, whether they were used, and which systems took them.

Leaves in the engine table `issued`: number, offer, profile_id (who holds it now, NULL once erased), code, is_shared,
terms, starts_on, ends_on, issued_at, round, is_used, taken (destinations that have it as an open code).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from plugins.store.engine import Store
from plugins.store.heirs import heirs
from plugins.store.mirror import attached

WIRE = "offer:"
"""What begins the identifier of a code in the journal; its number follows."""
# A code goes where its person went, and comes back when a merge is taken back. A used one was paid with in any system;
# a shared one by this very person.
ISSUED = f"""
CREATE OR REPLACE TEMP TABLE issued AS
WITH RECURSIVE {heirs("offer_issue", "number")}, used AS (
  SELECT upper(trim(use.code)) AS code, person.profile_id FROM voucher AS use
  LEFT JOIN "order" AS o ON o.source = use.source AND o.source_id = use.order_id
  LEFT JOIN customer ON customer.source = use.source AND customer.source_id = use.customer_id
  LEFT JOIN placed ON placed.n = customer.n LEFT JOIN person ON person.p = placed.p
  WHERE use.kind = 'redemption' AND coalesce(o.status, '') NOT IN ('cancelled', 'failed', 'checkout-draft')
), push AS (
  SELECT destination, CAST(substr(wire_id, {len(WIRE) + 1}) AS BIGINT) AS number,
         arg_max(CAST(payload ->> '$.is_open' AS BOOLEAN), seq) AS is_open
  FROM origin.push WHERE starts_with(wire_id, '{WIRE}') AND state = 'accepted' GROUP BY ALL
), took AS (
  SELECT number, list_sort(list(destination)) AS taken FROM push WHERE is_open GROUP BY number
)
SELECT issue.number, issue.offer, holder.profile_id, issue.code, CAST(issue.is_shared AS BOOLEAN) AS is_shared,
       terms.terms, CAST(issue.starts_on AS DATE) AS starts_on, CAST(issue.ends_on AS DATE) AS ends_on,
       CAST(issue.issued_at AS TIMESTAMP) AS issued_at, issue.round, coalesce(taken, []) AS taken,
       CASE WHEN CAST(issue.is_shared AS BOOLEAN) THEN own.code ELSE anyone.code END IS NOT NULL AS is_used
FROM origin.offer_issue AS issue JOIN origin.offer_terms AS terms ON terms.hash = issue.terms
LEFT JOIN holder USING (number) LEFT JOIN took USING (number)
LEFT JOIN (SELECT DISTINCT code FROM used) AS anyone ON anyone.code = issue.code
LEFT JOIN (SELECT DISTINCT code, profile_id FROM used) AS own
  ON own.code = issue.code AND own.profile_id = holder.profile_id
"""
COUNTS = """
SELECT offer, count(*), count(*) FILTER (NOT is_used AND ends_on >= $today), count(*) FILTER (is_used)
FROM issued GROUP BY offer
"""


def stand(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Make table `issued`; the mirror is resolved."""
    with attached(connection, store):
        connection.execute(ISSUED)


def counted(connection: duckdb.DuckDBPyConnection, today: object) -> Mapping[str, tuple[int, int, int]]:
    """Return of each offer how many codes were ever issued, are open, and were used."""
    found = connection.execute(COUNTS, {"today": today}).fetchall()
    return {offer: (ever, still, used) for offer, ever, still, used in found}
