"""Vouchers and offers as discounts: looked up, made, changed or ended, and good for whom they are for, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugins.sandbox.shopify import Shopify
from targets.shopify.payloads import meant
from tests.targets.shopify.shop import AGREED, asked, bodies, deliver, discount, offer, voucher

ELS, JAN = "els@example.be", "jan@example.be"


def buy(shop: Shopify, code: str = "RTD7K2", email: str = ELS) -> str:
    """Let somebody buy a coat with a code; return why that is refused, or what was taken off."""
    try:
        shop.perform("order", email=email, sku="WW1-M", code=code)
    except LookupError as refused:
        return str(refused).removeprefix("shopify: ")
    line = shop.of_kind("Order")[-1].lines[0]
    return f"{line.discount_cents / 100:.2f}"


def test_makes_a_discount_of_what_is_left_for_its_owner(shop: Shopify, config: dict[str, Any]) -> None:
    assert set(deliver(config, voucher(open_minor=705)).states.values()) == {"accepted"}
    assert bodies(shop)[0]["variables"] == {
        "discount": {
            "code": "RTD7K2",
            "startsAt": "2026-02-01T00:00:00+01:00",
            "usageLimit": 1,
            "appliesOncePerCustomer": True,
            "combinesWith": {"orderDiscounts": True, "productDiscounts": True, "shippingDiscounts": True},
            "context": {"customers": {"add": [f"gid://shopify/Customer/{AGREED}"]}},
            "title": "Gift voucher of 10.00 EUR",
            "endsAt": "2027-01-31T23:59:59+01:00",
            "customerGets": {
                "items": {"all": True},
                "value": {"discountAmount": {"amount": "7.05", "appliesOnEachItem": False}},
            },
        }
    }
    assert (buy(shop, email=JAN), buy(shop), buy(shop)) == (
        "the code is for somebody else", "7.05", "the code is used up",
    )  # fmt: skip


def test_a_voucher_for_anybody_without_an_end_says_so(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher(email=None, ends_on=None, starts_on=None))
    assert (discount(shop).customers, discount(shop).ends_at) == (None, None)
    assert buy(shop, email=JAN) == "10.00"


def test_changes_the_discount_with_that_code_in_any_case_of_letters(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher("rtd7k2"))
    deliver(config, voucher(operation="change", open_minor=300))
    assert asked(shop) == ["BasicCreate", "BasicUpdate"]
    assert buy(shop) == "3.00"


def test_a_voucher_that_changes_hands_is_for_the_new_owner_only(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    deliver(config, voucher(operation="change", email=JAN))
    assert [each.email for each in discount(shop).customers] == [JAN]


def test_a_discount_that_was_made_meanwhile_is_changed(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    shop.faults.add(match="graphql", skip=1, status=200, body='{"data": {"codeDiscountNodeByCode": null}}')
    outbox = deliver(config, voucher(open_minor=300))
    assert set(outbox.states.values()) == {"accepted"}
    assert asked(shop) == ["BasicCreate", "BasicCreate", "BasicUpdate"]
    assert discount(shop).cents == 300


def test_a_code_that_is_taken_and_never_found_is_rejected(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    nothing = '{"data": {"codeDiscountNodeByCode": null}}'
    shop.faults.add(match="graphql", skip=1, status=200, body=nothing)
    shop.faults.add(match="graphql", skip=3, status=200, body=nothing)
    assert set(deliver(config, voucher()).reasons.values()) == {"TAKEN"}


def test_a_code_among_several_of_another_discount_is_left_alone(shop: Shopify, config: dict[str, Any]) -> None:
    shop.add_code(discount(shop, "welkom10"), "RTD7K2")
    outbox = deliver(config, voucher())
    assert set(outbox.reasons.values()) == {"look-up: the code is one of several of another discount"}
    assert bodies(shop) == []


def test_a_spent_voucher_is_ended_and_cannot_be_used(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    deliver(config, voucher(operation="change", open_minor=0))
    assert asked(shop) == ["BasicCreate", "Deactivate"]
    assert buy(shop) == "no code 'RTD7K2' that may be used now"


def test_a_spent_voucher_that_was_never_there_asks_for_nothing(shop: Shopify, config: dict[str, Any]) -> None:
    assert set(deliver(config, voucher(open_minor=0)).states.values()) == {"accepted"}
    assert bodies(shop) == []


def test_a_voucher_that_came_back_can_be_used_again(shop: Shopify, config: dict[str, Any]) -> None:
    for left in (1000, 0, 500):
        deliver(config, voucher(operation="change", open_minor=left))
    assert buy(shop) == "5.00"


def test_the_same_voucher_twice_is_one_discount(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    deliver(config, voucher())
    assert len(shop.of_kind("DiscountCodeNode")) == 2  # and the shop's own
    assert buy(shop) == "10.00"


def test_a_voucher_that_starts_later_waits_in_the_shop(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, voucher(starts_on="2026-11-22"))
    assert buy(shop) == "no code 'RTD7K2' that may be used now"
    shop.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    assert buy(shop) == "10.00"


def test_a_voucher_in_another_currency_is_refused(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, voucher(currency="GBP"), voucher("RTDEUR"))
    assert list(outbox.states.values()) == ["rejected", "accepted"]


def test_a_voucher_for_nobody_here_is_refused(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, voucher(email="nobody@example.be"))
    assert set(outbox.reasons.values()) == {"no customer with that address"}


@pytest.mark.parametrize("body", ['{"data": {}}', "{}", "[]", "", '{"errors":[{"extensions":{"code":"TIMEOUT"}}]}'])
def test_a_look_up_that_tells_something_else_changes_nothing(shop: Shopify, config: dict[str, Any], body: str) -> None:
    shop.faults.add(match="graphql", skip=1, status=200, body=body)
    outbox = deliver(config, voucher(), voucher("RTDEUR"))
    assert list(outbox.states.values()) == ["unknown", "accepted"]
    assert asked(shop) == ["BasicCreate"]


def test_an_offer_takes_off_a_part_from_a_sum_on(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, offer(percent=15, minor=None, from_minor=5000))
    given = bodies(shop)[0]["variables"]["discount"]
    assert given["customerGets"]["value"] == {"percentage": 0.15}
    assert given["minimumRequirement"] == {"subtotal": {"greaterThanOrEqualToSubtotal": "50.00"}}
    assert buy(shop, "OFFER1") == "15.00"


def test_an_offer_takes_off_an_amount(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, offer())
    assert buy(shop, "OFFER1") == "5.00"


def test_an_offer_that_is_over_is_ended(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, offer())
    deliver(config, offer("change", is_open=False, email=None))
    assert asked(shop) == ["BasicCreate", "Deactivate"]
    assert "may be used now" in buy(shop, "OFFER1")


@pytest.mark.parametrize(
    "wrong", [{"products": ["5"]}, {"minor": None}, {"percent": 5}, {"minor": None, "percent": 101}, {"minor": 0}]
)
def test_an_offer_that_the_shop_cannot_hold_is_refused(wrong: dict[str, Any]) -> None:
    assert meant(offer(**wrong)) is None
