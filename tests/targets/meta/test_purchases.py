"""What a dataset is told of purchases, all of a call or none of it, and what becomes of each row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins.sandbox.meta import Meta
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.meta.api import Api
from targets.meta.purchases import Purchases
from tests.targets.kept import Kept
from tests.targets.meta.stage import LINES, asked, purchase, sent, sha, tell

EVENTS = "POST .*/events"
CONSOLIDATED = "is_consolidated_container"


def held(vendor: Meta) -> list[str]:
    """Return the orders that count."""
    return [each["custom_data"]["order_id"] for each in vendor.dataset.events]


def test_tells_a_purchase_in_a_shop(vendor: Meta, config: dict[str, Any]) -> None:
    fields = {
        "phone": "+31612345678", "first_name": "Ann", "last_name": "d'Éon", "city": "Den Haag", "postcode": "2511 AB",
        "country": "NL", "birth_date": "1980-02-29", "gender": None,
    }  # fmt: skip
    row = purchase("Ann", at="2026-11-20T09:12:00.500000+01:00", fields=fields)
    outbox = tell(config, row, clock=lambda: datetime(2026, 11, 21, tzinfo=UTC))
    assert outbox.states == {"Ann": "accepted"}
    (event,) = sent(vendor, "events")[0]["data"]
    assert event == {
        "event_name": "Purchase", "event_time": 1795162320, "event_id": "till:Ann", "action_source": "physical_store",
        "user_data": {
            "em": [sha("ann@example.org")], "ph": [sha("31612345678")], "fn": [sha("ann")], "ln": [sha("déon")],
            "ct": [sha("denhaag")], "zp": [sha("2511ab")], "country": [sha("nl")], "db": [sha("19800229")],
        },
        "custom_data": {
            "currency": "EUR", "value": 79.95, "order_id": "till:Ann", "content_type": "product",
            "contents": [
                {"id": "WW5001-M", "quantity": 2, "item_price": 30.0},
                {"id": "WW5002", "quantity": 1, "item_price": 19.95},
            ],
        },
    }  # fmt: skip


def test_money_is_written_with_two_decimals(vendor: Meta, config: dict[str, Any]) -> None:
    tell(config, purchase("ann", total_minor=123_456_789_012_340))
    assert b'"value":1234567890123.40' in vendor.calls[-1].body


def test_what_was_brought_back_at_the_same_till_is_no_content(vendor: Meta, config: dict[str, Any]) -> None:
    back = {"id": "WW5003", "quantity": -1, "unit_minor": 1000}
    tell(config, purchase("ann", items=[*LINES, back]), purchase("ben", items=[back]))
    ann, ben = vendor.dataset.events
    assert [each["id"] for each in ann["custom_data"]["contents"]] == ["WW5001-M", "WW5002"]
    assert not {"contents", "content_type"} & ben["custom_data"].keys()


def test_nothing_of_anybody_goes_over_the_wire(vendor: Meta, config: dict[str, Any]) -> None:
    tell(config, purchase("ann", fields={"phone": "+31612345678", "last_name": "Jansen", "postcode": "2511 AB"}))
    told = b"".join(call.body + call.query.encode() for call in vendor.calls).lower()
    assert not [each for each in (b"ann@", b"example.org", b"31612345678", b"jansen", b"2511") if each in told]


def test_told_again_it_counts_once(vendor: Meta, config: dict[str, Any]) -> None:
    rows = [purchase("ann"), purchase("ben")]
    tell(config, *rows)
    assert set(tell(config, *rows).states.values()) == {"accepted"}
    assert held(vendor) == ["till:ann", "till:ben"]
    assert sent(vendor, "events")[0] == sent(vendor, "events")[1]


@pytest.mark.parametrize("bad", [0, 13, 31])
def test_halves_a_refused_call_until_the_bad_purchase_is_found(vendor: Meta, config: dict[str, Any], bad: int) -> None:
    rows = [purchase(f"p{number:02}") for number in range(32)]
    rows[bad] = purchase(f"p{bad:02}", age=timedelta(days=-2))
    outbox = tell(config, *rows)
    assert outbox.states == {each.key: "rejected" if each is rows[bad] else "accepted" for each in rows}
    assert outbox.reasons[rows[bad].key] == "code 100/2804001"
    assert len(outbox.calls) <= 2 * math.log2(len(rows)) + 2
    assert len(held(vendor)) == 31


def test_takes_as_few_calls_as_meta_allows(config: dict[str, Any]) -> None:
    outbox = tell(config, *(purchase(f"p{number}") for number in range(25)), size=10)
    assert [len(each.rows) for each in outbox.calls] == [10, 10, 5]


def test_two_months_are_told_and_no_more(vendor: Meta, config: dict[str, Any]) -> None:
    old, young = purchase("old", age=timedelta(days=62, minutes=1)), purchase("young", age=timedelta(days=61, hours=23))
    outbox = tell(config, old, young)
    assert outbox.states == {"old": "rejected", "young": "accepted"}
    assert outbox.reasons["old"] == "older than the 62 days that Meta takes"
    assert len(sent(vendor, "events")) == 1


def test_a_purchase_on_the_web_is_not_told_as_something_else(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = tell(config, purchase("ann", place="web"), purchase("ben"))
    assert outbox.states == {"ann": "rejected", "ben": "accepted"}
    assert outbox.reasons["ann"].startswith("a purchase on the web needs the page and the browser")
    assert held(vendor) == ["till:ben"]


@pytest.mark.parametrize("person", [{"email": None}, {"email": ""}, {"email": "@"}, {"email": "d41d8cd98f00b204"}])
def test_who_cannot_be_found_is_not_told_of(vendor: Meta, config: dict[str, Any], person: dict[str, Any]) -> None:
    outbox = tell(config, purchase("ann", **person, fields={"gender": "f"}))
    assert (outbox.states, outbox.reasons) == ({"ann": "rejected"}, {"ann": "nothing to be found by"})
    assert vendor.calls == []


@pytest.mark.parametrize(
    "odd",
    [
        {"total_minor": -1}, {"total_minor": "79.95"}, {"total_minor": 79.95}, {"currency": "euro"}, {"place": "kiosk"},
        {"at": "yesterday"}, {"at": "2026-11-20T09:12:00"}, {"at": 1795162320}, {"items": None}, {"more": 1},
        {"reference": "till:other"}, {"fields": {"phone": 31612345678}}, {"email": ["ann@example.org"]},
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_stops_nobody(vendor: Meta, config: dict[str, Any], odd: dict[str, Any]) -> None:
    outbox = tell(config, purchase("odd", **odd), purchase("ann"))
    assert outbox.states == {"odd": "rejected", "ann": "accepted"}
    assert outbox.reasons["odd"] == "malformed payload"
    assert held(vendor) == ["till:ann"]


@pytest.mark.parametrize("operation", ["change", "remove", "erase"])
def test_a_purchase_is_only_ever_added(config: dict[str, Any], operation: Any) -> None:
    told = purchase("ann")
    assert tell(config, Row("ann", operation, told.wire_id, told.payload)).states == {"ann": "rejected"}


def test_says_which_setting_is_missing_and_calls_nobody(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = Kept()
    carrier = Purchases(Api(config), outbox)
    carrier.deliver([purchase("ann")])
    assert (outbox.states, carrier.reasons) == ({"ann": "dropped"}, {"no dataset is set: dataset_id": 1})
    assert vendor.calls == []


def test_looks_once_in_a_run_whether_the_dataset_takes_shops(vendor: Meta, config: dict[str, Any]) -> None:
    carrier = Purchases(Api(config), Kept(), dataset_id=config["dataset_id"])
    carrier.deliver([purchase("ann", place="web")])
    assert asked(vendor, CONSOLIDATED) == 0
    carrier.deliver([purchase("ben")])
    carrier.deliver([purchase("cis")])
    assert asked(vendor, CONSOLIDATED) == 1


def test_a_dataset_that_takes_no_shops_is_told_nothing(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.dataset.is_consolidated = False
    assert tell(config, *(purchase(f"p{number}") for number in range(3))).states == dict.fromkeys(
        ("p0", "p1", "p2"), "dropped"
    )
    assert sent(vendor, "events") == []


def test_tells_nothing_while_nobody_knows_whether_the_dataset_takes_shops(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.faults.add(match=f"GET .*{config['dataset_id']}", reset="after", times=1)
    outbox = Kept()
    with pytest.raises(HopelessError, match=r"the dataset: .*; run again"):
        tell(config, purchase("ann"), outbox=outbox)
    assert (outbox.states, sent(vendor, "events")) == ({}, [])


def test_who_may_not_go_any_more_does_not_go(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = tell(config, purchase("ann"), purchase("ben"), outbox=Kept(withheld=["ann"]))
    assert (outbox.states, held(vendor)) == ({"ben": "accepted"}, ["till:ben"])


def test_an_answer_that_never_came_leaves_the_rows_unknown(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.faults.add(match=EVENTS, reset="after", times=1)
    rows = [purchase("ann"), purchase("ben")]
    assert tell(config, *rows).states == {"ann": "unknown", "ben": "unknown"}
    assert tell(config, *rows).states == {"ann": "accepted", "ben": "accepted"}
    assert held(vendor) == ["till:ann", "till:ben"]


@pytest.mark.parametrize("answer", [{"events_received": 1, "messages": []}, {}, {"events_received": "2"}])
def test_an_answer_that_counts_otherwise_is_not_taken_for_done(
    vendor: Meta, config: dict[str, Any], answer: Mapping[str, Any]
) -> None:
    vendor.faults.add(match=EVENTS, status=200, body=json.dumps(answer), times=1)
    outbox = tell(config, purchase("ann"), purchase("ben"))
    assert set(outbox.states.values()) == {"unknown"}
    assert outbox.reasons["ann"] == "Meta counts other events than were sent"


def test_too_many_calls_come_as_400_and_are_tried_again(vendor: Meta, config: dict[str, Any]) -> None:
    carrier, waits = Purchases(Api(config), Kept(), dataset_id=config["dataset_id"]), []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        vendor.quotas.blocked_until.clear()

    carrier.api.breaker.sleep = wait
    vendor.perform("throttle", use="app", minutes="3")
    carrier.deliver([purchase("ann")])
    assert (carrier.counts, waits) == ({"accepted": 1}, [60.0])


def test_stops_at_once_when_the_token_is_refused(vendor: Meta, config: dict[str, Any]) -> None:
    tell(config, purchase("ann"))
    vendor.perform("expire_token", token="system")
    with pytest.raises(HopelessError, match="190/463, the token is refused"):
        tell(config, purchase("ben"))
    assert held(vendor) == ["till:ann"]


def test_stops_at_once_where_there_is_no_such_dataset(config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError, match="100/33, no such ad account, audience, catalogue or dataset"):
        tell({**config, "dataset_id": "4711"}, purchase("ann"))
