"""What a destination is told of offers: the fields of everybody there who has an open code that every system took.

Leaves in the engine table `offer_text` (profile_id, fields): JSON with every field that offers write there, empty for
who has none, so that what is over is wiped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import duckdb

from plugins.rules.moments import HOME
from plugins.rules.offer_examples import constants
from plugins.rules.offer_reading import ReadOffer
from plugins.rules.offers import OFFER_WORDS
from plugins.rules.template import UnwrittenError

AT_ONCE = 5000
MOST_NAMES = 10
# Who is in the audience there and has an open code which all systems that must take it have taken, or one of them has
# where the offer is narrowed; and whom nothing keeps from being offered it still.
HOLDERS = """
SELECT profile_id, issued.code AS _code, issued.ends_on AS _ends_on, list_intersect($redeem, taken) AS _taken,
       coalesce(names.products, []) AS _products{traits}
FROM issued JOIN trait USING (profile_id) JOIN entitled USING (offer, profile_id)
LEFT JOIN shop_names AS names ON names.shop IS NOT DISTINCT FROM trait.favourite_store
WHERE issued.offer = $offer AND NOT is_used AND ends_on >= $today AND entitled.obstacle IS NULL
  AND profile_id IN (SELECT profile_id FROM matched
                     WHERE destination = $destination AND audience = $audience AND NOT is_held_out)
  AND (is_shared OR (len(list_intersect($redeem, taken)) > 0 AND ($is_narrow OR list_has_all(taken, $redeem))))
QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY ends_on DESC, issued.number) = 1
"""
NAMES = """
CREATE OR REPLACE TEMP TABLE shop_names AS
WITH shop AS (
  SELECT DISTINCT favourite_store AS shop FROM trait
), here AS (
  SELECT on_hand.name, coalesce(store.name, on_hand.store) AS shop FROM on_hand
  LEFT JOIN store ON store.source = on_hand.source AND store.source_id = on_hand.store WHERE offer = $offer
)
SELECT shop.shop, list_sort(list(DISTINCT here.name))[:$most] AS products
FROM shop JOIN here ON here.shop IS NULL OR shop.shop IS NULL OR here.shop = shop.shop GROUP BY ALL
"""
TELL = """
UPDATE desired SET payload = told.payload, payload_hash = md5(told.payload)
FROM (
  SELECT profile_id, json_merge_patch(
    payload::JSON, json_object('fields', coalesce(fields, $blank)::JSON))::TEXT AS payload
  FROM desired LEFT JOIN offer_text USING (profile_id) WHERE destination = $destination
) AS told WHERE desired.destination = $destination AND desired.profile_id = told.profile_id
"""


def tell(
    connection: duckdb.DuckDBPyConnection, offers: Sequence[ReadOffer], destination: str, now: datetime
) -> dict[str, dict[str, int]]:
    """Add the fields of offers to what a destination should hold; returns by offer who could not be told, and why.

    Needs `matched` and `desired` of the destination, `issued`, `on_hand` and `entitled`.
    """
    here = [each for each in offers if destination in each.texts]
    if not here:
        return {}
    blank = {name: "" for each in here for name in sorted(each.texts[destination])}
    failed: dict[str, Counter[str]] = {each.name: Counter() for each in here}
    told: dict[str, dict[str, str]] = {}
    for each in here:
        for who, said in _texts(connection, each, destination, now, failed[each.name]):
            told.setdefault(who, dict(blank)).update(said)
    _keep(connection, told)
    connection.execute(TELL, {"destination": destination, "blank": json.dumps(blank)})
    return {name: dict(reasons) for name, reasons in failed.items() if reasons}


def _texts(
    connection: duckdb.DuckDBPyConnection, read: ReadOffer, destination: str, now: datetime, failed: Counter[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Give who is told what; where a text cannot be written for somebody they are told nothing."""
    offer, named = read.offer, {name for text in read.texts[destination].values() for name in text.names}
    traits = sorted(named - OFFER_WORDS.keys())
    connection.execute(NAMES, {"offer": read.name, "most": MOST_NAMES})
    cursor = connection.execute(HOLDERS.replace("{traits}", "".join(f', trait."{name}"' for name in traits)), {
        "offer": read.name, "destination": destination, "audience": offer.audience, "redeem": list(offer.redeem),
        "today": now.astimezone(HOME).date(), "is_narrow": offer.differ == "narrow",
    })  # fmt: skip
    fixed = constants(offer)
    while found := cursor.fetchmany(AT_ONCE):
        for profile, code, ends_on, taken, products, *values in found:
            words = {"code": code, "ends_on": ends_on, "places": taken or list(offer.redeem), "products": products}
            try:
                yield profile, read.write(destination, {**dict(zip(traits, values, strict=True)), **fixed, **words})
            except UnwrittenError as error:
                failed[str(error)] += 1


def _keep(connection: duckdb.DuckDBPyConnection, told: Mapping[str, Mapping[str, str]]) -> None:
    """Make `offer_text`: of each person every field as JSON, handed over as one value."""
    rows = json.dumps([{"profile_id": who, "fields": json.dumps(fields)} for who, fields in told.items()])
    connection.execute(KEEP, [rows])


KEEP = """
CREATE OR REPLACE TEMP TABLE offer_text AS
SELECT unnest(from_json(?::JSON, '[{"profile_id": "VARCHAR", "fields": "VARCHAR"}]'), recursive := true)
"""
