"""What goes over the wire of what shops have, what Google keeps of it, and what becomes of each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.google_merchant.api import NO_ITEM, NO_STORE
from tests.targets.google_merchant.stage import has, item, known, shelf, shelves, told_shops
from tests.targets.kept import Kept, messages, start

Config = dict[str, Any]
INSERT = "POST .*localInventories:insert"


@pytest.fixture(autouse=True)
def shown(vendor: GoogleMerchant, config: Config) -> None:
    known(vendor, config, "SKU-1", "SKU-2")


def calls(vendor: GoogleMerchant) -> list[tuple[str, int]]:
    """Return the calls about shops: the method, and the status."""
    return [(each.method, each.status) for each in vendor.calls if "localInventories" in each.path]


def test_says_how_many_there_are_and_what_they_cost_there(vendor: GoogleMerchant, config: Config) -> None:
    dates = "2026-11-20T00:00:00Z/2026-11-30T00:00:00Z"
    kept = told_shops(config, shelf(price="24.99 EUR", sale_price="19.99 EUR", sale_dates=dates))
    assert kept.states == {"AMS-01:SKU-1": "accepted"}
    assert json.loads(vendor.calls[-1].body) == {
        "storeCode": "AMS-01", "localInventoryAttributes": {
            "availability": "IN_STOCK", "quantity": "4", "price": {"amountMicros": "24990000", "currencyCode": "EUR"},
            "salePrice": {"amountMicros": "19990000", "currencyCode": "EUR"},
            "salePriceEffectiveDate": {"startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-30T00:00:00Z"},
        },
    }  # fmt: skip
    product = "/inventories/v1/accounts/123456/products/bmx-Tkx-U0tVLTE"
    assert vendor.calls[-1].path == f"{product}/localInventories:insert"


def test_nothing_left_is_out_of_stock(vendor: GoogleMerchant, config: Config) -> None:
    told_shops(config, shelf(quantity=0))
    assert has(vendor) == {"availability": "OUT_OF_STOCK", "quantity": "0"}


def test_replaces_all_that_was_said_of_a_shop(vendor: GoogleMerchant, config: Config) -> None:
    told_shops(config, shelf(price="24.99 EUR"), shelf(operation="change", key="later", quantity=3))
    assert has(vendor) == {"availability": "IN_STOCK", "quantity": "3"}


def test_a_shop_is_taken_out_and_another_stays(vendor: GoogleMerchant, config: Config) -> None:
    told_shops(config, shelf(), shelf(store="UTR-02"))
    assert told_shops(config, shelf(operation="remove")).states == {"AMS-01:SKU-1": "accepted"}
    assert (has(vendor), has(vendor, store="UTR-02")) == (None, {"availability": "IN_STOCK", "quantity": "4"})


def test_what_is_not_there_is_out(vendor: GoogleMerchant, config: Config) -> None:
    kept = told_shops(config, shelf(operation="remove"), shelf("SKU-9", operation="remove"))
    assert set(kept.states.values()) == {"accepted"}
    assert calls(vendor) == [("DELETE", 404), ("DELETE", 404)]


@pytest.mark.parametrize("offer", ["a/b", "50%", "rood~M", "  WW  1 "])
def test_any_id_is_found_under_the_name_of_its_item(vendor: GoogleMerchant, config: Config, offer: str) -> None:
    known(vendor, config, offer)
    assert told_shops(config, shelf(offer)).states == {f"AMS-01:{offer}": "accepted"}
    assert has(vendor, " ".join(offer.split())) is not None


def test_an_item_that_google_does_not_show_yet_waits_for_the_next_plan(vendor: GoogleMerchant, config: Config) -> None:
    kept = told_shops(config, shelf("NEW"), shelf())
    assert kept.states == {"AMS-01:NEW": "dropped", "AMS-01:SKU-1": "accepted"}
    assert kept.reasons["AMS-01:NEW"] == NO_ITEM
    known(vendor, config, "NEW")
    assert told_shops(config, shelf("NEW")).states == {"AMS-01:NEW": "accepted"}


def test_a_store_code_that_google_does_not_know_is_asked_once_and_others_go_on(
    vendor: GoogleMerchant, config: Config
) -> None:
    kept = told_shops(config, shelf(store="ams-01"), shelf("SKU-2", store="ams-01"), shelf())
    assert kept.states == {"ams-01:SKU-1": "dropped", "ams-01:SKU-2": "dropped", "AMS-01:SKU-1": "accepted"}
    assert {kept.reasons[key] for key in ("ams-01:SKU-1", "ams-01:SKU-2")} == {NO_STORE}
    assert calls(vendor) == [("POST", 400), ("POST", 200)]


BROKEN = [
    Row("1", "add", "shelf:1", {"kind": "shelf", "item": "SKU-1", "store": "AMS-01"}),
    Row("2", "add", "shelf:2", {"kind": "shelf", "item": "SKU-1", "store": "AMS-01", "quantity": -1}),
    Row("3", "add", "shelf:3", {"kind": "shelf", "item": "SKU-1", "store": "AMS-01", "quantity": "4"}),
    Row("4", "add", "shelf:4", {"kind": "shelf", "item": " ", "store": "AMS-01", "quantity": 4}),
    Row("5", "add", "shelf:5", {"kind": "shelf", "item": "SKU-1", "store": "AMS 01", "quantity": 4}),
    Row("6", "add", "shelf:6", {"kind": "shelf", "item": "SKU-1", "store": "A" * 65, "quantity": 4}),
    Row("7", "add", "shelf:7", {"kind": "shelf", "item": "SKU-1", "store": "AMS-01", "quantity": 4, "aisle": "3"}),
    Row("8", "erase", "shelf:8", {"kind": "shelf", "item": "SKU-1", "store": "AMS-01", "quantity": 4}),
]


def test_a_row_that_is_none_is_rejected_and_holds_up_nobody(vendor: GoogleMerchant, config: Config) -> None:
    kept = told_shops(config, *BROKEN, shelf())
    assert kept.states == {**{row.key: "rejected" for row in BROKEN}, "AMS-01:SKU-1": "accepted"}
    assert {kept.reasons[row.key] for row in BROKEN} == {"malformed payload"}
    assert len(calls(vendor)) == 1


def test_what_may_not_go_any_more_does_not_go(vendor: GoogleMerchant, config: Config) -> None:
    delivery = shelves(config, Kept(withheld=["AMS-01:SKU-1"]))
    delivery.deliver([shelf(), shelf("SKU-2")])
    assert (has(vendor), delivery.counts) == (None, {"accepted": 1, "dropped": 1})


def test_what_google_refuses_is_rejected_with_its_code_and_field(vendor: GoogleMerchant, config: Config) -> None:
    message = "[localInventory.localInventoryAttributes.price] '24.99' is no price."
    told = {"code": 400, "message": message, "details": [{"metadata": {"REASON": "INVALID_PRICE"}}]}
    headers = {"Content-Type": "application/json"}
    vendor.faults.add(match=INSERT, status=400, body=json.dumps({"error": told}), headers=headers)
    kept = told_shops(config, shelf(), shelf("SKU-2"))
    assert kept.states == {"AMS-01:SKU-1": "rejected", "AMS-01:SKU-2": "accepted"}
    assert kept.reasons["AMS-01:SKU-1"] == "HTTP 400 INVALID_PRICE price"


def test_stops_when_the_quota_of_the_day_is_used_up_and_items_still_go(vendor: GoogleMerchant, config: Config) -> None:
    vendor.perform("use_up", group="inventories")
    with pytest.raises(HopelessError, match="the quota of the day is used up; run again after noon, UTC"):
        told_shops(config, shelf())
    known(vendor, config, "SKU-3")


def test_a_lost_answer_is_unknown_and_may_go_again(vendor: GoogleMerchant, config: Config) -> None:
    vendor.faults.add(match=INSERT, reset="after")
    assert told_shops(config, shelf()).states == {"AMS-01:SKU-1": "unknown"}
    assert told_shops(config, shelf(operation="change")).states == {"AMS-01:SKU-1": "accepted"}


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "<html>"])
def test_an_answer_of_another_shape_leaves_the_row_unknown(vendor: GoogleMerchant, config: Config, body: str) -> None:
    vendor.faults.add(match=INSERT, status=200, body=body, headers={"Content-Type": "application/json"})
    assert told_shops(config, shelf()).states == {"AMS-01:SKU-1": "unknown"}


def test_shops_have_a_pace_of_their_own(vendor: GoogleMerchant, config: Config) -> None:
    delivery = shelves(config, Kept())
    delivery.deliver([shelf()])
    paces = delivery.api.paces
    assert paces["inventories"] is not paces["products"]
    assert paces["inventories"].burst + paces["inventories"].per_second * 60 == vendor.calls_a_minute


def test_items_and_shops_go_over_one_pipe_items_first(vendor: GoogleMerchant, config: Config, tmp_path: Path) -> None:
    process = start("google_merchant", config, tmp_path)
    out, err = process.communicate(messages(shelf(), item("SKU-2"), shelf("NEW")), timeout=60)
    assert (process.returncode, out) == (0, "")
    assert f"target-google_merchant: accepted 2, dropped 1; {NO_ITEM}: 1" in err
    wrote = [each.path for each in vendor.calls if each.path.endswith(":insert")][-3:]
    assert ["productInputs" in path for path in wrote] == [True, False, False]
