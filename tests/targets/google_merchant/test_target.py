"""What goes over the wire to the Merchant API, what Google shows afterwards, and what becomes of each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.google_merchant.api import Api
from targets.google_merchant.delivery import Items, Place
from tests.targets.google_merchant.stage import FIELDS, carrier, deliver, gone, item, put, writes
from tests.targets.kept import Kept, messages, start

Config = dict[str, Any]
INSERT = "POST .*productInputs:insert"


def refused(vendor: GoogleMerchant, message: str, status: int = 400, reason: str = "", match: str = INSERT) -> None:
    """Let Google refuse the next call."""
    told = {"code": status, "message": message, "details": [{"metadata": {"REASON": reason}}] if reason else []}
    headers = {"Content-Type": "application/json"}
    vendor.faults.add(match=match, status=status, body=json.dumps({"error": told}), headers=headers)


def test_puts_an_item_in_as_google_says_it(vendor: GoogleMerchant, config: Config) -> None:
    kept = deliver(config, item())
    assert kept.states == {"WW5001-M": "accepted"}
    assert json.loads(vendor.calls[-1].body) == {
        "offerId": "WW5001-M", "contentLanguage": "nl", "feedLabel": "NL", "productAttributes": {
            "title": "Ardenna Regenjas Texel zwart, maat M", "description": "Waterdicht, ademend.",
            "link": "https://wandelwind.example/p/WW5001-M", "imageLink": "https://wandelwind.example/i/WW5001.jpg",
            "availability": "IN_STOCK", "price": {"amountMicros": "99950000", "currencyCode": "EUR"},
            "brand": "Ardenna", "gtins": ["4006381333931"],
        },
    }  # fmt: skip
    assert vendor.calls[-1].query == "dataSource=accounts/123456/dataSources/555"


def test_what_was_put_in_is_shown_some_minutes_later_and_without_a_fault(
    vendor: GoogleMerchant, config: Config
) -> None:
    deliver(config, item())
    vendor.clock.forward(minutes=5)  # type: ignore[attr-defined]
    shown = vendor.view(vendor.items["nl~NL~WW5001-M"])
    assert shown["productStatus"]["itemLevelIssues"] == []


def test_says_the_whole_of_an_item_each_time(vendor: GoogleMerchant, config: Config) -> None:
    deliver(config, item(color="zwart"), item(operation="change", key="later", price="79.95 EUR"))
    told = put(vendor)
    assert told is not None
    assert (told["price"]["amountMicros"], "color" in told) == ("79950000", False)


def test_takes_an_item_out(vendor: GoogleMerchant, config: Config) -> None:
    deliver(config, item())
    assert deliver(config, gone()).states == {"WW5001-M": "accepted"}
    assert (put(vendor), writes(vendor)) == (None, [("POST", 200), ("DELETE", 200)])


def test_what_is_not_there_is_out(vendor: GoogleMerchant, config: Config) -> None:
    kept = deliver(config, gone())
    assert (kept.states, kept.reasons) == ({"WW5001-M": "accepted"}, {"WW5001-M": "not there"})
    assert writes(vendor) == [("DELETE", 404)]


@pytest.mark.parametrize("offer", ["a/b", "50%", "rood~M", "maat é", "  WW  1 "])
def test_any_id_goes_in_and_out_under_one_name(vendor: GoogleMerchant, config: Config, offer: str) -> None:
    deliver(config, item(offer))
    kept = " ".join(offer.split())
    assert put(vendor, kept) is not None
    assert deliver(config, gone(offer)).reasons == {offer: ""}
    assert put(vendor, kept) is None


def test_rows_of_one_item_keep_their_order(vendor: GoogleMerchant, config: Config) -> None:
    kept = deliver(config, item(key="in"), gone(key="out"))
    assert (kept.states, put(vendor)) == ({"in": "accepted", "out": "accepted"}, None)


@pytest.mark.parametrize("name", ["title", "description", "link", "image_link", "availability", "price"])
def test_an_item_without_what_it_must_have_is_rejected_without_a_call(
    vendor: GoogleMerchant, config: Config, name: str
) -> None:
    kept = deliver(config, item(**{name: None}), item("WW2"))
    assert kept.states == {"WW5001-M": "rejected", "WW2": "accepted"}
    assert kept.reasons["WW5001-M"] == f"missing, or not as Google takes it: {name}"
    assert writes(vendor) == [("POST", 200)]


BROKEN = [
    Row("1", "add", "item:1", {"kind": "item", "id": "1"}),
    Row("2", "add", "item:2", {"kind": "item", "id": " ", "fields": {}}),
    Row("3", "add", "item:3", {"kind": "item", "id": "3", "fields": {"price": 99.95}}),
    Row("4", "add", "item:4", {"kind": "item", "id": 4, "fields": FIELDS}),
    Row("5", "add", "item:5", {"kind": "item", "id": "5", "fields": FIELDS, "stock": 4}),
    Row("6", "erase", "item:6", {"kind": "item", "id": "6", "fields": {}}),
]


def test_a_row_that_is_none_is_rejected_and_holds_up_nobody(vendor: GoogleMerchant, config: Config) -> None:
    kept = deliver(config, *BROKEN, item())
    assert kept.states == {**{row.key: "rejected" for row in BROKEN}, "WW5001-M": "accepted"}
    assert {kept.reasons[row.key] for row in BROKEN} == {"malformed payload"}
    assert len(writes(vendor)) == 1


def test_what_may_not_go_any_more_does_not_go(vendor: GoogleMerchant, config: Config) -> None:
    delivery = carrier(config, Kept(withheld=["WW5001-M"]))
    delivery.deliver([item(), item("WW2")])
    assert (put(vendor), delivery.counts) == (None, {"accepted": 1, "dropped": 1})


def test_a_third_write_of_a_day_is_rejected_and_others_go_on(vendor: GoogleMerchant, config: Config) -> None:
    kept = deliver(config, *(item(key=str(number)) for number in range(3)), item("WW2"))
    assert kept.states == {"0": "accepted", "1": "accepted", "2": "rejected", "WW2": "accepted"}
    assert kept.reasons["2"] == "HTTP 429 quota/too_many_updates_of_a_product"


def test_what_google_refuses_is_rejected_with_its_code_and_field_and_not_its_sentence(
    vendor: GoogleMerchant, config: Config
) -> None:
    refused(vendor, "[productInput.productAttributes.gtins] '871' is no GTIN.", reason="INVALID_VALUE")
    kept = deliver(config, item(), item("WW2"))
    assert kept.states == {"WW5001-M": "rejected", "WW2": "accepted"}
    assert kept.reasons["WW5001-M"] == "HTTP 400 INVALID_VALUE gtins"


def test_an_account_that_is_full_still_changes_what_it_has(vendor: GoogleMerchant, config: Config) -> None:
    refused(vendor, "too_many_items")
    assert deliver(config, item(), item("WW2")).states == {"WW5001-M": "rejected", "WW2": "accepted"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"refresh_token": "1//other"}, "invalid_grant, the refresh token has ended"),
        ({"account_id": "9"}, "HTTP 403 PERMISSION_DENIED_ACCOUNTS, no right to it; check account_id"),
        ({"data_source": "9"}, "INVALID_DATA_SOURCE dataSource; check account_id, data_source"),
        ({"data_source": "556"}, "DATA_SOURCE_TYPE_NOT_SUPPORTED dataSource; check account_id, data_source"),
        ({"feed_label": "BE"}, "DATA_SOURCE_MISMATCH feedLabel; check account_id, data_source"),
    ],
)
def test_stops_at_once_when_nothing_can_go_in(
    vendor: GoogleMerchant, config: Config, wrong: dict[str, str], said: str
) -> None:
    kept = Kept()
    with pytest.raises(HopelessError, match=said) as stopped:
        deliver({**config, **wrong}, item(), item("WW2"), outbox=kept)
    assert len(writes(vendor)) <= 1
    assert set(kept.states.values()) <= {"unknown"}
    assert not [each for each in (config["client_secret"], config["refresh_token"]) if each in str(stopped.value)]


def test_stops_when_the_project_is_not_registered(vendor: GoogleMerchant, config: Config) -> None:
    vendor.perform("unregister")
    with pytest.raises(HopelessError, match="GCP_PROJECT_NOT_REGISTERED, no right to it"):
        deliver(config, item())


def test_stops_when_the_quota_of_the_day_is_used_up(vendor: GoogleMerchant, config: Config) -> None:
    vendor.perform("use_up", group="products")
    kept = Kept()
    with pytest.raises(HopelessError, match="the quota of the day is used up; run again after noon, UTC"):
        deliver(config, item(), item("WW2"), outbox=kept)
    assert (kept.states, len(writes(vendor))) == ({"WW5001-M": "unknown"}, 1)


def test_a_used_up_minute_is_waited_for(vendor: GoogleMerchant, config: Config) -> None:
    refused(vendor, "quota/request_rate_too_high", status=429)
    waits: list[float] = []
    api, kept = Api(config), Kept()
    api.breaker.sleep = waits.append
    Items(api, kept, into=Place.of(config)).deliver([item()])
    assert (kept.states, waits) == ({"WW5001-M": "accepted"}, [60.0])


def test_another_token_is_got_once_when_one_ends_early(vendor: GoogleMerchant, config: Config) -> None:
    delivery = carrier(config, Kept())
    delivery.deliver([item()])
    vendor.perform("expire_tokens")
    delivery.deliver([item("WW2")])
    assert delivery.counts == {"accepted": 2}
    assert vendor.made_tokens == 2


def test_keeps_the_pace_that_google_tells_and_asks_for_it_once(vendor: GoogleMerchant, config: Config) -> None:
    vendor.calls_a_minute = 120
    delivery = carrier(config, Kept())
    for number in range(3):
        delivery.deliver([item(f"WW{number}")])
    pace = delivery.api.paces["products"]
    assert pace.burst + pace.per_second * 60 == 120
    assert len([call for call in vendor.calls if call.path.startswith("/quota")]) == 1


def test_no_minute_has_more_calls_than_google_takes(vendor: GoogleMerchant, config: Config) -> None:
    vendor.calls_a_minute, now, at = 30, [0.0], list[float]()
    delivery = carrier(config, Kept())
    delivery.api.learn_pace()
    delivery.api.paces["products"].clock = lambda: now[0]
    delivery.api.paces["products"].sleep = lambda seconds: now.__setitem__(0, now[0] + seconds)
    vendor.calls_a_minute = 10**6
    for number in range(90):
        delivery.deliver([item(f"WW{number}")])
        at.append(now[0])
    assert max(sum(start <= each < start + 60 for each in at) for start in at) <= 30


def test_goes_slowly_where_google_does_not_tell_its_pace(vendor: GoogleMerchant, config: Config) -> None:
    vendor.faults.add(match="GET /quota", status=400)
    delivery = carrier(config, Kept())
    delivery.deliver([item()])
    assert delivery.counts == {"accepted": 1}
    assert delivery.api.paces["products"].burst + delivery.api.paces["products"].per_second * 60 == 60


def test_a_lost_answer_is_unknown_and_may_go_again(vendor: GoogleMerchant, config: Config) -> None:
    vendor.faults.add(match=INSERT, reset="after")
    assert deliver(config, item()).states == {"WW5001-M": "unknown"}
    assert deliver(config, item(operation="change")).states == {"WW5001-M": "accepted"}


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "<html>"])
def test_an_answer_of_another_shape_leaves_the_row_unknown(vendor: GoogleMerchant, config: Config, body: str) -> None:
    vendor.faults.add(match=INSERT, status=200, body=body, headers={"Content-Type": "application/json"})
    assert deliver(config, item()).states == {"WW5001-M": "unknown"}


def test_runs_alone_on_a_pipe_and_shows_no_key(vendor: GoogleMerchant, config: Config, tmp_path: Path) -> None:
    process = start("google_merchant", config, tmp_path)
    odd = Row("odd", "add", "x:1", {"kind": "points"})
    out, err = process.communicate(messages(item(), gone("WW9"), odd, item("WW2", price="free")), timeout=60)
    assert (process.returncode, out) == (0, "")
    told = "accepted 2, rejected 2; malformed payload: 1; missing, or not as Google takes it: price: 1"
    assert f"target-google_merchant: {told}" in err
    assert not [each for each in (*vendor.tokens, config["client_secret"], config["refresh_token"]) if each in err]
