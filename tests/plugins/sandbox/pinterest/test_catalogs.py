"""Items change a while after their batch was taken; feeds are read by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.sandbox.pinterest.stage import ATTRIBUTES, BATCH, FEEDS, ITEMS, Caller, batch, feed, item, wanted


def carried_out(caller: Caller, *items: dict[str, Any], **more: Any) -> list[tuple[str, list[str]]]:
    """Return status and what is wrong of each item of a batch when it is through."""
    made = caller.done("POST", BATCH, batch(*items, **more))
    caller.clock.forward(minutes=1)
    done = caller.get(f"{BATCH}/{made['batch_id']}")
    assert done["status"] == "COMPLETED"
    return [(each["status"], [error["attribute"] for error in each["errors"]]) for each in done["items"]]


def shown(caller: Caller, key: str = "SKU-1") -> Any:
    """Return the attributes of an item, None where there is none."""
    return caller.done("POST", ITEMS, wanted(key))["items"][0].get("attributes")


def test_a_batch_is_carried_out_after_a_while(caller: Caller) -> None:
    made = caller.done("POST", BATCH, batch(item()))
    assert made["items"] == [{"item_id": "SKU-1", "status": "PROCESSING", "errors": [], "warnings": []}]
    assert shown(caller) is None
    caller.clock.forward(minutes=1)
    done = caller.get(f"{BATCH}/{made['batch_id']}")
    assert (done["status"], done["completed_time"]) == ("COMPLETED", "2026-11-01T12:01:00")
    assert shown(caller) == ATTRIBUTES


def test_one_bad_item_does_not_stop_the_rest(caller: Caller) -> None:
    found = carried_out(caller, item("A"), item("B", title=""), item("C", link="https://x.example/" + "x" * 511))
    assert found == [("SUCCESS", []), ("FAILURE", ["title"]), ("FAILURE", ["link"])]


@pytest.mark.parametrize(
    "odd",
    [{"condition": "as new"}, {"gender": "men"}, {"size_system": "NL"}, {"sale_price": "10,00 EUR"},
     {"custom_number_0": 2**32}, {"additional_image_link": ["https://x.nl/1"] * 11}],
    ids=str,
)  # fmt: skip
def test_an_attribute_of_free_choice_must_fit_all_the_same(caller: Caller, odd: dict[str, Any]) -> None:
    assert carried_out(caller, item(**odd)) == [("FAILURE", [*odd])]
    assert carried_out(caller, item(condition="NEW", size_system="EU", sale_price="10 EUR")) == [("SUCCESS", [])]


def test_an_id_has_at_most_127_letters(caller: Caller) -> None:
    assert carried_out(caller, item("S" * 127), item("S" * 128)) == [("SUCCESS", []), ("FAILURE", ["item_id"])]


def test_the_missing_title_has_the_code_of_the_documentation(caller: Caller) -> None:
    made = caller.done("POST", BATCH, batch(item(title=None)))
    caller.clock.forward(minutes=1)
    errors = caller.get(f"{BATCH}/{made['batch_id']}")["items"][0]["errors"]
    assert errors == [{"attribute": "title", "code": 106, "message": "Title is missing from product metadata."}]


def test_the_same_batch_again_makes_nothing_for_a_while(caller: Caller) -> None:
    first = caller.done("POST", BATCH, batch(item()))
    again = caller.done("POST", BATCH, batch(item()))
    assert (again["batch_id"], again["created_time"]) == (first["batch_id"], None)
    caller.clock.forward(hours=1)
    assert caller.done("POST", BATCH, batch(item()))["created_time"] == "2026-11-01T13:00:00"


def test_updates_only_what_is_told_and_takes_away_what_the_mask_names(caller: Caller) -> None:
    carried_out(caller, item(color="red"))
    change = {"item_id": "SKU-1", "operation": "UPDATE", "attributes": {"price": "39.95 EUR", "title": "Not this"}}
    carried_out(caller, {**change, "update_mask": ["price", "color"]})
    assert shown(caller) == {**ATTRIBUTES, "price": "39.95 EUR"}
    carried_out(caller, {**change, "attributes": {"availability": "preorder"}})
    assert shown(caller)["availability"] == "preorder"


def test_creates_once_and_updates_only_what_is_there(caller: Caller) -> None:
    assert carried_out(caller, item(named="UPDATE")) == [("FAILURE", ["item_id"])]
    assert carried_out(caller, item(named="CREATE")) == [("SUCCESS", [])]
    assert carried_out(caller, item(named="CREATE", title="Other")) == [("FAILURE", ["item_id"])]


def test_deletes_and_discontinues(caller: Caller) -> None:
    carried_out(caller, item("A"), item("B"))
    assert carried_out(caller, item("A", named="DELETE"), item("X", named="DELETE")) == [("SUCCESS", [])] * 2
    old = {"country": "NL", "language": "nl", "operation": "DELETE_DISCONTINUED", "items": [{"item_id": "B"}]}
    caller.done("POST", BATCH, old)
    caller.clock.forward(minutes=1)
    assert shown(caller, "A") is None
    assert shown(caller, "B")["availability"] == "out of stock"


def test_reads_a_price_without_a_currency_in_dollars(caller: Caller) -> None:
    carried_out(caller, item(price="49.95"))
    assert shown(caller)["price"] == "49.95 USD"


def test_an_item_of_another_market_is_another_item(caller: Caller) -> None:
    carried_out(caller, item(), country="BE")
    assert shown(caller) is None


def test_upserts_only_where_there_is_no_feed(caller: Caller) -> None:
    made = caller.done("POST", FEEDS, feed())
    assert caller.refusal("POST", BATCH, batch(item())) == (403, 29)
    assert caller.call("POST", BATCH, batch(item(named="CREATE"))).status_code == 200
    assert caller.call("DELETE", f"{FEEDS}/{made['id']}").status_code == 204
    assert caller.call("POST", BATCH, batch(item())).status_code == 200


def test_a_feed_has_a_name_of_its_own(caller: Caller) -> None:
    made = caller.done("POST", FEEDS, feed())
    assert caller.refusal("POST", FEEDS, feed()) == (422, 4170)
    assert caller.done("PATCH", f"{FEEDS}/{made['id']}", {"name": "Winter", "status": "INACTIVE"})["name"] == "Winter"
    other = caller.done("POST", FEEDS, feed())
    assert caller.refusal("PATCH", f"{FEEDS}/{other['id']}", {"name": "Winter"}) == (422, 4170)
    assert caller.refusal("PATCH", f"{FEEDS}/{other['id']}", {"default_country": "BE"}) == (400, 1)


@pytest.mark.parametrize(("happening", "number"), [("unverify_website", 4169), ("remove_website", 4168)])
def test_makes_no_feed_without_a_verified_website(caller: Caller, happening: str, number: int) -> None:
    caller.vendor.perform(happening)
    assert caller.refusal("POST", FEEDS, feed()) == (409, number)
    caller.vendor.perform("verify_website")
    assert caller.call("POST", FEEDS, feed()).status_code == 201


def test_a_run_tells_later_what_came_of_the_file(caller: Caller) -> None:
    path = f"{FEEDS}/{caller.done('POST', FEEDS, feed())['id']}"
    caller.vendor.perform("put_file", feed_id=path.rpartition("/")[2], items="100", PRICE_MISSING="3")
    started = caller.done("POST", f"{path}/ingest")
    assert started["status"] == "PROCESSING"
    assert caller.get(f"{path}/processing_results")["items"][0]["product_counts"] is None
    caller.clock.forward(minutes=5)
    (result,) = caller.get(f"{path}/processing_results")["items"]
    assert (result["status"], result["product_counts"]) == ("COMPLETED", {"original": 100, "ingested": 97})
    assert result["validation_details"]["errors"] == {"PRICE_MISSING": 3}
    issues = f"/v5/catalogs/processing_results/{started['id']}/item_issues"
    assert len(caller.get(issues)["items"]) == 3
    assert len(caller.get(f"{issues}?item_numbers=1")["items"]) == 1
    assert caller.refusal("GET", f"{issues}?item_numbers=1&item_validation_issue=PRICE_MISSING") == (501, 4181)


def test_a_file_that_cannot_be_had_fails_the_run(caller: Caller) -> None:
    path = f"{FEEDS}/{caller.done('POST', FEEDS, feed())['id']}"
    caller.vendor.perform("put_file", feed_id=path.rpartition("/")[2], items="0", FETCH_ERROR="1")
    caller.done("POST", f"{path}/ingest")
    caller.clock.forward(minutes=5)
    (result,) = caller.get(f"{path}/processing_results")["items"]
    assert (result["status"], result["validation_details"]["errors"]) == ("FAILED", {"FETCH_ERROR": 1})


def test_the_results_have_one_page_and_no_bookmark(caller: Caller) -> None:
    path = f"{FEEDS}/{caller.done('POST', FEEDS, feed())['id']}"
    for _ in range(30):
        caller.done("POST", f"{path}/ingest")
    page = caller.get(f"{path}/processing_results")
    assert (len(page["items"]), page["bookmark"]) == (25, None)
