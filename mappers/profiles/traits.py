"""Traits: computed facts about a profile that a rule may use, in set-based SQL over the mirror."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args

import duckdb

from mappers.identity.claims import CLAIMED, OF_LOOSE, OF_ORDER
from mappers.profiles.facts import tell
from mappers.profiles.golden import query
from plugins.rules.declared import Declared
from plugins.store.entities import Order

CHANNELS = sorted(get_args(Order.model_fields["channel"].annotation))
MOST = ", ".join(f"(count(*) FILTER (way = {place})) * 8 + {8 - place}" for place, _ in enumerate(CHANNELS, start=1))
"""The most frequent channel, and of equals the first in the alphabet, as the rest of eight."""

# An order's total is before refunds: these are lines that return something of their own order. One without a customer
# is whose card or address it names, or who claimed it.
PURCHASES = f"""
CREATE OR REPLACE TEMP TABLE purchase AS
WITH refund AS (
  SELECT source, order_id, sum(total_minor) AS refunded FROM order_line WHERE returns_order_id = order_id GROUP BY ALL
)
SELECT coalesce(placed.p, follower.p, claim.p) AS p, o.source, o.source_id AS order_id, o.ordered_at, o.channel,
       o.store_id, o.total_minor, o.total_minor + coalesce(refunded, 0) AS kept_minor
FROM "order" AS o LEFT JOIN customer ON customer.source = o.source AND customer.source_id = o.customer_id
LEFT JOIN placed ON placed.n = customer.n
{OF_LOOSE}
{OF_ORDER}
LEFT JOIN refund ON refund.source = o.source AND refund.order_id = o.source_id
WHERE o.is_paid AND coalesce(placed.p, follower.p, claim.p) IS NOT NULL
"""

COUNTS = f"""
CREATE OR REPLACE TEMP TABLE counted AS
WITH ranked AS (
  SELECT p, ordered_at, total_minor, kept_minor, list_position($channels, channel) AS way FROM purchase
)
SELECT p,
  min(ordered_at) FILTER (total_minor > 0) AS first_order_at,
  max(ordered_at) FILTER (total_minor > 0) AS last_order_at,
  date_diff('day', min(ordered_at) FILTER (total_minor > 0), max(ordered_at) FILTER (total_minor > 0))
    // nullif(count(DISTINCT ordered_at::DATE) FILTER (total_minor > 0) - 1, 0) AS rhythm_days,
  count(*) FILTER (total_minor > 0) AS order_count,
  count(*) FILTER (total_minor > 0 AND ordered_at > $now - INTERVAL 365 DAY) AS order_count_365d,
  sum(kept_minor) AS revenue_minor,
  coalesce(sum(kept_minor) FILTER (ordered_at > $now - INTERVAL 365 DAY), 0) AS revenue_365d_minor,
  $channels[max(epoch_us(ordered_at) * 8 + way) % 8] AS last_channel,
  $channels[8 - greatest({MOST}) % 8] AS favourite_channel,
  bool_or(way = {CHANNELS.index("web") + 1}) AS is_web_customer,
  bool_or(way = {CHANNELS.index("store") + 1}) AS is_till_customer
FROM ranked GROUP BY p
"""

STORES = """
CREATE OR REPLACE TEMP TABLE favourite AS
SELECT p, arg_max(coalesce(store.name, visits.store_id), (n, latest, visits.store_id)) AS favourite_store
FROM (SELECT p, source, store_id, count(*) AS n, max(ordered_at) AS latest FROM purchase
      WHERE store_id IS NOT NULL GROUP BY ALL) AS visits
LEFT JOIN store ON store.source = visits.source AND store.source_id = visits.store_id GROUP BY p
"""

# What was bought and brought back, in one pass over the lines; a category goes by its place in the alphabet.
BASKETS = """
CREATE OR REPLACE TEMP TABLE shelf AS
SELECT source, source_id, dense_rank() OVER (ORDER BY category) AS place, category FROM product
WHERE category IS NOT NULL;
CREATE OR REPLACE TEMP TABLE bought AS
WITH line AS (
  SELECT purchase.p, line.total_minor, coalesce(shelf.place, 0) AS place
  FROM order_line AS line JOIN purchase ON purchase.source = line.source AND purchase.order_id = line.order_id
  LEFT JOIN shelf ON shelf.source = line.source AND shelf.source_id = line.product_id
), heap AS (
  SELECT p, place, count(*) FILTER (total_minor > 0) AS n, sum(total_minor) FILTER (total_minor < 0) AS returned,
         sum(total_minor) FILTER (total_minor > 0) AS bought
  FROM line GROUP BY p, place
)
SELECT p, sum(returned) AS returned_minor, sum(bought) AS bought_minor,
       max((n << 24) + place) FILTER (n > 0 AND place > 0) & 16777215 AS place
