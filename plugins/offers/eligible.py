"""Who gets an offer, and why others of its audience do not.

Needs the tables of a resolve, `matched` and `desired` of the hub, `issued`, `offered` and `on_hand`. Leaves `entitled`
(offer, profile_id, round, has_it, obstacle): who has no code yet and no obstacle gets one now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from plugins.offers.goods import Difference, Goods
from plugins.offers.standing import counted
from plugins.rules.moments import HOME, Ago
from plugins.rules.offer_reading import ReadOffer
from plugins.rules.offers import Offer

EMPTY = """
CREATE OR REPLACE TEMP TABLE entitled (offer TEXT, profile_id TEXT, round BIGINT, has_it BOOLEAN, obstacle TEXT)
"""
HAS, BOUGHT, NOWHERE = "has one", "bought it just now", "their shop has none of it"
NO_CONSENT, UNREACHED, TOO_LATE = "no consent to personal offers", "cannot be told", "the budget is spent"
# A personal offer is profiling: a consent to that, and no refusal of it in any channel.
PERSONALISED = """
SELECT profile_id FROM consent_state WHERE purpose = 'personalisation'
GROUP BY profile_id HAVING bool_or(state = 'granted') AND NOT bool_or(state IN ('refused', 'vetoed', 'minor'))
"""
# Of the same thing in any size or system, also by a card or an address alone; what came back counts as bought.
BOUGHT_IT = """
SELECT DISTINCT coalesce(placed.p, follower.p) AS p FROM order_line AS line
JOIN "order" AS o ON o.source = line.source AND o.source_id = line.order_id
JOIN offered ON offered.offer = $offer AND offered.source = line.source AND offered.product_id = line.product_id
LEFT JOIN customer ON customer.source = o.source AND customer.source_id = o.customer_id
LEFT JOIN placed ON placed.n = customer.n
LEFT JOIN follower ON follower.email IS NOT DISTINCT FROM CASE WHEN customer.n IS NULL THEN o.email END
  AND follower.card IS NOT DISTINCT FROM CASE WHEN customer.n IS NULL THEN o.card END
WHERE o.ordered_at >= $since AND line.total_minor > 0 AND coalesce(placed.p, follower.p) IS NOT NULL
"""
# What stands in shops counts in the shop where somebody buys; who has none may go to any.
SOLD_TO = """
SELECT trait.profile_id FROM trait WHERE EXISTS (SELECT 1 FROM on_hand WHERE offer = $offer AND store IS NULL)
  OR (favourite_store IS NULL AND EXISTS (SELECT 1 FROM on_hand WHERE offer = $offer))
UNION
SELECT trait.profile_id FROM trait JOIN (
  SELECT DISTINCT coalesce(store.name, on_hand.store) AS shop FROM on_hand
  LEFT JOIN store ON store.source = on_hand.source AND store.source_id = on_hand.store
  WHERE offer = $offer AND on_hand.store IS NOT NULL
) ON shop = favourite_store
"""
CANDIDATES = f"""
INSERT INTO entitled
WITH wanted AS (
  SELECT DISTINCT profile_id FROM matched WHERE audience = $audience AND NOT is_held_out
), told AS (
  SELECT DISTINCT profile_id FROM desired WHERE list_contains($destinations, destination)
), had AS (
  SELECT profile_id, count(*) AS times, max(issued_at) AS latest FROM issued WHERE offer = $offer GROUP BY profile_id
), bought AS ({BOUGHT_IT}), sold_to AS ({SOLD_TO}), personalised AS ({PERSONALISED})
SELECT $offer, wanted.profile_id, coalesce(had.times, 0),
  had.profile_id IS NOT NULL AND NOT coalesce(had.latest < $again, false),
  CASE WHEN NOT $is_general AND personalised.profile_id IS NULL THEN '{NO_CONSENT}'
       WHEN told.profile_id IS NULL THEN '{UNREACHED}'
       WHEN bought.p IS NOT NULL THEN '{BOUGHT}'
       WHEN $has_goods AND sold_to.profile_id IS NULL THEN '{NOWHERE}' END
