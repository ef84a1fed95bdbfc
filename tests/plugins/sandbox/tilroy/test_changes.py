"""What happens after a change: what is exported anew, what comes later, what counts twice, what survives a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.tilroy import Tilroy
from tests.plugins.sandbox.tilroy.shop_floor import KEYS, Answer, Clock, ask, stand_in

C, S, P, V = "/customerapi/production", "/saleapi/production", "/priceapi/production", "/voucherapi/production"
K, B, M = "/stockapi/production", "/product-bulk/production", "/promotionapi/production"
TODAY = "dateExportedSince=2026-03-10T12:00:00Z"
DAY = "2026-03-10T00:00:00.000Z"


def exported_today(tilroy: Tilroy) -> list[Any]:
    rows: list[Any] = ask(tilroy, f"{C}/export/customers?{TODAY}").body
    return rows


def test_a_tick_at_the_till_is_exported_anew_in_both_polarities():
    tilroy = stand_in()
    tilroy.perform("set_newsletter", customer_id="880124", value="true")
    (row,) = exported_today(tilroy)
    assert (row["doNotEmail"], row["bu"][0]["doEmail"]) == (False, True)
    assert row["dateExported"] == row["dateUpdated"] == "2026-03-10T12:00:00.000Z"


def test_an_earlier_export_stays_as_it_was():
    tilroy = stand_in()
    tilroy.perform("set_newsletter", customer_id="880123", value="false")
    rows = ask(tilroy, f"{C}/export/customers?dateExportedSince=2026-01-01&count=100").body
    assert [row["doNotEmail"] for row in rows if row["tilroyId"] == 880123] == [False, True]


def test_a_subscription_set_twice_changes_nothing_the_second_time():
    tilroy, call = stand_in(), f"{C}/subscriptions?tilroyId=880123"
    assert [ask(tilroy, call, "DELETE", headers=KEYS).status for _ in range(2)] == [200, 200]
    assert [row["doNotEmail"] for row in exported_today(tilroy)] == [True]


def test_a_deleted_customer_is_only_in_the_export_of_deletions():
    tilroy = stand_in()
    ask(tilroy, f"{C}/customers/880123", "DELETE")
    assert ask(tilroy, f"{C}/customers?email=els@example.be").body == []
    everyone = ask(tilroy, f"{C}/export/customers?dateExportedSince=2026-01-01").body
    assert 880123 not in [row["tilroyId"] for row in everyone]
    assert [row["tilroyId"] for row in ask(tilroy, f"{C}/export/deletedCustomers?{TODAY}").body] == [880123]
    assert ask(tilroy, f"{S}/sales/7001").body["customer"]["idTilroy"] == ""


def test_the_loser_of_a_merge_names_the_winner_who_gets_cards_and_points():
    tilroy = stand_in()
    tilroy.perform("merge_customers", keep="880123", lose="880124")
    loser, winner = sorted(exported_today(tilroy), key=lambda row: row["active"])
    assert (loser["tilroyId"], loser["mergedId"], winner["mergedId"]) == (880124, "880123", None)
    assert winner["bu"][0]["cards"] == ["2055500001", "2055500002"]
    assert ask(tilroy, f"{V}/loyalty/balance?customerId=880123").body["points"] == 150


def test_a_clerks_edit_and_a_new_card_are_found_at_once():
    tilroy = stand_in()
    tilroy.perform("edit_customer", customer_id="880124", field="email", value="new@example.nl")
    tilroy.perform("add_card", customer_id="880124", card="2055500077")
    assert ask(tilroy, f"{C}/customers?card=2055500077").body[0]["email"] == "new@example.nl"
    assert ask(tilroy, f"{C}/customers?email=jan@example.nl").body == []


def test_an_act_on_nobody_is_a_lookup_error():
    tilroy = stand_in()
    for act, params in {
        "set_newsletter": {"customer_id": "1", "value": "true"},
        "edit_customer": {"customer_id": "880123", "field": "shoe_size", "value": "43"},
        "add_card": {"customer_id": "880124", "card": "2055500001"},
        "sell": {"customer_id": "", "shop_id": "1", "sku_id": "1001", "quantity": "1", "unit_cents": "1"},
    }.items():
        with pytest.raises(LookupError, match="tilroy"):
            tilroy.perform(act, **params)


def test_a_sale_shows_in_every_list_and_moves_stock():
    tilroy = stand_in()
    tilroy.perform("sell", customer_id="880123", shop_id="87", sku_id="1001", quantity="2", unit_cents="7495")
    (row,) = ask(tilroy, f"{S}/export/sales?{TODAY}").body
    (wide,) = ask(tilroy, f"{S}/sales?lastId=7004").body
    assert (row["idTilroySale"], wide["totalAmountSell"], wide["customerEmail"]) == ("7005", 149.9, "els@example.be")
    assert ask(tilroy, f"{K}/stock?skuTilroyId=1001&shopNumber=101").body[0]["qty"]["available"] == 3
    assert ask(tilroy, f"{K}/export/stockdeltas?{TODAY}").body[0]["qtyDelta"] == -2


def test_an_imported_price_shows_only_after_a_while():
    clock = Clock()
    tilroy = stand_in(clock)
    price = {"sku": {"tilroyId": "1001"}, "type": "promo", "price": 59.95, "startDate": DAY, "run": {"sourceId": "R1"}}
    lost = {"sku": {"sourceId": "nobody knows"}, "type": "promo", "price": 1, "startDate": DAY}
    assert ask(tilroy, f"{P}/import/prices", "POST", [price, lost]).status == 202
    kinds = [item["type"] for item in ask(tilroy, f"{P}/price/rules/1001").body[0]["prices"]]
    clock.pass_by(31)
    later = ask(tilroy, f"{P}/price/rules?dateModified=2026-03-10").body[0]["prices"]
    assert (kinds, [(item["type"], item["price"]) for item in later][1:]) == (["standard"], [("promo", 59.95)])


def test_a_price_of_a_shop_is_a_rule_of_its_own():
    clock = Clock()
    tilroy = stand_in(clock)
    price = {"sku": {"tilroyId": "1001"}, "type": "standard", "price": 70, "startDate": DAY, "shop": {"number": "101"}}
    ask(tilroy, f"{P}/import/prices", "POST", [price])
    clock.pass_by(31)
    rules = ask(tilroy, f"{P}/price/rules/1001").body
    assert [rule["tilroyId"] for rule in rules] == ["sku1001_countryNL", "sku1001_store87"]
    here, there = (ask(tilroy, f"{P}/prices/1001?shopId={shop}").body["prices"][0]["price"] for shop in (87, 99))
    assert (here, there) == (70, 79.95)


def test_a_stock_movement_counts_once_by_its_source_id():
    clock = Clock()
    tilroy = stand_in(clock)
    move = {
        "sourceId": "M1",
        "sku": {"sourceId": "SHOE-77 BLU 42"},
        "shop": {"number": 101},
        "reason": "x",
        "delta": -1,
    }
    for _ in range(2):
        assert ask(tilroy, f"{K}/import/stockcorrections", "POST", move).status == 201
    clock.pass_by(31)
    assert ask(tilroy, f"{K}/stock?skuTilroyId=1001&shopNumber=101").body[0]["qty"]["available"] == 4


def test_the_same_product_body_again_is_ignored_and_answered_201():
    clock = Clock()
    tilroy = stand_in(clock)
    body = {
        "sourceId": "NEW",
        "code": "NEW",
        "brand": {"code": "A"},
        "countryVats": [],
        "groupLevels": [],
        "colours": [],
    }
    assert [ask(tilroy, f"{B}/import/products", "POST", body).status for _ in range(2)] == [202, 201]
    assert ask(tilroy, f"{B}/products/NEW").status == 404
    clock.pass_by(31)
    assert ask(tilroy, f"{B}/products/NEW").body["code"] == "NEW"
    assert len(ask(tilroy, f"{B}/export/products?{TODAY}").body) == 1


def test_points_that_are_sent_twice_are_added_twice():
    tilroy = stand_in()
    body = {"customer": {"tilroyId": "880123"}, "shop": {"number": 101}, "amount": 0.05, "points": 5, "date": DAY,
            "dateExpired": DAY}  # fmt: skip
    for _ in range(2):
        ask(tilroy, f"{V}/loyalty/points", "POST", {**body, "sourceId": "one and the same"})
    assert ask(tilroy, f"{V}/loyalty/balance?customerId=880123").body["points"] == 130


def test_a_voucher_with_a_known_barcode_is_updated():
    tilroy = stand_in()
    body = {"barcode": "GIFT-1", "webcode": "1", "amounts": {"full": 50, "open": 10}, "type": "giftvoucher",
            "startDate": "2026-01-01", "endDate": "2027-01-01", "shop": {"number": 101}}  # fmt: skip
    ask(tilroy, f"{V}/v2/vouchers", "POST", body)
    (row,) = ask(tilroy, f"{V}/v2/vouchers?barcode=GIFT-1").body
    assert (row["amounts"]["open"], row["customer"]["tilroyId"]) == (10, "880123")


def test_a_gift_voucher_is_sold_to_a_customer_and_pays_as_far_as_it_goes():
    tilroy = stand_in()
    tilroy.perform("issue_voucher", customer_id="880124", shop_id="87", cents="5000", barcode="G", ends_on="2027-03-31")
    for cents in ("2000", "4000"):
        tilroy.perform("use_voucher", barcode="G", shop_id="87", sku_id="1003", unit_cents=cents)
    (row,) = ask(tilroy, f"{V}/v2/vouchers?customerId=880124&type=giftvoucher").body
    assert (row["amounts"], row["endDate"]) == ({"full": 50, "open": 0, "used": 50}, "2027-03-31")
    used = [sale["vouchers"] for sale in ask(tilroy, f"{S}/sales?lastId=7004").body]
    assert used == [[{"voucher": "G", "isUsed": True}]] * 2
    with pytest.raises(LookupError):
        tilroy.perform("issue_voucher", customer_id="880124", shop_id="87", cents="1", barcode="G")
    with pytest.raises(LookupError):
        tilroy.perform("use_voucher", barcode="nothing", shop_id="87", sku_id="1003", unit_cents="1")


def test_a_discount_code_works_once_and_only_when_active():
    tilroy = stand_in()
    (code,) = ask(tilroy, f"{M}/v1/discountcodes", "POST", {"status": "new"}).body
    one = f"{M}/v1/discountcodes/{code['tilroyId']}"
    answers: list[Answer] = [ask(tilroy, f"{one}/{step}", "PUT") for step in ("use", "activate", "use", "use")]
    assert [answer.status for answer in answers] == [400, 200, 200, 400]


def test_the_main_group_stays_and_others_come_and_go():
    tilroy, groups = stand_in(), f"{C}/customers/880123/groups"
    for _ in range(2):
        ask(tilroy, groups, "POST", {"code": "GOLD"})
    main, gold = ask(tilroy, groups).body
    assert len(exported_today(tilroy)) == 1
    assert ask(tilroy, f"{groups}/{main['tilroyId']}", "DELETE").status == 400
    assert ask(tilroy, f"{groups}/{gold['tilroyId']}", "DELETE").status == 200


def test_a_restart_replays_what_was_done(tmp_path: Path):
    clock, memory = Clock(), tmp_path / "tilroy.jsonl"
    before = stand_in(clock, memory=memory)
    before.perform("set_newsletter", customer_id="880124", value="true")
    before.perform("sell", customer_id="880123", shop_id="87", sku_id="1001", quantity="1", unit_cents="100")
    clock.pass_by(5)
    ask(before, f"{C}/customers/880123", "PUT", {"firstName": "Elsje"})
    ask(before, f"{C}/customers/880126", "DELETE")
    price = {"sku": {"tilroyId": "1001"}, "type": "promo", "price": 1, "startDate": DAY}
    ask(before, f"{P}/import/prices", "POST", [price])
    clock.pass_by(60)
    after = stand_in(clock, memory=memory)
    for path in (
        f"{C}/export/customers?dateExportedSince=2026-01-01", f"{C}/export/deletedCustomers?{TODAY}",
        f"{S}/export/sales?{TODAY}", f"{P}/price/rules", f"{K}/stock?skuTilroyId=1001",
    ):  # fmt: skip
        assert json.dumps(ask(after, path).body) == json.dumps(ask(before, path).body)
