"""Price lists: all or nothing, the last word counts, and what is taken away can be fixed again."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.shopify.contract_prices import ADD, BOTTLE, DELETE, MEMBERS, adding, deleting, money, priced
from tests.plugins.sandbox.shopify.stage import GHENT, JACKET, Caller


def listed(caller: Caller) -> dict[str, Any]:
    """Return the fixed prices of the list, by variant."""
    document = f'{{ priceList(id: "{MEMBERS}") {{ prices(first: 9) {{ nodes {{ price {{ amount }} '
    document += "compareAtPrice { amount } originType variant { id } } } } }"
    told = caller.ask(document)["priceList"]["prices"]["nodes"]
    return {each["variant"]["id"]: (each["price"], each["compareAtPrice"], each["originType"]) for each in told}


def test_a_price_that_is_wrong_keeps_all_of_a_call_out(caller: Caller) -> None:
    caller.ask(ADD, **adding(priced(), priced(GHENT)))
    assert listed(caller) == {}


def test_a_price_that_is_fixed_again_replaces_all_of_the_first(caller: Caller) -> None:
    caller.ask(ADD, **adding(priced(compareAtPrice=money("99.5")), priced(BOTTLE, "9.95")))
    caller.ask(ADD, **adding(priced(amount="75")))
    assert listed(caller) == {
        JACKET: ({"amount": "75"}, None, "FIXED"),
        BOTTLE: ({"amount": "9.95"}, None, "FIXED"),
    }


def test_what_is_taken_away_is_gone_and_the_rest_stays(caller: Caller) -> None:
    caller.ask(ADD, **adding(priced(), priced(BOTTLE, "9.95")))
    assert caller.ask(DELETE, **deleting(JACKET))["priceListFixedPricesDelete"]["deletedFixedPriceVariantIds"] == [
        JACKET
    ]
    assert set(listed(caller)) == {BOTTLE}
    assert caller.ask(DELETE, **deleting(JACKET, BOTTLE))["priceListFixedPricesDelete"]["userErrors"] == [
        {"field": ["variantIds", "0"], "code": "PRICE_NOT_FIXED"}
    ]
    assert set(listed(caller)) == {BOTTLE}


def test_a_token_that_may_not_write_products_fixes_no_price(caller: Caller) -> None:
    caller.vendor.scopes -= {"write_products"}
    (error,) = caller.answer(ADD, **adding(priced()))["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert listed(caller) == {}


def test_a_call_of_prices_costs_what_every_mutation_costs(caller: Caller) -> None:
    answer = caller.answer(ADD, **adding(priced()))
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 10
    caller.vendor.bucket.take(2000)
    assert caller.answer(ADD, **adding(priced(amount="1")))["errors"][0]["extensions"]["code"] == "THROTTLED"
    caller.clock.forward(minutes=1)
    assert listed(caller)[JACKET][0] == {"amount": "80"}
