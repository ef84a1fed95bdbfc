"""How many there are of each article at one location: looked up by sku, and set as many at once as Shopify takes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.api import Api, call, code_of
from targets.shopify.mutations import DONE, NOT_NAMED
from targets.shopify.payloads import Stock

ITEMS_PER_CALL, SKUS_PER_LOOK_UP, MOST_PAGES = 250, 50, 10
UNSEARCHABLE = {'"', "\\"}
NOT_SET = "stock waits for a location; set location_id"
NO_LOCATION = "stock waits: the shop has no such location; correct location_id"
NO_SKU = Outcome("rejected", "no article with that sku")
SEVERAL = Outcome("rejected", "several articles have that sku")
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
        try:
            items = list(search(self.api, skus))
        except (LostError, RefusedError) as error:
            said = f"look-up: {error}"
            return [Outcome("rejected" if isinstance(error, RefusedError) else "unknown", said) for _ in skus]
        by_sku: dict[str, list[Mapping[str, Any]]] = {}
        for item in items:
            by_sku.setdefault(str(item.get("sku")), []).append(item)
        return [_only(by_sku.get(sku, [])) for sku in skus]


def search(api: Api, skus: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Give the items that the shop finds for these skus; its search may find others beside them."""
    named = " OR ".join(f'sku:"{sku}"' for sku in dict.fromkeys(skus) if not set(sku) & UNSEARCHABLE)
    after = None
    for _ in range(MOST_PAGES if named else 0):
        answer = api.ask(FIND, {"wanted": named, "at": location_id(api.location), "after": after})
        if answer.get("location", "") is None:
            raise NoLocationError
        items = answer.get("inventoryItems")
        if not isinstance(items, dict) or not {"nodes", "pageInfo"} <= items.keys():
            raise LostError("an answer of another shape")
        yield from items["nodes"]
        if not items["pageInfo"]["hasNextPage"]:
            return
        after = items["pageInfo"]["endCursor"]
    if named:
        raise LostError("more articles than can be looked through")


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
        made = answer.get("made")
        errors = made.get("userErrors") if isinstance(made, dict) else None
        return _judged(errors, places[counted[row.key].item], len(places)) if isinstance(errors, list) else NOT_NAMED

    return Step(build, judge)


def location_id(number: str) -> str:
    """Return the global id of a location."""
    return f"gid://shopify/Location/{number}"


def _key(rows: Sequence[Row], counted: Mapping[str, int]) -> str:
    """Return the key of a call: that of its rows and counts, so that no other call ever has it."""
    told = [*(row.key for row in rows), *(f"{item}={pieces}" for item, pieces in counted.items())]
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(told)))


def _judged(errors: Sequence[Mapping[str, Any]], place: int, items: int) -> Outcome:
    """Return what became of an item: one that is wrong keeps all of them out, and those that are right go again."""
    if not errors:
        return DONE
    own = [each for each in errors if (each.get("field") or [])[1:3] == ["quantities", str(place)]]
    code = code_of(own or errors)
    if code.startswith(ABOUT_THE_KEY):
        return Outcome("unknown", code)
    return Outcome("rejected", code, is_final=bool(own) or items == 1)


def _only(items: Sequence[Mapping[str, Any]]) -> str | Outcome:
    if len(items) != 1:
        return SEVERAL if items else NO_SKU
    if not items[0].get("tracked"):
        return NOT_COUNTED
    return str(items[0]["id"]) if items[0].get("inventoryLevel") else NOT_KEPT_THERE
