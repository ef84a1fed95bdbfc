"""Price lists: fixed prices that differ from those of the shop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.refusals import Refused, UserError, refused


class FixedPrice(dict[str, Any]):
    """The price of one variant on a list."""

    @property
    def serial(self) -> int:
        """The number of the variant."""
        number: int = self["variant"].serial
        return number


@dataclass(eq=False)
class PriceList(Record):
    """A list of prices."""

    typename: ClassVar[str] = "PriceList"
    name: str
    currency: str = CURRENCY
    fixed: dict[int, FixedPrice] = field(default_factory=dict)
    """By the number of the variant."""

    @property
    def fixed_prices_count(self) -> int:
        """How many prices it fixes."""
        return len(self.fixed)

    def prices(self, **page: Any) -> Connection:
        """Return the prices it fixes."""
        return connect(self.fixed.values(), **page)


class PricePaths(Account):
    """Reads and writes price lists."""

    def query_price_list(self, id: str) -> PriceList | None:
        """Find a list."""
        found: PriceList | None = self.found("PriceList", id)
        return found

    def query_price_lists(self, **page: Any) -> Connection:
        """List the lists."""
        return connect(self.of_kind("PriceList"), **page)

    def mutate_price_list_fixed_prices_add(self, price_list_id: str, prices: list[dict[str, Any]]) -> dict[str, Any]:
        """Fix prices; one that stands already is replaced."""
        held = self.query_price_list(price_list_id)
        if held is None:
            raise refused("priceListId", "Price list does not exist.", "PRICE_LIST_NOT_FOUND")
        if errors := [error for at, each in enumerate(prices) for error in self._wrong_price(held, at, each)]:
            raise Refused(errors)
        made = []
        for each in prices:
            variant = self.found("ProductVariant", each["variantId"])
            told = {"price": each["price"], "compareAtPrice": each.get("compareAtPrice"), "originType": "FIXED"}
            held.fixed[variant.serial] = FixedPrice(told, variant=variant)
            made.append(held.fixed[variant.serial])
        held.updated_at = self.clock()
        return {"prices": made}

    def _wrong_price(self, held: PriceList, at: int, given: dict[str, Any]) -> list[UserError]:
        path = ["prices", str(at)]
        if self.found("ProductVariant", given["variantId"]) is None:
            return [UserError([*path, "variantId"], "Variant not found.", "VARIANT_NOT_FOUND")]
        if given["price"]["currencyCode"] != held.currency:
            message = "The currency is not that of the price list."
            return [UserError([*path, "price", "currencyCode"], message, "PRICE_LIST_CURRENCY_MISMATCH")]
        return []
