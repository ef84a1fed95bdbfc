"""Writes and happenings outlive a restart; what was fetched is not fetched again."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.sandbox.channable.stage import (
    BACK,
    OFFERS,
    OLD_ORDERS,
    OPEN,
    ORDERS,
    RETURNS,
    SENT,
    STOCK,
    Caller,
    Clock,
)
from tests.plugins.sandbox.channable.test_imports import GOOD


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "channable.jsonl", Clock()
    first = Caller(clock, memory)
    clock.forward(minutes=1)
    first.vendor.perform("order", sku="WW2", quantity="2", marketplace="amazon")
    first.post(f"{OLD_ORDERS}/{OPEN}/shipment", {"tracking_code": "3SABC", "order_item_ids": [996]})
    clock.forward(minutes=1)
    first.vendor.perform("send_back", order=str(SENT), sku="WW1-M")
    first.post(f"{RETURNS}/{BACK}/status", {"status": "accepted"})
    first.vendor.perform("obfuscate", order=str(SENT))
    first.vendor.perform("forget_item", sku="WW9")
    first.post(STOCK, [{"id": "WW2", "stock": 7}, {"id": "WW9", "stock": 7}])
    first.vendor.perform("make_token", token="second")
    first.vendor.perform("expire_token", token="second")
    first.vendor.perform("receive_feed", url="https://shop.example/feed.xml", text=GOOD, etag='"1"')
    clock.forward(minutes=1)

    second = Caller(clock, memory)
    for path in (ORDERS, RETURNS, OFFERS, f"{ORDERS}/{OPEN}", f"{ORDERS}/{SENT}"):
        assert second.get(path) == first.get(path)
    assert second.call("GET", ORDERS, token="second").status_code == 401
    assert second.vendor.imports == first.vendor.imports


def test_a_feed_that_was_fetched_is_not_fetched_again_at_a_restart(tmp_path: Path) -> None:
    memory = tmp_path / "channable.jsonl"
    first = Caller(memory=memory)
    first.vendor.perform("import_feed", url="http://127.0.0.1:9/feed.xml")
    assert first.vendor.imports["http://127.0.0.1:9/feed.xml"].outcome == "not reachable"
    assert Caller(memory=memory).vendor.imports == first.vendor.imports
