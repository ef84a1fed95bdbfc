"""What becomes of items: products of the store."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.wire.outbox import Row
from tests.targets.mailchimp.rows import item, send, shop, writes


def test_an_item_becomes_a_product_with_one_variant(vendor: Mailchimp, config: dict[str, Any]) -> None:
    assert send(config, item()).states == {"item COAT-M": "accepted"}
    product = shop(vendor).show_product(shop(vendor).products["COAT-M"])
    (variant,) = product["variants"]
    assert (product["title"], product["url"]) == ("Rain coat, size M", "https://shop.example/coat")
    assert (product["image_url"], product["vendor"]) == ("https://shop.example/coat.jpg", "Ardenna")
    assert (variant["id"], variant["price"], variant["inventory_quantity"]) == ("COAT-M", 99.95, 1)


def test_a_change_writes_the_whole_item_and_nothing_stays_of_the_old_one(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config, item())
    send(config, item(operation="change", price="89.95 EUR", description="", availability="out_of_stock"))
    product = shop(vendor).products["COAT-M"]
    variant = product["variants"]["COAT-M"]
    assert (product["description"], variant["price"], variant["inventory_quantity"]) == ("", 89.95, 0)


@pytest.mark.parametrize(
    ("availability", "pieces"), [("in stock", 1), ("backorder", 1), ("preorder", 1), ("out of stock", 0), ("", 0)]
)
def test_what_can_be_ordered_has_a_piece(
    vendor: Mailchimp, config: dict[str, Any], availability: str, pieces: int
) -> None:
    send(config, item(availability=availability))
    assert shop(vendor).products["COAT-M"]["variants"]["COAT-M"]["inventory_quantity"] == pieces


def test_an_item_that_is_there_is_changed_and_never_made_twice(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, item(), Row("again", "add", "item:COAT-M", item(title="Coat").payload))
    assert outbox.states == {"item COAT-M": "accepted", "again": "accepted"}
    assert shop(vendor).products["COAT-M"]["title"] == "Coat"


def test_an_item_is_removed_and_one_that_is_gone_is_removed_already(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, item(), item("HAT", "remove"), Row("gone", "remove", "item:COAT-M", item().payload))
    assert outbox.states == {"item COAT-M": "accepted", "item HAT": "accepted", "gone": "accepted"}
    assert not shop(vendor).products


def test_goes_on_after_an_item_that_cannot_be_read(vendor: Mailchimp, config: dict[str, Any]) -> None:
    odd = Row("odd", "add", "item:x", {"kind": "item", "id": "x", "fields": {}, "more": 1})
    rows = (odd, item("a", title=""), item("b", price="99,95"), item("c", price="5.00 USD"), item("d"))
    assert send(config, *rows).reasons == {
        "odd": "malformed payload",
        "item a": "an item without title",
        "item b": "an item without a price that can be read",
        "item c": "not the currency of the store",
        "item d": "",
    }
    assert list(shop(vendor).products) == ["d"]


def test_an_answer_that_is_lost_is_unknown_and_the_next_run_looks_before_it_makes_again(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config)
    vendor.faults.add(match="POST .*/products", reset="after")
    assert send(config, item()).states == {"item COAT-M": "unknown"}
    assert send(config, item()).states == {"item COAT-M": "accepted"}
    assert writes(vendor)[-2:] == ["PATCH /products/COAT-M", "PUT /products/COAT-M/variants/COAT-M"]


def test_without_a_store_items_wait_and_people_go_on(vendor: Mailchimp, config: dict[str, Any]) -> None:
    ann = Row("ann", "add", "ann@example.org", {"status": "subscribed", "is_known": False, "fields": {}})
    outbox = send({**config, "store_id": ""}, item(), ann)
    assert outbox.states == {"ann": "accepted", "item COAT-M": "dropped"}
    assert not vendor.stores


def test_pages_through_a_large_range(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    known = shop(vendor).products
    known.update({f"P{n}": {**known["COAT-M"], "id": f"P{n}"} for n in range(1200)})
    send(config, item("P1100", "change", title="Coat"))
    assert known["P1100"]["title"] == "Coat"


def test_a_number_with_a_stroke_or_a_blank_keeps_its_place(vendor: Mailchimp, config: dict[str, Any]) -> None:
    rows = item("A 1:2?"), Row("change", "change", "item:A 1:2?", item("A 1:2?", title="Coat").payload)
    assert set(send(config, *rows).states.values()) == {"accepted"}
    assert shop(vendor).products["A 1:2?"]["title"] == "Coat"
