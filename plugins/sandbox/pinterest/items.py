"""The paths of catalogue items: changed in batches that take a while, and read by their ids."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.app import App
from plugins.sandbox.pinterest.attributes import misshapen
from plugins.sandbox.pinterest.item import MASK, OPERATIONS, Attributes, Change, Complaint, became, complaints
from plugins.sandbox.pinterest.languages import is_language
from plugins.sandbox.pinterest.operations import operation
from plugins.sandbox.pinterest.reading import object_of, only, optional, page, required
from plugins.sandbox.pinterest.refusals import Refusal, invalid, not_permitted
from plugins.sandbox.stand_in import json_response

CATALOG_ID = "864344156814"
MOST_ITEMS = 1000
BATCH_TAKES, SAME_AGAIN = timedelta(minutes=1), timedelta(hours=1)
COUNTRY = re.compile(r"[A-Z]{2}")
CATALOG_TYPES = ("RETAIL", "HOTEL", "CREATIVE_ASSETS")
Market = tuple[str, str]
"""Country and language: the same item in another market is another item."""


@dataclass
class Batch:
    """Operations that were taken and are carried out a little later."""

    id: str
    market: Market
    changes: list[Change]
    created_at: datetime
    completed_at: datetime | None = None
    found: dict[str, list[Complaint]] = field(default_factory=dict)

    def view(self, *, is_same_again: bool = False) -> dict[str, Any]:
        """Return how far it is; nothing was made of what came a short while ago."""
        is_done = self.completed_at is not None
        return {
            "batch_id": self.id,
            "catalog_type": "RETAIL",
            "created_time": None if is_same_again else moment(self.created_at),
            "completed_time": moment(self.completed_at) if self.completed_at else None,
            "status": "COMPLETED" if is_done else "PROCESSING",
            "items": [self._item(each) for each in self.changes],
        }

    def _item(self, change: Change) -> dict[str, Any]:
        errors = [each._asdict() for each in self.found.get(change.item_id, ())]
        done = "FAILURE" if errors else "SUCCESS"
        status = done if self.completed_at else "PROCESSING"
        return {"item_id": change.item_id, "status": status, "errors": errors, "warnings": []}


def moment(at: datetime) -> str:
    """Write a moment as Pinterest does: UTC, without saying so."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


