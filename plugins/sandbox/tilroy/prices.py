"""Tilroy's price service: rules per sku and shop, current prices, and imports that show later."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import Article
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    DEFAULT_COUNT,
    LARGEST_COUNT,
    Json,
    answer,
    any_body,
    bad_request,
    body_of,
    cents,
    cursor,
    last_id,
    moment,
    money,
    need,
    not_found,
    page,
    read_moment,
    utc,
    whole_number,
    within,
    words,
)
from plugins.sandbox.tilroy.customer_forms import find_shop
from plugins.sandbox.tilroy.products import COUNTRY, Products

ROOT = "/priceapi/production"
LARGEST_SKUS = 100
Place = tuple[int, int | None]
"""A sku and the shop whose price it is; None for the country's."""
Rule = tuple[datetime, Place]


class Prices(Products):
    """Answers prices; the retailer's own hold in the whole country, an imported one may be a shop's."""

    def seed(self) -> None:
        """Start with nobody's imports."""
        super().seed()
        self.imported: dict[Place, list[Json]] = {}
        self.price_times: dict[Place, datetime] = {}
        self.runs: dict[str, str] = {}

    @cached_property
    def places(self) -> list[Place]:
        """Return the sku and shop of the retailer's own rules, in order."""
        return [
            (article.sku_id, None) for article in sorted(self.articles.values(), key=_by_sku) if _is_priced(article)
        ]

    def _all_places(self) -> list[Place]:
        new = set(self.price_times).difference(self.places) if self.price_times else ()
        return sorted([*self.places, *new], key=lambda place: (place[0], place[1] or 0)) if new else self.places

    def _modified(self, place: Place) -> datetime:
        return self.price_times.get(place) or self.changed_at(self.articles[place[0]])

    def _items(self, place: Place) -> list[Json]:
        own = _own_items(self.articles[place[0]], self.changed_at(self.articles[place[0]])) if place[1] is None else []
        return own + self.imported.get(place, [])

    def _rule(self, place: Place) -> Json:
        sku_id, shop_id = place
        article = self.articles[sku_id]
        shop = self.shops.get(shop_id) if shop_id is not None else None
        form: Json = {
            "tilroyId": f"sku{sku_id}_store{shop_id}" if shop else f"sku{sku_id}_country{COUNTRY}",
            "country": {"code": COUNTRY},
            "sku": {"tilroyId": str(sku_id), "sourceId": article.sku},
            "prices": self._items(place),
            "dateModified": utc(self._modified(place)),
        }
        if shop:
            form["shop"] = {"tilroyId": str(shop.id), "sourceId": f"S{shop.number}", "number": str(shop.number)}
        return form

    @route(f"{ROOT}/price/rules")
    def answer_rules(self, request: Request) -> Response:
        """List the rules of all skus, by page or after `lastId`."""
        start, since, shop = last_id(request), moment(request, "dateModified"), request.args.get("shopId")
        places = [
            place
            for place in self._all_places()
            if (since is None or self._modified(place) >= since) and (not shop or str(place[1]) == shop)
        ]
        if start is None:
            return page(request, places, self._rule)
        count = whole_number(request, "count", DEFAULT_COUNT, LARGEST_COUNT)
        at = 0
        if start:
            at = next((at for at, place in enumerate(places, 1) if self._rule(place)["tilroyId"] == start), 0)
            if not at:
                raise bad_request("lastId is not valid")
        return cursor(request, [self._rule(place) for place in places[at : at + count]], count, "tilroyId")

    @route(f"{ROOT}/price/rules/<sku>")
    def answer_sku_rules(self, request: Request, sku: str) -> Response:
        """List the rules of one sku; 404 when it has none."""
        since = moment(request, "dateModified")
        places = [place for place in self._places_of(sku) if since is None or self._modified(place) >= since]
        if not places:
            raise not_found("Price rules")
        return page(request, places, self._rule)

    def _places_of(self, sku: str) -> list[Place]:
        known = self.skus_of(sku)
        if not known:
            return []
        own: list[Place] = [(known[0], None)] if _is_priced(self.articles[known[0]]) else []
        return own + sorted(place for place in self.price_times if place[0] == known[0] and place not in own)

    @route(f"{ROOT}/prices")
    def answer_prices(self, request: Request) -> Response:
        """Return what up to 100 skus cost now in one shop."""
        given = request.args.get("skuSourceIds") or request.args.get("skuIds")
        if not given:
            raise bad_request("skuIds or skuSourceIds is required")
        names = given.split(",")
        if len(names) > LARGEST_SKUS:
            raise bad_request(f"skuIds is limited to {LARGEST_SKUS} ids")
        if request.args.get("skuSourceIds"):
            names = [str(self.sku_ids.get(name, "")) for name in names]
        skus = [sku for name in names for sku in self.skus_of(name)]
        return answer(request, [self._current(sku, *self._when_and_where(request)) for sku in skus])

    @route(f"{ROOT}/prices/<sku>")
    def answer_price(self, request: Request, sku: str) -> Response:
        """Return what one sku costs now in one shop."""
        known = self.skus_of(sku)
        if not known:
            raise not_found("Price")
        return answer(request, self._current(known[0], *self._when_and_where(request)))

    def _when_and_where(self, request: Request) -> tuple[datetime, int]:
        given = {"tilroyId": request.args.get("shopId"), "number": request.args.get("shopNumber")}
        if not any(given.values()):
            raise bad_request("shopId or shopNumber is required")
        return moment(request, "date") or self.present(), find_shop(given, self.shops).id

    def _current(self, sku_id: int, at: datetime, shop_id: int) -> Json:
        prices: dict[str, Json] = {}
        for place in ((sku_id, None), (sku_id, shop_id)):
            for item in self._items(place):
                ends = item["endDate"]
                if read_moment(item["startDate"], "") <= at and (not ends or at < read_moment(ends, "")):
                    prices[item["type"]] = item
        return {
            "sku": {"tilroyId": str(sku_id), "sourceId": self.articles[sku_id].sku},
            "prices": list(prices.values()),
        }

    @route(f"{ROOT}/import/prices", "POST")
    def answer_price_import(self, request: Request) -> Response:
        """Queue prices: validated as a whole, nothing said about any single one."""
        items = [_checked(item) for item in _list(any_body(request))]
        self.later(lambda at: self._keep(items, at))
        return Response(status=202)

    @route(f"{ROOT}/v2/import/reset", "POST")
    def answer_price_reset(self, request: Request) -> Response:
        """Queue prices that replace all imported ones of their skus."""
        items = [_checked(item) for item in _list(any_body(request))]
        self.later(lambda at: self._reset(items, at))
        return Response(status=202)

    def _reset(self, items: list[Json], at: datetime) -> None:
        skus = {self._sku(item) for item in items}
        self.imported = {place: old for place, old in self.imported.items() if place[0] not in skus}
        self._keep(items, at)

    def _sku(self, item: Json) -> int | None:
        sku = item["sku"]
        if sku.get("tilroyId"):
            return next(iter(self.skus_of(str(sku["tilroyId"]))), None)
        return self.sku_ids.get(str(sku.get("sourceId", "")))

    def _keep(self, items: list[Json], at: datetime) -> None:
        for item in items:
            sku_id, shop = self._sku(item), within(item, "shop")
            if sku_id is None:  # the queue drops what it cannot match, and tells nobody
                continue
            place: Place = (sku_id, find_shop(shop, self.shops).id if self._knows(shop) else None)
            self.imported.setdefault(place, []).extend(self._price_items(item, at))
            self.price_times[place] = at

    def _knows(self, shop: Json) -> bool:
        numbers = {str(each.number) for each in self.shops.values()}
        return str(shop.get("number")) in numbers or str(shop.get("sourceId"))[1:] in numbers

    def _price_items(self, item: Json, at: datetime) -> list[Json]:
        run = within(item, "run").get("sourceId")
        steps = item.get("volumePrices") or [{"quantity": 1, "price": item.get("price")}]
        return [
            {
                "tilroyId": str(1_000_000 + sum(map(len, self.imported.values())) + number),
                "sourceId": str(item.get("sourceId", "")),
                "type": item["type"],
                "price": money(cents(step["price"], "price")),
                "quantity": step["quantity"],
                "run": {"tilroyId": self.runs.setdefault(run, str(len(self.runs) + 1))} if run else {},
                "labelType": str(item.get("labelType", "")),
                "startDate": utc(read_moment(item["startDate"], "startDate")),
                "endDate": utc(read_moment(item["endDate"], "endDate")) if item.get("endDate") else None,
                "promotionTilroyId": None,
                "dateCreated": utc(at),
            }
            for number, step in enumerate(steps)
        ]

    @route(f"{ROOT}/endPrices", "POST")
    def answer_end_prices(self, request: Request) -> Response:
        """End the imported promo prices of a sku, of one run if it is named."""
        body = body_of(request)
        need(body, ["sku"])
        ends = read_moment(words(body["endDate"], "endDate"), "endDate") if body.get("endDate") else self.present()
        run = self.runs.get(str(within(body, "run").get("sourceId", "")))
        for place, items in self.imported.items():
            for item in items if place[0] == self._sku(body) else []:
                if item["type"] == "promo" and run in (None, item["run"].get("tilroyId")):
                    item["endDate"] = utc(ends)
                    self.price_times[place] = self.present()
        return answer(request, body)


