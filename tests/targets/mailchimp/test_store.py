"""The store is made when it is missing, rests while a load runs, and forgets who is erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.mailchimp.target import TargetMailchimp
from tests.targets.kept import Kept, messages, start
from tests.targets.mailchimp.rows import LIST, basket, item, purchase, send, shop, writes

ERASE = Row("known", "erase", "Known@example.org", {})
GONE = Row("ann", "erase", "ann@example.org", {})


def test_a_missing_store_is_made_at_rest_and_woken_at_the_end(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item(), basket())
    assert shop(vendor).fields == {
        "id": "shop", "list_id": LIST, "name": "shop", "currency_code": "EUR", "is_syncing": False
    }  # fmt: skip
    assert vendor.triggered == []


def test_a_store_that_is_there_is_not_touched(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    before = len(writes(vendor))
    send(config, item("HAT"))
    assert writes(vendor)[before:] == ["POST /products"]


def test_many_baskets_at_once_set_nothing_off_and_later_ones_do(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    send({**config, "backfill_rows": 2}, *(basket(f"old-{n}") for n in range(3)))
    send({**config, "backfill_rows": 2}, basket("new"))
    assert vendor.triggered == [("abandoned cart", "new")]
    assert not shop(vendor).is_syncing


def test_many_items_do_not_stop_the_reminders(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config)
    send({**config, "backfill_rows": 2}, item())
    send({**config, "backfill_rows": 2}, *(item(f"P{n}") for n in range(3)), basket(items=[]), basket("new"))
    assert vendor.triggered == [("abandoned cart", "new")]


def test_a_run_that_was_cut_off_leaves_the_store_at_rest_until_the_next_one_ends(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    TargetMailchimp(config={**config, "store_id": "shop"}).carrier(Kept(), lambda: None).deliver([item()])
    assert shop(vendor).is_syncing
    send(config)
    assert not shop(vendor).is_syncing


def test_a_store_of_another_audience_is_not_written(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    shop(vendor).fields["list_id"] = "another"
    assert send(config, item("HAT")).reasons == {"item HAT": "the store belongs to another audience"}
    before = len(writes(vendor))
    assert send(config, ERASE).states == {"known": "accepted"}
    assert [each for each in writes(vendor)[before:] if "ecommerce" in each or "DELETE" in each] == []


def test_a_store_that_cannot_be_made_says_why_and_people_go_on(vendor: Mailchimp, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*/stores", status=400, body='{"title": "Invalid Resource"}')
    ann = Row("ann", "add", "ann@example.org", {"status": "subscribed", "is_known": False, "fields": {}})
    assert send(config, item(), ann).reasons == {"ann": "", "item COAT-M": "look-up: Invalid Resource"}


def test_a_look_up_that_is_lost_leaves_the_rows_unknown(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    vendor.faults.add(match="GET .*/stores/shop", reset="after")
    assert send(config, purchase()).states == {"tilroy:71234": "unknown"}
    assert not shop(vendor).orders


def test_a_store_that_cannot_be_woken_stops_the_run(vendor: Mailchimp, config: dict[str, Any]) -> None:
    vendor.faults.add(match="PATCH .*/stores/shop", reset="after")
    with pytest.raises(HopelessError, match="automations of the store still rest"):
        send(config, item())


def test_an_erasure_takes_the_customer_with_all_orders_and_carts(vendor: Mailchimp, config: dict[str, Any]) -> None:
    email = "known@example.org"
    send(config, item(), purchase("o-1", email), purchase("o-2", email), basket(email=email), purchase("other"))
    outbox = send(config, ERASE)
    assert outbox.states == {"known": "accepted"}
    assert vendor.holding(email) is None
    assert [each["email_address"] for each in shop(vendor).customers.values()] == ["ann@example.org"]
    assert list(shop(vendor).orders) == ["other"]
    assert [(fixed.call.method, len(fixed.rows)) for fixed in outbox.calls if fixed.call] == [
        ("POST", 1), ("DELETE", 1), ("DELETE", 1), ("DELETE", 1), ("DELETE", 1)
    ]  # fmt: skip
    assert not [call for call in vendor.calls if "example.org" in f"{call.path}{call.query}"]


def test_an_erasure_of_who_never_bought_is_done_without_a_store_being_made(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    assert send(config, ERASE).states == {"known": "accepted"}
    assert not vendor.stores
    send(config, item())
    assert send(config, GONE).states == {"ann": "accepted"}


def test_an_erasure_that_is_lost_on_the_way_is_unknown_and_can_be_repeated(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config, item(), purchase(), basket())
    vendor.faults.add(match="DELETE .*/orders", reset="after")
    assert send(config, GONE).states == {"ann": "unknown"}
    assert send(config, GONE).states == {"ann": "accepted"}
    assert vendor.holding("ann@example.org") is None


def test_carries_all_kinds_alone_on_a_pipe(vendor: Mailchimp, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("mailchimp", {**config, "store_id": "shop"}, tmp_path)
    ann = Row("ann", "add", "ann@example.org", {"status": "subscribed", "is_known": False, "fields": {}})
    odd = Row("odd", "add", "odd:1", {"kind": "odd"})
    _, err = process.communicate(messages(basket(), purchase(), item(), odd, ann), timeout=60)
    assert process.returncode == 0
    assert "target-mailchimp: accepted 4, rejected 1; malformed payload: 1" in err
    assert vendor.holding("ann@example.org") == {"email": "subscribed", "orders": "1", "carts": "1"}
    assert not shop(vendor).is_syncing
