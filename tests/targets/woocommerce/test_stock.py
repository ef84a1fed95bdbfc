"""How many there are of an article: what goes over the wire, and what becomes of each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.woocommerce import WooCommerce
from targets.woocommerce.payloads import meant
from tests.targets.kept import Kept, messages, start
from tests.targets.woocommerce.shop import bodies, deliver, points, reasons, states, stock, writes

JSON = {"Content-Type": "application/json"}


def pieces(shop: WooCommerce, sku: str = "JAS-1") -> Any:
    row = shop.with_sku(sku)
    return row["stock_quantity"] if row["manage_stock"] else None


def test_sets_products_and_the_variations_of_each_in_batches(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, stock(), stock("TRUI-S", 0, "add"), stock("TRUI-M", 12))
    assert set(states(outbox).values()) == {"accepted"}
    parent = shop.with_sku("TRUI-S")["parent_id"]
    assert writes(shop) == [("POST", "/products/batch"), ("POST", f"/products/{parent}/variations/batch")]
    jacket = shop.with_sku("JAS-1")["id"]
    assert bodies(shop)[0] == {"update": [{"id": jacket, "manage_stock": True, "stock_quantity": 7}]}
    assert [pieces(shop, sku) for sku in ("JAS-1", "TRUI-S", "TRUI-M")] == [7, 0, 12]


def test_counts_from_now_on_what_the_shop_did_not_count(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.with_sku("JAS-1").update(manage_stock=False, stock_quantity=None)
    assert states(deliver(config, stock(pieces=2))) == {"stock-JAS-1": "accepted"}
    assert pieces(shop) == 2


def test_an_unknown_sku_is_rejected_by_itself_and_not_named(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, stock("GONE-9"), stock("JAS-1,TRUI-S"), stock("jas-1"), stock())
    assert list(states(outbox).values()) == ["rejected", "rejected", "rejected", "accepted"]
    assert reasons(outbox) == {"no product with that sku", ""}


def test_the_same_number_twice_is_the_same_as_once(shop: WooCommerce, config: dict[str, Any]) -> None:
    for key in ("first", "second"):
        assert states(deliver(config, stock(key=key))) == {key: "accepted"}
    assert pieces(shop) == 7


def test_of_a_product_that_comes_twice_the_last_counts(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, stock(pieces=3, key="a"), stock(pieces=5, key="b"))
    assert (states(outbox), pieces(shop)) == ({"a": "accepted", "b": "accepted"}, 5)
    assert len(bodies(shop)[0]["update"]) == 1


def test_an_item_that_is_refused_does_not_keep_the_others(shop: WooCommerce, config: dict[str, Any]) -> None:
    small, medium = (shop.with_sku(sku)["id"] for sku in ("TRUI-S", "TRUI-M"))
    refused = {"id": small, "error": {"code": "woocommerce_rest_product_variation_invalid_id", "message": "TRUI-S"}}
    body = {"update": [refused, {"id": medium, "stock_quantity": 4}]}
    shop.faults.add(match="POST .*variations/batch", status=200, body=json.dumps(body), headers=JSON)
    outbox = deliver(config, stock("TRUI-S", 3), stock("TRUI-M", 4), stock())
    told = {"stock-TRUI-S": "rejected", "stock-TRUI-M": "accepted", "stock-JAS-1": "accepted"}
    assert outbox.states == told
    assert outbox.reasons["stock-TRUI-S"] == "woocommerce_rest_product_variation_invalid_id"


def test_a_number_that_the_shop_does_not_keep_is_rejected(shop: WooCommerce, config: dict[str, Any]) -> None:
    body = {"update": [{"id": shop.with_sku("JAS-1")["id"], "manage_stock": False, "stock_quantity": None}]}
    shop.faults.add(match="POST", status=200, body=json.dumps(body), headers=JSON)
    assert reasons(deliver(config, stock())) == {"the shop does not keep that number"}


def test_the_product_of_variations_is_counted_only_where_the_shop_does(
    shop: WooCommerce, config: dict[str, Any]
) -> None:
    parent = shop.product(shop.with_sku("TRUI-S")["parent_id"])
    parent.update(sku="TRUI")
    assert reasons(deliver(config, stock("TRUI", 5))) == {"a product of variations, which are counted by themselves"}
    parent.update(manage_stock=True, stock_quantity=1)
    assert set(states(deliver(config, stock("TRUI", 5))).values()) == {"accepted"}
    assert pieces(shop, "TRUI") == 5


def test_two_products_with_one_sku_are_left_alone(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.with_sku("TRUI-S")["sku"] = "JAS-1"
    assert reasons(deliver(config, stock())) == {"several products have that sku"}
    assert writes(shop) == []


def test_halves_what_is_too_large(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.batch_most = 1
    outbox = deliver(config, stock("TRUI-S", 3), stock("TRUI-M", 4))
    assert set(states(outbox).values()) == {"accepted"}
    assert [len(each["update"]) for each in bodies(shop)] == [2, 1, 1]


def test_a_lost_answer_is_unknown_and_not_sent_again(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="POST", reset="after")
    outbox = deliver(config, stock())
    assert (states(outbox), len(outbox.calls)) == ({"stock-JAS-1": "unknown"}, 1)


@pytest.mark.parametrize("body", ['[{"id": 10, "sku": "OTHER"}]', "<html>", "{}"])
def test_a_look_up_that_says_nothing_of_it_is_unknown_and_nothing_is_sent(
    shop: WooCommerce, config: dict[str, Any], body: str
) -> None:
    shop.faults.add(match="GET .*/products", status=200, body=body)
    outbox = deliver(config, stock(), points("5", 1))
    assert states(outbox) == {"points-5": "accepted", "stock-JAS-1": "unknown"}
    assert writes(shop) == [("POST", "/customers/batch")]


def test_a_sku_whose_look_up_is_refused_is_rejected_by_itself(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="GET .*/products.*ODD", status=400, body='{"code": "rest_invalid_param"}', times=9)
    outbox = deliver(config, stock("TRUI-S"), stock("ODD"), stock("TRUI-M"), stock())
    accepted = dict.fromkeys(("stock-TRUI-S", "stock-TRUI-M", "stock-JAS-1"), "accepted")
    assert states(outbox) == {**accepted, "stock-ODD": "rejected"}
    assert reasons(outbox) == {"look-up: rest_invalid_param", ""}


def test_every_call_that_sets_stock_was_fixed_and_what_may_not_go_does_not(
    shop: WooCommerce, config: dict[str, Any]
) -> None:
    outbox = deliver(config, stock("TRUI-S", 3), stock("TRUI-M", 4), outbox=Kept(withheld=["stock-TRUI-S"]))
    assert states(outbox) == {"stock-TRUI-M": "accepted"}
    assert [json.loads(each.call.body) for each in outbox.calls if each.call] == bodies(shop)


@pytest.mark.parametrize("pieces", [-1, "4", 4.0, None, 1_000_000_001, True])
def test_a_number_that_is_none_is_malformed(pieces: Any) -> None:
    assert meant(stock(pieces=pieces)) is None


def test_what_it_does_not_know_and_what_cannot_be_done_with_stock_is_malformed() -> None:
    row = stock()
    more = row.__class__(row.key, "change", row.wire_id, {**row.payload, "location": "9"})
    assert [meant(each) for each in (more, stock(""), stock(operation="remove"))] == [None, None, None]


def test_goes_over_a_pipe_and_names_no_article(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("woocommerce", config, tmp_path)
    _, err = process.communicate(messages(stock(), stock("GONE-9"), stock(pieces=-1, key="bad")), timeout=60)
    assert (process.returncode, pieces(shop)) == (0, 7)
    assert "accepted 1, rejected 2; malformed payload: 1; no product with that sku: 1" in err
    assert "GONE-9" not in err
