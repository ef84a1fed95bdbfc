"""Orders that another system places in the till: taken from stock, exported at each step, and made as often as sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.tilroy import Tilroy
from tests.plugins.sandbox.tilroy.shop_floor import SINCE, Answer, Clock, ask, stand_in

Q, S, K = "/orderapi/production", "/saleapi/production", "/stockapi/production"
WAY = {"code": "home_delivery", "shopHandling": {"number": 101}, "shopStock": {"number": 101}}
LINE = {"qty": 2, "sku": {"tilroyId": "1001"}, "priceSell": 74.95, "collectMethod": WAY}
ORDER = {"shop": {"number": 101}, "language": {"code": "NL"}, "products": [LINE], "orderNumber": "A2K8290LP8",
         "externalReference": "channable:830011", "tags": ["bol"]}  # fmt: skip


def place(till: Tilroy, **more: Any) -> Answer:
    return ask(till, f"{Q}/orders", "POST", ORDER | more)


def exported(till: Tilroy) -> list[Any]:
    rows: list[Any] = ask(till, f"{Q}/export/orders?{SINCE}&count=100").body
    return rows


def stock(till: Tilroy) -> int:
    available: int = ask(till, f"{K}/stock?skuTilroyId=1001&shopNumber=101").body[0]["qty"]["available"]
    return available


def statuses(till: Tilroy) -> list[list[str]]:
    return [[line["status"] for line in row["lines"]] for row in exported(till)]


def test_an_order_takes_its_pieces_out_of_that_shop_and_names_what_it_was_called() -> None:
    till = stand_in()
    (made,) = place(till).body
    assert (made["orderNumber"], made["externalReference"], made["tags"]) == ("A2K8290LP8", "channable:830011", ["bol"])
    assert (made["totalAmountInclVAT"], "customer" in made, stock(till)) == (149.9, False, 3)
    assert ask(till, f"{K}/export/stockdeltas?{SINCE}").body[0]["qtyDelta"] == -2
    assert [row["externalReference"] for row in exported(till)] == ["channable:830011"]


def test_the_same_order_sent_twice_is_two_orders() -> None:
    till = stand_in()
    assert [place(till).status for _ in range(2)] == [201, 201]
    assert (len(exported(till)), stock(till)) == (2, 1)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"shop": {"number": 1}}, "shop not found"),
    ({"shop": None}, "shop is required"),
    ({"language": {"code": "nl"}}, "language.code"),
    ({"channel": {"code": "MARKETPLACE"}}, "channel.code"),
    ({"products": []}, "products"),
    ({"products": ["1001"]}, "products"),
    ({"products": [{**LINE, "sku": {"tilroyId": "9"}}]}, "sku not found"),
    ({"products": [{**LINE, "qty": 0}]}, "qty"),
    ({"products": [{**LINE, "qty": 1.5}]}, "qty"),
    ({"products": [{**LINE, "priceSell": "7495"}]}, "priceSell"),
    ({"products": [{**LINE, "collectMethod": {"code": "home_delivery"}}]}, "shopHandling is required"),
    ({"products": [{**LINE, "collectMethod": {**WAY, "shopStock": {"number": 1}}}]}, "shop not found"),
    ({"externalReference": 830011}, "externalReference"),
    ({"orderNumber": 830011}, "orderNumber"),
    ({"tags": "bol"}, "tags"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED, ids=[f"{at}:{words}" for at, (_, words) in enumerate(REFUSED)])
def test_what_the_vendor_would_refuse_is_refused_and_nothing_is_taken(changes: dict[str, Any], words: str) -> None:
    till = stand_in()
    answer = place(till, **changes)
    assert (answer.status, answer.body["code"]) == (400, "BadRequest")
    assert words in answer.body["message"]
    assert (exported(till), stock(till)) == ([], 5)


def test_the_search_of_a_shop_can_be_narrowed_to_a_number() -> None:
    till = stand_in()
    place(till)
    place(till, orderNumber="other")
    found = ask(till, f"{Q}/v2/orders?shopNumber=101&orderNumber=A2K8290LP8").body
    assert [row["orderNumber"] for row in found] == ["A2K8290LP8"]
    assert ask(till, f"{Q}/v2/orders?shopNumber=900&orderNumber=A2K8290LP8").body == []


def test_a_dispatched_order_is_exported_anew_with_a_receipt_that_has_its_reference() -> None:
    clock = Clock()
    till = stand_in(clock)
    place(till)
    clock.pass_by(3600)
    till.perform("dispatch_order", number="channable:830011")
    assert (statuses(till), stock(till)) == ([["R"], ["D"]], 3)
    assert [row["dateExported"][11:16] for row in exported(till)] == ["12:00", "13:00"]
    (receipt,) = ask(till, f"{S}/sales?lastId=7004").body
    told = [receipt[name] for name in ("externalReference", "orderNumber", "totalAmountSell")]
    assert (told, receipt["channel"]["code"]) == (["channable:830011", "A2K8290LP8", 149.9], "ECOM")


SOCKS = {**LINE, "qty": 1, "sku": {"tilroyId": "1002"}}


def test_what_was_sent_is_told_with_its_parcel_and_the_carrier_stands_on_the_line() -> None:
    till = stand_in()
    place(till)
    till.perform("dispatch_order", number="A2K8290LP8", carrier="BPOST", tracking_code="3232")
    (sent,) = ask(till, f"{Q}/dispatches?orderNumber=A2K8290LP8").body
    assert (sent["method"]["code"], sent["parcels"][0]["tracking"]["code"]) == ("BPOST", "3232")
    assert exported(till)[-1]["lines"][0]["dispatchMethod"] == {"code": "BPOST"}
    assert ask(till, f"{Q}/dispatches").status == 400
    assert ask(till, f"{Q}/dispatches?orderNumber=other").body == []


def test_a_part_of_an_order_can_be_sent_and_the_rest_cancelled_or_finished() -> None:
    till = stand_in()
    place(till, products=[LINE, SOCKS])
    till.perform("dispatch_order", number="A2K8290LP8", sku_id="1001")
    with pytest.raises(LookupError, match="nothing of this sku"):
        till.perform("dispatch_order", number="A2K8290LP8", sku_id="1001")
    till.perform("cancel_order", number="A2K8290LP8", sku_id="1002")
    till.perform("finish_order", number="channable:830011")
    assert statuses(till) == [["R", "R"], ["D", "R"], ["D", "C"], ["L", "L"]]
    with pytest.raises(LookupError, match="no order has this number"):
        till.perform("finish_order", number="other")


def test_a_cancelled_order_puts_its_pieces_back_and_makes_no_receipt() -> None:
    till = stand_in()
    place(till)
    till.perform("cancel_order", number="A2K8290LP8")
    assert (statuses(till), stock(till)) == ([["R"], ["C"]], 5)
    assert ask(till, f"{S}/sales?lastId=7004").body == []


@pytest.mark.parametrize("act", ["dispatch_order", "cancel_order"])
def test_what_is_closed_or_unknown_cannot_be_closed(act: str) -> None:
    till = stand_in()
    place(till)
    till.perform("dispatch_order", number="A2K8290LP8")
    for number in ("A2K8290LP8", "nothing"):
        with pytest.raises(LookupError, match="no open order"):
            till.perform(act, number=number)


def test_an_order_of_a_customer_makes_a_receipt_of_theirs() -> None:
    till = stand_in()
    place(till, customer={"tilroyId": "880123"}, externalReference="")
    till.perform("dispatch_order", number="A2K8290LP8")
    (receipt,) = ask(till, f"{S}/sales?lastId=7004").body
    assert (receipt["customer"]["idTilroy"], receipt["externalReference"]) == ("880123", "")


def test_orders_and_what_became_of_them_survive_a_restart(tmp_path: Path) -> None:
    clock, memory = Clock(), tmp_path / "tilroy.jsonl"
    before = stand_in(clock, memory=memory)
    place(before)
    place(before, orderNumber="other")
    clock.pass_by(5)
    before.perform("dispatch_order", number="A2K8290LP8")
    before.perform("cancel_order", number="other")
    after = stand_in(clock, memory=memory)
    assert json.dumps(exported(after)) == json.dumps(exported(before))
    assert (stock(after), len(exported(after))) == (3, 4)
