"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.sandbox.channable.contract import ROWS, Row
from tests.plugins.sandbox.channable.stage import (
    BACK,
    GONE,
    OFFERS,
    OLD,
    OLD_ORDERS,
    OPEN,
    ORDERS,
    RETURNS,
    SENT,
    STOCK,
    Caller,
)


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(caller: Caller, row: Row) -> None:
    response = caller.call(row.method, row.path, row.body)
    assert response.status_code == row.status, response.get_data(as_text=True)
    assert response.json is not None
    said: Any = response.json["detail"][0] if row.status == 422 else response.json
    assert {name: said.get(name) for name in row.says} == row.says
    if row.status >= 400:
        assert set(response.json) == ({"detail"} if row.status == 422 else {"status", "message"})


def test_refuses_a_caller_without_a_token_that_is_valid(caller: Caller) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        response = caller.client.get(ORDERS, headers=headers)
        assert (response.status_code, (response.json or {})["status"]) == (401, "error")
    assert caller.client.get(f"{ORDERS}?access_token={caller.vendor.token}").status_code == 401


def test_takes_two_tokens_at_once_so_that_keys_can_be_rotated(caller: Caller) -> None:
    caller.vendor.perform("make_token", token="second")
    assert [caller.call("GET", ORDERS, token=each).status_code for each in ("", "second")] == [200, 200]
    with pytest.raises(LookupError):
        caller.vendor.perform("make_token", token="third")
    caller.vendor.perform("expire_token", token=caller.vendor.token)
    assert [caller.call("GET", ORDERS, token=each).status_code for each in ("", "second")] == [401, 200]
    caller.vendor.perform("make_token", token="third")


def test_a_token_ends_after_a_year(caller: Caller) -> None:
    caller.clock.forward(days=364)
    assert caller.call("GET", ORDERS).status_code == 200
    caller.clock.forward(days=1)
    assert caller.call("GET", ORDERS).status_code == 401


def test_speaks_nothing_but_json(caller: Caller) -> None:
    assert caller.call("GET", ORDERS, Accept="text/xml").status_code == 406
    assert caller.call("GET", ORDERS, Accept="text/xml, application/json;q=0.5").status_code == 200


def test_says_so_when_a_body_is_not_json(caller: Caller) -> None:
    response = caller.client.post(STOCK, data="[{", headers={"Authorization": f"Bearer {caller.vendor.token}"})
    assert (response.status_code, (response.json or {})["detail"][0]["type"]) == (422, "json_invalid")


def test_lists_newest_first_and_pages_by_limit_and_offset(caller: Caller) -> None:
    assert caller.ids() == [OPEN, SENT, OLD, GONE]
    assert [caller.ids(f"?limit=3&offset={offset}") for offset in (0, 3)] == [[OPEN, SENT, OLD], [GONE]]


def test_an_order_that_arrives_shifts_the_pages(caller: Caller) -> None:
    first = caller.ids("?limit=2")
    caller.vendor.perform("order", sku="WW2")
    assert caller.ids("?limit=2&offset=2")[0] == first[-1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=shipped", [SENT, OLD]),
        ("?status=cancelled&status=not_shipped", [OPEN, GONE]),
        ("?search=a3open", [OPEN]),
        ("?search=Maes", [SENT]),
        ("?errors=true", []),
        ("?start_date=2026-02-01", [OPEN, SENT]),
        ("?end_date=2026-02-01T00:00:00%2B01:00", [OLD, GONE]),
        ("?retrieved_at_start=2026-02-24&retrieved_at_end=2026-02-25", [SENT]),
        ("?last_modified_after=2026-02-25T11:59:59", [OPEN, SENT]),
        ("?last_modified_after=2026-02-25T11:59:59Z", [OPEN, SENT]),
        ("?last_modified_after=2026-02-25T12:59:59%2B01:00", [OPEN, SENT]),
        ("?last_modified_after=2026-02-25T11:59:59.999999Z&last_modified_before=2026-03-02T10:00:00Z", [SENT]),
    ],
)
def test_filters(caller: Caller, query: str, expected: list[int]) -> None:
    assert caller.ids(query) == expected


def test_a_plus_that_was_not_encoded_is_a_blank(caller: Caller) -> None:
    assert caller.call("GET", f"{ORDERS}?start_date=2026-02-01T00:00:00+01:00").status_code == 422


