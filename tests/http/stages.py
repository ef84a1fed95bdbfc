"""Every connector with the stand-in of its vendor, over a retailer small enough to be read many times."""

from __future__ import annotations

import importlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from singer_sdk import Tap

from plugins.sandbox.__main__ import KINDS
from plugins.sandbox.fiction import Fiction
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.stand_in import StandIn
from plugins.sandbox.stand_in import now as present
from plugins.wire.changes import ChangeTarget
from plugins.wire.outbox import Row
from tests.targets.kept import Kept

NOON = datetime(2026, 11, 20, tzinfo=UTC)
CANARY = "canary.piet@example.org"
WAYS = {"max_tries": 3, "backoff_seconds": 0, "timeout_seconds": 1}
FEW = 3
SIGNED = {"google_analytics"}
"""Who is asked with a text that says when it was signed: the vendor's clock is ours."""


@cache
def retailer() -> EmptyRetailer:
    """Return a few of each thing that the fictional retailer has."""
    told = Fiction(seed=7, people=60, anchor=NOON)
    empty = EmptyRetailer(NOON)
    few = {name: tuple(getattr(told, name))[:FEW] for name, value in vars(empty).items() if value == ()}
    sold = {line.sku_id for order in few["marketplace_orders"] for line in order.lines}
    articles = [*few["articles"], *(each for each in told.articles[FEW:] if each.sku_id in sold)]
    return EmptyRetailer(NOON, **{**few, "shops": told.shops, "articles": articles})


HAPPENED: Mapping[str, tuple[str, dict[str, str]]] = {
    "google_merchant": ("find_issue", {"offer_id": retailer().articles[0].sku, "code": "image_link_broken"}),
}
"""By system what has to happen before there is something to read of everything."""


@contextmanager
def served(system: str) -> Iterator[tuple[StandIn, dict[str, str]]]:
    """Serve a vendor; gives the stand-in and the settings it asks for, by their environment names."""
    kind = next(each for each in KINDS if each.name == system)
    vendor: StandIn = kind(retailer=retailer(), clock=present if system in SIGNED else lambda: NOON)
    if system in HAPPENED:
        act, params = HAPPENED[system]
        vendor.perform(act, **params)
    with running(Sandbox({system: vendor})) as url:
        yield vendor, vendor.settings(f"{url}/{system}")


