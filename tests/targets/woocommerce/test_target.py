"""How the target behaves: what may pass, what stops it, alone on a pipe, and under a signal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.woocommerce import WooCommerce
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from tests.targets.woocommerce.shop import (
    Kept,
    consent,
    deliver,
    erasure,
    points,
    shop_of,
    states,
    voucher,
    writes,
    writing,
)

ROOT = Path(__file__).parents[3]
WARNING = '<br />Warning: Undefined key "opt" in /srv/shop<br />{"update":[{"id":5}]}'


def test_every_call_that_writes_was_fixed_to_the_byte_and_no_look_up(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, points("5", 1, "Zoë"), voucher(), voucher(operation="change", email=None), erasure("5"))
    sent = [(*write, call.body) for write, call in zip(writes(shop), writing(shop), strict=True)]
    fixed = [each.call for each in outbox.calls if each.call]
    assert sent == [(call.method, call.path.partition("?")[0], call.body) for call in fixed]
    assert len(sent) == 5


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"status": 403, "body": "<html>"}])
def test_tries_again_when_throttled(shop: WooCommerce, config: dict[str, Any], fault: dict[str, Any]) -> None:
    shop.faults.add(match="POST|PUT|DELETE", times=2, **fault)
    assert set(states(deliver(config, points("5", 1), voucher(), erasure("6"))).values()) == {"accepted"}


@pytest.mark.parametrize(
    "fault", [{"reset": "after"}, {"cut_at": 9}, {"status": 200, "body": WARNING}, {"status": 200}]
)
def test_an_answer_that_is_lost_or_unreadable_is_unknown_and_not_sent_again(
    shop: WooCommerce, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    shop.faults.add(match="POST", **fault)
    outbox = deliver(config, points("5", 1), consent("6", email=True))
    assert states(outbox) == {"points-5": "unknown", "consent-6": "unknown"}
    assert len(outbox.calls) == 1


JSON = {"Content-Type": "application/json"}
STOPS: list[tuple[dict[str, Any], str]] = [
    ({"status": 401, "body": '{"code":"woocommerce_rest_cannot_view"}', "headers": JSON}, "HTTP 401"),
    ({"status": 403, "body": '{"code":"woocommerce_rest_cannot_batch"}', "headers": JSON}, "HTTP 403"),
    ({"status": 404, "body": '{"code":"rest_no_route"}', "headers": JSON}, "HTTP 404"),
    ({"status": 404, "body": "<html>"}, "HTTP 404"),
    ({"status": 301, "headers": {"Location": "https://www.shop.example/"}}, "redirects; set api_url"),
]


@pytest.mark.parametrize(("fault", "words"), STOPS)
@pytest.mark.parametrize("row", [points("5", 1), voucher(), erasure("5")], ids=lambda row: row.key)
def test_stops_at_once_when_nothing_will_work(
    shop: WooCommerce, config: dict[str, Any], fault: dict[str, Any], words: str, row: Row
) -> None:
    shop.faults.add(match="POST|PUT|DELETE", **fault)
    outbox = Kept()
    with pytest.raises(HopelessError, match=words):
        deliver(config, row, voucher("RTDOTHER"), outbox=outbox)
    assert set(states(outbox).values()) == {"unknown"}
    assert (len(outbox.calls), writes(shop)) == (1, [])


@pytest.mark.parametrize("wrong", [{"consumer_key": "ck_no"}, {"consumer_secret": "cs_no"}])
def test_a_wrong_key_stops_the_run(shop: WooCommerce, config: dict[str, Any], wrong: dict[str, str]) -> None:
    with pytest.raises(HopelessError, match="HTTP 401"):
        deliver({**config, **wrong}, points("5", 1), points("6", 1))
    assert len(shop.calls) == 1


def test_says_who_it_is_to_a_firewall(shop: WooCommerce, config: dict[str, Any]) -> None:
    seen: list[str] = []
    shop.admit = lambda request: seen.append(str(request.user_agent))  # type: ignore[method-assign]
    deliver({**config, "user_agent": "Rotonde of a shop"}, points("5", 1))
    assert seen == ["Rotonde of a shop"]


def messages(*rows: Row) -> str:
    schema = {"type": "SCHEMA", "stream": "changes", "schema": {"properties": {}}, "key_properties": ["key"]}
    lines: list[dict[str, Any]] = [schema]
    for each in rows:
        record = {"key": each.key, "operation": each.operation, "wire_id": each.wire_id, "payload": dict(each.payload)}
        lines.append({"type": "RECORD", "stream": "changes", "record": record})
    return "".join(json.dumps(line) + "\n" for line in lines)


def start(config: dict[str, Any], folder: Path) -> subprocess.Popen[str]:
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    command = [sys.executable, str(ROOT / "targets/woocommerce/target.py"), "--config", str(settings)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=folder)


def test_runs_alone_on_a_pipe_and_names_nobody(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    process = start(config, tmp_path)
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
    process = start({**config, "api_url": url}, tmp_path)
    _, err = process.communicate("", timeout=60)
    assert process.returncode != 0
    assert "does not match" in err


def test_fails_when_something_is_unknown(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    shop.faults.add(match="POST", reset="after")
    process = start(config, tmp_path)
    _, err = process.communicate(messages(points("5", 1)), timeout=60)
    assert (process.returncode, "unknown 1" in err) == (1, True)


def test_a_signal_lets_the_running_call_finish(shop: WooCommerce, config: dict[str, Any], tmp_path: Path) -> None:
    shop.users = shop_of(accounts=200).users
    shop.faults.add(match="POST", latency_seconds=0.5)
    process = start(config, tmp_path)
    assert process.stdin is not None
    process.stdin.write(messages(*(points(str(5 + n), n) for n in range(200))))
    process.stdin.flush()
    while shop.faults.faults[0].times and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, writes(shop)) == (143, [("POST", "/customers/batch")])
    assert "target-woocommerce: accepted 100" in err
