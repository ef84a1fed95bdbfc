"""How many there are: taken at most fifty at a time, as whole new values, and answered item by item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.channable.account import is_whole, read_body
from plugins.sandbox.channable.orders import PROJECT
from plugins.sandbox.channable.queries import Query, listed, stamp
from plugins.sandbox.channable.refusals import Invalid, Refusal, mistake
from plugins.sandbox.channable.returns import ReturnPaths
from plugins.sandbox.stand_in import json_response, route

OFFERS, STOCK = f"/v1{PROJECT}/offers", f"/v1{PROJECT}/stock_updates"
MOST_ITEMS = 50


@dataclass
class Offer:
    """What was last said of one of our items."""

    id: int
    client_id: str
    created_at: datetime
    modified_at: datetime
    stock: int
    title: str | None = None
    gtin: str | None = None
    price: str | None = None

    def shown(self, project_id: int) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "id": self.id,
            "project_id": project_id,
            "client_id": self.client_id,
            "gtin": self.gtin,
            "stock": self.stock,
            "stock_tracking": True,
            "availability": self.stock > 0,
            "title": self.title,
            "price": self.price,
            "created": stamp(self.created_at),
            "modified": stamp(self.modified_at),
        }


class OfferPaths(ReturnPaths):
    """Answers `/offers` and `/stock_updates`."""

    def seed(self) -> None:
        """Start without updates; every article of the range is known from the imported feed."""
        super().seed()
        self.offers: dict[str, Offer] = {}
        self.unknown_items: set[str] = set()
        """Items that Channable knows nothing of."""
        self.is_slow = False
        """Whether updates are taken and not carried out yet."""

    @route(OFFERS)
    def list_offers(self, request: Request, company: str, project: str) -> Response:
        """List the updates, newest first."""
        self.enter(company, project)
        query = Query(request)
        search = query.text("search").lower()
        query.is_between(self.clock(), "start_date", "end_date")
        query.has_changed_between(self.clock())
        found = [
            each
            for each in sorted(self.offers.values(), key=lambda each: (each.created_at, each.id), reverse=True)
            if search in f"{each.client_id} {each.title} {each.gtin}".lower()
            and query.is_between(each.created_at, "start_date", "end_date")
            and query.has_changed_between(each.modified_at)
        ]
        return json_response(listed("offers", [each.shown(self.project_id) for each in query.page(found)]))

    @route(STOCK, "POST")
    @route(OFFERS, "POST")
    def update_stock(self, request: Request, company: str, project: str) -> Response:
        """Take new values; HTTP 200 does not mean that each was taken."""
        self.enter(company, project)
        items = read_body(request)
        if mistakes := _mistakes(items):
            raise Invalid(*mistakes)
        if not items:
            raise Refusal(400, "No items in the request")
        if self.is_slow:
            return json_response({"status": "error", "message": "Updates are accepted and wait"}, 202)
        content = [self._taken(each) for each in items]
        status = "error" if any(each["status"] == "error" for each in content) else "success"
        return json_response({"status": status, "message": f"{len(items)} items read", "content": content})

    def _taken(self, said: dict[str, Any]) -> dict[str, Any]:
        key, now = said["id"], self.clock()
        told = {"id": key, "response": "", "data": None}
        if said["stock"] < 0:
            return {"status": "error", "message": "Stock can not be negative", **told}
        if key in self.unknown_items:
            return {"status": "error", "message": "Item is not known in this project", **told}
        offer = self.offers.get(key)
        if offer is None:
            offer = self.offers[key] = Offer(len(self.offers) + 1, key, now, now, 0)
        offer.stock, offer.modified_at = said["stock"], now
        offer.title, offer.gtin = said.get("title") or offer.title, said.get("gtin") or offer.gtin
        offer.price = str(said["price"]) if said.get("price") is not None else offer.price
        return {"status": "success", "message": "Item updated", **told}


def _mistakes(items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, list):
        return [mistake("Input should be a valid list", "list_type", "body")]
    if len(items) > MOST_ITEMS:
        text = f"List should have at most {MOST_ITEMS} items after validation, not {len(items)}"
        return [mistake(text, "too_long", "body")]
    return [each for at, item in enumerate(items) for each in _wrong(at, item)]


def _wrong(at: int, item: Any) -> list[dict[str, Any]]:
    if not isinstance(item, dict):
        return [mistake("Input should be a valid dictionary", "dict_type", "body", at)]
    wrong = [mistake("Field required", "missing", "body", at, name) for name in ("id", "stock") if name not in item]
    for name in ("id", "title", "gtin"):
        is_empty = item.get(name) is None and name != "id"
        if name in item and not is_empty and not isinstance(item[name], str):
            wrong.append(mistake("Input should be a valid string", "string_type", "body", at, name))
    if "stock" in item and not is_whole(item["stock"]):
        wrong.append(mistake("Input should be a valid integer", "int_type", "body", at, "stock"))
    return wrong
