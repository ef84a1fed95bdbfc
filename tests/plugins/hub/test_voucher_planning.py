"""What is left of a gift voucher is brought to till and webshop, once, and never over what contradicts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import record_channels
from plugins.hub.plans import Hub, journal_rows, planned
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account
from tests.making import hub_on, keep, pushed, record, stored
from tests.mappers.loyalty.gifts import CODE, after, ann, gift, let_go, ordered, set_aside, spend


@pytest.fixture
def hub(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Ann has bought a voucher of a hundred euros at the till, and has an account in the webshop."""
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    keep(store, ann(), gift(10_000, 8))
    yield replace(hub_on(store, rules, after(9)), records=record_channels())


def at(hub: Hub, hour: float) -> Hub:
    return replace(hub, clock=hub_on(hub.store, Path("sync_rules"), after(hour)).clock)


def rows(hub: Hub, destination: str) -> list[dict[str, Any]]:
    with planned(hub, destination) as (connection, _, _):
        found = [*journal_rows(connection, hub.records[destination], "all")]
    return [{**row, "payload": json.loads(row["payload"])} for row in found]


def told(hub: Hub, destination: str) -> list[tuple[str, int]]:
    """Return operation and what is left, of each row."""
    return [(row["operation"], row["payload"]["open_minor"]) for row in rows(hub, destination)]


def brought(hub: Hub, destination: str, hour: int, state: str = "accepted") -> None:
    """Let what is planned have been sent, and answered."""
    names = ("operation", "profile_id", "wire_id", "payload_hash")
    when = f"2026-03-02T{hour:02d}:00:00.000000Z"
    for row in rows(hub, destination):
        pushed(hub.store, {**{name: row[name] for name in names}, "destination": destination, "state": state,
                           "payload": json.dumps(row["payload"]), "prepared_at": when,
                           "answered_at": when if state != "unknown" else None})  # fmt: skip


def test_a_voucher_of_somebody_with_an_account_becomes_a_coupon_for_their_address_alone(hub: Hub) -> None:
    (row,) = rows(hub, "woocommerce")
    assert row["payload"] == {
        "kind": "voucher", "code": CODE, "email": "ann@example.nl", "type": "giftvoucher", "full_minor": 10_000,
        "open_minor": 10_000, "currency": "EUR", "starts_on": "2026-03-01", "ends_on": "2026-06-30",
    }  # fmt: skip
    assert (row["operation"], row["permit"]) == ("add", "gift voucher")
    assert told(hub, "tilroy") == []


def test_c10_the_code_is_in_the_payload_alone(hub: Hub) -> None:
    (row,) = rows(hub, "woocommerce")
    (account,) = stored(hub.store, loyalty_account)
    assert row["wire_id"] == f"voucher:{account['id']}"
    assert CODE not in json.dumps({name: each for name, each in row.items() if name != "payload"})


@pytest.mark.parametrize("who", [None, "880999"])
def test_a_voucher_of_nobody_who_has_an_account_stays_at_the_till(hub: Hub, who: str | None) -> None:
    keep(hub.store, gift(10_000, 9, customer_id=who))
    assert told(hub, "woocommerce") == []


def test_nothing_is_brought_twice(hub: Hub) -> None:
    brought(hub, "woocommerce", 10)
    assert told(hub, "woocommerce") == []
    keep(hub.store, record("voucher", "woocommerce", "88", kind="fixed_cart", code=CODE, amount_minor=10_000,
                           seen_at="2026-03-02T11:00:00Z"))  # fmt: skip
    assert told(hub, "woocommerce") == []


