"""How far Tilroy says that the delivery of another system's order is, line by line; closed where it is not clear."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.tilroy import STREAMS
from mappers.canonical.vendor_record import Unreadable
from plugins.store.entities import Delivery, Order
from tests.mappers.canonical.tilroy_records import one, read


def line(status: str, sku: str = "1858943", **more: Any) -> dict[str, Any]:
    return {"status": status, "quantity": 2, "product": {"sku": {"tilroyId": sku}}, **more}


ORDERED: dict[str, Any] = {
    "orderNumber": "A2K8290LP8", "externalReference": "channable:830011", "dateExported": "2026-03-02T10:12:00.000Z",
    "shop": {"tilroyId": "87"}, "lines": [line("D")],
}  # fmt: skip
PARCELS = [
    {"date": "2026-03-02T09:00:00.000Z", "method": {"code": "BPOST"}, "parcels": [
        {"tracking": {"code": None}}, {"tracking": {"code": "3232"}}, {"tracking": {"code": "3233"}}]},
    {"date": "2026-03-01T09:00:00.000Z", "method": {"code": "DPD"}, "parcels": [{"tracking": {"code": "1"}}]},
]  # fmt: skip


def delivered(*lines: dict[str, Any], **more: Any) -> list[Any]:
    return read("orders", ORDERED | {"lines": list(lines)} | more)


def test_what_was_sent_names_the_order_where_it_was_placed_and_the_newest_parcel():
    found = one("orders", ORDERED | {"dispatches": PARCELS})
    assert isinstance(found, Delivery)
    assert (found.of_source, found.of_order_id, found.order_number) == ("channable", "830011", "A2K8290LP8")
    assert (found.status, found.carrier, found.tracking_code) == ("shipped", "BPOST", "3232")
    assert (found.product_id, found.quantity_thousandths, found.store_id) == ("1858943", 2000, "87")
    assert found.changed_at and found.changed_at.isoformat() == "2026-03-02T10:12:00+00:00"


@pytest.mark.parametrize("dispatches", [None, [], [{"date": None, "method": None, "parcels": None}]])
def test_without_a_parcel_the_carrier_is_that_of_the_line(dispatches: Any):
    (found,) = delivered(line("D", dispatchMethod={"code": "BPOST"}), dispatches=dispatches)
    assert (found.carrier, found.tracking_code) == ("BPOST", None)


@pytest.mark.parametrize(
    ("letter", "status"),
    [("R", "open"), ("N", "open"), ("Q", "open"), ("I", "open"), ("M", "open"), ("X", "open"), ("D", "shipped"),
     ("C", "cancelled")],
)  # fmt: skip
def test_each_letter_says_how_far_a_line_is(letter: str, status: str):
    (found,) = delivered(line(letter, dispatchMethod={"code": "BPOST"}), dispatches=PARCELS)
    assert found.status == status
    assert (found.tracking_code is not None) == (status == "shipped")


@pytest.mark.parametrize("letter", ["L", "S"])
def test_a_letter_that_does_not_say_whether_something_was_sent_leaves_what_was_told_before(letter: str):
    assert [each.source_id for each in delivered(line(letter), line("D"), line("D", "9"))] == [
        "A2K8290LP8:1858943:2", "A2K8290LP8:9:1",
    ]  # fmt: skip


@pytest.mark.parametrize("letter", ["T", "d", "shipped"])
def test_a_letter_that_nobody_explained_is_set_aside(letter: str):
    with pytest.raises(Unreadable, match=r"lines\.status: unknown_value"):
        delivered(line("D"), line(letter))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"orderNumber": None}, "orderNumber: missing_key"),
        ({"lines": [line("D", quantity=None)]}, r"lines\.quantity: missing_key"),
        ({"lines": [line("")]}, "status: missing_key"),
        ({"lines": "none"}, "lines: wrong_type"),
        ({"dateExported": "yesterday"}, "dateExported: bad_time"),
        ({"dispatches": "none"}, "dispatches: wrong_type"),
    ],
)
def test_what_cannot_be_read_is_set_aside_as_a_whole(changes: dict[str, Any], reason: str):
    with pytest.raises(Unreadable, match=reason):
        read("orders", ORDERED | changes)


@pytest.mark.parametrize("reference", ["", None, "NA", "PO 4711", "830011", ":1", "channable:"])
def test_an_order_of_tilroy_s_own_is_told_by_its_receipt(reference: str | None):
    assert read("orders", ORDERED | {"externalReference": reference}) == []


def test_no_order_is_a_purchase_for_that_is_told_elsewhere():
    assert Order not in STREAMS["orders"].makes


def test_an_order_without_a_date_of_export_is_as_old_as_the_newest_moment_in_it():
    told = {"dateExported": None, "timestamp": "2026-03-01T09:00:00.000Z"}
    (found,) = delivered(line("D", timestamp="2026-03-02T09:00:00.000Z"), **told)
    assert found.changed_at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert delivered(line("D"), dateExported=None)[0].changed_at is None


@given(st.lists(st.sampled_from("RNQIMXDC"), min_size=1, max_size=6))
def test_every_line_is_one_record_of_its_own(letters: list[str]):
    found = delivered(*map(line, letters))
    assert len({each.source_id for each in found}) == len(letters)
    assert sum(each.quantity_thousandths for each in found) == 2000 * len(letters)
