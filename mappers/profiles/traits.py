"""Traits: computed facts about a profile that a rule may use, in set-based SQL over the mirror."""

from __future__ import annotations

from datetime import datetime

import duckdb

from mappers.profiles.golden import query

# An order's total is before refunds: these are lines that return something of their own order.
PURCHASES = """
CREATE OR REPLACE TEMP TABLE purchase AS
WITH refund AS (
  SELECT source, order_id, sum(total_minor) AS refunded FROM order_line WHERE returns_order_id = order_id GROUP BY ALL
)
SELECT assigned.profile_id, o.source, o.source_id AS order_id, o.ordered_at, o.channel, o.store_id, o.total_minor,
       o.total_minor + coalesce(refunded, 0) AS kept_minor
FROM "order" AS o JOIN assigned ON assigned.source = o.source AND assigned.source_id = o.customer_id
LEFT JOIN refund ON refund.source = o.source AND refund.order_id = o.source_id
WHERE o.is_paid
"""

RETURNS = """
CREATE OR REPLACE TEMP TABLE returned AS
SELECT purchase.profile_id, sum(line.total_minor) FILTER (line.total_minor < 0) AS returned_minor,
       sum(line.total_minor) FILTER (line.total_minor > 0) AS bought_minor
FROM order_line AS line JOIN purchase ON purchase.source = line.source AND purchase.order_id = line.order_id
GROUP BY purchase.profile_id
"""

COUNTS = """
CREATE OR REPLACE TEMP TABLE counted AS
SELECT profile_id,
  min(ordered_at) FILTER (total_minor > 0) AS first_order_at,
  max(ordered_at) FILTER (total_minor > 0) AS last_order_at,
  count(*) FILTER (total_minor > 0) AS order_count,
  count(*) FILTER (total_minor > 0 AND ordered_at > $now - INTERVAL 365 DAY) AS order_count_365d,
  sum(kept_minor) AS revenue_minor,
  coalesce(sum(kept_minor) FILTER (ordered_at > $now - INTERVAL 365 DAY), 0) AS revenue_365d_minor,
  max_by(channel, (ordered_at, order_id)) AS last_channel,
  mode(channel ORDER BY channel) AS favourite_channel,
  bool_or(channel = 'web') AS is_web_customer, bool_or(channel = 'store') AS is_till_customer
FROM purchase GROUP BY profile_id
"""

STORES = """
CREATE OR REPLACE TEMP TABLE favourite AS
SELECT profile_id, arg_max(coalesce(store.name, visits.store_id), (n, latest, visits.store_id)) AS favourite_store
FROM (SELECT profile_id, source, store_id, count(*) AS n, max(ordered_at) AS latest FROM purchase
      WHERE store_id IS NOT NULL GROUP BY ALL) AS visits
LEFT JOIN store ON store.source = visits.source AND store.source_id = visits.store_id GROUP BY profile_id
"""

CATEGORIES = """
CREATE OR REPLACE TEMP TABLE category AS
SELECT profile_id, arg_max(category, (n, category)) AS favourite_category
FROM (SELECT purchase.profile_id, product.category, count(*) AS n
      FROM order_line AS line JOIN purchase ON purchase.source = line.source AND purchase.order_id = line.order_id
      JOIN product ON product.source = line.source AND product.source_id = line.product_id
      WHERE product.category IS NOT NULL AND line.total_minor > 0 GROUP BY ALL) GROUP BY profile_id
"""

MAILS = """
CREATE OR REPLACE TEMP TABLE mail AS
SELECT profile_id,
  count(*) FILTER (kind = 'email_open' AND occurred_at > $now - INTERVAL 90 DAY) AS email_opens_90d,
  count(*) FILTER (kind = 'email_click' AND occurred_at > $now - INTERVAL 90 DAY) AS email_clicks_90d,
  max(occurred_at) FILTER (kind = 'email_click') AS last_email_click_at
FROM event JOIN assigned ON assigned.source = event.source AND assigned.source_id = event.customer_id
WHERE kind LIKE 'email_%' GROUP BY profile_id
"""

POINTS = """
CREATE OR REPLACE TEMP TABLE points AS
SELECT profile_id, sum(points) AS points_available
FROM loyalty_balance JOIN assigned
  ON assigned.source = loyalty_balance.source AND assigned.source_id = loyalty_balance.customer_id
GROUP BY profile_id
"""

GROUPS = """
CREATE OR REPLACE TEMP TABLE grouped AS
SELECT profile_id, list_sort(list_distinct(flatten(list(CAST(CAST(groups AS JSON) AS TEXT[]))))) AS groups
FROM assigned JOIN customer USING (source, source_id) WHERE groups <> '[]' AND NOT is_echo GROUP BY profile_id
"""

FIELDS = ("first_name", "infix", "last_name", "language", "country", "city", "email", "birth_date")
TRAITS = f"""
CREATE OR REPLACE TABLE trait AS
WITH golden AS ({query(FIELDS)})
SELECT golden.profile_id, golden.first_name,
  concat_ws(' ', golden.infix, golden.last_name) AS last_name, golden.language, golden.country, golden.city,
  golden.email, golden.birth_date, golden.customer_since,
  first_order_at, last_order_at, coalesce(order_count, 0) AS order_count,
  coalesce(order_count_365d, 0) AS order_count_365d, coalesce(revenue_minor, 0) AS revenue_minor,
  coalesce(revenue_365d_minor, 0) AS revenue_365d_minor,
  CASE WHEN order_count > 0 THEN revenue_minor // order_count END AS average_order_minor,
  CASE WHEN bought_minor > 0 THEN -coalesce(returned_minor, 0) * 10000 // bought_minor END AS return_rate_basis_points,
  favourite_store, favourite_channel, favourite_category, last_channel,
  points_available, CAST(NULL AS TEXT) AS tier, CAST(NULL AS BOOLEAN) AS has_open_case,
  CAST(NULL AS BOOLEAN) AS has_open_basket,
  coalesce(email_opens_90d, 0) AS email_opens_90d, coalesce(email_clicks_90d, 0) AS email_clicks_90d,
  last_email_click_at, coalesce(is_web_customer, false) AS is_web_customer,
  coalesce(is_till_customer, false) AS is_till_customer,
  date_diff('day', last_order_at, $now) AS recency_days, coalesce(grouped.groups, []) AS groups
FROM golden LEFT JOIN counted USING (profile_id) LEFT JOIN returned USING (profile_id)
LEFT JOIN favourite USING (profile_id) LEFT JOIN category USING (profile_id)
LEFT JOIN mail USING (profile_id) LEFT JOIN points USING (profile_id) LEFT JOIN grouped USING (profile_id)
"""


def traits(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Write table `trait`: one row per profile; windows end at `now` (UTC)."""
    moment = {"now": now.replace(tzinfo=None)}
    for statement in (PURCHASES, RETURNS, COUNTS, STORES, CATEGORIES, MAILS, POINTS, GROUPS, TRAITS):
        connection.execute(statement, moment if "$now" in statement else None)
