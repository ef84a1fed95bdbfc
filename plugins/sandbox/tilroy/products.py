"""Tilroy's product service: product, colour, sku; and the queue that ignores what it has seen before."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import Article
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    Json,
    Refusal,
    answer,
    bad_request,
    body_of,
    exported_since,
    money,
    need,
    not_found,
    page,
    utc,
)
from plugins.sandbox.tilroy.gateway import Gateway

ROOT = "/product-bulk/production"
LARGEST_COUNT = 1000
IMPORT_NEEDS = ("sourceId", "code", "brand", "countryVats", "groupLevels", "colours")
COUNTRY = "NL"


class Products(Gateway):
    """Lists products, the light form in lists and the full one by id; imports them later."""

    def seed(self) -> None:
        """Remember nothing yet of what was imported."""
        super().seed()
        self.imported_bodies: set[str] = set()
        self.patches: dict[int, Json] = {}
        self.new_exports: list[tuple[datetime, int]] = []

    @cached_property
    def product_skus(self) -> dict[int, list[Article]]:
        """Return the skus of each product."""
        products: defaultdict[int, list[Article]] = defaultdict(list)
        for article in self.articles.values():
            products[article.product_id].append(article)
        return dict(sorted(products.items()))

    @cached_property
    def product_exports(self) -> list[tuple[datetime, int]]:
        """Return when each product was exported, in that order."""
        return sorted((max(map(self.changed_at, skus)), number) for number, skus in self.product_skus.items())

    def product(self, product_id: int, *, is_full: bool = False) -> Json:
        """Return a product as it stands."""
        skus = self.product_skus.get(product_id)
        form = _product(product_id, skus, is_full) if skus else {"tilroyId": str(product_id)}
        return {**form, **self.patches.get(product_id, {})}

    def _product_ids(self) -> list[int]:
        return [*self.product_skus, *(each for each in sorted(self.patches) if each not in self.product_skus)]

    def _by_source(self, source_id: str) -> int:
        for product_id in self._product_ids():
            if self.product(product_id).get("sourceId") == source_id:
                return product_id
        raise not_found("Product")

    @route(f"{ROOT}/products")
    def answer_products(self, request: Request) -> Response:
        """List all products, or those with a sku, code or barcode."""
        return page(request, self._searched(request.args), self.product, LARGEST_COUNT)

    def _searched(self, asked: Mapping[str, str]) -> list[int]:
        if source := asked.get("skuSourceId"):
            wanted = {source}
        elif barcodes := asked.get("barcodes"):
            wanted = set(barcodes.split(","))
        elif code := asked.get("code"):
            colour, size = asked.get("colourCode"), asked.get("sizeCode")
            return [number for number in self._product_ids() if _is_coded(self.product(number), code, colour, size)]
        else:
            return self._product_ids()
        skus = [self.articles[self.sku_ids[each]] for each in sorted(wanted) if each in self.sku_ids]
        field = "sku" if asked.get("skuSourceId") else "gtin"
        return sorted({article.product_id for article in skus if getattr(article, field) in wanted})

    @route(f"{ROOT}/export/products")
    def answer_product_export(self, request: Request) -> Response:
        """Export the products that changed since a moment."""
        since = exported_since(request)
        exports = sorted([*self.product_exports, *self.new_exports]) if self.new_exports else self.product_exports
        rows = exports[bisect_left(exports, since, key=lambda export: export[0]) :]
        return page(request, rows, lambda row: {**self.product(row[1]), "dateExported": utc(row[0])}, LARGEST_COUNT)

    @route(f"{ROOT}/v2/products/<product>")
    def answer_product(self, request: Request, product: str) -> Response:
        """Return one product with everything, by its tilroyId."""
        if not product.isdecimal() or int(product) not in {*self.product_skus, *self.patches}:
            raise not_found("Product")
        return answer(request, self.product(int(product), is_full=True))

    @route(f"{ROOT}/products/<path:source>")
    def answer_product_by_source(self, request: Request, source: str) -> Response:
        """Return one product with everything, by its sourceId."""
        return answer(request, self.product(self._by_source(source), is_full=True))

    @route(f"{ROOT}/products/<path:source>", "PUT")
    def answer_product_update(self, request: Request, source: str) -> Response:
        """Merge a part into a product, at once."""
        self._merge(self._by_source(source), body_of(request), self.present())
        return Response(status=200)

    @route(f"{ROOT}/import/products", "POST")
    def answer_product_import(self, request: Request) -> Response:
        """Queue a product; a body seen before is answered 201 and does nothing."""
        body = body_of(request)
        need(body, IMPORT_NEEDS)
        if not isinstance(body["colours"], list):
            raise bad_request("colours should be an array")
        digest = hashlib.sha256(request.get_data()).hexdigest()
        if digest in self.imported_bodies:
            return Response(status=201)
        self.imported_bodies.add(digest)
        self.later(lambda at: self._import(body, at))
        return Response(status=202)

    def _import(self, body: Json, at: datetime) -> None:
        try:
            product_id = self._by_source(body["sourceId"])
        except Refusal:
            product_id = max(self._product_ids(), default=0) + 1
        self._merge(product_id, body, at)

    def _merge(self, product_id: int, part: Json, at: datetime) -> None:
        patch = {name: value for name, value in part.items() if name != "tilroyId"}
        self.patches[product_id] = {**self.patches.get(product_id, {}), **patch}
        insort(self.new_exports, (at, product_id))

    @route(f"{ROOT}/suppliers")
    def answer_suppliers(self, request: Request) -> Response:
        """List all suppliers in one answer; their id is a number."""
        brands = sorted({article.brand for article in self.articles.values() if article.brand})
        code = request.args.get("code")
        rows = [{"tilroyId": at, "code": brand, "name": brand} for at, brand in enumerate(brands, 1)]
        return answer(request, [row for row in rows if code is None or row["code"] == code])

    def skus_of(self, text: str) -> list[int]:
        """Return the known skus of a comma-separated list of ids."""
        given = (each.strip() for each in text.split(","))
        return [int(each) for each in given if each.isdecimal() and int(each) in self.articles]


def _is_coded(product: Json, code: str, colour: str | None, size: str | None) -> bool:
    if product.get("code") != code:
        return False
    if not (colour and size):
        return True
    return any(
        each.get("code") == colour and any(sku["size"]["code"] == size for sku in each["skus"])
        for each in product["colours"]
    )


def _product(product_id: int, skus: list[Article], is_full: bool) -> Json:
    first = skus[0]
    colours: defaultdict[str, list[Article]] = defaultdict(list)
    for article in skus:
        colours[article.colour].append(article)
    return {
        "tilroyId": str(product_id),
        "sourceId": first.product_code,
        "code": first.product_code,
        "visibleOnline": first.is_online,
        "inFeed": first.is_online,
        "descriptions": [
            {"languageCode": "NL", "standard": first.name, "web": "", "webName": first.name, "seoTitle": ""}
        ],
        "brand": {"code": first.brand, "descriptions": [{"languageCode": "NL", "standard": first.brand}]},
        "supplier": {"code": first.brand},
        "countryVats": [{"countryCode": COUNTRY, "vatCode": "H", "vatPerc": 21}],
        "groupLevels": _levels(first),
        "colours": [
            _colour(product_id, number, code, rows, is_full) for number, (code, rows) in enumerate(colours.items())
        ],
        "webShop": [{"shop": {"number": 900}, "online": "stock" if first.is_online else "never"}],
    }


def _levels(article: Article) -> list[Json]:
    codes = [code for code in (article.department, article.category) if code]
    return [{"level": level, "code": code, "descriptions": []} for level, code in enumerate(codes, 1)]


def _colour(product_id: int, number: int, code: str, skus: list[Article], is_full: bool) -> Json:
    return {
        "tilroyId": str(product_id * 10 + number),
        "sourceId": f"{skus[0].product_code} {code}".strip(),
        "code": code,
        "skus": [_sku(article, is_full) for article in skus],
        "pictures": [],
    }


def _sku(article: Article, is_full: bool) -> Json:
    form: dict[str, Any] = {
        "tilroyId": str(article.sku_id),
        "sourceId": article.sku,
        "size": {"code": article.size},
        "lifeStatus": {"code": "A"},
        "costPrice": money(article.price_cents // 2),
        "barcodes": [{"code": article.gtin, "quantity": 1, "isInternal": False}] if article.gtin else [],
        "rrp": [{"countryCode": COUNTRY, "rrp": money(article.price_cents)}],
    }
    return {**form, "code": article.sku, "season": {}, "netWeight": {"netto": 0}} if is_full else form
