"""How the target behaves: what is fixed, what may pass, what is unknown, and what stops it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from plugins.sandbox.woocommerce import WooCommerce
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.woocommerce.payloads import meant
from targets.woocommerce.target import TargetWooCommerce
from tests.targets.woocommerce.shop import (
    Kept,
    consent,
    deliver,
    erasure,
    points,
    states,
    voucher,
    writes,
    writing,
)
from tests.targets.woocommerce.test_offers import offer

ROOT = Path(__file__).parents[3]
WARNING = '<br />Warning: Undefined key "opt" in /srv/shop<br />{"update":[{"id":5}]}'


def test_the_channel_says_what_the_target_does() -> None:
    channel = YAML(typ="safe").load(ROOT / "targets/woocommerce/channel.yml")
    said = consent("5", **dict.fromkeys(channel["consent"], True))
    kinds = [type(meant(row)).__name__.lower() for row in (said, points("5", 1), voucher(), offer())]
    assert (kinds, channel["batch"]["size"]) == (channel["holds"], TargetWooCommerce.rows_per_batch)
    assert channel["brings"] == {"stock": {"size": TargetWooCommerce.rows_per_batch}}


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
