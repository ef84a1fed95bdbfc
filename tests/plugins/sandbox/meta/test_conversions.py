"""Events are taken all or not at all, and what was sent twice counts once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plugins.sandbox.meta.stage import ANN, BEN, DATASET, START, Caller, sale

DAY = 86_400
EVENTS = f"{DATASET}/events"
BROWSER = {"em": [ANN], "client_user_agent": "Mozilla/5.0"}
NOW = int(START.timestamp())


def on_website(**more: Any) -> dict[str, Any]:
    return sale(action_source="website", event_source_url="https://shop.example/", user_data=BROWSER, **more)


def send(caller: Caller, *events: Any) -> Any:
    return caller.post(EVENTS, {"data": list(events)})


def test_one_wrong_event_rejects_the_whole_request(caller: Caller) -> None:
    wrong = sale(event_id="pos-2", event_time=NOW - 63 * DAY)
    assert caller.refusal("POST", EVENTS, {"data": [sale(), wrong]}) == (100, 2804003)
    assert caller.vendor.dataset.events == []


@pytest.mark.parametrize(
    ("event", "days", "is_taken"),
    [(sale(), 61, True), (sale(), 63, False), (on_website(), 6, True), (on_website(), 8, False)],
)
def test_takes_events_of_shops_for_62_days_and_others_for_7(
    caller: Caller, event: dict[str, Any], days: int, is_taken: bool
) -> None:
    response = caller.call("POST", EVENTS, {"data": [{**event, "event_time": NOW - days * DAY}]})
    assert (response.status_code == 200) is is_taken


def test_counts_a_sale_in_a_shop_once(caller: Caller) -> None:
    other_sale = sale(custom_data={**sale()["custom_data"], "order_id": "R-2"})
    assert send(caller, sale(), sale(), other_sale)["events_received"] == 3
    send(caller, sale(event_time=NOW - 7200))
    assert [each["custom_data"]["order_id"] for each in caller.vendor.dataset.events] == ["R-1", "R-2", "R-1"]
    assert caller.vendor.dataset.repeated == 1


def test_knows_a_sale_without_a_number_by_its_customer(caller: Caller) -> None:
    plain = {"currency": "EUR", "value": 5, "contents": [{"id": "SKU-1"}]}
    send(caller, sale(custom_data=plain), sale(custom_data=plain), sale(custom_data=plain, user_data={"em": [BEN]}))
    assert len(caller.vendor.dataset.events) == 2


def test_counts_an_event_of_the_website_once_by_its_id(caller: Caller) -> None:
    send(caller, on_website(), on_website(), on_website(event_id="web-2"))
    assert len(caller.vendor.dataset.events) == 2


def test_marks_test_events_and_still_counts_them(caller: Caller) -> None:
    caller.post(EVENTS, {"data": [sale()], "test_event_code": "TEST1"})
    assert [each["is_test"] for each in caller.vendor.dataset.events] == [True]


def test_reads_events_that_come_as_texts_in_a_form(caller: Caller) -> None:
    form = {"data": json.dumps([json.dumps(sale())]), "access_token": caller.vendor.access_token}
    response = caller.client.post(f"/v25.0/{EVENTS}", data=form)
    assert response.json
    assert (response.json["events_received"], response.json["messages"]) == (1, [])


def test_takes_no_sales_of_shops_where_the_dataset_is_a_plain_pixel(caller: Caller) -> None:
    caller.vendor.dataset.is_consolidated = False
    assert caller.refusal("POST", EVENTS, {"data": [sale()]}) == (100, 2804001)
    assert send(caller, on_website())["events_received"] == 1
