"""Tilroy's stock service: levels by sku and shop, what changed, and movements that are imported."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    Json,
    answer,
    bad_request,
    body_of,
    exported_since,
    moment,
    need,
    not_found,
    page,
    utc,
    within,
)
from plugins.sandbox.tilroy.customer_forms import find_shop
from plugins.sandbox.tilroy.products import Products

ROOT = "/stockapi/production"
Place = tuple[int, int]
"""A sku and a shop."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One movement of stock."""

    number: int
    place: Place
    change: int
    kind: str
    source_id: str
    cause: str
    at: datetime


class Stock(Products):
    """Tells stock per sku and shop; an import names its movement, and counts once."""

    def seed(self) -> None:
        """Start with the retailer's levels and no movement."""
        super().seed()
        self.levels: dict[Place, tuple[int, datetime]] = {}
        self.deltas: list[Delta] = []
        self.movements: set[str] = set()

    @cached_property
    def told_levels(self) -> dict[Place, int]:
        """Return the retailer's levels."""
        return {
            (article.sku_id, shop_id): quantity
            for article in self.articles.values()
            for shop_id, quantity in article.stock
        }

    def level(self, place: Place) -> tuple[int, datetime]:
        """Return how many are available, and since when."""
        told = self.told_levels.get(place, 0), self.changed_at(self.articles[place[0]])
        return self.levels.get(place) or told

    def move(self, place: Place, change: int, kind: str, at: datetime, source_id: str = "", cause: str = "") -> None:
        """Change a level and keep the movement."""
        self.levels[place] = self.level(place)[0] + change, at
        self.deltas.append(Delta(len(self.deltas) + 1, place, change, kind, source_id, cause, at))

    def _stock(self, place: Place) -> Json:
        sku_id, shop_id = place
        available, at = self.level(place)
        return {
            "tilroyId": f"sku_{sku_id}_shop_{shop_id}",
            "sku": {"tilroyId": str(sku_id), "sourceId": self.articles[sku_id].sku},
            "shop": {"tilroyId": str(shop_id), "number": self.shops[shop_id].number},
            "location1": "",
            "location2": "",
            "qty": {"available": available, "ideal": 5, "max": 10, "requested": 0, "transfered": 0},
            "refill": max(0, 5 - available),
            "dateUpdated": utc(at),
        }

    def _places(self) -> list[Place]:
        return sorted(place for place in {**self.told_levels, **self.levels} if place[1] in self.shops)

    @route(f"{ROOT}/stock")
    def answer_stock(self, request: Request) -> Response:
        """List the stock of the skus that were named; without any it is refused."""
        ids, source = request.args.get("skuTilroyId"), request.args.get("skuSourceId")
        if not ids and not source:
            raise bad_request("skuTilroyId or skuSourceId is required")
        skus = self.skus_of(ids) if ids else self.skus_of(str(self.sku_ids.get(source or "", "")))
        shop = {"tilroyId": request.args.get("shopTilroyId"), "number": request.args.get("shopNumber")}
        shops = [find_shop(shop, self.shops).id] if any(shop.values()) else sorted(self.shops)
        known = self.told_levels
        places = [
            (sku, at) for sku in dict.fromkeys(skus) for at in shops if (sku, at) in known or (sku, at) in self.levels
        ]
        is_ordered = request.args.get("withQtyOrdered") == "true"
        return page(request, places, self._with_ordered if is_ordered else self._stock)

    def _with_ordered(self, place: Place) -> Json:
        form = self._stock(place)
        return {**form, "qty": {**form["qty"], "ordered": 0}}

    @route(f"{ROOT}/stock/<stock>")
    def answer_one_stock(self, request: Request, stock: str) -> Response:
        """Return the stock of one sku in one shop."""
        for place in self._places():
            if stock == f"sku_{place[0]}_shop_{place[1]}":
                return answer(request, self._stock(place))
        raise not_found("Stock")

    @route(f"{ROOT}/stockchanges")
    def answer_changes(self, request: Request) -> Response:
        """List the levels that changed between two moments, as they stand after it."""
        first, last = moment(request, "dateFrom"), moment(request, "dateTo")
        if first is None or last is None:
            raise bad_request("dateFrom and dateTo are required")
        number = request.args.get("shopNumber")
        places = [
            place
            for place in self._places()
            if first <= self.level(place)[1] <= last and number in (None, str(self.shops[place[1]].number))
        ]
        return page(request, sorted(places, key=lambda place: self.level(place)[1]), self._change)

    def _change(self, place: Place) -> Json:
        form = self._stock(place)
        return {**form, "dateCreated": form["dateUpdated"], "modificationType": "stock", "inAssortment": True}

    @route(f"{ROOT}/export/stockdeltas")
    def answer_deltas(self, request: Request) -> Response:
        """Export movements since a moment; they name no sku id."""
        since = exported_since(request)
        return page(request, self.deltas[bisect_left(self.deltas, since, key=lambda delta: delta.at) :], self._delta)

    def _delta(self, delta: Delta) -> Json:
        article, shop = self.articles[delta.place[0]], self.shops[delta.place[1]]
        return {
            "tilroyId": str(delta.number),
            "timestamp": utc(delta.at).replace("Z", "+0000"),
            "sourceId": delta.source_id,
            "modificationType": delta.kind,
            "shop": {"number": shop.number, "sourceId": f"S{shop.number}"},
            "product": {"code": article.product_code, "sourceId": article.product_code},
            "colour": {"code": article.colour, "sourceId": f"{article.product_code} {article.colour}".strip()},
            "size": {"code": article.size},
            "sku": {"barcode": article.gtin, "sourceId": article.sku},
            "qtyDelta": delta.change,
            "qtyTransferredDelta": 0,
            "qtyReservedDelta": 0,
            "cause": delta.cause,
            "dateExported": utc(delta.at),
        }

    @route(f"{ROOT}/import/stock", "POST")
    def answer_stock_import(self, request: Request) -> Response:
        """Queue an absolute level."""
        body = body_of(request)
        level = body.get("quantity", body.get("availableQuantity"))
        return self._queued(body, level, "quantity", lambda place, whole: whole - self.level(place)[0])

    @route(f"{ROOT}/import/stockcorrections", "POST")
    def answer_correction(self, request: Request) -> Response:
        """Queue a correction by so many."""
        body = body_of(request)
        return self._queued(body, body.get("delta"), "delta", lambda place, whole: whole)

    def _queued(self, body: Json, amount: Any, name: str, change: Callable[[Place, int], int]) -> Response:
        need(body, ["sourceId", "sku", "reason", "shop"])
        if not isinstance(amount, int) or isinstance(amount, bool):
            raise bad_request(f"{name} should be an integer")
        sku = within(body, "sku")
        if not sku.get("sourceId") and not sku.get("barcode"):
            raise bad_request("sku.sourceId or sku.barcode is required")
        shop = find_shop({**within(body, "shop"), "tilroyId": None}, self.shops)

        def work(at: datetime) -> None:
            sku_id = self.sku_ids.get(str(sku.get("sourceId") or sku.get("barcode")))
            if sku_id is None or body["sourceId"] in self.movements:
                return
            self.movements.add(body["sourceId"])
            place = sku_id, shop.id
            self.move(place, change(place, amount), "correction", at, body["sourceId"], str(body["reason"]))

        self.later(work)
        return Response(status=201)
