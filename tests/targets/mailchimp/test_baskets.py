"""What becomes of baskets: carts of the store that a mail can remind of, until they are over."""

from __future__ import annotations

from typing import Any

from plugins.sandbox.mailchimp import Mailchimp
from tests.targets.mailchimp.rows import basket, item, line, send, shop, writes


def carts(vendor: Mailchimp) -> dict[str, Any]:
    return {key: shop(vendor).show_trade("carts", each) for key, each in shop(vendor).carts.items()}


def test_a_basket_becomes_a_cart_that_sets_the_reminder_off(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    assert send(config, basket()).states == {"draft-12": "accepted"}
    cart = carts(vendor)["draft-12"]
    assert (cart["checkout_url"], cart["order_total"]) == ("https://shop.example/cart/12", 79.95)
    assert cart["customer"]["email_address"] == "ann@example.org"
    assert vendor.triggered == [("abandoned cart", "draft-12")]
    assert vendor.audience.get("ann@example.org").status == "transactional"


def test_a_basket_without_an_address_sets_nothing_off(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    send(config, basket(url=None))
    assert vendor.triggered == []


def test_a_changed_basket_has_the_lines_of_today_only(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item(), item("HAT"), basket(items=[line(), line("HAT")]))
    outbox = send(config, basket(operation="change", items=[line("HAT", 2)], total_minor=15990))
    assert outbox.states == {"draft-12": "accepted"}
    cart = carts(vendor)["draft-12"]
    assert [(each["product_id"], each["quantity"]) for each in cart["lines"]] == [("HAT", 2)]
    assert cart["order_total"] == 159.9


def test_a_basket_that_is_over_is_removed_also_when_it_is_gone_already(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config, item(), basket())
    outbox = send(config, basket(operation="remove"), basket("draft-13", "remove"))
    assert outbox.states == {"draft-12": "accepted", "draft-13": "accepted"}
    assert carts(vendor) == {}


def test_a_lost_answer_is_unknown_and_the_cart_is_not_made_twice(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    vendor.faults.add(match="POST .*/carts", reset="after")
    assert send(config, basket()).states == {"draft-12": "unknown"}
    assert send(config, basket()).states == {"draft-12": "accepted"}
    assert [each for each in writes(vendor) if "cart" in each] == [
        "POST /carts",
        "DELETE /carts/draft-12",
        "POST /carts",
    ]


def test_goes_on_after_a_basket_that_cannot_be_sold(config: dict[str, Any]) -> None:
    rows = basket("a", items=[]), basket("b", items=[line("HAT")]), basket("c", currency="USD"), basket("d", email=7)
    assert send(config, item(), *rows, basket()).reasons == {
        "item COAT-M": "",
        "a": "no product of it is in the store",
        "b": "no product of it is in the store",
        "c": "not the currency of the store",
        "d": "malformed payload",
        "draft-12": "",
    }
