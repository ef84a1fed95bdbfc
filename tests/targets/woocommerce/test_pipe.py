"""The target as a program: alone on a pipe, its exit codes, and under a signal."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.woocommerce import WooCommerce
from plugins.wire.outbox import Row
from tests.targets.kept import messages, start
from tests.targets.woocommerce.shop import consent, erasure, points, shop_of, voucher, writes


def test_runs_alone_on_a_pipe_and_names_nobody(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("woocommerce", config, tmp_path)
    shop.faults.add(match="POST .*/coupons", status=400, body='{"code":"k0@example.nl"}')
    broken = Row("broken", "change", "5", {"kind": "points", "customer": "k1@example.nl", "points": 1, "tier": None})
    text = messages(consent("5", email=True), voucher(), broken, points("99", 1), erasure("6"))
    text += '{"type":"RECORD","stream":"changes","record":{"key":"x"}}\n{"type":"STATE","value":{"a":1}}\n'
    out, err = process.communicate(text, timeout=60)
    assert (process.returncode, out) == (0, '{"a": 1}\n')
    told = "accepted 2, rejected 4; malformed payload: 1; malformed record: 1; refused: 1; wc_user_invalid_id: 1"
    assert f"target-woocommerce: {told}" in err
    assert not [word for word in ("@example", "RTD7K2", shop.consumer_key, shop.consumer_secret) if word in err]


@pytest.mark.parametrize("url", ["http://shop.example", "https://key:secret@shop.example", "https://shop.example?x=1"])
def test_an_address_without_https_is_refused(config: dict[str, Any], tmp_path: Path, url: str) -> None:
    process = start("woocommerce", {**config, "api_url": url}, tmp_path)
    _, err = process.communicate("", timeout=60)
    assert process.returncode != 0
    assert "does not match" in err


def test_fails_when_something_is_unknown(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    shop.faults.add(match="POST", reset="after")
    process = start("woocommerce", config, tmp_path)
    _, err = process.communicate(messages(points("5", 1)), timeout=60)
    assert (process.returncode, "unknown 1" in err) == (1, True)


def test_a_signal_lets_the_running_call_finish(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    shop.users = shop_of(accounts=200).users
    shop.faults.add(match="POST", latency_seconds=0.5)
    process = start("woocommerce", config, tmp_path)
    assert process.stdin is not None
    process.stdin.write(messages(*(points(str(5 + n), n) for n in range(200))))
    process.stdin.flush()
    while shop.faults.faults[0].times and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, writes(shop)) == (143, [("POST", "/customers/batch")])
    assert "target-woocommerce: accepted 100" in err