class ItemPaths(App):
    """Answers `/catalogs`, `/catalogs/items` and `/catalogs/items/batch`."""

    def seed(self) -> None:
        """Start with an empty catalogue."""
        super().seed()
        self.items: dict[tuple[Market, str], dict[str, Any]] = {}
        self.batches: dict[str, Batch] = {}
        self.made_batches: dict[str, str] = {}
        """The last batch of each body."""

    @property
    def has_feed(self) -> bool:
        """Whether the catalogue is filled by a feed."""
        return False

    @operation("/catalogs", category="catalogs_read", scopes="catalogs:read")
    def list_catalogs(self, request: Request) -> Response:
        """List the one catalogue."""
        at = moment(self.retailer.anchor)
        shown = {"id": CATALOG_ID, "created_at": at, "updated_at": at, "name": "Rotonde", "catalog_type": "RETAIL"}
        return json_response(page(request, [shown], lambda each: each))

    @operation("/catalogs/items/batch", "POST", category="catalogs_write", scopes="catalogs:read catalogs:write")
    def create_batch(self, request: Request) -> Response:
        """Take operations on items; the same body again within a while makes nothing."""
        self.settle()
        body, at = object_of(request), self.clock()
        market, changes = market_of(body), self._changes(body)
        mark = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        last = self.batches.get(self.made_batches.get(mark, ""))
        if last and at - last.created_at < SAME_AGAIN:
            return json_response(last.view(is_same_again=True))
        key = hashlib.sha256(f"batch {len(self.batches)}".encode()).hexdigest()[:32]
        self.batches[key], self.made_batches[mark] = Batch(key, market, changes, at), key
        return json_response(self.batches[key].view())

    @operation("/catalogs/items/batch/<batch_id>", category="catalogs_read", scopes="catalogs:read")
    def get_batch(self, request: Request, batch_id: str) -> Response:
        """Show how far a batch is."""
        self.settle()
        if batch_id not in self.batches:
            raise Refusal(404, 4331, "Sorry! We could not find your batch ID.")
        return json_response(self.batches[batch_id].view())

    @operation("/catalogs/items", "POST", category="catalogs_read", scopes="catalogs:read")
    def get_items(self, request: Request) -> Response:
        """Show items by their ids."""
        self.settle()
        body = object_of(request)
        only(body, ("country", "language", "filters"))
        market, filters = market_of(body), required(body, "filters", dict)
        check_type(required(filters, "catalog_type", str, CATALOG_TYPES))
        ids = required(filters, "item_ids", list)
        if not 1 <= len(ids) <= MOST_ITEMS:
            raise invalid(f"Invalid request: 'item_ids' must have 1 to {MOST_ITEMS} items")
        return json_response({"items": [_shown(str(each), self.items.get((market, str(each)))) for each in ids]})

    def settle(self) -> None:
        """Carry out what is due by now."""
        for batch in self.batches.values():
            due = batch.created_at + BATCH_TAKES
            if batch.completed_at is None and due <= self.clock():
                batch.completed_at = due
                for change in batch.changes:
                    self._carry_out(batch, change)

    def _carry_out(self, batch: Batch, change: Change) -> None:
        key = (batch.market, change.item_id)
        before = self.items.get(key)
        if found := complaints(change, before):
            batch.found[change.item_id] = found
        elif (after := became(change, before)) is None:
            self.items.pop(key, None)
        else:
            self.items[key] = after

    def _changes(self, body: dict[str, Any]) -> list[Change]:
        """Read the operations: one for each item, or in the older form one for all."""
        if "catalog_type" in body:
            only(body, ("catalog_type", "catalog_id", "country", "language", "items"))
            check_type(required(body, "catalog_type", str, CATALOG_TYPES))
            if optional(body, "catalog_id", str, CATALOG_ID) != CATALOG_ID:
                raise not_permitted()
            changes = [_change(each, required(each, "operation", str, OPERATIONS[:4])) for each in _rows(body)]
        else:
            only(body, ("country", "language", "items", "operation"))
            named = required(body, "operation", str, OPERATIONS)
            changes = [_change(each, named) for each in _rows(body)]
        if self.has_feed and any(each.operation == "UPSERT" for each in changes):
            raise not_permitted()
        return changes


def market_of(body: dict[str, Any]) -> Market:
    """Return country and language of a body."""
    country, language = required(body, "country", str), required(body, "language", str)
    if not COUNTRY.fullmatch(country):
        raise invalid("Invalid request: 'country' is not a country")
    if not is_language(language):
        raise invalid("Invalid request: 'language' is neither a locale nor a language")
    return country, language


def check_type(kind: str) -> None:
    """Refuse the catalogues of hotels and creative assets, which few may use."""
    if kind != "RETAIL":
        raise not_permitted()


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = required(body, "items", list)
    if not 1 <= len(rows) <= MOST_ITEMS:
        raise invalid(f"Invalid request: 'items' must have 1 to {MOST_ITEMS} items")
    if not all(isinstance(each, dict) for each in rows):
        raise invalid("Invalid request: an item is not of type object")
    return rows


def _change(row: dict[str, Any], named: str) -> Change:
    key = required(row, "item_id", str)
    attributes: Attributes = {}
    if named not in ("DELETE", "DELETE_DISCONTINUED"):
        attributes = required(row, "attributes", dict)
        if why := misshapen(attributes):
            raise invalid(f"Invalid request: {why}")
    optional(row, "last_updated_time", int, 0)
    mask = row.get("update_mask") or []
    if not isinstance(mask, list) or set(map(str, mask)) - MASK:
        raise invalid("Invalid request: 'update_mask' names an unknown attribute")
    return Change(key, named, attributes, tuple(mask))


def _shown(key: str, attributes: dict[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"catalog_type": "RETAIL", "item_id": key}
    if attributes is None:
        return told | {"errors": [Complaint("item_id", 100, "Item does not exist.")._asdict()]}
    return told | {"attributes": attributes, "pins": None}
