"""Fixed prices of price lists: looked up by sku, set and taken away as many at once as Shopify takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.answers import DONE, ERRORS, NOT_NAMED, errors_of, judged_by_place, not_found_out
from targets.shopify.api import Api, call
from targets.shopify.payloads import Price
from targets.shopify.price_lists import PriceList, price_lists
from targets.shopify.skus import NO_SKU, SEVERAL, SKUS_PER_LOOK_UP, Article, matched, nodes_of, search
from targets.shopify.worth import written

PRICES_PER_CALL = 250
NO_LIST = "PRICE_LIST_NOT_FOUND"
GONE = {"PRICE_NOT_FIXED", "VARIANT_NOT_FOUND"}
"""What is said of a price that is to be taken away and is not there."""
FIND = (
    "query($wanted: String!, $after: String) { productVariants(first: 100, after: $after, query: $wanted) "
    "{ nodes { id sku } pageInfo { hasNextPage endCursor } } }"
)
# One that stands already is replaced, with what it was compared with.
# https://shopify.dev/docs/api/admin-graphql/latest/mutations/priceListFixedPricesAdd
FIX = (
    "mutation($list: ID!, $prices: [PriceListPriceInput!]!) { "
    f"made: priceListFixedPricesAdd(priceListId: $list, prices: $prices) {{ {ERRORS} }} }}"
)
TAKE_AWAY = (
    "mutation($list: ID!, $variants: [ID!]!) { "
    f"made: priceListFixedPricesDelete(priceListId: $list, variantIds: $variants) {{ {ERRORS} }} }}"
)


class Pricing(Recorded[Api]):
    """Keeps fixed prices of price lists."""

    def price(self, rows: Sequence[Row], payloads: Mapping[str, Price]) -> None:
        """Set and take away prices, list by list; those of a list that cannot be written wait."""
        for name in dict.fromkeys(payloads[row.key].price_list for row in rows):
            some = [row for row in rows if payloads[row.key].price_list == name]
            try:
                listed = self._lists.get(name)
            except (LostError, RefusedError) as error:
                for row in some:
                    self.settle(row, not_found_out(error))
                continue
            if listed is None:
                self.drop(some, f"prices wait: the shop has no price list '{name}'; correct price_list in the feed")
            else:
                self._price_in(listed, some, payloads)

    @cached_property
    def _lists(self) -> Mapping[str, PriceList]:
        self.between()
        return price_lists(self.api)

    def _price_in(self, listed: PriceList, rows: Sequence[Row], payloads: Mapping[str, Price]) -> None:
        fitting = [row for row in rows if payloads[row.key].currency in (None, listed.currency)]
        if others := [row for row in rows if row not in fitting]:
            self.drop(others, f"prices wait: price list '{listed.name}' is in {listed.currency}; so must the feed be")
        for first in range(0, len(fitting), PRICES_PER_CALL):
            self._price_together(listed, fitting[first : first + PRICES_PER_CALL], payloads)

    def _price_together(self, listed: PriceList, rows: Sequence[Row], payloads: Mapping[str, Price]) -> None:
        variants: dict[str, str] = {}
        for first in range(0, len(rows), SKUS_PER_LOOK_UP):
            some = rows[first : first + SKUS_PER_LOOK_UP]
            for row, found in zip(some, self._variants([payloads[row.key].sku for row in some]), strict=True):
                if isinstance(found, Outcome):
                    self.settle(row, DONE if found is NO_SKU and row.operation == "remove" else found)
                else:
                    variants[row.key] = found
        going = [row for row in rows if row.key in variants]
        newest = {variants[row.key]: payloads[row.key] for row in going}  # of one that comes twice the last counts
        leaving = [row for row in going if newest[variants[row.key]].price_minor is None]
        self.carry(lambda _: take_away(listed, variants), leaving)
        self.carry(lambda _: fix(listed, variants, newest), [row for row in going if row not in leaving])

    def _variants(self, skus: Sequence[str]) -> list[str | Outcome]:
        """Return the variant of each sku, or why there is none."""
        self.between()
        pages = search(self.api, FIND, "productVariants", skus)
        return matched(skus, (each for page in pages for each in nodes_of(page, "productVariants")), _only)


def fix(listed: PriceList, variants: Mapping[str, str], prices: Mapping[str, Price]) -> Step:
    """Set the price of variants, given by row."""
    places: dict[str, int] = {}

    def build(rows: Sequence[Row]) -> Call:
        places.update({variant: at for at, variant in enumerate(dict.fromkeys(variants[row.key] for row in rows))})
        told = [{"variantId": each, **_amounts(prices[each], listed.currency)} for each in places]
        return call(FIX, {"list": listed.id, "prices": told})

    return Step(build, lambda answer, row: _judged(answer, "prices", places[variants[row.key]], len(places)))


def take_away(listed: PriceList, variants: Mapping[str, str]) -> Step:
    """Take the price of variants, given by row, out of the list."""
    places: dict[str, int] = {}

    def build(rows: Sequence[Row]) -> Call:
        places.update({variant: at for at, variant in enumerate(dict.fromkeys(variants[row.key] for row in rows))})
        return call(TAKE_AWAY, {"list": listed.id, "variants": list(places)})

    def judge(answer: Any, row: Row) -> Outcome:
        outcome = _judged(answer, "variantIds", places[variants[row.key]], len(places))
        return DONE if outcome.is_final and outcome.reason in GONE else outcome

    return Step(build, judge)


def _judged(answer: Any, field: str, place: int, items: int) -> Outcome:
    errors = errors_of(answer.get("made"))
    if errors is None:
        return NOT_NAMED
    outcome = judged_by_place(errors, field, place, items)
    return Outcome("unknown", NO_LIST) if outcome.reason == NO_LIST else outcome


def _amounts(price: Price, currency: str) -> dict[str, Any]:
    told = {"price": price.price_minor, "compareAtPrice": price.compare_at_minor}
    return {name: minor and {"amount": written(minor), "currencyCode": currency} for name, minor in told.items()}


def _only(variants: Sequence[Article]) -> str | Outcome:
    if len(variants) != 1:
        return SEVERAL if variants else NO_SKU
    return str(variants[0]["id"])
