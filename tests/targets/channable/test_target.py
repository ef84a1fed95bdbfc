"""What goes over the wire to Channable, and what becomes of each row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.channable import Channable
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.channable.api import Api
from targets.channable.target import carrier
from tests.plugins.sandbox.channable.stage import OPEN
from tests.targets.channable.rows import STOCK, deliver, held, shipment, stock, writes
from tests.targets.kept import Kept

Config = dict[str, Any]


def test_says_the_whole_new_value_of_each_item_and_nothing_that_is_not_known(vendor: Channable, config: Config) -> None:
    rows = [stock("WW1-M", 4, title="Jas M", gtin="8719990000011"), stock("WW2", 0, title=None, gtin=None)]
    delivery, kept = deliver(config, *rows)
    assert json.loads(vendor.calls[-1].body) == [
        {"id": "WW1-M", "stock": 4, "title": "Jas M", "gtin": "8719990000011"}, {"id": "WW2", "stock": 0},
    ]  # fmt: skip
    assert (held(vendor), kept.states) == ({"WW1-M": 4, "WW2": 0}, {"WW1-M": "accepted", "WW2": "accepted"})
    assert delivery.counts == {"accepted": 2}


def test_the_same_twice_changes_nothing(vendor: Channable, config: Config) -> None:
    for _ in range(2):
        deliver(config, stock("WW2", 7))
    assert held(vendor) == {"WW2": 7}


def test_sends_fifty_items_in_one_call_and_no_more(vendor: Channable, config: Config) -> None:
    delivery, _ = deliver(config, *(stock(f"S{number}", number) for number in range(120)))
    assert [len(json.loads(call.body)) for call in vendor.calls] == [50, 50, 20]
    assert (delivery.counts, len(vendor.offers)) == ({"accepted": 120}, 120)


def test_each_item_has_its_own_outcome_though_the_whole_is_200(vendor: Channable, config: Config) -> None:
    vendor.perform("forget_item", sku="WW9")
    delivery, kept = deliver(config, stock("WW1-M", 4), stock("WW9", 1), stock("WW2", 2))
    assert kept.states == {"WW1-M": "accepted", "WW9": "rejected", "WW2": "accepted"}
    assert kept.reasons["WW9"] == "Item is not known in this project"
    assert writes(vendor) == [("/stock_updates", 200)]
    assert delivery.counts == {"accepted": 2, "rejected": 1}


def test_of_an_item_that_comes_twice_the_last_value_counts_and_both_rows_are_answered(
    vendor: Channable, config: Config
) -> None:
    _, kept = deliver(config, stock("WW2", 7, key="first"), stock("WW2", 3, key="second"))
    assert (held(vendor), kept.states) == ({"WW2": 3}, {"first": "accepted", "second": "accepted"})


def answered(vendor: Channable, *content: dict[str, Any], status: int = 200) -> None:
    body = {"status": "success", "message": "", "content": list(content)}
    vendor.faults.add(match=STOCK, status=status, body=json.dumps(body), headers={"Content-Type": "application/json"})


def test_what_the_answer_does_not_name_is_unknown_and_a_warning_is_taken(vendor: Channable, config: Config) -> None:
    answered(vendor, {"id": "A", "status": "warning", "message": "no offer yet"}, {"id": "B", "status": "debug"})
    _, kept = deliver(config, stock("A", 1), stock("B", 1), stock("C", 1))
    assert kept.states == {"A": "accepted", "B": "unknown", "C": "unknown"}
    assert kept.reasons["A"] == "taken with a warning"


@pytest.mark.parametrize("body", ["", "null", "[]", '{"content": 3}', '{"content": [1]}', "<html>"])
def test_an_answer_of_another_shape_leaves_all_unknown(vendor: Channable, config: Config, body: str) -> None:
    vendor.faults.add(match=STOCK, status=200, body=body, headers={"Content-Type": "application/json"})
    assert deliver(config, stock("A", 1))[1].states == {"A": "unknown"}


def test_202_is_no_outcome(vendor: Channable, config: Config) -> None:
    vendor.perform("hold_updates")
    delivery, kept = deliver(config, stock("WW2", 7))
    assert (kept.states, kept.reasons) == ({"WW2": "unknown"}, {"WW2": "taken, and not carried out yet"})
    assert (held(vendor), delivery.counts) == ({}, {"unknown": 1})


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_tries_again_what_may_pass(vendor: Channable, config: Config, status: int) -> None:
    vendor.faults.add(match=STOCK, status=status, times=2)
    assert deliver(config, stock("WW2", 7))[1].states == {"WW2": "accepted"}


def test_a_lost_answer_is_unknown_and_not_sent_again(vendor: Channable, config: Config) -> None:
    vendor.faults.add(match=STOCK, reset="after")
    assert deliver(config, stock("WW2", 7))[1].states == {"WW2": "unknown"}
    assert (held(vendor), len(writes(vendor))) == ({"WW2": 7}, 1)


@pytest.mark.parametrize(("key", "value"), [("token", "wrong"), ("company_id", 1), ("project_id", 1)])
def test_stops_at_once_when_key_or_project_are_wrong(vendor: Channable, config: Config, key: str, value: Any) -> None:
    kept = Kept()
    with pytest.raises(HopelessError) as told:
        deliver({**config, key: value}, *(stock(f"S{number}", 1) for number in range(60)), outbox=kept)
    assert (len(vendor.calls), set(kept.states.values())) == (1, {"unknown"})
    assert vendor.token not in str(told.value)


def test_leaves_out_what_a_refusal_names_and_sends_the_rest(vendor: Channable, config: Config) -> None:
    detail = [{"loc": ["body", 1, "title"], "msg": "too long", "type": "string_too_long"}]
    body = json.dumps({"detail": detail})
    vendor.faults.add(match=STOCK, status=422, body=body, headers={"Content-Type": "application/json"})
    _, kept = deliver(config, stock("A", 1), stock("B", 2), stock("C", 3))
    assert kept.states == {"A": "accepted", "B": "rejected", "C": "accepted"}
    assert (kept.reasons["B"], held(vendor)) == ("HTTP 422", {"A": 1, "C": 3})


def test_halves_a_call_that_is_refused_without_a_word_on_why(vendor: Channable, config: Config) -> None:
    vendor.faults.add(match=STOCK, status=413, times=2)
    _, kept = deliver(config, *(stock(f"S{number}", 1) for number in range(4)))
    assert list(kept.states.values()) == ["accepted"] * 4
    assert [len(json.loads(call.body)) for call in vendor.calls] == [1, 1, 2]


def test_one_item_that_is_refused_alone_is_rejected(vendor: Channable, config: Config) -> None:
    vendor.faults.add(match=STOCK, status=400, times=9)
    assert deliver(config, stock("A", 1), stock("B", 1))[1].states == {"A": "rejected", "B": "rejected"}


BROKEN = [
    Row("1", "change", "stock:A", {"kind": "stock", "sku": "A"}),
    Row("2", "change", "stock:A", {"kind": "stock", "sku": "A", "stock": "4"}),
    Row("3", "change", "stock:A", {"kind": "stock", "sku": "", "stock": 4}),
    Row("4", "change", "stock:A", {"kind": "stock", "sku": "A", "stock": -1}),
    Row("5", "change", "x", {"kind": "points", "customer": "5"}),
    Row("6", "change", "x", {}),
    Row("7", "remove", "stock:A", {"kind": "stock", "sku": "A", "stock": 4}),
    Row("8", "change", "shipment:x", {"kind": "shipment", "order": "els@example.nl"}),
]


def test_a_row_that_is_none_is_rejected_and_holds_up_nobody(vendor: Channable, config: Config) -> None:
    _, kept = deliver(config, *BROKEN, stock("WW2", 7))
    assert kept.states == {**{row.key: "rejected" for row in BROKEN}, "WW2": "accepted"}
    assert {kept.reasons[row.key] for row in BROKEN} == {"malformed payload"}
    assert len(writes(vendor)) == 1


def test_what_may_not_go_any_more_does_not_go(vendor: Channable, config: Config) -> None:
    kept = Kept(withheld=["WW2", f"order {OPEN}"])
    delivery, _ = deliver(config, stock("WW2", 7), stock("WW1-M", 4), shipment(OPEN), outbox=kept)
    assert (held(vendor), delivery.counts) == ({"WW1-M": 4}, {"accepted": 1, "dropped": 2})


def test_keeps_the_pace_of_the_company(config: Config) -> None:
    api = Api(config)
    api.pace.clock = lambda: 0.0
    carrier(api, Kept()).deliver([stock("WW2", 7), shipment(OPEN)])
    assert (api.pace.burst, api.pace.per_second) == (100, 2)
    assert api.pace.level == 2
