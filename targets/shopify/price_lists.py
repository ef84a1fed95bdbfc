"""The price lists of a shop, by the names that people see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from plugins.wire.sending import LostError
from targets.shopify.api import Api
from targets.shopify.skus import next_of, nodes_of

MOST_PAGES = 20
LISTS = (
    "query($after: String) { priceLists(first: 250, after: $after) "
    "{ nodes { id name currency } pageInfo { hasNextPage endCursor } } }"
)


class PriceList(NamedTuple):
    """A list of prices."""

    id: str
    name: str
    currency: str


def price_lists(api: Api) -> Mapping[str, PriceList]:
    """Return every list by its name, which Shopify keeps unique; no search is offered."""
    found: dict[str, PriceList] = {}
    after = None
    for _ in range(MOST_PAGES):
        answer = api.ask(LISTS, {"after": after})
        lists = [PriceList(*(str(each[name]) for name in PriceList._fields)) for each in nodes_of(answer, "priceLists")]
        found.update({each.name: each for each in lists})
        after = next_of(answer, "priceLists")
        if after is None:
            return found
    raise LostError("more price lists than can be looked through")