def _by_sku(article: Article) -> int:
    return article.sku_id


def _is_priced(article: Article) -> bool:
    return article.price_cents > 0


def _own_items(article: Article, changed_at: datetime) -> list[Json]:
    if not _is_priced(article):
        return []
    since = utc(changed_at)
    kinds = {"standard": article.price_cents, "promo": article.promo_cents}
    return [
        {
            "tilroyId": str(article.sku_id * 10 + number),
            "sourceId": "",
            "type": kind,
            "price": money(price),
            "quantity": 1,
            "run": {},
            "labelType": "",
            "startDate": since,
            "endDate": None,
            "promotionTilroyId": "1" if kind == "promo" else None,
            "dateCreated": since,
        }
        for number, (kind, price) in enumerate(kinds.items())
        if price is not None
    ]


def _list(body: Any) -> list[Any]:
    if not isinstance(body, list) or not body:
        raise bad_request("body should be an array")
    return body


def _checked(item: Any) -> Json:
    if not isinstance(item, dict):
        raise bad_request("a price should be an object")
    need(item, ["sku", "type", "startDate"])
    if not any(within(item, "sku").get(name) for name in ("tilroyId", "sourceId", "productCode")):
        raise bad_request("sku.sourceId or sku.tilroyId is required")
    within(item, "shop"), within(item, "run")
    if item["type"] not in ("standard", "promo"):
        raise bad_request("type should be one of promo, standard")
    for step in [item] if "price" in item else item.get("volumePrices") or [{}]:
        need(step, ["price"] if step is item else ["price", "quantity"])
        cents(step["price"], "price")
    for name in ("startDate", "endDate"):
        if item.get(name):
            read_moment(words(item[name], name), name)
    return item
