"""Whose a receipt is on which the till wrote nobody, where one customer showed that it is theirs.

A claim is an event of the hub itself, once for each receipt; what it says of the receipt stands only while the till
names nobody on it. Leaves `claimed_receipt` (order_source, order_id, source, source_id, p).
"""

from __future__ import annotations

SOURCE, KIND = "hub", "receipt_claim"
CLAIMED = f"""
CREATE OR REPLACE TEMP TABLE claimed_receipt AS
WITH told AS (
  SELECT facts ->> '$.order_source' AS order_source, facts ->> '$.order_id' AS order_id,
         split_part(customer_id, ':', 1) AS source,
         substr(customer_id, length(split_part(customer_id, ':', 1)) + 2) AS source_id
  FROM event WHERE source = '{SOURCE}' AND kind = '{KIND}'
)
SELECT told.*, placed.p FROM told JOIN customer USING (source, source_id) JOIN placed USING (n)
"""
# A join has something of each side in every condition, and nothing of one alone: the engine would try all pairs.
OF_LOOSE = """
LEFT JOIN follower ON follower.email IS NOT DISTINCT FROM CASE WHEN customer.n IS NULL THEN o.email END
  AND follower.card IS NOT DISTINCT FROM CASE WHEN customer.n IS NULL THEN o.card END
"""
"""Joins whom the address and card of an order `o` lead to, where no `customer` that is known is on it."""
OF_ORDER = """
LEFT JOIN claimed_receipt AS claim ON claim.order_source = o.source
  AND claim.order_id = CASE WHEN coalesce(o.customer_id, o.email, o.card) IS NULL THEN o.source_id END
"""
"""Joins the claim of an order `o`."""


def claim_id(source: str, order_id: str) -> str:
    """Return the id of the claim of a receipt: it has one."""
    return f"claim:{source}:{order_id}"