def test_the_span_of_change_does_not_include_its_ends(caller: Caller) -> None:
    changed = caller.order(SENT)["modified"].replace("+", "%2B")
    assert SENT not in caller.ids(f"?last_modified_after={changed}")
    assert SENT not in caller.ids(f"?last_modified_before={changed}")


def test_a_price_is_of_one_piece_and_the_total_has_the_postage(caller: Caller) -> None:
    data = caller.order(SENT)["data"]
    assert [(each["quantity"], each["price"]) for each in data["products"]] == [(1, 100.0), (2, 15.0)]
    assert (data["price"]["subtotal"], data["price"]["shipping"], data["price"]["total"]) == (130.0, 2.99, 132.99)


def test_an_address_comes_in_parts_or_in_lines(caller: Caller) -> None:
    parts, lines = (caller.order(each)["data"]["billing"] for each in (OPEN, SENT))
    assert (parts["street"], parts["house_number"], parts["house_number_ext"]) == ("Veldstraat", 60, "B")
    assert (lines["address1"], lines["street"], lines["house_number"]) == ("Kade 3a", None, None)


def test_a_house_number_is_a_number_in_an_order_and_a_text_in_a_return(caller: Caller) -> None:
    caller.vendor.perform("ship", order=str(OPEN))
    caller.vendor.perform("send_back", order=str(OPEN), sku="WW2")
    assert caller.order(OPEN)["data"]["shipping"]["house_number"] == 60
    assert caller.get(RETURNS)["returns"][0]["data"]["address"]["house_number"] == "60"


def test_a_return_names_its_order_and_has_no_price(caller: Caller) -> None:
    told = caller.get(f"{RETURNS}/{BACK}")["return"]["data"]
    assert (told["item"]["id"], told["item"]["quantity"]) == ("WW2", 1)
    assert (told["meta"]["channel_order_id"], told["meta"]["platform_order_id"]) == ("405-1234567-7654321", str(SENT))
    assert "price" not in told["item"]


def test_sending_a_part_and_then_the_rest_completes_an_order(caller: Caller) -> None:
    path = f"{OLD_ORDERS}/{OPEN}"
    caller.post(f"{path}/shipment", {"tracking_code": "3SABC", "order_item_ids": [996]})
    assert caller.order(OPEN)["status_shipped"] == "partial"
    caller.post(f"{path}/shipment", {"order_item_ids": [997]})
    order = caller.order(OPEN)
    assert order["status_shipped"] == "shipped"
    assert [each["tracking_code"] for each in order["fulfillments"]] == ["3SABC", None]
    assert caller.call("POST", f"{path}/cancel").status_code == 409


def test_an_order_of_which_a_part_was_cancelled_is_partial(caller: Caller) -> None:
    caller.post(f"{OLD_ORDERS}/{OPEN}/cancel", {"order_item_ids": [997]})
    assert caller.order(OPEN)["status_shipped"] == "partial"
    caller.post(f"{OLD_ORDERS}/{OPEN}/cancel")
    order = caller.order(OPEN)
    assert (order["status_shipped"], order["status_paid"]) == ("cancelled", "cancelled")


def test_channable_stops_acting_on_an_order_left_to_a_person(caller: Caller) -> None:
    caller.post(f"{OLD_ORDERS}/{OPEN}/manual")
    assert caller.order(OPEN)["status_shipped"] == "manual"
    assert caller.call("POST", f"{OLD_ORDERS}/{OPEN}/shipment", {}).status_code == 409
    assert caller.call("POST", f"{OLD_ORDERS}/{OPEN}/cancel").status_code == 409


def test_every_change_moves_modified_and_is_in_the_diary(caller: Caller) -> None:
    before = caller.order(OPEN)["modified"]
    caller.clock.forward(minutes=1)
    caller.post(f"{OLD_ORDERS}/{OPEN}/shipment", {})
    answer = caller.get(f"{ORDERS}/{OPEN}")
    assert answer["order"]["modified"] > before
    assert [each["message"] for each in answer["events"]] == ["Order received", "2 of 2 items shipped"]