FROM wanted JOIN person USING (profile_id) LEFT JOIN told USING (profile_id) LEFT JOIN had USING (profile_id)
LEFT JOIN personalised USING (profile_id) LEFT JOIN bought ON bought.p = person.p LEFT JOIN sold_to USING (profile_id)
"""
GETS = "NOT has_it AND obstacle IS NULL"
OVER_BUDGET = f"""
UPDATE entitled SET obstacle = '{TOO_LATE}' WHERE offer = $offer AND {GETS} AND profile_id NOT IN (
  SELECT profile_id FROM entitled WHERE offer = $offer AND {GETS}
  ORDER BY md5($offer || chr(31) || profile_id) LIMIT $most)
"""
COUNTS = f"""
SELECT CASE WHEN has_it THEN '{HAS}' ELSE obstacle END AS why, count(*) FROM entitled WHERE offer = $offer
GROUP BY why ORDER BY 2 DESC, 1
"""


@dataclass
class OfferPlan:
    """One offer: what it comes to, and what would be issued now."""

    offer: str
    audience: str
    products: int
    held: str
    """Why nobody gets it now; empty where nothing is in the way."""
    differences: list[Difference] = field(default_factory=list)
    matched: int = 0
    out: dict[str, int] = field(default_factory=dict)
    """Persons of the audience who get no code now, by what is in the way."""
    to_issue: int = 0
    issued: int = 0
    """Codes that were ever issued."""
    open: int = 0
    used: int = 0


def choose(
    connection: duckdb.DuckDBPyConnection, offers: Sequence[ReadOffer], goods: Mapping[str, Goods], now: datetime
) -> list[OfferPlan]:
    """Make table `entitled`, and say what each offer comes to."""
    connection.execute(EMPTY)
    today = now.astimezone(HOME).date()
    codes = counted(connection, today)
    return [_of_offer(connection, each, goods[each.name], codes.get(each.name, (0, 0, 0)), now) for each in offers]


def _of_offer(
    connection: duckdb.DuckDBPyConnection, read: ReadOffer, goods: Goods, codes: tuple[int, int, int], now: datetime
) -> OfferPlan:  # fmt: skip
    offer, today = read.offer, now.astimezone(HOME).date()
    connection.execute(CANDIDATES, _values(read, now))
    left = _left(offer, *codes)
    if left is not None:
        connection.execute(OVER_BUDGET, {"offer": read.name, "most": left})
    held = goods.held or _out_of_season(offer, today)
    if held:
        connection.execute("UPDATE entitled SET obstacle = ? WHERE offer = ? AND obstacle IS NULL", [held, read.name])
    counts = connection.execute(COUNTS, {"offer": read.name}).fetchall()
    ever, still, used = codes
    return OfferPlan(
        read.name, offer.audience, goods.products, held, list(goods.differences),
        matched=sum(count for _, count in counts), out={why: count for why, count in counts if why},
        to_issue=sum(count for why, count in counts if not why), issued=ever, open=still, used=used,
    )  # fmt: skip


def _values(read: ReadOffer, now: datetime) -> dict[str, Any]:
    offer = read.offer
    return {
        "offer": read.name, "audience": offer.audience, "destinations": list(offer.texts),
        "again": _before(offer.again, now) if offer.again else None, "since": _before(offer.not_bought, now),
        "is_general": offer.general, "has_goods": read.products is not None,
    }  # fmt: skip


def _before(span: tuple[int, str], now: datetime) -> datetime:
    """Return the moment so long before now, in UTC, as the engine's tables have it."""
    then = Ago(span[0], span[1].removesuffix("s")).at(now)
    assert isinstance(then, datetime)
    return then.astimezone(UTC).replace(tzinfo=None)


def _left(offer: Offer, ever: int, still: int, used: int) -> int | None:
    """Return how many codes the budget has left; None where there is none."""
    budget, each = offer.budget, offer.benefit.cents
    bounds = [budget.codes - ever] if budget.codes else []
    if budget.cents and each:
        bounds.append(budget.cents // each - still - used)
    return max(0, min(bounds)) if bounds else None


def _out_of_season(offer: Offer, today: date) -> str:
    if offer.starts and today < offer.starts:
        return f"begins on {offer.starts}"
    return f"ended on {offer.ends}" if offer.ends and today > offer.ends else ""
