"""Products: what was put in, and what Google makes of it some minutes later."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_merchant.account import Account, body_of, decoded, encoded, paged
from plugins.sandbox.google_merchant.attributes import check_attributes, issues
from plugins.sandbox.google_merchant.refusals import Refusal, exhausted, invalid, missing
from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.stand_in import json_response, route

LIVES = timedelta(days=30)
CONTEXTS = ("SHOPPING_ADS", "FREE_LISTINGS")
FIELDS = {
    "name", "base64EncodedName", "product", "base64EncodedProduct", "legacyLocal", "offerId", "contentLanguage",
    "feedLabel", "versionNumber", "productAttributes", "customAttributes",
}  # fmt: skip
LABEL, LANGUAGE = re.compile(r"[A-Z0-9_-]{1,20}"), re.compile("[a-z]{2}")
MOST_CUSTOM, LONGEST_CUSTOM, MOST_CUSTOM_BYTES = 2500, 10_240, 102_400
HELP = "https://support.google.com/merchants/answer/7052112"


@dataclass
class Item:
    """One offer in one language: what was put in, and from when on Google shows it."""

    name: str
    source: str
    made_at: datetime
    inputs: list[tuple[datetime, dict[str, Any] | None]] = field(default_factory=list)
    """From when on, and what; None where it was deleted."""

    def shown(self, now: datetime) -> tuple[datetime, dict[str, Any]] | None:
        """Return what is shown now, and since when; None where it is not there, or was not put in for too long."""
        visible = [each for each in self.inputs if each[0] <= now]
        if not visible or visible[-1][1] is None or now >= visible[-1][0] + LIVES:
            return None
        return visible[-1][0], visible[-1][1]

    @property
    def newest(self) -> dict[str, Any] | None:
        """Return what was put in last."""
        return self.inputs[-1][1] if self.inputs else None


@dataclass
class ProductPaths(Account):
    """Answers `productInputs:insert`, its deletion, and `products`."""

    minutes_to_process: int = field(default=5, kw_only=True)
    updates_a_day: int = field(default=2, kw_only=True)
    """How often one product may be put in on one day; 0: as often as one likes."""

    @override
    def seed(self) -> None:
        super().seed()
        self.sources: dict[str, dict[str, Any]] = {
            "555": {"displayName": "Products NL", "input": "API", "primaryProductDataSource":
                    {"feedLabel": "NL", "contentLanguage": "nl", "countries": ["NL", "BE"]}},
            "556": {"displayName": "File", "input": "FILE", "fileInput": {"fileInputType": "FETCH"},
                    "primaryProductDataSource": {"feedLabel": "NL", "contentLanguage": "nl", "countries": ["NL"]}},
            "777": {"displayName": "Promotions NL", "input": "API",
                    "promotionDataSource": {"targetCountry": "NL", "contentLanguage": "nl"}},
        }  # fmt: skip
        self.items: dict[str, Item] = {}
        self.updates: Counter[tuple[str, str]] = Counter()
        self.extra_issues: dict[str, list[tuple[str, str, str]]] = {}
        for article in self.retailer.articles:
            if article.is_online:
                told = {"offerId": article.sku, "contentLanguage": "nl", "feedLabel": "NL"}
                self._put({**told, "productAttributes": _attributes(article)}, "555", self.clock())

    @route("/datasources/v1/accounts/<account>/dataSources")
    def list_sources(self, request: Request, account: str) -> Response:
        """List the data sources."""
        self.check_account(account)
        return json_response(paged(request, [self._source(key) for key in self.sources], "dataSources", 1000, 1000))

    @route("/datasources/v1/accounts/<account>/dataSources/<key>")
    def get_source(self, request: Request, account: str, key: str) -> Response:
        """Return one data source."""
        self.check_account(account)
        if key not in self.sources:
            raise missing("Data source")
        return json_response(self._source(key))

    def _source(self, key: str) -> dict[str, Any]:
        return {"name": f"accounts/{self.account_id}/dataSources/{key}", "dataSourceId": key, **self.sources[key]}

    @route("/products/v1/accounts/<account>/productInputs:insert", "POST")
    def insert_input(self, request: Request, account: str) -> Response:
        """Put a product in, or replace all that was said of it."""
        self.check_account(account)
        told = body_of(request)
        source = self.source_of(request.args.get("dataSource", ""), "primaryProductDataSource")
        name = self._checked(told, source)
        kept, version = self.items.get(name), told.get("versionNumber")
        before = (kept.newest or {}).get("versionNumber") if kept else None
        if version and before and int(version) < int(before):
            raise Refusal("ABORTED", "The version number is older than the one on record.", "VERSION_TOO_OLD")
        self._count_update(name)
        put = {**told, "offerId": name.split("~", 2)[2]}
        self._put(put, source, self.clock() + timedelta(minutes=self.minutes_to_process))
        return json_response(self._input(name, put))

    @route("/products/v1/accounts/<account>/productInputs/<segment>", "DELETE")
    def delete_input(self, request: Request, account: str, segment: str) -> Response:
        """Take a product out; it is shown some minutes longer."""
        self.check_account(account)
        source = self.source_of(request.args.get("dataSource", ""), "primaryProductDataSource")
        item = self.items.get(decoded(segment))
        if item is None or item.newest is None or item.source != source:
            raise missing("Product input")
        item.inputs.append((self.clock() + timedelta(minutes=self.minutes_to_process), None))
        return json_response({})

    @route("/products/v1/accounts/<account>/products")
    def list_products(self, request: Request, account: str) -> Response:
        """List what Google shows, as many as fit on a page."""
        self.check_account(account)
        now = self.clock()
        shown = [item for item in self.items.values() if item.shown(now)]
        page = paged(request, shown, "products", 25, 1000)
        if "products" in page:
            page["products"] = [self.view(item) for item in page["products"]]
        return json_response(page)

    @route("/products/v1/accounts/<account>/products/<segment>")
    def get_product(self, request: Request, account: str, segment: str) -> Response:
        """Return one product as Google shows it."""
        self.check_account(account)
        return json_response(self.view(self.product(segment)))

    def product(self, segment: str) -> Item:
        """Return a product that is shown, or refuse."""
        item = self.items.get(decoded(segment))
        if item is None or not item.shown(self.clock()):
            raise missing("Product")
        return item

    def source_of(self, name: str, kind: str) -> str:
        """Return the key of a data source that takes items of a kind."""
        parent, _, key = name.rpartition("/")
        if parent != f"accounts/{self.account_id}/dataSources" or key not in self.sources:
            raise invalid("dataSource", "INVALID_DATA_SOURCE")
        if kind not in self.sources[key] or self.sources[key]["input"] != "API":
            raise invalid("dataSource", "DATA_SOURCE_TYPE_NOT_SUPPORTED")
        return key

    def _checked(self, told: dict[str, Any], source: str) -> str:
        """Return the name of a product, or refuse what is wrong with its structure."""
        for each in told.keys() - FIELDS:
            raise invalid(f"productInput.{each}", "UNKNOWN_FIELD")
        offer = " ".join(str(told.get("offerId") or "").split())
        language, label = str(told.get("contentLanguage") or ""), str(told.get("feedLabel") or "")
        if not offer:
            raise invalid("productInput.offerId", "REQUIRED_FIELD_MISSING")
        if not LANGUAGE.fullmatch(language):
            raise invalid("productInput.contentLanguage", "INVALID_LANGUAGE")
        if not LABEL.fullmatch(label):
            raise invalid("productInput.feedLabel", "INVALID_FEED_LABEL")
        takes = self.sources[source]["primaryProductDataSource"]
        if (takes["contentLanguage"], takes["feedLabel"]) != (language, label):
            raise invalid("productInput.feedLabel", "DATA_SOURCE_MISMATCH")
        if told.get("versionNumber") and not re.fullmatch(r"\d+", str(told["versionNumber"])):
            raise invalid("productInput.versionNumber", "INVALID_NUMBER")
        check_attributes(told.get("productAttributes") or {})
        _check_custom(told.get("customAttributes") or [])
        return f"{language}~{label}~{offer}"

    def _count_update(self, name: str) -> None:
        key = (name, self.quota_day())
        if self.updates_a_day and self.updates[key] >= self.updates_a_day:
            raise exhausted("quota/too_many_updates_of_a_product")
        self.updates[key] += 1

    def _put(self, told: dict[str, Any], source: str, visible_at: datetime) -> None:
        name = f"{told['contentLanguage']}~{told['feedLabel']}~{told['offerId']}"
        item = self.items.setdefault(name, Item(name, source, self.clock()))
        item.source = source  # a product that comes from another source moves to it
        item.inputs.append((visible_at, told))

    def _input(self, name: str, told: dict[str, Any]) -> dict[str, Any]:
        plain, coded = _named(self.account_id, "products", name).values()
        own = _named(self.account_id, "productInputs", name)
        return {**told, **own, "product": plain, "base64EncodedProduct": coded}

    def view(self, item: Item) -> dict[str, Any]:
        """Return a product as Google shows it, with its status and issues."""
        shown = item.shown(self.clock())
        assert shown
        since, told = shown
        source = {"dataSource": f"accounts/{self.account_id}/dataSources/{item.source}"}
        return {**told, **_named(self.account_id, "products", item.name), **source,
                "productStatus": self._status(item, told, since)}  # fmt: skip

    def _status(self, item: Item, told: dict[str, Any], since: datetime) -> dict[str, Any]:
        found = [*issues(told.get("productAttributes") or {}), *self.extra_issues.get(item.name, ())]
        countries = list(self.sources[item.source]["primaryProductDataSource"]["countries"])
        is_out = any(severity == "DISAPPROVED" for _, severity, _ in found)
        where = {"approvedCountries": [] if is_out else countries, "pendingCountries": [],
                 "disapprovedCountries": countries if is_out else []}  # fmt: skip
        return {
            "destinationStatuses": [{"reportingContext": context, **where} for context in CONTEXTS],
            "itemLevelIssues": [_issue(code, severity, name, countries) for code, severity, name in found],
            "creationDate": _zulu(item.made_at),
            "lastUpdateDate": _zulu(since),
            "googleExpirationDate": _zulu(since + LIVES),
        }


def _attributes(article: Any) -> dict[str, Any]:
    price = {"amountMicros": str(article.price_cents * 10_000), "currencyCode": CURRENCY}
    told = {
        "title": article.name, "description": article.description or article.name, "brand": article.brand,
        "link": f"https://www.example.nl/p/{article.sku}", "imageLink": article.picture, "availability": "IN_STOCK",
        "condition": "NEW", "price": price, "gtins": [article.gtin] if article.gtin else [], "color": article.colour,
        "size": article.size, "productTypes": [article.category], "itemGroupId": article.product_code,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _named(account: str, kind: str, name: str) -> dict[str, str]:
    parent = f"accounts/{account}/{kind}"
    return {"name": f"{parent}/{name}", "base64EncodedName": f"{parent}/{encoded(name)}"}


def _issue(code: str, severity: str, attribute: str, countries: list[str]) -> dict[str, Any]:
    text = code.replace("_", " ").capitalize()
    return {
        "code": code, "severity": severity, "resolution": "merchant_action", "attribute": attribute,
        "reportingContext": CONTEXTS[0], "description": text, "detail": f"{text}.", "documentation": HELP,
        "applicableCountries": countries,
    }  # fmt: skip


def _check_custom(told: Any) -> None:
    sizes = [len(str(each.get("name", "")) + str(each.get("value", ""))) for each in told]
    if len(sizes) > MOST_CUSTOM or sum(sizes) > MOST_CUSTOM_BYTES or any(each > LONGEST_CUSTOM for each in sizes):
        raise invalid("productInput.customAttributes", "TOO_MANY_CUSTOM_ATTRIBUTES")


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