def config_of(prefix: str, settings: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a plugin, as it knows them."""
    told = {name.removeprefix(prefix).lower(): value for name, value in settings.items() if name.startswith(prefix)}
    whole = {name for name, said in known.items() if "integer" in said["type"]}
    return {name: int(value) if name in whole else value for name, value in told.items() if name in known} | WAYS


@dataclass(frozen=True)
class Reading:
    """What a tap gave."""

    records: frozenset[str]
    sealed: frozenset[str]


def read(system: str, settings: Mapping[str, str]) -> Reading:
    """Run a tap to its end; raises what it raises."""
    module = importlib.import_module(f"taps.{system}.tap")
    kind = _only(module, Tap)
    config = config_of(f"TAP_{system.upper()}_", settings, kind.config_jsonschema["properties"])
    said = io.BytesIO()
    out = io.TextIOWrapper(said, "utf-8", write_through=True)
    with redirect_stdout(out):
        kind(config=config).sync_all()
    out.flush()
    text = re.sub(rb"https?://127\.0\.0\.1:\d+", b"https://vendor.example", said.getvalue())
    messages = [json.loads(line) for line in text.splitlines()]
    records = {
        json.dumps([each["stream"], each["record"]], sort_keys=True) for each in messages if each["type"] == "RECORD"
    }
    sealed = {each["stream"] for each in messages if each["type"] == "ACTIVATE_VERSION"}
    return Reading(frozenset(records), frozenset(sealed))


OPENED: list[Kept] = []
"""The outboxes that targets opened."""


def opened(_destination: str) -> Kept:
    """Open an outbox: targets find this function by its name, as they find the journal."""
    OPENED.append(Kept())
    return OPENED[-1]


def send(system: str, settings: Mapping[str, str], rows: Sequence[Row]) -> Kept:
    """Let a target deliver rows and ask what became of them; raises what it raises, the outbox as `outbox` of it."""
    module = importlib.import_module(f"targets.{system}.target")
    kind = _only(module, ChangeTarget)
    config = config_of(f"TARGET_{system.upper()}_", settings, kind.config_jsonschema["properties"])
    target = kind(config={**config, "outbox": f"{__name__}:opened"})
    try:
        target.delivery.deliver(rows)
        target.settle()
    except Exception as error:
        error.outbox = OPENED[-1]  # type: ignore[attr-defined]
        raise
    return OPENED[-1]


def _only(module: Any, kind: type[Any]) -> Any:
    return next(
        each for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, kind) and each.__module__ == module.__name__
    )  # fmt: skip


@dataclass(frozen=True)
class Sending:
    """What a target is asked to send, all of one kind, and which request it sends it by."""

    rows: Callable[[StandIn], Sequence[Row]]
    match: str


def _audience(**payload: Any) -> Callable[[StandIn], Sequence[Row]]:
    def rows(_vendor: StandIn) -> Sequence[Row]:
        return [Row("piet", "add", CANARY, {"fields": {}, "tags_on": ["gold"], "tags_off": [], **payload})]

    return rows


def _points(customer: str) -> Callable[[StandIn], Sequence[Row]]:
    payload = {"kind": "points", "customer": customer, "points": 12, "tier": None}
    return lambda _: [Row("piet", "change", f"points:{customer}", payload)]


def _till_consent(customer: str) -> Callable[[StandIn], Sequence[Row]]:
    payload = {"kind": "consent", "customer": customer, "consent": {"email": False}, "at": "2026-11-19T11:00:00+00:00"}
    return lambda _: [Row("piet", "change", customer, payload)]


def _stock(_vendor: StandIn) -> Sequence[Row]:
    sku = retailer().articles[-1].sku
    return [Row("piet", "change", f"stock:{sku}", {"kind": "stock", "sku": sku, "stock": 4, "title": "Parka"})]


def _shipment(vendor: StandIn) -> Sequence[Row]:
    order = _open_order(vendor)
    payload = {"kind": "shipment", "order": order, "items": None, "tracking_code": "3S1", "transporter": "POSTNL"}
    return [Row("piet", "add", f"delivery:{order}", payload)]


def _cancellation(vendor: StandIn) -> Sequence[Row]:
    order = _open_order(vendor)
    return [Row("piet", "add", f"delivery:{order}", {"kind": "cancellation", "order": order, "items": None})]


def _open_order(vendor: StandIn) -> str:
    vendor.perform("order", sku=retailer().articles[-1].sku)
    return str(max(vendor.orders))  # type: ignore[attr-defined]


def _purchase(_vendor: StandIn) -> Sequence[Row]:
    payload = {
        "kind": "purchase", "reference": "till:1", "place": "shop", "at": "2026-11-19T11:00:00.000000Z",
        "currency": "EUR", "total_minor": 7995, "store": "87", "email": CANARY, "fields": {},
        "items": [{"id": retailer().articles[0].sku, "quantity": 1, "unit_minor": 7995}],
    }  # fmt: skip
    return [Row("piet", "add", "purchase:till:1", payload)]


def _visitor(_vendor: StandIn) -> Sequence[Row]:
    payload = {
        "kind": "purchase", "reference": "till:1", "place": "shop", "at": present().isoformat(), "currency": "EUR",
        "total_minor": 7995, "store": "87", "visitor": "1187465820.1761823410",
        "items": [{"id": retailer().articles[0].sku, "quantity": 1, "unit_minor": 7995}],
    }  # fmt: skip
    return [Row("piet", "add", "purchase:till:1", payload)]


def _event(_vendor: StandIn) -> Sequence[Row]:
    payload = {
        "kind": "event", "name": "thank_you", "email": CANARY, "at": "2026-11-19T11:00:00.000000Z", "properties": {},
        "is_known": False, "is_mailed": True, "is_syncing": False, "is_repeat": False,
    }  # fmt: skip
    return [Row("piet", "add", "event:thank_you:piet", payload)]


def _item(_vendor: StandIn) -> Sequence[Row]:
    sku, page = retailer().articles[-1].sku, "https://shop.example/1"
    told = {"title": "Parka", "description": "Warm", "link": page, "image_link": f"{page}.jpg"}
    fields = {**told, "availability": "in_stock", "price": "99.95 EUR"}
    return [Row("piet", "add", f"item:{sku}", {"kind": "item", "id": sku, "fields": fields})]


def _shelf(_vendor: StandIn) -> Sequence[Row]:
    sku = retailer().articles[0].sku
    payload = {"kind": "shelf", "item": sku, "store": "AMS-01", "quantity": 4, "price": "99.95 EUR"}
    return [Row("piet", "add", f"shelf:AMS-01:{sku}", payload)]


def _promotion(_vendor: StandIn) -> Sequence[Row]:
    payload = {
        "kind": "promotion", "id": "HERFST", "source": "till", "promotion": "1", "title": "10% off", "percent": 10,
        "currency": "EUR", "places": ["web"], "products": "all", "country": "NL",
        "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-11-30T00:00:00Z",
    }  # fmt: skip
    return [Row("piet", "add", "promotion:HERFST", payload)]


def _price(_vendor: StandIn) -> Sequence[Row]:
    sku, listed = retailer().articles[-1].sku, "Vaste klanten"
    told = {"kind": "price", "list": listed, "sku": sku, "price_minor": 7995, "currency": "EUR"}
    return [Row("piet", "change", f"price:{listed}:{sku}", told)]


SENDINGS: Mapping[str, Sending] = {
    "google_ads": Sending(_audience(), "POST .*audienceMembers:ingest"),
    "google_ads/purchase": Sending(_purchase, "POST .*events:ingest"),
    "google_analytics/look": Sending(_visitor, "POST /debug/mp/collect"),
    "google_analytics/purchase": Sending(_visitor, "POST /mp/collect"),
    "google_merchant/item": Sending(_item, "POST .*productInputs:insert"),
    "google_merchant/shelf": Sending(_shelf, "POST .*localInventories:insert"),
    "google_merchant/promotion": Sending(_promotion, "POST .*promotions:insert"),
    "channable": Sending(_stock, "POST .*stock_updates"),
    "channable/shipment": Sending(_shipment, "POST .*/shipment"),
    "channable/cancellation": Sending(_cancellation, "POST .*/cancel"),
    "mailchimp": Sending(_audience(status="subscribed", is_known=False), "POST /3.0/lists/[^/?]*[?]"),
    "mailchimp/event": Sending(_event, "POST .*/events"),
    "meta": Sending(_audience(), "POST .*/users"),
    "pinterest": Sending(_audience(), "POST .*customer_lists"),
    "shopify": Sending(_points(str(retailer().storefront_customers[0].id)), "POST .*graphql.json"),
    "shopify/stock": Sending(_stock, "POST .*graphql.json"),
    "shopify/price": Sending(_price, "POST .*graphql.json"),
    "tilroy": Sending(_till_consent(str(retailer().till_customers[0].id)), "(DELETE|PATCH|PUT|POST) .*customerapi"),
    "woocommerce": Sending(_points(str(retailer().web_accounts[0].id)), "(PUT|POST) .*customers"),
    "woocommerce/stock": Sending(_stock, "POST .*products"),
}
"""By system, and by system and kind. A new target says here what it would send, once for each kind of row."""
