"""Many items go together: one call that the vendor carries out later, and is asked about until it is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.wire.outbox import Row
from targets.mailchimp.items import MANY, Items
from targets.mailchimp.target import TargetMailchimp
from tests.targets.kept import Kept, messages, start
from tests.targets.mailchimp.rows import NOON, SHOP, basket, item, line, purchase, send, shop, writes

RANGE = [item(f"P{n}") for n in range(MANY)]


def hand_over(config: dict[str, Any], *rows: Row, outbox: Kept) -> Items:
    """Deliver without asking what became of it."""
    carrier = TargetMailchimp(config={**SHOP, **config}).carrier(outbox, lambda: None)
    carrier.deliver(rows)
    items = carrier.carriers["item"]
    assert isinstance(items, Items)
    return items


def test_a_range_is_one_call_and_each_item_is_answered_by_itself(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, *RANGE)
    assert set(outbox.states.values()) == {"accepted"}
    assert sorted(shop(vendor).products) == sorted(f"P{n}" for n in range(MANY))
    assert [each for each in writes(vendor) if "batches" in each or "products" in each] == ["POST /3.0/batches"]
    assert [len(fixed.rows) for fixed in outbox.calls] == [MANY]


def test_changes_and_removals_go_together_too(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, *RANGE)
    changes = [item(f"P{n}", "change", title="Coat", price="5.00 EUR") for n in range(1, MANY)]
    outbox = send(config, item("P0", "remove"), item("HAT", "remove"), *changes)
    assert set(outbox.states.values()) == {"accepted"}
    products = shop(vendor).products
    assert "P0" not in products
    assert {each["title"] for each in products.values()} == {"Coat"}
    assert {each["variants"][key]["price"] for key, each in products.items()} == {5.0}


def test_one_that_the_vendor_refuses_stops_nobody(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, *RANGE)
    outbox = Kept()
    hand_over(config, *(item(f"P{n}", "change") for n in range(MANY)), outbox=outbox)
    del shop(vendor).products["P3"]  # somebody deletes it before the batch runs
    send(config, outbox=outbox)
    assert outbox.final["item P3"].state == "rejected"
    assert outbox.reasons["item P3"] == "Resource Not Found"
    assert [key for key, state in outbox.states.items() if state != "accepted"] == ["item P3"]


def test_what_is_not_carried_out_yet_waits_for_the_next_run(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = Kept()
    items = hand_over(config, *RANGE, outbox=outbox)
    (staged,) = outbox.staged()
    assert items.became(staged) is None
    assert set(outbox.states.values()) == {"staged"}
    assert set(send(config, outbox=outbox).states.values()) == {"accepted"}


def test_an_order_or_basket_waits_for_items_that_are_on_their_way(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = Kept()
    items = hand_over(config, *RANGE, purchase(items=[line("P1")]), basket(items=[line("P2")]), outbox=outbox)
    assert (items.counts["dropped"], items.reasons["waits for its products"]) == (2, 2)
    hand_over(config, purchase(items=[line("P1"), line("P2")]), outbox=outbox)  # the next run, as soon as that
    assert not shop(vendor).orders
    send(config, outbox=outbox)
    later = send(config, purchase(items=[line("P1")]), basket(items=[line("P2")]))
    assert set(later.states.values()) == {"accepted"}


def test_the_same_item_twice_waits_for_its_first_row(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, *RANGE, Row("again", "change", "item:P0", item("P0", title="Coat").payload))
    assert outbox.states["again"] == "dropped"
    assert shop(vendor).products["P0"]["title"] == "Rain coat, size M"


def test_a_lost_answer_is_unknown_and_the_next_run_looks_first(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    vendor.faults.add(match="POST .*/batches", reset="after")
    assert set(send(config, *RANGE).states.values()) == {"unknown"}
    vendor.perform("process_batch", batch_id=next(iter(vendor.batches)))
    assert set(send(config, *RANGE).states.values()) == {"accepted"}
    last = json.loads([call.body for call in vendor.calls if call.path == "/3.0/batches"][-1])
    assert {each["method"] for each in last["operations"]} == {"PATCH", "PUT"}


def later(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def test_results_that_are_gone_leave_the_items_unknown(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = Kept()
    hand_over(config, *RANGE, outbox=outbox)
    vendor.perform("process_batch", batch_id=next(iter(vendor.batches)))
    vendor.clock = later(vendor.clock() + timedelta(days=8))
    send(config, outbox=outbox)
    assert set(outbox.reasons.values()) == {"its results are not kept any more"}
    assert set(outbox.states.values()) == {"unknown"}


@pytest.mark.parametrize("fault", [{"status": 503}, {"reset": "after"}, {"cut_at": 40}])
def test_results_that_cannot_be_read_are_asked_for_again(
    vendor: Mailchimp, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    vendor.faults.add(match="GET /batch-results", **fault)
    assert set(send(config, *RANGE).states.values()) == {"accepted"}


def test_a_run_alone_on_a_pipe_asks_until_it_is_known(
    vendor: Mailchimp, config: dict[str, Any], tmp_path: Path
) -> None:
    minutes = count()
    vendor.clock = lambda: NOON + timedelta(minutes=next(minutes))
    process = start("mailchimp", {**SHOP, **config}, tmp_path)
    _, err = process.communicate(messages(*RANGE), timeout=60)
    assert process.returncode == 0
    assert f"target-mailchimp: accepted {MANY}, staged {MANY}" in err
    assert len(shop(vendor).products) == MANY


def test_numbers_keep_their_place_in_a_batch(vendor: Mailchimp, config: dict[str, Any]) -> None:
    odd = "A 1:2?é"
    send(config, *RANGE, item(odd))
    outbox = send(config, *(item(f"P{n}", "change") for n in range(MANY)), item(odd, "change", title="Coat"))
    assert set(outbox.states.values()) == {"accepted"}
    assert shop(vendor).products[odd]["title"] == "Coat"
