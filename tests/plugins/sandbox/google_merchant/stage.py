"""A small Merchant Center account, a clock that is turned by hand, and a caller who is logged in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.sandbox.retailer import Article, EmptyRetailer

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACCOUNT = "accounts/123456"
PRODUCTS, INPUTS = f"/products/v1/{ACCOUNT}/products", f"/products/v1/{ACCOUNT}/productInputs"
SOURCE = f"{ACCOUNT}/dataSources/555"
INSERT = f"{INPUTS}:insert?dataSource={SOURCE}"
PROMOTIONS = f"/promotions/v1/{ACCOUNT}/promotions"
STOCK = f"/inventories/v1/{ACCOUNT}/products/nl~NL~SKU-1/localInventories"
PRICE = {"amountMicros": "49950000", "currencyCode": "EUR"}
ARTICLE = Article(
    sku_id=1, sku="SKU-1", product_id=1, product_code="TRUI", name="Trui blauw", brand="Merk", category="Truien",
    price_cents=4995, gtin="4006381333931", picture="https://shop.example/1.jpg",
)  # fmt: skip
SOLD_IN_SHOPS = Article(
    sku_id=2, sku="SKU-2", product_id=2, product_code="PET", name="Pet", brand="Merk", category="Petten",
    price_cents=995, is_online=False,
)  # fmt: skip


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def product(offer: str = "SKU-9", **attributes: Any) -> dict[str, Any]:
    """Return what is put in of a product without a fault."""
    said = {
        "title": "Jas", "description": "Een jas", "link": "https://shop.example/9", "availability": "IN_STOCK",
        "imageLink": "https://shop.example/9.jpg", "price": PRICE, "gtins": ["4006381333931"],
    }  # fmt: skip
    told = {name: value for name, value in {**said, **attributes}.items() if value is not None}
    return {"offerId": offer, "contentLanguage": "nl", "feedLabel": "NL", "productAttributes": told}


def promotion(**attributes: Any) -> dict[str, Any]:
    """Return what is put in of a promotion."""
    said = {
        "productApplicability": "ALL_PRODUCTS", "offerType": "NO_CODE", "longTitle": "10% korting",
        "couponValueType": "PERCENT_OFF", "percentOff": "10", "promotionDestinations": ["SHOPPING_ADS"],
        "promotionEffectiveTimePeriod": {"startTime": "2026-11-01T00:00:00Z", "endTime": "2026-11-30T00:00:00Z"},
    }  # fmt: skip
    told = {name: value for name, value in {**said, **attributes}.items() if value is not None}
    named = {"promotionId": "HERFST", "contentLanguage": "nl", "targetCountry": "NL", "redemptionChannel": ["ONLINE"]}
    return {"promotion": {**named, "attributes": told}, "dataSource": f"{ACCOUNT}/dataSources/777"}


def stock(store: str = "AMS-01", **attributes: Any) -> dict[str, Any]:
    """Return what is put in of the stock of a store."""
    return {"storeCode": store, "localInventoryAttributes": {"availability": "IN_STOCK", "quantity": "4", **attributes}}


@dataclass
class Caller:
    """Calls a stand-in with an access token."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        retailer = EmptyRetailer(START, articles=[ARTICLE, SOLD_IN_SHOPS])
        self.vendor = GoogleMerchant(clock=self.clock, memory=self.memory, retailer=retailer, **self.options)
        self.client = Client(Request.application(self.vendor))
        self.log_in()

    def log_in(self) -> None:
        """Get an access token."""
        vendor = self.vendor
        right = {"client_id": vendor.client_id, "client_secret": vendor.client_secret}
        right |= {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
        self.token = self.client.post("/token", data=right).json["access_token"]  # type: ignore[index]

    def call(self, method: str, path: str, body: Any = None) -> TestResponse:
        """Ask with a JSON body, if there is one."""
        return self.client.open(path, method=method, json=body, headers={"Authorization": f"Bearer {self.token}"})

    def get(self, path: str) -> Any:
        """Return the JSON of something that is there."""
        response = self.call("GET", path)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def post(self, path: str, body: Any) -> Any:
        """Return the answer to something that is done."""
        response = self.call("POST", path, body)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def refusal(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Return status and reason of a call that is refused."""
        response = self.call(method, path, body)
        assert response.status_code >= 400, response.get_data(as_text=True)
        reason: str = (response.json or {})["error"]["details"][0]["metadata"]["REASON"]
        return response.status_code, reason