FROM heap GROUP BY p
"""

MAILS = """
CREATE OR REPLACE TEMP TABLE mail AS
SELECT coalesce(placed.p, follower.p) AS p,
  count(*) FILTER (kind = 'email_open' AND occurred_at > $now - INTERVAL 90 DAY) AS email_opens_90d,
  count(*) FILTER (kind = 'email_click' AND occurred_at > $now - INTERVAL 90 DAY) AS email_clicks_90d,
  max(occurred_at) FILTER (kind = 'email_click') AS last_email_click_at
FROM event LEFT JOIN customer ON customer.source = event.source AND customer.source_id = event.customer_id
LEFT JOIN placed USING (n)
LEFT JOIN follower ON follower.card IS NULL AND follower.email = CASE WHEN customer.n IS NULL THEN event.email END
WHERE kind LIKE 'email_%' GROUP BY ALL
"""

LOYALTY = """
CREATE TABLE IF NOT EXISTS loyalty_standing (profile_id TEXT, available BIGINT, held BIGINT, debt BIGINT, tier TEXT)
"""

GROUPS = """
CREATE OR REPLACE TEMP TABLE in_groups AS
SELECT p, list_sort(list_distinct(flatten(list(CAST(CAST(groups AS JSON) AS TEXT[]))))) AS groups
FROM placed JOIN customer USING (n) WHERE groups <> '[]' AND NOT is_echo GROUP BY p
"""

FIELDS = ("first_name", "infix", "last_name", "language", "country", "city", "postcode", "email", "phone", "birth_date")
TRAITS = """
CREATE OR REPLACE TABLE trait AS
WITH golden AS ({golden})
SELECT golden.profile_id, golden.first_name,
  nullif(concat_ws(' ', golden.infix, golden.last_name), '') AS last_name, golden.language, golden.country, golden.city,
  golden.postcode, golden.email, golden.phone, golden.birth_date, golden.customer_since,
  first_order_at, last_order_at, coalesce(order_count, 0) AS order_count,
  coalesce(order_count_365d, 0) AS order_count_365d, coalesce(revenue_minor, 0) AS revenue_minor,
  coalesce(revenue_365d_minor, 0) AS revenue_365d_minor,
  CASE WHEN order_count > 0 THEN revenue_minor // order_count END AS average_order_minor,
  rhythm_days AS purchase_rhythm_days, last_order_at + to_days(CAST(rhythm_days AS INTEGER)) AS next_order_expected_at,
  CASE WHEN bought_minor > 0 THEN -coalesce(returned_minor, 0) * 10000 // bought_minor END AS return_rate_basis_points,
  favourite_store, favourite_channel, favourite_category, last_channel,
  loyalty_standing.available AS points_available, loyalty_standing.tier,
  coalesce(email_opens_90d, 0) AS email_opens_90d, coalesce(email_clicks_90d, 0) AS email_clicks_90d,
  last_email_click_at, coalesce(is_web_customer, false) AS is_web_customer,
  coalesce(is_till_customer, false) AS is_till_customer,
  date_diff('day', last_order_at, $now) AS recency_days, coalesce(in_groups.groups, []) AS groups,
  {completeness}
FROM golden LEFT JOIN counted USING (p) LEFT JOIN bought USING (p)
LEFT JOIN favourite USING (p) LEFT JOIN (SELECT DISTINCT place, category AS favourite_category FROM shelf) USING (place)
LEFT JOIN mail USING (p) LEFT JOIN loyalty_standing USING (profile_id) LEFT JOIN in_groups USING (p)
"""


def _completeness(tiers: Mapping[str, Sequence[str]]) -> str:
    """Return the columns that say how much of each tier is known; of an empty tier that is unknown."""
    percents = [
        f"{tier}_known * 100 // nullif({len(fields)}, 0) AS {tier}_complete_percent" for tier, fields in tiers.items()
    ]
    return ", ".join([*percents, f"primary_known < nullif({len(tiers['primary'])}, 0) AS is_incomplete"])


def traits(
    connection: duckdb.DuckDBPyConnection, now: datetime, tiers: Mapping[str, Sequence[str]],
    declared: Sequence[Declared] = (), others: str = "",
) -> None:  # fmt: skip
    """Write table `trait`: one row per profile; windows end at `now` (UTC).

    `tiers` are the golden fields of `primary`, `secondary` and `tertiary`; `declared` stands in the order in which it
    can be worked out, and adds a column each. `others` is such a relation of everybody who is not in the mirror.
    """
    known = {"now": now.replace(tzinfo=None), "channels": CHANNELS}
    profiles = TRAITS.format(golden=query(connection, FIELDS, tiers), completeness=_completeness(tiers))
    for statement in (CLAIMED, PURCHASES, COUNTS, STORES, BASKETS, MAILS, LOYALTY, GROUPS, profiles):
        used = {name: value for name, value in known.items() if f"${name}" in statement}
        connection.execute(statement, used or None)
    tell(connection, declared, now, others)
