"""How many there are of each article at one location: looked up by sku, and set as many at once as Shopify takes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.shopify.answers import NOT_NAMED, errors_of, judged_by_place
from targets.shopify.api import Api, call
from targets.shopify.payloads import Stock
from targets.shopify.skus import NO_SKU, SEVERAL, SKUS_PER_LOOK_UP, Article, matched, nodes_of, search

ITEMS_PER_CALL = 250
NOT_SET = "stock waits for a location; set location_id"
NO_LOCATION = "stock waits: the shop has no such location; correct location_id"
NOT_COUNTED = Outcome("rejected", "an article that the shop does not count")
NOT_KEPT_THERE = Outcome("rejected", "an article that is not kept at the location")
ABOUT_THE_KEY = "IDEMPOTENCY_"
FIND = (
    "query($wanted: String!, $at: ID!, $after: String) { location(id: $at) { id } "
    "inventoryItems(first: 100, after: $after, query: $wanted) { "
    "nodes { id sku tracked inventoryLevel(locationId: $at) { id } } pageInfo { hasNextPage endCursor } } }"
)
# null: the count is ours, whatever the shop holds. Without a key of the call Shopify refuses it.
# https://shopify.dev/docs/api/admin-graphql/latest/mutations/inventorySetQuantities
SET = (
    "mutation($input: InventorySetQuantitiesInput!, $key: String!) { "
    "made: inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field code } } }"
)


class Counted(NamedTuple):
    """An item of the shop, and how many there are of it."""

    item: str
    pieces: int


class NoLocationError(Exception):
    """The shop has no location of that number."""


class Counting(Recorded[Api]):
    """Sets stock at the location of the settings."""

    def count_in(self, rows: Sequence[Row], payloads: Mapping[str, Stock]) -> None:
        """Set what there is of each article; one that cannot be counted is rejected by itself."""
        if not self.api.location:
            self.drop(rows, NOT_SET)
            return
        for first in range(0, len(rows), ITEMS_PER_CALL):
            try:
                self._count_together(rows[first : first + ITEMS_PER_CALL], payloads)
            except NoLocationError:
                self.drop(rows[first:], NO_LOCATION)
                return

    def _count_together(self, rows: Sequence[Row], payloads: Mapping[str, Stock]) -> None:
        counted: dict[str, Counted] = {}
        for first in range(0, len(rows), SKUS_PER_LOOK_UP):
            some = rows[first : first + SKUS_PER_LOOK_UP]
            for row, found in zip(some, self._found([payloads[row.key].sku for row in some]), strict=True):
                if isinstance(found, Outcome):
                    self.settle(row, found)
                else:
                    counted[row.key] = Counted(found, payloads[row.key].stock)
        self.carry(lambda _: count(counted, self.api.location), [row for row in rows if row.key in counted])

    def _found(self, skus: Sequence[str]) -> list[str | Outcome]:
        """Return the item of each sku, or why there is none."""
        self.between()
        return matched(skus, items(self.api, skus), _only)


def items(api: Api, skus: Sequence[str]) -> Iterator[Article]:
    """Give the items that the shop finds for these skus."""
    for answer in search(api, FIND, "inventoryItems", skus, at=location_id(api.location)):
        if answer.get("location", "") is None:
            raise NoLocationError
        yield from nodes_of(answer, "inventoryItems")


def count(counted: Mapping[str, Counted], location: str) -> Step:
    """Set the stock of items, given by row; of one that comes twice the last counts."""
    places: dict[str, int] = {}

    def build(rows: Sequence[Row]) -> Call:
        newest = dict(counted[row.key] for row in rows)
        places.update({item: at for at, item in enumerate(newest)})
        at = {"locationId": location_id(location), "changeFromQuantity": None}
        told = [{"inventoryItemId": item, "quantity": pieces, **at} for item, pieces in newest.items()]
        wanted = {"name": "available", "reason": "correction", "quantities": told}
        return call(SET, {"input": wanted, "key": _key(rows, newest)})

    def judge(answer: Any, row: Row) -> Outcome:
        errors = errors_of(answer.get("made"))
        return NOT_NAMED if errors is None else _judged(errors, places[counted[row.key].item], len(places))

    return Step(build, judge)


def location_id(number: str) -> str:
    """Return the global id of a location."""
    return f"gid://shopify/Location/{number}"


def _key(rows: Sequence[Row], counted: Mapping[str, int]) -> str:
    """Return the key of a call: that of its rows and counts, so that no other call ever has it."""
    told = [*(row.key for row in rows), *(f"{item}={pieces}" for item, pieces in counted.items())]
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(told)))


def _judged(errors: Sequence[Mapping[str, Any]], place: int, items: int) -> Outcome:
    outcome = judged_by_place(errors, "quantities", place, items)
    return Outcome("unknown", outcome.reason) if outcome.reason.startswith(ABOUT_THE_KEY) else outcome


def _only(items: Sequence[Article]) -> str | Outcome:
    if len(items) != 1:
        return SEVERAL if items else NO_SKU
    if not items[0].get("tracked"):
        return NOT_COUNTED
    return str(items[0]["id"]) if items[0].get("inventoryLevel") else NOT_KEPT_THERE
