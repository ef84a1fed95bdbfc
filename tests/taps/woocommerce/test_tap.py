"""The WooCommerce tap: every row once, every trap of the vendor, nothing private in an error."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.testing import TapTestRunner
from typing_extensions import override

from plugins.wire.retry import HopelessError, TransientError, WireError
from taps.woocommerce.pages import rows
from taps.woocommerce.tap import TapWooCommerce
from tests.taps.woocommerce.shop import API, URL, Shop

KEY, SECRET = "ck_secretkey", "cs_secretsecret"
CONFIG: dict[str, Any] = {
    "api_url": URL,
    "consumer_key": KEY,
    "consumer_secret": SECRET,
    "page_size": 3,
    "overlap_seconds": 120,
    "max_tries": 2,
    "backoff_seconds": 0.001,
}
PHP_WARNING = '<br />\n<b>Warning</b>: Undefined array key [0] in {closure} on line <b>7</b><br />\n[{"id":1}]'


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def shop(http: responses.RequestsMock) -> Shop:
    return Shop(http)


class Run(TapTestRunner):
    """A real run: of the selected streams, without a limit."""

    @override
    def run_sync_dry_run(self) -> bool:
        self.new_tap().sync_all()
        return True


def read(*streams: str, state: dict[str, Any] | None = None, **config: Any) -> Run:
    given = CONFIG | config
    catalog = TapWooCommerce(config=given).catalog_dict
    for entry in catalog["streams"]:
        root = next(each for each in entry["metadata"] if not each["breadcrumb"])
        root["metadata"]["selected"] = entry["stream"] in streams
    runner = Run(TapWooCommerce, config=given, catalog=catalog, state=state)
    runner.sync_all()
    return runner


def ids(runner: Run, stream: str) -> list[int]:
    return [row["id"] for row in runner.records[stream]]


def seals(runner: Run) -> list[str]:
    return [each["stream"] for each in runner.raw_messages if each["type"] == "ACTIVATE_VERSION"]


def order(number: int, second: int, **more: Any) -> dict[str, Any]:
    moment = datetime(2026, 5, 19, 8) + timedelta(seconds=second)  # noqa: DTZ001 - as the shop writes it
    return {"id": number, "date_modified_gmt": moment.isoformat(), "status": "processing", **more}


def bookmark(second: int) -> dict[str, Any]:
    value = order(0, second)["date_modified_gmt"]
    return {"bookmarks": {"orders": {"replication_key": "date_modified_gmt", "replication_key_value": value}}}


def customers(count: int) -> list[dict[str, Any]]:
    return [{"id": number, "email": f"{number}@example.nl", "role": "customer"} for number in range(1, count + 1)]


def test_reads_every_customer_once_and_seals(shop: Shop) -> None:
    shop.has("customers", *customers(8))
    runner = read("customers")
    assert ids(runner, "customers") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert seals(runner) == ["customers"]
    assert {query["role"] for query in shop.asked} == {"customer"}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_ends_where_a_proxy_drops_the_totals(shop: Shop, count: int) -> None:
    shop.sends_totals = False
    shop.has("customers", *customers(count))
    assert ids(read("customers"), "customers") == list(range(1, count + 1))


def test_does_not_seal_when_a_deletion_moved_the_list(shop: Shop) -> None:
    shop.has("customers", *customers(8))
    shop.meanwhile = [lambda: shop.rows["customers"].__delitem__(slice(0, 2))]
    runner = read("customers")
    assert 4 not in ids(runner, "customers")
    assert seals(runner) == []


def test_does_not_seal_an_empty_list(shop: Shop) -> None:
    shop.has("customers")
    assert seals(read("customers")) == []


def test_stops_when_the_shop_ignores_where_to_begin(http: responses.RequestsMock) -> None:
    http.get(f"{API}/customers", json=customers(3), headers={"X-WP-Total": "9"})
    with pytest.raises(HopelessError, match="ignores 'orderby' or 'offset'"):
        read("customers")


def test_passes_on_the_keys_of_plugins_and_drops_what_nobody_needs(shop: Shop) -> None:
    shop.has("customers", {**customers(1)[0], "loyalty_score": 1.25, "_links": {}, "avatar_url": "https://x.example"})
    (record,) = read("customers").records["customers"]
    assert record == {**customers(1)[0], "loyalty_score": 1.25}


def test_reads_orders_in_order_of_change(shop: Shop) -> None:
    shop.has("orders", order(3, 30), order(1, 10), order(2, 20), order(4, 40, status="trash"))
    runner = read("orders")
    assert ids(runner, "orders") == [1, 2, 3, 4]
    assert runner.state_messages[-1]["value"]["bookmarks"]["orders"]["replication_key_value"] == "2026-05-19T08:00:40"
    assert "modified_after" not in shop.asked[0]


def test_looks_back_before_its_bookmark(shop: Shop) -> None:
    shop.has("orders", order(1, 100), order(2, 200), order(3, 300))
    runner = read("orders", state=bookmark(300))
    assert ids(runner, "orders") == [2, 3]
    assert shop.asked[0]["modified_after"] == "2026-05-19T08:03:00Z"


@pytest.mark.parametrize("start", ["2026-05-19T10:02:00+02:00", "2026-05-19T08:02:00Z", "2026-05-19T08:02:00"])
def test_asks_in_utc_whatever_the_zone_of_its_start(shop: Shop, start: str) -> None:
    shop.has("orders")
    read("orders", start_date=start)
    assert shop.asked[0]["modified_after"] == "2026-05-19T08:00:00Z"


def test_reads_every_order_of_one_second(shop: Shop) -> None:
    shop.has("orders", *(order(number, 60) for number in range(1, 9)), order(9, 61))
    assert ids(read("orders"), "orders") == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_misses_no_order_when_one_changes_while_it_reads(shop: Shop) -> None:
    shop.has("orders", *(order(number, number) for number in range(1, 9)))
    shop.meanwhile = [lambda: shop.rows["orders"][0].update(order(1, 500))]
    assert ids(read("orders"), "orders") == [1, 2, 3, 4, 5, 6, 7, 8, 1]


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], derandomize=True)
@given(
    seconds=st.lists(st.integers(0, 12), max_size=14),
    changes=st.lists(st.tuples(st.integers(0, 13), st.integers(13, 20)), max_size=4),
    sends_totals=st.booleans(),
)
def test_reads_every_order_whatever_happens(
    seconds: list[int], changes: list[tuple[int, int]], sends_totals: bool
) -> None:
    with responses.RequestsMock() as http:
        shop = Shop(http)
        shop.sends_totals = sends_totals
        held = [order(number, second) for number, second in enumerate(seconds)]
        shop.has("orders", *held)
        shop.meanwhile = [
            lambda number=number, second=second: held[number].update(order(number, second))  # type: ignore[misc]
            for number, second in changes
            if number < len(held)
        ]
        runner = read("orders")
    assert set(ids(runner, "orders")) == set(range(len(seconds)))
    stamps = [(row["id"], row["date_modified_gmt"]) for row in runner.records["orders"]]
    assert len(stamps) == len(set(stamps))


def test_stops_when_a_cache_answers_instead_of_the_shop(http: responses.RequestsMock) -> None:
    cached = [order(1, 0), order(2, 5000)]
    http.get(f"{API}/orders", json=cached, headers={"X-WP-Total": "9"})
    with pytest.raises(HopelessError, match="keep caches and plugins away"):
        read("orders")


def test_reads_refunds_by_their_date(shop: Shop) -> None:
    shop.has("refunds", {"id": 5, "parent_id": 1, "date_created_gmt": "2026-05-19T08:00:00", "amount": "1.00"})
    assert ids(read("refunds", start_date="2026-05-01"), "refunds") == [5]
    assert (shop.asked[0]["orderby"], shop.asked[0]["after"]) == ("date", "2026-04-30T23:58:00Z")


def test_asks_each_variable_product_for_its_variations(shop: Shop) -> None:
    shop.has("products", {"id": 10, "type": "simple"}, {"id": 11, "type": "variable"}, {"id": 12, "type": "variable"})
    shop.has("products/11/variations", *({"id": number} for number in (21, 22, 23, 24)))
    shop.has("products/12/variations", {"id": 13, "parent_id": 12})
    runner = read("product_variations")
    assert [(row["id"], row["parent_id"]) for row in runner.records["product_variations"]] == [
        (21, 11), (22, 11), (23, 11), (24, 11), (13, 12),
    ]  # fmt: skip
    assert seals(runner) == ["product_variations"]


def test_goes_on_after_a_product_that_vanished(shop: Shop, http: responses.RequestsMock) -> None:
    shop.has("products", {"id": 11, "type": "variable"}, {"id": 12, "type": "variable"})
    gone = {"code": "woocommerce_rest_product_invalid_id", "data": {"status": 404}}
    http.get(f"{API}/products/11/variations", status=404, json=gone)
    shop.has("products/12/variations", {"id": 13})
    assert ids(read("product_variations"), "product_variations") == [13]


def test_a_shop_without_variable_products_has_no_variations(shop: Shop) -> None:
    shop.has("products", {"id": 10, "type": "simple"})
    runner = read("product_variations")
    assert not runner.records["product_variations"]
    assert seals(runner) == []


@pytest.mark.parametrize("body", [PHP_WARNING, '\ufeff[{"id":1}]', '\n[{"id":1}]\n'])
def test_finds_the_json_behind_what_php_printed(http: responses.RequestsMock, body: str) -> None:
    http.get(f"{API}/coupons", body=body.encode())
    assert ids(read("coupons"), "coupons") == [1]


@given(st.text())
def test_finds_the_json_behind_any_text(noise: str) -> None:
    response = requests.Response()
    response._content = (noise + '\n[{"id":1,"total":0.10}]').encode("utf-8", "replace")
    try:
        assert rows(response, "shop")[-1] == {"id": 1, "total": Decimal("0.10")}
    except WireError:
        assert noise.count("[") + noise.count("{") > 0


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": "rest_forbidden", "message": "noor@example.nl", "data": {"status": 403}}, HopelessError),
        ({"code": "internal_server_error", "message": "noor@example.nl", "data": {"status": 500}}, TransientError),
        ({"code": "x@example.nl", "message": "", "data": 500}, TransientError),
        ("<html>maintenance, call noor@example.nl</html>", TransientError),
        ([["noor@example.nl"]], TransientError),
    ],
)
def test_sees_an_error_behind_a_good_status(http: responses.RequestsMock, body: Any, error: type[WireError]) -> None:
    http.get(f"{API}/coupons", body=body if isinstance(body, str) else json.dumps(body))
    with pytest.raises(error) as caught:
        read("coupons")
    assert "@" not in str(caught.value)
    assert len(http.calls) == (2 if error is TransientError else 1)


def test_tries_again_after_a_bad_answer(http: responses.RequestsMock) -> None:
    http.get(f"{API}/coupons", status=503, headers={"Retry-After": "0"})
    http.get(f"{API}/coupons", json=[{"id": 1}])
    from_a_file = Decimal("0.001")
    assert ids(read("coupons", backoff_seconds=from_a_file), "coupons") == [1]


@pytest.mark.parametrize("status", [401, 403, 400])
def test_stops_at_once_when_it_is_refused(http: responses.RequestsMock, status: int) -> None:
    refusal = {"code": "woocommerce_rest_cannot_view", "message": "no, noor@example.nl", "data": {"status": status}}
    http.get(f"{API}/orders", status=status, json=refusal)
    with pytest.raises(HopelessError, match=f"HTTP {status}") as caught:
        read("orders", start_date="2026-01-01")
    assert len(http.calls) == 1
    assert not any(secret in str(caught.value) for secret in (KEY, SECRET, "@", "?", "modified_after"))


def test_says_which_date_it_cannot_read(shop: Shop) -> None:
    shop.has("orders")
    with pytest.raises(HopelessError, match="start_date"):
        read("orders", start_date="gisteren")


def test_sends_the_key_as_basic_and_never_in_the_address(shop: Shop) -> None:
    shop.has("customers")
    read("customers", user_agent="rotonde")
    (headers,) = shop.headers
    assert headers["Authorization"] == "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert headers["User-Agent"] == "rotonde"
    assert "X-Forwarded-Proto" not in headers
    assert not any("consumer" in name for name in shop.asked[0])


def test_says_https_to_a_sandbox_on_this_machine(http: responses.RequestsMock) -> None:
    http.get("http://127.0.0.1:8123/woocommerce/wp-json/wc/v3/coupons", json=[])
    read("coupons", api_url="http://127.0.0.1:8123/woocommerce/")
    assert http.calls[0].request.headers["X-Forwarded-Proto"] == "https"


@pytest.mark.parametrize(
    "url",
    ["http://shop.example", "http://localhost.shop.example", "http://127.0.0.1:1@shop.example", "shop.example", ""],
)
def test_refuses_an_address_that_would_give_the_key_away(url: str) -> None:
    with pytest.raises(ConfigValidationError):
        TapWooCommerce(config=CONFIG | {"api_url": url})
