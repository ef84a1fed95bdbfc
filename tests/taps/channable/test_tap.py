"""The traps of reading Channable, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins.sandbox.channable import Channable
from plugins.sandbox.retailer import MarketplaceReturn
from plugins.wire.pace import Pace
from plugins.wire.retry import HopelessError, TransientError
from taps.channable.tap import TapChannable
from tests.taps.channable.project import BEGIN, FIRST, Served, ids, last_state, placed, project, records, served

Out = pytest.CaptureFixture[str]


@pytest.fixture
def shop() -> Iterator[Served]:
    """Seven orders, an hour apart."""
    with served(project(*(placed(number, number) for number in range(7)))) as made:
        yield made


def test_reads_every_page_and_does_not_believe_total(shop: Served, capsys: Out) -> None:
    assert ids(shop.read(capsys, "orders", page_size=3)) == [6, 5, 4, 3, 2, 1, 0]
    assert [each["offset"] for each in shop.asked()] == ["0", "3", "6"]


def test_asks_once_more_after_a_last_page_that_is_full(shop: Served, capsys: Out) -> None:
    assert len(ids(shop.read(capsys, "orders", page_size=7))) == 7
    assert [each["offset"] for each in shop.asked()] == ["0", "7"]


def test_gives_an_order_once_though_others_arrive_and_push_it_to_the_next_page(shop: Served, capsys: Out) -> None:
    shop.meanwhile = [lambda: shop.vendor.perform("order", sku="WW2")] * 2
    found = ids(shop.read(capsys, "orders", page_size=3))
    assert sorted(set(found)) == sorted(found) == [0, 1, 2, 3, 4, 5, 6]


def test_goes_on_after_a_page_of_nothing_but_repeats(shop: Served, capsys: Out) -> None:
    shop.meanwhile = [lambda: [shop.vendor.perform("order", sku="WW2") for _ in range(2)]]
    assert sorted(ids(shop.read(capsys, "orders", page_size=2))) == [0, 1, 2, 3, 4, 5, 6]


def test_an_order_that_changes_while_we_read_hides_nobody_else(shop: Served, capsys: Out) -> None:
    shop.meanwhile = [lambda: shop.vendor.perform("obfuscate", order=str(FIRST + 6))]
    state = {"bookmarks": {"orders": {"replication_key": "modified", "replication_key_value": BEGIN.isoformat()}}}
    assert set(ids(shop.read(capsys, "orders", page_size=3, state=state))) == {0, 1, 2, 3, 4, 5, 6}


def test_what_changes_while_we_read_is_read_by_the_next_run(capsys: Out) -> None:
    vendor = project(*(placed(number, number) for number in range(7)))
    # the vendor's clock: a change during the run is later than the run's start
    vendor.clock = lambda: datetime.now(UTC)
    with served(vendor) as shop:
        shop.meanwhile = [lambda: vendor.perform("obfuscate", order=str(FIRST + 6)),
                          lambda: vendor.perform("obfuscate", order=str(FIRST + 0))]  # fmt: skip
        state = last_state(shop.read(capsys, "orders", page_size=3))
        again = records(shop.read(capsys, "orders", state=state, overlap_seconds=1))
    assert {FIRST + 6, FIRST} <= {each["id"] for each in again if each["obfuscated"]}


def test_the_bookmark_is_never_later_than_the_start_of_the_run(capsys: Out) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    with served(project(placed(0), clock=lambda: ahead)) as shop:
        shop.vendor.perform("obfuscate", order=str(FIRST))
        state = last_state(shop.read(capsys, "orders"))
    told = datetime.fromisoformat(state["bookmarks"]["orders"]["replication_key_value"])
    assert told <= datetime.now(UTC)


def test_reads_what_changed_since_the_last_run_with_an_overlap_and_in_utc(shop: Served, capsys: Out) -> None:
    value = (BEGIN + timedelta(hours=6)).astimezone().isoformat()
    state = {"bookmarks": {"orders": {"replication_key": "modified", "replication_key_value": value}}}
    assert ids(shop.read(capsys, "orders", state=state, overlap_seconds=3600)) == [6]
    assert ids(shop.read(capsys, "orders", state=state, overlap_seconds=3601)) == [6, 5]
    assert {each["last_modified_after"] for each in shop.asked()} == {"2026-03-01T17:00:00Z", "2026-03-01T16:59:59Z"}


def test_begins_at_the_start_date_and_without_one_with_everything(shop: Served, capsys: Out) -> None:
    assert ids(shop.read(capsys, "orders", start_date="2026-03-01T16:30:00", overlap_seconds=1)) == [6, 5]
    assert len(ids(shop.read(capsys, "orders"))) == 7


def test_says_what_to_do_about_a_start_date_that_is_none(shop: Served, capsys: Out) -> None:
    with pytest.raises(HopelessError, match="start_date is no date; write it as"):
        shop.read(capsys, "orders", start_date="yesterday")


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_tries_again_what_may_pass(shop: Served, capsys: Out, status: int) -> None:
    shop.vendor.faults.add(match="/orders", status=status, times=2)
    assert len(ids(shop.read(capsys, "orders"))) == 7


def test_tries_again_after_a_broken_connection_and_an_answer_of_another_shape(shop: Served, capsys: Out) -> None:
    shop.vendor.faults.add(match="/orders", reset="before")
    shop.vendor.faults.add(match="/orders", status=200, body="<html>", times=1)
    with pytest.raises(TransientError, match="the answer is no list of orders"):
        shop.read(capsys, "orders")
    assert len(ids(shop.read(capsys, "orders"))) == 7


@pytest.mark.parametrize(("key", "value"), [("token", "wrong"), ("company_id", 1), ("project_id", 1)])
def test_stops_at_once_when_key_or_project_are_wrong(shop: Served, capsys: Out, key: str, value: Any) -> None:
    with pytest.raises(HopelessError) as told:
        shop.read(capsys, **{key: value})
    assert len(shop.vendor.calls) == 1
    assert str(shop.vendor.token) not in str(told.value)


def test_keeps_on_with_the_second_token_while_the_first_runs_out(shop: Served, capsys: Out) -> None:
    shop.vendor.perform("make_token", token="second")
    shop.vendor.perform("expire_token", token=shop.vendor.token)
    assert len(ids(shop.read(capsys, "orders", token="second"))) == 7


def back(number: int, status: str) -> MarketplaceReturn:
    at = BEGIN + timedelta(days=number)
    return MarketplaceReturn(FIRST + number, 9000 + number, 1, at, at, "Te klein", status=status)


def with_returns(*statuses: str) -> Channable:
    return project(*(placed(number, returns=(back(number, each),)) for number, each in enumerate(statuses)))


def test_an_accepted_return_comes_with_what_was_bought_and_no_other(capsys: Out) -> None:
    with served(with_returns("new", "accepted", "rejected")) as shop:
        found = {each["id"] - FIRST: each for each in records(shop.read(capsys, "returns"), "returns")}
        paths = [each.path for each in shop.vendor.calls]
    assert {key: "order" in each for key, each in found.items()} == {0: False, 1: True, 2: False}
    assert found[1]["order"]["id"] == FIRST + 1
    assert [(each["channable_order_item_id"], each["price"]) for each in found[1]["order"]["products"]] == [
        (9001, 15.0)
    ]
    assert paths == [
        "/v1/companies/4120/projects/53000/returns",
        f"/v2/companies/4120/projects/53000/orders/{FIRST + 1}",
    ]


def test_goes_on_when_the_order_of_a_return_is_not_there(capsys: Out) -> None:
    with served(with_returns("accepted", "accepted")) as shop:
        del shop.vendor.orders[FIRST]
        found = {each["id"] - FIRST: each["order"] for each in records(shop.read(capsys, "returns"), "returns")}
    assert found[0] is None
    assert found[1] is not None


def test_does_not_take_the_order_of_somebody_else_for_that_of_a_return(capsys: Out) -> None:
    with served(with_returns("accepted")) as shop:
        shop.vendor.orders[FIRST].number = "A-OTHER"
        shop.vendor.returns[FIRST].order = shop.vendor.orders[FIRST]
        shop.meanwhile = [lambda: setattr(shop.vendor.orders[FIRST], "number", "A-ANOTHER")]
        (found,) = records(shop.read(capsys, "returns"), "returns")
    assert found["order"] is None


def test_reads_at_the_slower_of_the_two_paces_that_the_vendor_has_written_down(shop: Served) -> None:
    tap = TapChannable(config=shop.config())
    assert (tap.pace.burst, tap.pace.per_second) == (100, 2)
    assert [stream.tap.pace for stream in tap.streams.values()] == [tap.pace] * 2  # type: ignore[attr-defined]


def test_every_request_keeps_the_pace_also_one_that_is_tried_again(shop: Served, capsys: Out) -> None:
    shop.vendor.faults.add(match="/orders", status=503)
    tap = TapChannable(config=shop.config(page_size=3))
    tap.streams["returns"].selected = False
    tap.pace = Pace(100, 2, clock=lambda: 0.0)
    tap.sync_all()
    capsys.readouterr()
    assert tap.pace.level == 4
