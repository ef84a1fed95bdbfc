"""How the target behaves: what may pass, what is unknown, what stops it, and as a program on a pipe."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from singer_sdk.exceptions import ConfigValidationError

from plugins.sandbox.shopify import Shopify
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.shopify.consents import CUSTOMERS_PER_CALL
from targets.shopify.payloads import meant
from targets.shopify.prices import PRICES_PER_CALL
from targets.shopify.target import TargetShopify
from tests.targets.kept import Kept, messages, start
from tests.targets.shopify.shop import (
    AGREED,
    NEW,
    bodies,
    consent,
    customer,
    deliver,
    erasure,
    fields,
    offer,
    points,
    shop_of,
    voucher,
)

ROOT = Path(__file__).parents[3]


def error(code: str, **more: Any) -> str:
    said = {"message": "Els Peeters, els@example.be", "extensions": {"code": code}}
    return json.dumps({"errors": [said], **more})


def test_the_channel_says_what_the_target_does() -> None:
    channel = YAML(typ="safe").load(ROOT / "targets/shopify/channel.yml")
    said = consent(NEW, **dict.fromkeys(channel["consent"], True))
    kinds = [type(meant(row)).__name__.lower() for row in (said, points(NEW, 1), voucher(), offer())]
    assert (kinds, channel["batch"]["size"]) == (channel["holds"], CUSTOMERS_PER_CALL)
    sizes = {"stock": TargetShopify.rows_per_batch, "price": PRICES_PER_CALL}
    assert channel["brings"] == {kind: {"size": size} for kind, size in sizes.items()}


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"status": 200, "body": error("THROTTLED")}])
def test_tries_again_what_may_pass(shop: Shopify, config: dict[str, Any], fault: dict[str, Any]) -> None:
    shop.faults.add(match="graphql", times=2, **fault)
    assert set(deliver(config, points(NEW, 1), voucher(), erasure(AGREED)).states.values()) == {"accepted"}


def test_waits_until_the_bucket_holds_what_the_document_asks(shop: Shopify, config: dict[str, Any]) -> None:
    cost = {"requestedQueryCost": 202, "throttleStatus": {"currentlyAvailable": 197, "restoreRate": 100.0}}
    shop.faults.add(match="graphql", status=200, body=error("THROTTLED", extensions={"cost": cost}))
    before = datetime.now(UTC)
    assert set(deliver(config, points(NEW, 1)).states.values()) == {"accepted"}
    assert datetime.now(UTC) - before >= timedelta(seconds=0.05)


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": "after"},
        {"cut_at": 9},
        {"status": 200, "body": "<html>"},
        {"status": 200, "body": ""},
        {"status": 200, "body": "{}"},
        {"status": 200, "body": '{"data": {"set": null}}'},
        {"status": 200, "body": error("INTERNAL_SERVER_ERROR")},
    ],
)
def test_an_answer_that_is_lost_or_unreadable_is_unknown_and_not_sent_again(
    shop: Shopify, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    shop.faults.add(match="graphql", **fault)
    outbox = deliver(config, points(NEW, 1), points(AGREED, 1))
    assert set(outbox.states.values()) == {"unknown"}
    assert len(outbox.calls) == 1


def test_what_only_a_part_of_an_answer_met_is_unknown_and_the_rest_is_known(
    shop: Shopify, config: dict[str, Any]
) -> None:
    half = {"m0": None, "m1": {"userErrors": []}}
    shop.faults.add(match="graphql", status=200, body=error("INTERNAL_SERVER_ERROR", data=half))
    outbox = deliver(config, consent(NEW, "remove", email=False), consent(AGREED, "remove", email=False))
    assert outbox.states == {f"consent-{NEW}": "unknown", f"consent-{AGREED}": "accepted"}


def test_halves_what_costs_too_much(shop: Shopify, config: dict[str, Any]) -> None:
    shop.most_points = 25
    rows = [consent(each, "remove", email=False) for each in (NEW, AGREED, "7002")]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert [len(each["variables"]) for each in bodies(shop)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401, "body": '{"errors": "[API] Invalid API key, els@example.be"}'}, "HTTP 401"),
        ({"status": 402}, "frozen"),
        ({"status": 423}, "locked"),
        ({"status": 404, "body": "{}"}, "HTTP 404"),
        ({"status": 301, "headers": {"Location": "https://www.shop.example/"}}, "redirects; set shop"),
        ({"status": 200, "body": '{"errors": "els@example.be"}'}, "check the access token"),
        ({"status": 200, "body": error("ACCESS_DENIED")}, "check the scopes"),
        ({"status": 200, "body": error("undefinedField")}, "the document is refused"),
    ],
)
@pytest.mark.parametrize("row", [points(NEW, 1), voucher(), erasure(AGREED)], ids=lambda row: row.key)
def test_stops_at_once_when_nothing_will_work(
    shop: Shopify, config: dict[str, Any], fault: dict[str, Any], words: str, row: Row
) -> None:
    shop.faults.add(match="graphql", times=9, **fault)
    outbox = Kept()
    with pytest.raises(HopelessError, match=words) as caught:
        deliver(config, row, voucher("RTDOTHER"), outbox=outbox)
    assert shop.faults.faults[0].times == 8
    assert "@" not in str(caught.value)
    assert set(outbox.states.values()) <= {"unknown"}


def test_a_wrong_token_stops_the_run(shop: Shopify, config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError, match="HTTP 401"):
        deliver({**config, "access_token": "shpat_no"}, points(NEW, 1), voucher())
    assert len(shop.calls) == 1


def test_a_scope_that_lacks_stops_the_run(shop: Shopify, config: dict[str, Any]) -> None:
    shop.scopes -= {"write_discounts"}
    with pytest.raises(HopelessError, match="check the scopes"):
        deliver(config, voucher())


@pytest.mark.parametrize(
    "given",
    [{"shop": "example.com"}, {"api_url": "http://shop.example"}, {"api_version": "newest"}, {"location_id": "Gent"}],
)
def test_refuses_settings_that_would_give_the_token_away_or_cannot_be(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigValidationError):
        TargetShopify(config={"shop": "example.myshopify.com", "access_token": "shpat_x", **given})


def test_runs_alone_on_a_pipe_and_names_nobody(shop: Shopify, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("shopify", config, tmp_path)
    broken = Row("broken", "change", "5", {"kind": "points", "customer": "els@example.be", "points": 1, "tier": None})
    text = messages(consent(NEW, email=True), voucher(), broken, points("99", 1), erasure(AGREED))
    text += '{"type":"RECORD","stream":"changes","record":{"key":"x"}}\n{"type":"STATE","value":{"a":1}}\n'
    out, err = process.communicate(text, timeout=60)
    assert (process.returncode, out) == (0, '{"a": 1}\n')
    assert "accepted 3, rejected 3; INVALID: 1; malformed payload: 1; malformed record: 1" in err
    assert not [word for word in ("@example", "RTD7K2", shop.access_token) if word in err]


def test_fails_when_something_is_unknown(shop: Shopify, config: dict[str, Any], tmp_path: Path) -> None:
    shop.faults.add(match="POST", reset="after")
    process = start("shopify", config, tmp_path)
    _, err = process.communicate(messages(points(NEW, 1)), timeout=60)
    assert (process.returncode, "unknown 1" in err) == (1, True)


def test_a_signal_lets_the_running_call_finish(shop: Shopify, config: dict[str, Any], tmp_path: Path) -> None:
    shop.__dict__ |= {key: value for key, value in shop_of(250).__dict__.items() if key in ("records", "kinds")}
    shop.faults.add(match="POST", latency_seconds=0.5)
    process = start("shopify", config, tmp_path)
    assert process.stdin is not None
    process.stdin.write(messages(*(points(str(8000 + n), n + 1) for n in range(250))))
    process.stdin.flush()
    while shop.faults.faults[0].times and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, len(bodies(shop))) == (143, 1)
    assert "target-shopify: accepted 12" in err
    assert fields(shop, "8000") == {"points": "1"}
    assert customer(shop, "8012").kept == {}
