"""What people do at the shop's side is seen through the API."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.shopify.stage import ELS, GHENT, JACKETS_IN_STOCK, TOM, Caller

LATEST = "{ orders(first: 1, sortKey: ID, reverse: true) { nodes { name sourceName retailLocation { id } "
LATEST += "customer { id } totalPriceSet { shopMoney { amount } } displayFinancialStatus } } }"


def test_an_order_moves_its_customer_and_the_stock(caller: Caller) -> None:
    caller.clock.forward(minutes=5)
    caller.vendor.perform("order", email="tom@example.be", sku="WW1-M", quantity="2")
    (order,) = caller.ask(LATEST)["orders"]["nodes"]
    assert (order["name"], order["sourceName"], order["customer"]) == ("#1004", "web", {"id": TOM})
    assert order["totalPriceSet"] == {"shopMoney": {"amount": "200.00"}}
    shown = caller.ask(f'{{ customer(id: "{TOM}") {{ numberOfOrders updatedAt }} }}')["customer"]
    assert shown == {"numberOfOrders": "1", "updatedAt": "2026-11-20T12:05:00Z"}
    levels = caller.ask(
        f'{{ inventoryItem(id: "{JACKETS_IN_STOCK}") {{ inventoryLevels(first: 1) {{ nodes {{ '
        'quantities(names: ["available"]) { quantity } } } } }'
    )["inventoryItem"]["inventoryLevels"]["nodes"]
    assert levels == [{"quantities": [{"quantity": 2}]}]


def test_an_order_in_a_shop_names_the_shop(caller: Caller) -> None:
    caller.vendor.perform("order", email="els@example.be", sku="WW2", shop="92")
    (order,) = caller.ask(LATEST)["orders"]["nodes"]
    assert (order["sourceName"], order["retailLocation"]) == ("pos", {"id": GHENT})


def test_a_refund_takes_the_money_off_what_was_spent(caller: Caller) -> None:
    caller.vendor.perform("refund", order="#1001")
    document = 'query($els: ID!) { customer(id: $els) { amountSpent { amount } } order(id: "gid://shopify/Order/5001") '
    document += "{ displayFinancialStatus refunds { totalRefundedSet { shopMoney { amount } } } } }"
    shown = caller.ask(document, els=ELS)
    assert shown["customer"]["amountSpent"] == {"amount": "19.95"}
    assert shown["order"]["displayFinancialStatus"] == "REFUNDED"
    assert shown["order"]["refunds"] == [{"totalRefundedSet": {"shopMoney": {"amount": "100.00"}}}]


def test_consent_is_shown_with_its_moment(caller: Caller) -> None:
    caller.clock.forward(hours=1)
    caller.vendor.perform("subscribe", email="tom@example.be")
    caller.vendor.perform("unsubscribe_sms", email="els@example.be")
    shown = caller.ask(
        f'{{ tom: customer(id: "{TOM}") {{ defaultEmailAddress {{ marketingState marketingUpdatedAt }} }} '
        f'els: customer(id: "{ELS}") {{ defaultPhoneNumber {{ smsMarketingConsent {{ state }} }} }} }}'
    )
    told = {"marketingState": "SUBSCRIBED", "marketingUpdatedAt": "2026-11-20T13:00:00Z"}
    assert shown["tom"]["defaultEmailAddress"] == told
    assert shown["els"]["defaultPhoneNumber"]["smsMarketingConsent"] == {"state": "UNSUBSCRIBED"}


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("unsubscribe", {"email": "nobody@example.be"}),
        ("order", {"email": "els@example.be", "sku": "none"}),
        ("order", {"email": "nobody", "sku": "WW2"}),
        ("refund", {"order": "#9999"}),
        ("come_back", {"email": "jan@example.be"}),
    ],
)
def test_nothing_happens_to_what_is_not_there(caller: Caller, name: str, params: dict[str, str]) -> None:
    with pytest.raises(LookupError, match="shopify"):
        caller.vendor.perform(name, **params)


def test_tells_in_words_what_it_holds_of_somebody(caller: Caller) -> None:
    for key in ("7001", ELS, "els@example.be"):
        assert caller.vendor.holding(key) == {"email": "subscribed", "sms": "subscribed", "tags": "vip"}
    assert caller.vendor.holding("1") is None


def test_knows_who_its_customers_and_orders_really_are(caller: Caller) -> None:
    assert caller.vendor.truth() == {"7001": "person-1", "guest:5001": "person-1", "guest:5011": "person-1"}


def test_tells_its_plugins_how_to_reach_it(caller: Caller) -> None:
    told = caller.vendor.settings("http://127.0.0.1:8700/shopify")
    assert told["TAP_SHOPIFY_API_URL"] == told["TARGET_SHOPIFY_API_URL"] == "http://127.0.0.1:8700/shopify"
    assert {name.removeprefix("TAP_SHOPIFY_") for name in told if name.startswith("TAP_")} == {
        "API_URL", "SHOP", "ACCESS_TOKEN", "WEBHOOK_SECRET",
    }  # fmt: skip
    assert told["TARGET_SHOPIFY_LOCATION_ID"] == "92"


def test_a_code_takes_off_what_it_says_until_it_is_used_up(caller: Caller) -> None:
    caller.vendor.of_kind("DiscountCodeNode")[0].usage_limit = 2
    caller.vendor.perform("order", email="tom@example.be", sku="WW1-M", code="welkom10")
    shown = (
        "{ orders(first: 9, reverse: true, sortKey: ID) { nodes { discountCodes totalPriceSet { shopMoney { amount } } "
    )
    shown += "lineItems(first: 1) { nodes { discountAllocations { allocatedAmountSet { shopMoney { amount } } "
    shown += "discountApplication { ... on DiscountCodeApplication { code } } } } } } } }"
    (order, *_) = caller.ask(shown)["orders"]["nodes"]
    assert (order["discountCodes"], order["totalPriceSet"]) == (["welkom10"], {"shopMoney": {"amount": "90.00"}})
    off = {"allocatedAmountSet": {"shopMoney": {"amount": "10.00"}}, "discountApplication": {"code": "welkom10"}}
    assert order["lineItems"]["nodes"] == [{"discountAllocations": [off]}]
    for code, why in (("welkom10", "used up"), ("nothing", "no code")):
        with pytest.raises(LookupError, match=why):
            caller.vendor.perform("order", email="tom@example.be", sku="WW1-M", code=code)
