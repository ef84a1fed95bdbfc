"""Price lists: fixed prices that differ from those of the shop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from graphql import GraphQLError

from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.connections import Connection, Key, by_number, connect
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.refusals import Refused, UserError, refused

MOST_ROWS = 250
TWICE = "The product variant stands in the input twice."
SORTS: Mapping[str, Key] = {"NAME": lambda row: row.name}
Given = dict[str, Any]


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

    def query_price_lists(self, sort_key: str, **page: Any) -> Connection:
        """List the lists."""
        return connect(self.of_kind("PriceList"), key=SORTS.get(sort_key, by_number), **page)

    def mutate_price_list_fixed_prices_add(self, price_list_id: str, prices: list[Given]) -> Given:
        """Fix prices; one that stands already is replaced."""
        held = self._held(price_list_id, len(prices))
        _refuse(self._wrong_prices(held, prices, "prices"))
        return {"prices": self._fix(held, prices)}

    def mutate_price_list_fixed_prices_delete(self, price_list_id: str, variant_ids: list[str]) -> Given:
        """Take fixed prices away; the list's own rule holds then."""
        held = self._held(price_list_id, len(variant_ids))
        _refuse(self._wrong_variants(held, variant_ids, "variantIds"))
        return {"deletedFixedPriceVariantIds": self._take_away(held, variant_ids)}

    def mutate_price_list_fixed_prices_update(
        self, price_list_id: str, prices_to_add: list[Given], variant_ids_to_delete: list[str]
    ) -> Given:
        """Do both at once."""
        held = self._held(price_list_id, max(len(prices_to_add), len(variant_ids_to_delete)))
        wrong = [*self._wrong_variants(held, variant_ids_to_delete, "variantIdsToDelete")]
        _refuse([*wrong, *self._wrong_prices(held, prices_to_add, "pricesToAdd")])
        gone = self._take_away(held, variant_ids_to_delete)
        added = self._fix(held, prices_to_add)
        return {"priceList": held, "pricesAdded": added, "deletedFixedPriceVariantIds": gone}

    def _held(self, key: str, rows: int) -> PriceList:
        """Return the list; that an input holds at most 250 rows is said of other inputs, and assumed of these."""
        if rows > MOST_ROWS:
            raise GraphQLError(f"The input array size of {rows} is greater than the maximum allowed of {MOST_ROWS}.")
        held = self.query_price_list(key)
        if held is None:
            raise refused("priceListId", "Price list does not exist.", "PRICE_LIST_NOT_FOUND")
        return held

    def _wrong_prices(self, held: PriceList, prices: Sequence[Given], name: str) -> Iterator[UserError]:
        seen = set()
        for at, each in enumerate(prices):
            path, variant = [name, str(at)], each["variantId"]
            if self.found("ProductVariant", variant) is None:
                yield UserError([*path, "variantId"], "Variant not found.", "VARIANT_NOT_FOUND")
            elif variant in seen:
                yield UserError([*path, "variantId"], TWICE)
            seen.add(variant)
            for money in ("price", "compareAtPrice"):
                yield from _wrong_money(held, [*path, money], each.get(money))

    def _wrong_variants(self, held: PriceList, variants: Sequence[str], name: str) -> Iterator[UserError]:
        for at, each in enumerate(variants):
            variant = self.found("ProductVariant", each)
            if variant is None:
                yield UserError([name, str(at)], "Variant not found.", "VARIANT_NOT_FOUND")
            elif variant.serial not in held.fixed:
                yield UserError([name, str(at)], "Only fixed prices can be deleted.", "PRICE_NOT_FIXED")
            elif each in variants[:at]:
                yield UserError([name, str(at)], TWICE)

    def _fix(self, held: PriceList, prices: Sequence[Given]) -> list[FixedPrice]:
        made = []
        for each in prices:
            variant = self.found("ProductVariant", each["variantId"])
            told = {"price": each["price"], "compareAtPrice": each.get("compareAtPrice"), "originType": "FIXED"}
            held.fixed[variant.serial] = FixedPrice(told, variant=variant)
            made.append(held.fixed[variant.serial])
        held.updated_at = self.clock()
        return made

    def _take_away(self, held: PriceList, variants: Sequence[str]) -> list[str]:
        for each in variants:
            del held.fixed[self.found("ProductVariant", each).serial]
        held.updated_at = self.clock()
        return list(variants)


def _wrong_money(held: PriceList, path: list[str], given: Given | None) -> Iterator[UserError]:
    if given is None:
        return
    if given["currencyCode"] != held.currency:
        message = "The specified currency doesn't match the price list's currency."
        yield UserError([*path, "currencyCode"], message, "PRICE_LIST_CURRENCY_MISMATCH")
    if given["amount"] < 0:
        yield UserError([*path, "amount"], "The amount can't be negative.")


def _refuse(errors: Iterable[UserError]) -> None:
    if wrong := list(errors):
        raise Refused(wrong)