def test_what_is_spent_online_is_brought_to_both_and_read_back_without_a_second_burn(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    spend(hub.store, 4_000, 10)
    assert told(hub, "tilroy") == told(hub, "woocommerce") == [("change", 6_000)]
    (row,) = rows(hub, "tilroy")
    assert row["payload"] == {
        "kind": "voucher", "code": CODE, "customer": "880123", "type": "giftvoucher", "full_minor": 10_000,
        "open_minor": 6_000, "currency": "EUR", "starts_on": "2026-03-01", "ends_on": "2026-06-30",
    }  # fmt: skip
    brought(hub, "tilroy", 11)
    brought(hub, "woocommerce", 11)
    keep(hub.store, gift(6_000, 12))
    assert told(hub, "tilroy") == told(hub, "woocommerce") == []


def test_what_the_till_took_makes_the_coupon_smaller(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    keep(hub.store, gift(2_500, 10))
    assert told(hub, "woocommerce") == [("change", 2_500)]
    assert told(hub, "tilroy") == []
    brought(hub, "woocommerce", 11)
    keep(hub.store, gift(0, 12, status="used"))
    assert told(hub, "woocommerce") == [("change", 0)]


def test_a_coupon_that_was_used_makes_the_tills_copy_smaller(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    keep(hub.store, ordered(2_500))
    assert told(hub, "tilroy") == told(hub, "woocommerce") == [("change", 7_500)]


def test_a_hold_makes_the_tills_copy_smaller_until_it_is_let_go(hub: Hub) -> None:
    assert told(hub, "tilroy") == []
    key = set_aside(hub.store, 4_000, 9)
    assert told(hub, "tilroy") == [("change", 6_000)]
    brought(hub, "tilroy", 9)
    assert told(hub, "tilroy") == []
    let_go(hub.store, key, 9.1)
    assert told(hub, "tilroy") == [("change", 10_000)]


def test_a_hold_that_timed_out_is_given_back_though_nothing_else_happened(hub: Hub) -> None:
    assert told(hub, "tilroy") == []
    set_aside(hub.store, 4_000, 9)
    brought(hub, "tilroy", 9)
    assert told(at(hub, 9.2), "tilroy") == []
    assert told(at(hub, 9.3), "tilroy") == [("change", 10_000)]


def test_a_lost_answer_is_brought_again_also_when_a_reading_shows_it(hub: Hub) -> None:
    assert told(hub, "tilroy") == []
    spend(hub.store, 4_000, 9)
    brought(hub, "tilroy", 10, state="unknown")
    assert told(hub, "tilroy") == [("change", 6_000)]
    keep(hub.store, gift(6_000, 11))
    assert told(hub, "tilroy") == [("change", 6_000)]
    brought(hub, "tilroy", 12)
    assert told(hub, "tilroy") == []


def test_what_was_refused_is_not_asked_again_until_something_changes(hub: Hub) -> None:
    brought(hub, "woocommerce", 9, state="rejected")
    assert told(hub, "woocommerce") == []
    keep(hub.store, gift(9_000, 10))
    assert told(hub, "woocommerce") == [("add", 9_000)]


def test_l15_nothing_is_written_over_a_reading_that_contradicts(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    keep(hub.store, gift(6_000, 10))
    assert told(hub, "woocommerce") == [("change", 6_000)]
    keep(hub.store, gift(9_000, 11))
    assert told(hub, "tilroy") == []
    spend(hub.store, 1_000, 12)
    assert told(hub, "tilroy") == []
    assert told(hub, "woocommerce") == [("change", 5_000)]


def test_another_voucher_with_the_same_code_makes_no_second_row(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    keep(hub.store, gift(5_000, 10, "32"))
    spend(hub.store, 1_000, 9)
    assert told(hub, "tilroy") == told(hub, "woocommerce") == [("change", 9_000)]


def test_a_coupon_of_the_shops_own_with_the_same_code_is_left_alone(hub: Hub) -> None:
    assert len(rows(hub, "woocommerce")) == 1
    keep(hub.store, record("voucher", "woocommerce", "88", kind="percent", code=CODE, percent_basis_points=1_000))
    assert told(hub, "woocommerce") == []


def test_a_voucher_whose_last_day_is_over_is_nowhere_touched(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    assert told(at(hub, 24 * 150), "woocommerce") == []
    assert told(at(hub, 24 * 150), "tilroy") == []


def test_a_new_last_day_reaches_the_coupon(hub: Hub) -> None:
    brought(hub, "woocommerce", 9)
    keep(hub.store, gift(10_000, 10, ends_on="2026-12-31"))
    (row,) = rows(hub, "woocommerce")
    assert (row["operation"], row["payload"]["ends_on"]) == ("change", "2026-12-31")
