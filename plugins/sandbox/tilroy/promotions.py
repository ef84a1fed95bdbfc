"""Tilroy's promotion service: discount codes in collections; promotions themselves can only be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    Json,
    Refusal,
    answer,
    bad_request,
    body_of,
    exported_since,
    need,
    not_found,
    page,
    utc,
    within,
    words,
)
from plugins.sandbox.tilroy.gateway import Gateway

ROOT = "/promotionapi/production"
LARGEST_BATCH = 1000
STANDING_COLLECTION = "LOYALTY"
"""A collection that somebody has made by hand."""


@dataclass(frozen=True, slots=True)
class Code:
    """One discount code; it works once."""

    number: int
    barcode: str
    collection: str
    status: str
    made: datetime
    active: datetime | None = None
    used: datetime | None = None
    sale: str = ""


class Promotions(Gateway):
    """Creates, activates and uses discount codes, a thousand at a time."""

    def seed(self) -> None:
        """Start with one collection and no code."""
        super().seed()
        self.collections: dict[str, str] = {STANDING_COLLECTION: "1"}
        self.codes: dict[str, Code] = {}

    @route(f"{ROOT}/v1/discountcodecollections", "POST")
    def answer_new_collection(self, request: Request) -> Response:
        """Create a collection."""
        body = body_of(request)
        need(body, ["code"])
        code, present = words(body["code"], "code"), utc(self.present())
        number = self.collections.setdefault(code, str(len(self.collections) + 1))
        made = {"tilroyId": number, "code": code, "status": body.get("status", "active"), "dateCreated": present}
        return answer(request, made, 201)

    @route(f"{ROOT}/v1/discountcodes")
    def answer_codes(self, request: Request) -> Response:
        """List the codes of a barcode or a collection, in one answer."""
        args = request.args
        rows = [
            code
            for code in self.codes.values()
            if args.get("barcode", code.barcode) == code.barcode
            and args.get("collectionCode", code.collection) == code.collection
            and args.get("collectionTilroyId", self._collection_id(code)) == self._collection_id(code)
        ]
        return answer(request, [self._code(code) for code in rows])

    @route(f"{ROOT}/v1/discountcodes", "POST")
    def answer_new_codes(self, request: Request) -> Response:
        """Create up to a thousand codes; a barcode is made up where none is given."""
        body = body_of(request)
        options, status = within(body, "options"), body.get("status", "active")
        if status not in ("new", "active"):
            raise bad_request("status should be one of new, active")
        barcodes = _barcodes(options, len(self.codes) + 1)
        if taken := len(barcodes) - len(set(barcodes).difference(self.codes)):
            raise bad_request(f"{taken} barcodes are already in use")
        collection, present = self._collection(within(body, "collection")), self.present()
        active = present if status == "active" else None
        made = [
            Code(number, barcode, collection, status, present, active)
            for number, barcode in enumerate(barcodes, len(self.codes) + 1)
        ]
        self.codes.update({code.barcode: code for code in made})
        return answer(request, [self._code(code) for code in made], 201)

    def _collection(self, collection: Json) -> str:
        if not collection:
            return ""
        for code, number in self.collections.items():
            if collection.get("code") == code or str(collection.get("tilroyId")) == number:
                return code
        raise not_found("Collection")

    def _collection_id(self, code: Code) -> str:
        return self.collections.get(code.collection, "")

    def _code(self, code: Code) -> Json:
        form: Json = {
            "tilroyId": str(code.number),
            "barcode": code.barcode,
            "status": code.status,
            "dateCreated": utc(code.made),
        }
        if code.collection:
            form["collection"] = {"tilroyId": self._collection_id(code), "code": code.collection}
        dates = {"dateActive": code.active, "dateUsed": code.used}
        form |= {name: utc(at) for name, at in dates.items() if at}
        return form | ({"sale": {"tilroyId": code.sale}} if code.sale else {})

    def _by_number(self, number: str) -> Code:
        for code in self.codes.values():
            if str(code.number) == number:
                return code
        raise not_found("Discount code")

    @route(f"{ROOT}/v1/discountcodes/<code>/activate", "PUT")
    def answer_activate(self, request: Request, code: str) -> Response:
        """Let a code work from now on."""
        found = self._by_number(code)
        self.codes[found.barcode] = replace(found, status="active", active=self.present())
        return answer(request, self._code(self.codes[found.barcode]))

    @route(f"{ROOT}/v1/discountcodes/<code>/use", "PUT")
    def answer_use(self, request: Request, code: str) -> Response:
        """Use a code up; once only."""
        found = self._by_number(code)
        if found.status != "active":
            raise Refusal(400, "BadRequest", f"discount code is {found.status}")
        sale = str(within(body_of(request), "sale").get("tilroyId", "")) if request.get_data() else ""
        self.codes[found.barcode] = replace(found, status="used", used=self.present(), sale=sale)
        return answer(request, self._code(self.codes[found.barcode]))

    @route(f"{ROOT}/export/promotions")
    def answer_promotions(self, request: Request) -> Response:
        """Export promotions: one runs when the retailer has promotion prices."""
        began = self.retailer.anchor - timedelta(days=30)
        is_running = any(article.promo_cents is not None for article in self.articles.values())
        promotion = {
            "tilroyId": "1",
            "name": "Promo",
            "dateFrom": utc(began),
            "dateTo": utc(began + timedelta(days=60)),
            "dateExported": utc(began),
        }
        since = exported_since(request)
        rows = [promotion] if is_running and since <= began else []
        return page(request, rows, lambda row: row)


def _barcodes(options: Json, start: int) -> list[str]:
    given: Any = options.get("barcodes")
    if given is None:
        amount = options.get("qty", 1)
        if not isinstance(amount, int) or not 1 <= amount <= LARGEST_BATCH:
            raise bad_request(f"options.qty should be between 1 and {LARGEST_BATCH}")
        return [f"SBX{number:08d}" for number in range(start, start + amount)]
    if not isinstance(given, list) or not 1 <= len(given) <= LARGEST_BATCH:
        raise bad_request(f"options.barcodes should hold between 1 and {LARGEST_BATCH} barcodes")
    return [words(barcode, "options.barcodes") for barcode in given]
