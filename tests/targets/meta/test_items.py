"""What goes over the wire to a catalogue, what is in it afterwards, and what becomes of each row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.meta import Meta
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.meta.api import Api
from targets.meta.items import Items
from tests.targets.kept import Kept
from tests.targets.meta.stage import FIELDS, asked, bring, item, sent

BATCH = "POST .*/items_batch"


def held(vendor: Meta) -> dict[str, dict[str, Any]]:
    """Return what the catalogue says, by the retailer's own id."""
    vendor.settle()
    return {key: product.sent for key, product in vendor.catalogue.products.items()}


def answering(vendor: Meta, body: Any, match: str = BATCH) -> None:
    vendor.faults.add(match=match, status=200, body=json.dumps(body), times=1)


def test_brings_items_as_a_whole_and_takes_them_out(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = bring(config, item("A", color="blauw"), item("B")).settle()
    assert outbox.states == {"A": "accepted", "B": "accepted"}
    assert held(vendor) == {"A": {"id": "A", **FIELDS, "color": "blauw"}, "B": {"id": "B", **FIELDS}}
    (body,) = sent(vendor, "items_batch")
    assert (body["item_type"], body["allow_upsert"]) == ("PRODUCT_ITEM", True)
    assert [each["method"] for each in body["requests"]] == ["UPDATE", "UPDATE"]
    assert bring(config, item("A", "remove"), item("B", "change", title="Trui")).settle().states["A"] == "accepted"
    assert held(vendor) == {"B": {"id": "B", **FIELDS, "title": "Trui"}}


def test_what_leaves_goes_first_in_its_call(vendor: Meta, config: dict[str, Any]) -> None:
    bring(config, item("A"), item("B")).settle()
    bring(config, item("A", "change"), item("C"), item("B", "remove")).settle()
    requests = sent(vendor, "items_batch")[-1]["requests"]
    assert [(each["method"], each["data"]["id"]) for each in requests] == [
        ("DELETE", "B"), ("UPDATE", "A"), ("UPDATE", "C"),
    ]  # fmt: skip
    assert requests[0] == {"method": "DELETE", "data": {"id": "B"}}


def test_a_sale_that_has_ended_ends_there_too(vendor: Meta, config: dict[str, Any]) -> None:
    sale = {"sale_price": "39.95 EUR", "custom_label_1": "laag geprijsd"}
    bring(config, item("A", **sale)).settle()
    assert held(vendor)["A"]["sale_price"] == "39.95 EUR"
    bring(config, item("A", "change")).settle()
    assert not {"sale_price", "custom_label_1"} & held(vendor)["A"].keys()


def test_further_pictures_are_a_list(vendor: Meta, config: dict[str, Any]) -> None:
    two = ["https://shop.example/i/2.jpg", "https://shop.example/i/3.jpg"]
    bring(config, item("A", additional_image_link=",".join(two))).settle()
    assert held(vendor)["A"]["additional_image_link"] == two


def test_the_same_rows_twice_change_nothing(vendor: Meta, config: dict[str, Any]) -> None:
    rows = [item(f"S{number}") for number in range(4)]
    bring(config, *rows).settle()
    before = held(vendor)
    assert set(bring(config, *rows).settle().states.values()) == {"accepted"}
    assert held(vendor) == before


def test_taking_out_what_is_not_there_is_done(config: dict[str, Any]) -> None:
    assert bring(config, item("A", "remove")).settle().states == {"A": "accepted"}


def test_an_item_that_meta_refuses_stands_alone(vendor: Meta, config: dict[str, Any]) -> None:
    wrong = item("B", availability="binnenkort leverbaar", price="49,95")
    outbox = bring(config, item("A"), wrong, item("C", title="")).settle()
    assert outbox.states == {"A": "accepted", "B": "rejected", "C": "rejected"}
    assert outbox.reasons["B"] == "Meta refuses the item: availability, price"
    assert outbox.reasons["C"] == "Meta refuses the item: title"
    assert set(held(vendor)) == {"A"}
    assert len(sent(vendor, "items_batch")) == 1


def test_a_warning_keeps_nothing_out(vendor: Meta, config: dict[str, Any]) -> None:
    assert bring(config, item("A", title="x" * 101)).settle().states == {"A": "accepted"}
    assert set(held(vendor)) == {"A"}


def test_is_staged_until_the_batch_is_worked_off(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.batch_seconds = 3600
    run = bring(config, item("A"), item("B"))
    assert run.settle().states == {"A": "staged", "B": "staged"}
    assert held(vendor) == {}
    vendor.batch_seconds = 0
    assert run.settle().states == {"A": "accepted", "B": "accepted"}
    assert run.items.counts == {"staged": 2, "accepted": 2}
    before = asked(vendor, "check_batch_request_status")
    run.settle()
    assert asked(vendor, "check_batch_request_status") == before


def test_a_later_run_asks_what_became_of_a_batch(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.batch_seconds = 3600
    outbox = bring(config, item("A")).outbox
    vendor.batch_seconds = 0
    assert bring(config, outbox=outbox).settle().states == {"A": "accepted"}


def test_what_is_found_invalid_later_is_rejected_and_the_rest_is_there(vendor: Meta, config: dict[str, Any]) -> None:
    run = bring(config, item("A"), item("B"), item("C"))
    told = {
        "handle": "x", "status": "finished", "errors_total_count": 2, "ids_of_invalid_requests": ["B", "C"],
        "errors": [{"line": 2, "id": "C", "message": "image_link of Ann could not be fetched"}],
    }  # fmt: skip
    answering(vendor, {"data": [told]}, "GET .*check_batch_request_status")
    outbox = run.settle()
    assert outbox.states == {"A": "accepted", "B": "rejected", "C": "rejected"}
    assert outbox.reasons["B"] == "Meta refuses the item"
    assert outbox.reasons["C"] == "Meta refuses the item: image_link"


def test_nobody_knows_which_items_a_batch_lost_when_meta_names_none(vendor: Meta, config: dict[str, Any]) -> None:
    run = bring(config, item("A"), item("B"))
    told = {"status": "finished", "errors_total_count": 1, "errors": [], "ids_of_invalid_requests": []}
    answering(vendor, {"data": [told]}, "GET .*check_batch_request_status")
    assert set(run.settle().states.values()) == {"unknown"}


@pytest.mark.parametrize("state", ["started", "in_progress", "dispatched", ""])
def test_any_other_state_is_asked_for_again(vendor: Meta, config: dict[str, Any], state: str) -> None:
    run = bring(config, item("A"))
    answering(vendor, {"data": [{"status": state}] if state else []}, "GET .*check_batch_request_status")
    assert run.settle().states == {"A": "accepted"}
    assert asked(vendor, "check_batch_request_status") == 1  # the scripted answer is in no log


def test_a_batch_that_meta_knows_no_more_is_sent_again_by_the_next_plan(vendor: Meta, config: dict[str, Any]) -> None:
    run = bring(config, item("A"))
    vendor.batches.clear()
    outbox = run.settle()
    assert (outbox.states, outbox.reasons) == ({"A": "unknown"}, {"A": "Meta does not know the batch any more"})


def test_no_handle_and_no_error_is_not_taken_for_done(vendor: Meta, config: dict[str, Any]) -> None:
    wrong = {"retailer_id": "B", "errors": [{"message": "The field title is missing"}], "warnings": []}
    answering(vendor, {"handles": [], "validation_status": [wrong]})
    outbox = bring(config, item("A"), item("B")).settle()
    assert outbox.states == {"A": "unknown", "B": "rejected"}
    assert outbox.reasons["A"] == "the answer names no batch"


@pytest.mark.parametrize("answer", [{}, {"handles": {}, "validation_status": 7}, {"handles": [7]}, {"handles": [""]}])
def test_an_answer_of_another_shape_is_not_taken_for_done(vendor: Meta, config: dict[str, Any], answer: Any) -> None:
    answering(vendor, answer)
    assert bring(config, item("A")).settle().states == {"A": "unknown"}


def test_takes_as_few_calls_as_meta_allows(config: dict[str, Any]) -> None:
    outbox = bring(config, *(item(f"S{number}") for number in range(25)), size=10).outbox
    assert [len(each.rows) for each in outbox.calls] == [10, 10, 5]


def test_no_call_is_larger_than_meta_takes(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.most_bytes = 5000
    rows = [item(f"S{number}", description="é" * 100 * number) for number in range(1, 13)]
    outbox = bring(config, *rows, most_bytes=5000).settle()
    assert set(outbox.states.values()) == {"accepted"}
    assert [len(each.rows) for each in outbox.calls] == [5, 2, 2, 1, 1, 1]
    assert all(len(each.call.body) <= 5000 for each in outbox.calls)


def test_what_is_too_large_all_the_same_is_halved(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.most_bytes = 1500
    outbox = bring(config, *(item(f"S{number}") for number in range(4)), item("L", description="x" * 2000)).settle()
    assert outbox.states == {**{f"S{number}": "accepted" for number in range(4)}, "L": "rejected"}
    assert outbox.reasons["L"] == "code 1, too much at once"


def test_a_call_that_is_refused_as_a_whole_is_halved(vendor: Meta, config: dict[str, Any]) -> None:
    refused = {"error": {"message": "(#100) nonsense", "type": "OAuthException", "code": 100, "fbtrace_id": "A"}}
    vendor.faults.add(match=BATCH, status=400, body=json.dumps(refused), times=2)
    rows = [item(f"S{number}") for number in range(4)]
    outbox = bring(config, *rows).settle()
    assert set(outbox.states.values()) == {"accepted"}
    assert [len(each.rows) for each in outbox.calls] == [4, 2, 1, 1, 2]


def test_one_item_waits_for_its_earlier_row(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = bring(config, item("A"), item("A", "remove", "later")).settle()
    assert outbox.states == {"A": "accepted", "later": "accepted"}
    assert held(vendor) == {}


@pytest.mark.parametrize(
    "odd",
    [
        Row("odd", "add", "item:A", {"kind": "item", "id": "A", "fields": {"title": 7}}),
        Row("odd", "add", "item:A", {"kind": "item", "id": "A", "fields": {}}),
        Row("odd", "add", "item:A", {"kind": "item", "id": "A", "fields": {"title": "x"}, "more": 1}),
        Row("odd", "add", "item:A", {"kind": "item", "id": "A"}),
        Row("odd", "add", "item:A", {"kind": "item", "id": "B", "fields": {"title": "x"}}),
        Row("odd", "add", "item:" + "x" * 101, {"kind": "item", "id": "x" * 101, "fields": {"title": "x"}}),
        Row("odd", "erase", "item:A", {"kind": "item", "id": "A", "fields": {}}),
    ],
)
def test_a_row_that_cannot_be_read_stops_nobody(vendor: Meta, config: dict[str, Any], odd: Row) -> None:
    outbox = bring(config, odd, item("Z")).settle()
    assert outbox.states == {"odd": "rejected", "Z": "accepted"}
    assert outbox.reasons["odd"] == "malformed payload"
    assert set(held(vendor)) == {"Z"}


def test_says_which_setting_is_missing_and_calls_nobody(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = Kept()
    carrier = Items(Api(config), outbox)
    carrier.deliver([item("A"), item("B", "remove")])
    assert (set(outbox.states.values()), carrier.counts) == ({"dropped"}, {"dropped": 2})
    assert carrier.reasons == {"no catalogue is set: catalog_id": 2}
    assert vendor.calls == []


def test_what_may_not_go_any_more_does_not_go(vendor: Meta, config: dict[str, Any]) -> None:
    bring(config, item("A"), item("B"), outbox=Kept(withheld=["A"])).settle()
    assert set(held(vendor)) == {"B"}


def test_an_answer_that_never_came_leaves_the_rows_unknown(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.faults.add(match=BATCH, reset="after", times=1)
    assert bring(config, item("A"), item("B")).settle().states == {"A": "unknown", "B": "unknown"}
    assert set(held(vendor)) == {"A", "B"}


def test_an_answer_about_a_batch_that_never_came_is_asked_for_again(vendor: Meta, config: dict[str, Any]) -> None:
    run = bring(config, item("A"))
    vendor.faults.add(match="GET .*check_batch_request_status", reset="after", times=1)
    assert run.settle().states == {"A": "accepted"}


@pytest.mark.parametrize("use", ["catalog_batch", "user", "app"])
def test_too_many_calls_are_waited_for_as_long_as_meta_says(vendor: Meta, config: dict[str, Any], use: str) -> None:
    vendor.perform("throttle", use=use, minutes="3")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        vendor.quotas.blocked_until.clear()

    api, outbox = Api(config), Kept()
    api.breaker.sleep = wait
    Items(api, outbox, catalog_id=config["catalog_id"]).deliver([item("A")])
    assert outbox.states == {"A": "staged"}
    assert waits == [180.0 if use == "catalog_batch" else 60.0]


def test_asking_is_counted_by_another_limit_and_waited_for_too(vendor: Meta, config: dict[str, Any]) -> None:
    run = bring(config, item("A"))
    vendor.perform("throttle", use="catalog_management", minutes="2")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        vendor.quotas.blocked_until.clear()

    run.items.api.breaker.sleep = wait
    assert (run.settle().states, waits) == ({"A": "accepted"}, [120.0])


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (("withdraw_right", {"right": "catalog_management"}), "lacks a right .catalog_management"),
        (("expire_token", {"token": "system"}), "190/463, the token is refused"),
    ],
)
def test_stops_at_once_without_the_right(
    vendor: Meta, config: dict[str, Any], happens: tuple[str, dict[str, str]], said: str
) -> None:
    vendor.perform(happens[0], **happens[1])
    outbox = Kept()
    with pytest.raises(HopelessError, match=said):
        bring(config, *(item(f"S{number}") for number in range(9)), outbox=outbox, size=3)
    assert len(vendor.calls) == 1
    assert outbox.states == dict.fromkeys(("S0", "S1", "S2"), "unknown")


def test_stops_at_once_where_there_is_no_such_catalogue(config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError, match="100/33, no such ad account, audience, catalogue or dataset"):
        bring({**config, "catalog_id": "4711"}, item("A"))