def test_a_buyer_can_only_ask_to_cancel_and_the_seller_confirms(caller: Caller) -> None:
    caller.vendor.perform("ask_cancellation", order="A3OPEN0003")
    assert caller.ids("?status=cancellation_request") == [OPEN]
    caller.post(f"{OLD_ORDERS}/{OPEN}/cancel")
    assert caller.order(OPEN)["status_shipped"] == "cancelled"
    with pytest.raises(LookupError):
        caller.vendor.perform("ask_cancellation", order="A3OPEN0003")


def test_a_return_is_decided_once(caller: Caller) -> None:
    path = f"{RETURNS}/{BACK}/status"
    caller.post(path, {"status": "accepted"})
    assert caller.call("POST", path, {"status": "rejected"}).status_code == 409
    assert caller.get(f"{RETURNS}/{BACK}")["return"]["status"] == "accepted"


def test_wipes_who_bought_and_keeps_what_and_for_how_much(caller: Caller) -> None:
    caller.clock.forward(minutes=1)
    caller.vendor.perform("obfuscate", order=str(SENT))
    order, back = caller.order(SENT), caller.get(f"{RETURNS}/{BACK}")["return"]
    assert order["obfuscated"] is back["obfuscated"] is True
    assert order["data"]["price"]["total"] == 132.99
    assert all(word not in str(order) + str(back) for word in ("Jan", "Maes", "Kade", "@"))
    assert SENT in caller.ids("?last_modified_after=2026-03-02T12:00:00Z")


def test_marks_an_order_with_an_error(caller: Caller) -> None:
    caller.vendor.perform("fail", order=str(OPEN), reason="address_parsing")
    page = caller.get(f"{ORDERS}?errors=true")
    assert (page["total"], page["error_count"], page["orders"][0]["error_reason"]) == (1, 1, "address_parsing")


def test_http_200_does_not_mean_that_each_item_was_taken(caller: Caller) -> None:
    caller.vendor.perform("forget_item", sku="WW9")
    said = [{"id": "WW2", "stock": 7}, {"id": "WW9", "stock": 1}, {"id": "WW1-M", "stock": -1}]
    answer = caller.post(STOCK, said)
    assert answer["status"] == "error"
    assert [(each["id"], each["status"]) for each in answer["content"]] == [
        ("WW2", "success"), ("WW9", "error"), ("WW1-M", "error"),
    ]  # fmt: skip
    assert [(each["client_id"], each["stock"]) for each in caller.get(OFFERS)["offers"]] == [("WW2", 7)]


def test_stock_is_a_whole_new_value(caller: Caller) -> None:
    for number in (7, 3):
        caller.post(STOCK, [{"id": "WW2", "stock": number, "title": "Fles"}])
    (offer,) = caller.get(OFFERS)["offers"]
    assert (offer["stock"], offer["availability"], offer["title"]) == (3, True, "Fles")


def test_a_busy_vendor_takes_updates_with_202_and_does_nothing(caller: Caller) -> None:
    caller.vendor.perform("hold_updates")
    response = caller.call("POST", STOCK, [{"id": "WW2", "stock": 7}])
    assert (response.status_code, (response.json or {})["status"]) == (202, "error")
    assert caller.get(OFFERS)["offers"] == []
    caller.vendor.perform("release_updates")
    assert caller.post(STOCK, [{"id": "WW2", "stock": 7}])["status"] == "success"


def test_knows_the_truth_behind_a_masked_buyer_and_tells_what_it_holds(caller: Caller) -> None:
    assert caller.vendor.truth()[f"order:{OPEN}"] == "person-1"
    assert caller.vendor.truth()[f"order:{SENT}"] == f"stranger-{SENT}"
    assert caller.vendor.holding("A2K8290LP8") == {"status": "shipped", "buyer": "wiped"}
    assert caller.vendor.holding(str(OPEN)) == {"status": "not_shipped", "buyer": "verkopen.bol.com"}
    assert caller.vendor.holding("nobody") is None
    assert GONE in caller.ids()


def test_says_how_plugins_reach_it(caller: Caller) -> None:
    told = caller.vendor.settings("http://127.0.0.1:1/channable")
    assert {name: told[f"TAP_CHANNABLE_{name}"] for name in ("COMPANY_ID", "PROJECT_ID")} == {
        "COMPANY_ID": "4120", "PROJECT_ID": "53000",
    }  # fmt: skip
    assert told["TARGET_CHANNABLE_TOKEN"] == caller.vendor.token
