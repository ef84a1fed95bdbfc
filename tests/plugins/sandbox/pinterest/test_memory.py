"""Writes and happenings outlive a restart."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.sandbox.pinterest.stage import (
    ANN,
    AUDIENCES,
    BATCH,
    BEN,
    EVENTS,
    FEEDS,
    ITEMS,
    LISTS,
    Caller,
    Clock,
    adding,
    batch,
    event,
    feed,
    item,
    removing,
    wanted,
)  # fmt: skip


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "pinterest.jsonl", Clock()
    first = Caller(clock, memory)
    path = first.customer_list(ANN)
    first.done("PATCH", path, adding(BEN))
    clock.forward(minutes=3)
    first.done("PATCH", path, removing(ANN))
    rule = {"customer_list_id": path.rpartition("/")[2]}
    first.done("POST", AUDIENCES, {"name": "Gold", "audience_type": "CUSTOMER_LIST", "rule": rule})
    first.done("POST", EVENTS, {"data": [event()]})
    first.call("POST", EVENTS, {"data": [event(), event(store="x")]})
    first.done("POST", BATCH, batch(item()))
    made = first.done("POST", FEEDS, feed())["id"]
    first.vendor.perform("put_file", feed_id=made, items="10", PRICE_MISSING="1")
    first.done("POST", f"{FEEDS}/{made}/ingest")
    first.vendor.perform("follow", username="anna")
    token = first.token(grant_type="refresh_token", refresh_token=first.vendor.refresh_token).json or {}
    clock.forward(minutes=5)

    second = Caller(clock, memory)
    for look in (LISTS, AUDIENCES, FEEDS, f"{FEEDS}/{made}/processing_results", "/v5/user_account/followers"):
        assert second.get(look) == first.get(look)
    assert second.members(path) == first.members(path) == {BEN}
    assert second.done("POST", ITEMS, wanted("SKU-1")) == first.done("POST", ITEMS, wanted("SKU-1"))
    assert second.call("GET", LISTS, token=token["access_token"]).status_code == 200
    assert second.vendor.conversions == first.vendor.conversions
    assert len(second.vendor.conversions) == 2


def test_a_batch_that_was_not_carried_out_yet_is_after_the_restart(tmp_path: Path) -> None:
    memory, clock = tmp_path / "pinterest.jsonl", Clock()
    Caller(clock, memory).done("POST", BATCH, batch(item()))
    clock.forward(minutes=1)
    assert "attributes" in Caller(clock, memory).done("POST", ITEMS, wanted("SKU-1"))["items"][0]
