"""Facts about people as declared traits count them: a relation for each kind, in the shape of `plugins.rules.facts`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from plugins.rules.also_bought import AlsoBought
from plugins.rules.declared import Aggregate, Declared, Quintile, needed
from plugins.rules.facts import KINDS, Kind

Taken = Aggregate | AlsoBought
"""What is taken of facts, and not made of other traits."""

# What names no customer we know is whose address alone it names.
OWNED = """
SELECT coalesce(placed.p, holder.p) AS p, told.* EXCLUDE (customer_id), told.customer_id
FROM {entity} AS told
LEFT JOIN customer ON customer.source = told.source AND customer.source_id = told.customer_id
LEFT JOIN placed USING (n)
LEFT JOIN sole_holder AS holder ON holder.email = CASE WHEN customer.n IS NULL THEN told.email END
"""
SOLE_HOLDER = """
CREATE OR REPLACE TEMP TABLE sole_holder AS
SELECT email, min(p) AS p FROM assigned WHERE email IS NOT NULL GROUP BY email HAVING count(DISTINCT p) = 1
"""
# A size or colour is called as what it is a size or colour of. Who watches a site may know a product by its sku.
GOODS = """
CREATE OR REPLACE TEMP TABLE goods AS
WITH named AS (
  SELECT own.source, own.source_id AS product_id, own.sku, coalesce(parent.name, own.name) AS name,
         coalesce(own.category, parent.category) AS category, coalesce(own.brand, parent.brand) AS brand
  FROM product AS own LEFT JOIN product AS parent ON parent.source = own.source AND parent.source_id = own.parent_id
)
SELECT source, product_id, name, category, brand FROM named
UNION ALL
SELECT source, sku, min(name), min(category), min(brand) FROM named
WHERE sku IS NOT NULL AND (source, sku) NOT IN (SELECT source, product_id FROM named) GROUP BY source, sku
"""
# What somebody does on a site counts as theirs only where they said that it may be kept with the rest.
BROWSED = ("app_open", "page_view", "product_view", "search", "add_to_cart", "begin_checkout")
WATCHED = """
CREATE OR REPLACE TEMP TABLE watched AS
SELECT p FROM consent_state JOIN person USING (profile_id)
WHERE channel = 'site' AND purpose = 'behaviour' AND state = 'granted'
"""
FACTS = {
    "order": """
        SELECT p, o.source, o.ordered_at, o.channel, coalesce(store.name, o.store_id) AS store, "order".fulfilment,
               o.total_minor, "order".discount_minor
        FROM purchase AS o JOIN "order" ON "order".source = o.source AND "order".source_id = o.order_id
        LEFT JOIN store ON store.source = o.source AND store.source_id = o.store_id""",
    "item": """
        SELECT p, line.source, o.ordered_at, o.channel, coalesce(store.name, o.store_id) AS store,
               line.product_id AS product, goods.name, goods.category, goods.brand,
               line.quantity_thousandths // 1000 AS pieces, line.total_minor
        FROM order_line AS line JOIN purchase AS o ON o.source = line.source AND o.order_id = line.order_id
        LEFT JOIN goods ON goods.source = line.source AND goods.product_id = line.product_id
        LEFT JOIN store ON store.source = o.source AND store.source_id = o.store_id""",
    "basket": f"""
        SELECT p, source, opened_at, updated_at, lower(status) AS status, total_minor
        FROM ({OWNED.format(entity="basket")})""",
    "event": f"""
        SELECT p, told.source, occurred_at, kind, channel, campaign_id AS campaign, told.product_id AS product,
               goods.name, goods.category, goods.brand, strength
        FROM ({OWNED.format(entity="event")}) AS told LEFT JOIN goods USING (source, product_id)
        WHERE kind NOT IN {BROWSED} OR p IN (SELECT p FROM watched)""",
    "service_case": f"""
        SELECT p, source, opened_at, closed_at, lower(kind) AS kind, lower(status) AS status
        FROM ({OWNED.format(entity="service_case")})""",
    "voucher": """
        SELECT p, voucher.source, lower(kind) AS kind, lower(voucher.status) AS status, starts_on, ends_on, open_minor
        FROM voucher JOIN customer ON customer.source = voucher.source AND customer.source_id = voucher.customer_id
        JOIN placed USING (n)""",
}  # fmt: skip


def tell(
    connection: duckdb.DuckDBPyConnection, declared: Sequence[Declared], now: datetime, others: str = ""
) -> None:  # fmt: skip
    """Add declared traits to table `trait`, in their order; the built-in ones and `purchase` are there.

    `others` is a relation like it of everybody who is not in it: among them too people are ranked.
    """
    taken = [each for each in declared if isinstance(each, Taken)]
    kinds = {each.kind.name for each in taken}
    if kinds:
        connection.execute(SOLE_HOLDER)
        connection.execute(GOODS)
        connection.execute(WATCHED)
    for kind in kinds:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW fact_{kind} AS SELECT * FROM ({FACTS[kind]}) WHERE p IS NOT NULL"
        )
    _add_taken(connection, taken, now)
    for each in declared:
        if not isinstance(each, Taken):
            _add_made(connection, each, now, others if isinstance(each, Quintile) else "")


def _add_made(connection: duckdb.DuckDBPyConnection, each: Declared, now: datetime, others: str) -> None:
    """Add a trait that is made of others."""
    assert not isinstance(each, Taken)
    sql, values = each.told(now)
    told = f'SELECT *, {sql} AS "{each.trait.name}" FROM trait'
    if others:
        columns = ", ".join(f'"{name}"' for name in sorted({"profile_id", *needed(each)}))
        ranked = f"SELECT {columns} FROM trait UNION ALL SELECT {columns} FROM {others}"
        told = f'SELECT trait.*, ranked.value AS "{each.trait.name}" FROM trait JOIN '
        told += f"(SELECT profile_id, {sql} AS value FROM ({ranked})) AS ranked USING (profile_id)"
    connection.execute(f"CREATE OR REPLACE TABLE trait AS {told}", values)


def _add_taken(connection: duckdb.DuckDBPyConnection, taken: Sequence[Taken], now: datetime) -> None:
    """Add all that is taken of facts in one go; what nobody reports at all is unknown of everybody."""
    if not taken:
        return
    reported = {kind.name: _is_reported(connection, kind) for kind in KINDS.values()}
    columns, joins, values = [], [], []
    for number, each in enumerate(taken):
        _tell_into(connection, each, f"told_{number}", now)
        otherwise = "NULL"
        if reported[each.kind.name] and each.otherwise is not None:
            otherwise = "?"
            values.append(each.otherwise)
        columns.append(f'coalesce(told_{number}.value, {otherwise}) AS "{each.trait.name}"')
        joins.append(f"LEFT JOIN told_{number} ON told_{number}.p = person.p")
    connection.execute(
        f"CREATE OR REPLACE TABLE trait AS SELECT trait.*, {', '.join(columns)} FROM trait "
        f"JOIN person USING (profile_id) {' '.join(joins)}", values,
    )  # fmt: skip


def _tell_into(connection: duckdb.DuckDBPyConnection, each: Taken, table: str, now: datetime) -> None:
    if isinstance(each, AlsoBought):
        each.tell_into(connection, table, now)
        return
    sql, bound = each.told(now)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}", bound)


def _is_reported(connection: duckdb.DuckDBPyConnection, kind: Kind) -> bool:
    return bool(connection.execute(f'SELECT 1 FROM "{kind.entity}" LIMIT 1').fetchall())
