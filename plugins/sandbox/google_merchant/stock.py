"""What lies in each store: one statement for each product and store, replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_merchant.account import body_of, decoded, encoded, paged
from plugins.sandbox.google_merchant.kinds import check_price
from plugins.sandbox.google_merchant.products import ProductPaths
from plugins.sandbox.google_merchant.refusals import invalid, missing
from plugins.sandbox.stand_in import json_response, route

PATH = "/inventories/v1/accounts/<account>/products/<segment>/localInventories"
AVAILABILITIES = {"IN_STOCK", "LIMITED_AVAILABILITY", "ON_DISPLAY_TO_ORDER", "OUT_OF_STOCK"}
METHODS = {"BUY", "RESERVE", "SHIP_TO_STORE", "NOT_SUPPORTED"}
DAYS = ("SAME_DAY", "NEXT_DAY", "TWO_DAY", "THREE_DAY", "FOUR_DAY", "FIVE_DAY", "SIX_DAY", "SEVEN_DAY", "MULTI_WEEK")
LONGEST_LOCATION_BYTES, LONGEST_CODE = 20, 64
ATTRIBUTES = {
    "price", "salePrice", "salePriceEffectiveDate", "availability", "quantity", "pickupMethod", "pickupSla",
    "instoreProductLocation", "localShippingLabel", "loyaltyPrograms", "customAttributes",
}  # fmt: skip


@dataclass
class StockPaths(ProductPaths):
    """Answers `localInventories`."""

    store_codes: tuple[str, ...] = field(default=("AMS-01", "UTR-02", "GNT-03"), kw_only=True)
    """The codes that the Business Profile knows; upper and lower case count."""
    minutes_to_stock: int = field(default=30, kw_only=True)
    minutes_to_unstock: int = field(default=60, kw_only=True)

    @override
    def seed(self) -> None:
        super().seed()
        self.stock: dict[tuple[str, str], list[tuple[datetime, dict[str, Any] | None]]] = {}
        """By product and store: from when on, and what; None where it was deleted."""

    @route(PATH)
    def list_stock(self, request: Request, account: str, segment: str) -> Response:
        """List what the stores have of one product."""
        self.check_account(account)
        item, now = self.product(segment), self.clock()
        shown = [(store, [what for at, what in said if at <= now]) for (name, store), said in self.stock.items()
                 if name == item.name]  # fmt: skip
        rows = [self._view(item.name, store, said[-1]) for store, said in shown if said and said[-1] is not None]
        return json_response(paged(request, rows, "localInventories", 25_000, 25_000))

    @route(f"{PATH}:insert", "POST")
    def insert_stock(self, request: Request, account: str, segment: str) -> Response:
        """Say what one store has of one product, in place of what was said before."""
        self.check_account(account)
        item, told = self.product(segment), body_of(request)
        store = str(told.get("storeCode") or "")
        if not store or len(store) > LONGEST_CODE:
            raise invalid("localInventory.storeCode", "REQUIRED_FIELD_MISSING")
        if store not in self.store_codes:
            raise invalid("localInventory.storeCode", "INVALID_STORE_CODE")
        attributes = told.get("localInventoryAttributes") or {}
        _check(attributes)
        self._say(item.name, store, attributes, self.minutes_to_stock)
        return json_response(self._view(item.name, store, attributes))

    @route(f"{PATH}/<store>", "DELETE")
    def delete_stock(self, request: Request, account: str, segment: str, store: str) -> Response:
        """Say nothing more of one store; it is shown up to an hour longer."""
        self.check_account(account)
        said = self.stock.get((decoded(segment), store))
        if not said or said[-1][1] is None:
            raise missing("Local inventory")
        self._say(decoded(segment), store, None, self.minutes_to_unstock)
        return json_response({})

    def _say(self, name: str, store: str, what: dict[str, Any] | None, minutes: int) -> None:
        self.stock.setdefault((name, store), []).append((self.clock() + timedelta(minutes=minutes), what))

    def _view(self, name: str, store: str, attributes: dict[str, Any] | None) -> dict[str, Any]:
        parent = f"accounts/{self.account_id}/products"
        return {
            "name": f"{parent}/{name}/localInventories/{store}",
            "base64EncodedName": f"{parent}/{encoded(name)}/localInventories/{store}",
            "account": self.account_id,
            "storeCode": store,
            "localInventoryAttributes": attributes or {},
        }


def _check(told: dict[str, Any]) -> None:
    path = "localInventory.localInventoryAttributes"
    for each in told.keys() - ATTRIBUTES:
        raise invalid(f"{path}.{each}", "UNKNOWN_FIELD")
    for name, words in (("availability", AVAILABILITIES), ("pickupMethod", METHODS), ("pickupSla", set(DAYS))):
        if told.get(name) and told[name] not in words:
            raise invalid(f"{path}.{name}", "INVALID_ENUM_VALUE")
    if told.get("pickupMethod", "NOT_SUPPORTED") != "NOT_SUPPORTED" and not told.get("pickupSla"):
        raise invalid(f"{path}.pickupSla", "REQUIRED_FIELD_MISSING")
    if "quantity" in told and not str(told["quantity"]).isdecimal():
        raise invalid(f"{path}.quantity", "INVALID_NUMBER")
    if len(str(told.get("instoreProductLocation", "")).encode()) > LONGEST_LOCATION_BYTES:
        raise invalid(f"{path}.instoreProductLocation", "VALUE_TOO_LONG")
    if told.get("salePriceEffectiveDate") and not told.get("salePrice"):
        raise invalid(f"{path}.salePrice", "REQUIRED_FIELD_MISSING")
    for name in ("price", "salePrice"):
        if told.get(name):
            check_price(told[name], f"{path}.{name}")
