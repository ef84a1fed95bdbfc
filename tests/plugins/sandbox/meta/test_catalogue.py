"""Products come in batches that are applied later, and in files."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from werkzeug.wrappers import Response

from plugins.sandbox.server import running
from tests.plugins.sandbox.meta.contract import ITEMS, batch
from tests.plugins.sandbox.meta.stage import ACCOUNT, CATALOGUE, Caller, item

LINE = "https://shop.example/p,https://shop.example/i.jpg"
HEAD = "id,title,description,availability,condition,price,brand,link,image_link"
GOOD = f"{HEAD}\nS-1,Trui,Warm,in stock,new,49.95 EUR,Merk,{LINE}\nS-2,Trui,Warm,in stock,new,9.95 EUR,Merk,{LINE}\n"
BAD = f"{HEAD}\nS-1,Trui,Warm,in stock,new,59.95 EUR,Merk,{LINE}\nS-3,Trui,Warm,soon,new,9.95 EUR,Merk,{LINE}\n"


def products(caller: Caller, **query: str) -> dict[str, str]:
    rows = caller.get(f"{CATALOGUE}/products", fields="retailer_id,price", **query)["data"]
    return {each["retailer_id"]: each["price"] for each in rows}


def status(caller: Caller, handle: str) -> dict[str, object]:
    query = {"handle": handle, "load_ids_of_invalid_requests": "true"}
    told: dict[str, object] = caller.get(f"{CATALOGUE}/check_batch_request_status", **query)["data"][0]
    return told


def test_applies_a_batch_only_after_a_while(caller: Caller) -> None:
    (handle,) = caller.items(item())["handles"]
    seen = []
    for _ in range(3):
        seen.append((status(caller, handle)["status"], products(caller)))
        caller.clock.forward(seconds=1)
    assert seen == [("started", {}), ("in_progress", {}), ("finished", {"SKU-1": "49.95 EUR"})]


def test_keeps_a_wrong_item_out_and_says_so_at_once(caller: Caller) -> None:
    answer = caller.items(item(), item("SKU-2", price="49,95"), item("SKU-3", title="x" * 101))
    (wrong, long) = answer["validation_status"]
    assert (wrong["retailer_id"], len(wrong["errors"]), wrong["warnings"]) == ("SKU-2", 1, [])
    assert (long["retailer_id"], long["errors"], len(long["warnings"])) == ("SKU-3", [], 1)
    caller.clock.forward(seconds=5)
    assert set(products(caller)) == {"SKU-1", "SKU-3"}


def test_gives_no_handle_when_nothing_can_be_taken(caller: Caller) -> None:
    assert caller.items(item(availability="soon"))["handles"] == []


def test_changes_a_part_of_what_is_known(caller: Caller) -> None:
    caller.items(item())
    caller.clock.forward(seconds=5)
    answer = caller.items({"method": "UPDATE", "data": {"id": "SKU-1", "price": "39.95 EUR"}})
    assert answer["validation_status"] == []
    caller.clock.forward(seconds=5)
    assert products(caller) == {"SKU-1": "39.95 EUR"}
    (found,) = caller.get(f"{CATALOGUE}/products", fields="name,brand,url,currency")["data"]
    assert (found["name"], found["brand"], found["currency"]) == ("Trui blauw", "Merk", "EUR")


def test_an_empty_value_takes_back_what_was_said_and_silence_does_not(caller: Caller) -> None:
    caller.items(item(sale_price="39.95 EUR", color="rood"))
    caller.clock.forward(seconds=5)
    caller.items({"method": "UPDATE", "data": {"id": "SKU-1", "sale_price": ""}})
    caller.clock.forward(seconds=5)
    (found,) = caller.get(f"{CATALOGUE}/products", fields="sale_price,color")["data"]
    assert ("sale_price" in found, found["color"]) == (False, "rood")
    (wrong,) = caller.items({"method": "UPDATE", "data": {"id": "SKU-1", "title": ""}})["validation_status"]
    assert [each["message"] for each in wrong["errors"]] == ["The field title is missing"]


def test_refuses_a_batch_of_too_many_bytes_as_if_it_would_pass(caller: Caller) -> None:
    caller.vendor.most_bytes = 1000
    assert caller.refusal("POST", ITEMS, batch(item(description="x" * 1000))) == (1, 0)
    assert caller.refusal("POST", ITEMS, batch(*[item()] * 5)) == (1, 0)
    assert len(caller.items(item())["handles"]) == 1


def test_needs_a_right_of_its_own(caller: Caller) -> None:
    caller.vendor.perform("withdraw_right", right="catalog_management")
    assert caller.refusal("POST", ITEMS, batch(item())) == (100, 0)
    assert caller.call("GET", ACCOUNT).status_code == 200
    caller.vendor.perform("grant_right", right="catalog_management")
    caller.vendor.perform("withdraw_right", right="ads_management")
    assert caller.refusal("GET", ACCOUNT) == (294, 0)
    assert len(caller.items(item())["handles"]) == 1
    with pytest.raises(LookupError, match="no right 'all'"):
        caller.vendor.perform("withdraw_right", right="all")


def test_wants_all_of_a_product_that_is_new(caller: Caller) -> None:
    (told,) = caller.items({"method": "UPDATE", "data": {"id": "SKU-1", "price": "39.95 EUR"}})["validation_status"]
    assert len(told["errors"]) == 7


def test_creates_by_update_unless_that_is_switched_off(caller: Caller) -> None:
    (handle,) = caller.items(item(), allow_upsert=False)["handles"]
    caller.clock.forward(seconds=5)
    told = status(caller, handle)
    assert (told["errors_total_count"], told["ids_of_invalid_requests"]) == (1, ["SKU-1"])
    assert products(caller) == {}


def test_deletes_and_only_warns_of_what_is_not_there(caller: Caller) -> None:
    caller.items(item())
    caller.clock.forward(seconds=5)
    (handle,) = caller.items(item(method="DELETE"), item("SKU-9", "DELETE"))["handles"]
    caller.clock.forward(seconds=5)
    assert (status(caller, handle)["errors_total_count"], status(caller, handle)["warnings_total_count"]) == (0, 1)
    assert products(caller) == {}


def test_finds_products_by_the_own_id(caller: Caller) -> None:
    caller.items(*(item(f"SKU-{number}") for number in range(4)))
    caller.clock.forward(seconds=5)
    assert set(products(caller, filter='{"retailer_id":{"is_any":["SKU-1","SKU-3"]}}')) == {"SKU-1", "SKU-3"}
    assert set(products(caller, filter='{"retailer_id":{"eq":"SKU-2"}}')) == {"SKU-2"}


def test_prices_a_single_product_in_minor_units(caller: Caller) -> None:
    body = {**item()["data"], "retailer_id": "SKU-5", "name": "Muts", "url": "https://shop.example/m"}
    body |= {"image_url": "https://shop.example/m.jpg", "price": 1995, "currency": "EUR"}
    made = caller.post(f"{CATALOGUE}/products", body)["id"]
    assert caller.get(made, fields="price")["price"] == "19.95 EUR"
    assert caller.refusal("POST", f"{CATALOGUE}/products", body | {"price": "19.95"}) == (100, 0)
    assert caller.call("DELETE", made).json == {"success": True}
    assert products(caller) == {}


@pytest.fixture
def feed(caller: Caller) -> str:
    made: str = caller.post(f"{CATALOGUE}/product_feeds", {"name": "All", "deletion_enabled": True})["id"]
    return made


def send(caller: Caller, feed: str, text: str, **more: str) -> str:
    form = {"file": (io.BytesIO(text.encode()), "all.csv"), "access_token": caller.vendor.access_token, **more}
    response = caller.client.post(f"/v25.0/{feed}/uploads", data=form)
    assert response.json, response.status
    caller.clock.forward(seconds=5)
    made: str = response.json["id"]
    return made


def test_takes_a_file_and_deletes_what_it_lacks(caller: Caller, feed: str) -> None:
    send(caller, feed, GOOD)
    assert products(caller) == {"S-1": "49.95 EUR", "S-2": "9.95 EUR"}
    upload = send(caller, feed, BAD)
    assert products(caller) == {"S-1": "59.95 EUR"}
    fields = "num_detected_items,num_persisted_items,num_invalid_items,num_deleted_items,error_count"
    shown = caller.get(upload, fields=fields)
    assert [shown[name] for name in fields.split(",")] == [2, 1, 1, 1, 1]
    (error,) = caller.get(f"{upload}/errors")["data"]
    assert (error["severity"], error["total_count"]) == ("fatal", 1)
    (sample,) = caller.get(f"{error['id']}/samples")["data"]
    assert (sample["row_number"], sample["retailer_id"]) == (2, "S-3")


def test_deletes_nothing_with_a_file_of_changes(caller: Caller, feed: str) -> None:
    send(caller, feed, GOOD)
    send(caller, feed, BAD, update_only="true")
    assert set(products(caller)) == {"S-1", "S-2"}


def test_tells_no_counts_before_the_end(caller: Caller, feed: str) -> None:
    upload = send(caller, feed, GOOD)
    caller.clock.forward(seconds=-5)
    other = caller.post(f"{feed}/uploads", {"url": "https://shop.example/all.csv"})["id"]
    assert "num_detected_items" not in caller.get(other, fields="num_detected_items,end_time")
    assert caller.get(f"{feed}/uploads")["data"][-1]["id"] == upload


def test_keeps_no_password_and_never_turns_deleting_off(caller: Caller, feed: str) -> None:
    schedule = {"interval": "DAILY", "url": "https://shop.example/all.csv", "hour": 3, "username": "m", "password": "p"}
    caller.post(feed, {"schedule": schedule})
    shown = caller.get(feed, fields="schedule,deletion_enabled,product_count")
    assert "password" not in shown["schedule"]
    assert (shown["deletion_enabled"], shown["product_count"]) == (True, 0)
    assert caller.refusal("POST", feed, {"deletion_enabled": False}) == (100, 0)
    assert caller.refusal("POST", feed, {"schedule": {"interval": "YEARLY"}}) == (100, 0)


@pytest.fixture
def website() -> Iterator[str]:
    with running(lambda _: Response(GOOD, content_type="text/csv")) as url:
        yield url


def test_fetches_a_file_from_its_address(caller: Caller, feed: str, website: str) -> None:
    upload = caller.post(f"{feed}/uploads", {"url": website})["id"]
    fetched = caller.vendor.fetched.get(timeout=5)
    caller.clock.forward(seconds=5)
    assert fetched == upload
    assert set(products(caller)) == {"S-1", "S-2"}
