"""Reading by an export in the background: the same rows as page by page, whatever the order of the lines."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Request, Response

from plugins.sandbox.shopify import Shopify
from plugins.wire.retry import HopelessError, TransientError
from taps.shopify.joining import Joined
from tests.plugins.sandbox.shopify.stage import START
from tests.taps.shopify.shop import Shop, bookmark, customers, open_shop, orders

RUN, CANCEL = "bulkOperationRunQuery", "bulkOperationCancel"
EXPORTED = ("customers", "orders", "products", "product_variants", "inventory_levels")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as made:
        yield made


def exports(shop: Shop) -> list[str]:
    """Return the queries of the exports that were asked for."""
    return [given["query"] for asked, given in zip(shop.documents, shop.variables, strict=True) if RUN in asked]


def looked(status: str, error: str | None = None) -> str:
    told = {"status": status, "errorCode": error, "url": None, "fileSize": None, "objectCount": "0"}
    return json.dumps({"data": {"bulkOperation": told}})


@pytest.mark.parametrize("stream", EXPORTED)
def test_an_export_gives_the_same_rows_as_the_pages(shop: Shop, stream: str) -> None:
    read = {is_bulk: shop.read(stream, bulk=is_bulk) for is_bulk in (True, False)}
    rows = {is_bulk: sorted(run.records[stream], key=lambda row: str(row["id"])) for is_bulk, run in read.items()}
    for row in rows[True]:
        for line in [*row.get("lineItems", ()), *row.get("inventoryLevels", ())]:
            assert line.pop("__parentId") == row["id"]
    assert rows[True] == rows[False]
    assert read[True].seals == read[False].seals
    assert len(exports(shop)) == 1


def test_the_first_load_of_orders_is_an_export_and_the_next_one_is_not(shop: Shop) -> None:
    shop.clock.at = datetime.now(UTC).replace(microsecond=0)
    first = shop.read("orders")
    assert first.bookmark("orders") == f"{shop.clock.at:%Y-%m-%dT%H:%M:%SZ}"
    second = shop.read("orders", state=first.state_messages[-1]["value"])
    assert (len(exports(shop)), second.numbers("orders")) == (1, [])


def test_what_piled_up_for_more_days_than_it_waits_comes_by_an_export(shop: Shop) -> None:
    long_ago = f"{datetime.now(UTC) - timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}"
    lately = f"{datetime.now(UTC) - timedelta(days=6):%Y-%m-%dT%H:%M:%SZ}"
    shop.read("customers", state=bookmark("customers", lately))
    assert exports(shop) == []
    shop.read("customers", state=bookmark("customers", long_ago))
    (query,) = exports(shop)
    assert "query: \"updated_at:>='" in query


def test_a_first_load_begins_at_the_start_it_is_given(shop: Shop) -> None:
    runner = shop.read("orders", start_date="2026-11-16T00:00:00Z")
    assert sorted(runner.numbers("orders")) == [5011, 5021]


def test_what_changes_while_the_export_runs_is_read_by_the_next_run(shop: Shop) -> None:
    shop.clock.at = datetime.now(UTC).replace(microsecond=0)
    first = shop.read("customers")
    shop.vendor.perform("edit", email="els@example.be", first_name="Elsje")
    second = shop.read("customers", state=first.state_messages[-1]["value"])
    assert [row["firstName"] for row in second.records["customers"]] == ["Elsje"]


def test_leaves_out_what_the_catalog_deselects(shop: Shop) -> None:
    from taps.shopify.tap import TapShopify
    from tests.taps.shopify.shop import Run

    catalog = TapShopify(config=shop.config).catalog_dict
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            inside = each["breadcrumb"]
            each["metadata"]["selected"] = entry["stream"] == "orders" and inside != ("properties", "email")
            if list(inside) == ["properties", "email"]:
                each["metadata"]["selected"] = False
    runner = Run(TapShopify, config=shop.config, catalog=catalog)
    runner.sync_all()
    assert len(exports(shop)) == 1
    assert all("email" not in row and "name" in row for row in runner.records["orders"])


def test_reads_page_by_page_where_somebody_maps_the_stream(shop: Shop) -> None:
    maps = {"customers": {"firstName": None}}
    runner = shop.read("customers", stream_maps=maps)
    assert exports(shop) == []
    assert len(runner.records["customers"]) == 4


def test_a_shop_without_orders_has_none(shop: Shop) -> None:
    shop.vendor.kinds.pop("Order")
    runner = shop.read("orders")
    assert not runner.records["orders"]
    assert runner.bookmark("orders") == f"{START:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("is_bulk", [True, False])
def test_does_not_seal_a_list_that_is_suddenly_empty(shop: Shop, is_bulk: bool) -> None:
    shop.vendor.kinds.pop("Product")
    assert shop.read("products", bulk=is_bulk).seals == []


@pytest.mark.parametrize("status", ["EXPIRED", "CANCELED", "FAILED"])
def test_begins_again_what_shopify_gave_up(shop: Shop, status: str) -> None:
    shop.vendor.faults.add(match="graphql", skip=1, status=200, body=looked(status, "TIMEOUT"))
    assert len(shop.read("orders").records["orders"]) == 3
    assert len(exports(shop)) == 2


def test_begins_again_where_the_export_is_gone(shop: Shop) -> None:
    shop.vendor.faults.add(match="graphql", skip=1, status=200, body='{"data": {"bulkOperation": null}}')
    assert len(shop.read("orders").records["orders"]) == 3


def test_stops_where_the_export_may_not_look(shop: Shop) -> None:
    shop.vendor.scopes -= {"read_orders"}
    with pytest.raises(HopelessError, match="no access for the export"):
        shop.read("orders")


def test_waits_for_other_exports_and_cancels_none(shop: Shop) -> None:
    for _ in range(5):
        shop.vendor.mutate_bulk_operation_run_query(query="{ orders { nodes { id } } }", group_objects=False)
    with pytest.raises(TransientError, match="other exports are running"):
        shop.read("orders")
    assert len(exports(shop)) == 2
    assert not any(CANCEL in asked for asked in shop.documents)


def test_cancels_an_export_that_it_does_not_wait_for(shop: Shop) -> None:
    shop.vendor.faults.add(match="graphql", skip=1, status=404)
    with pytest.raises(HopelessError):
        shop.read("orders")
    assert CANCEL in shop.documents[-1]
    assert shop.vendor.of_kind("BulkOperation")[0].status == "CANCELING"


@pytest.mark.parametrize("stream", ["orders", "customers"])
@pytest.mark.parametrize("fault", [{"cut_at": 300}, {"status": 503}, {"reset": "before"}])
def test_fetches_a_file_again_that_broke_off(shop: Shop, stream: str, fault: dict[str, Any]) -> None:
    shop.vendor.faults.add(match="GET /bulk/", **fault)
    runner = shop.read(stream)
    numbers = runner.numbers(stream)
    assert len(numbers) == len(set(numbers)) == {"orders": 3, "customers": 4}[stream]


class Watched(Shopify):
    """Notes the headers of whoever fetches a file."""

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/bulk/"):
            self.fetched = dict(request.headers)
        return super()._answer(request)


def test_the_token_stays_away_from_where_the_file_is_kept() -> None:
    with open_shop(kind=Watched) as shop:
        shop.read("orders")
        assert "X-Shopify-Access-Token" not in shop.vendor.fetched


def test_what_lacks_its_order_keeps_the_bookmark_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "orders.jsonl"
    lines = ['{"id":"gid://shopify/Order/1"}', '{"id":"gid://shopify/LineItem/2","__parentId":"gid://shopify/Order/9"}']
    file.write_text("\n".join(lines) + "\n")
    with open_shop(exports={"orders": file}) as shop:
        runner = shop.read("orders")
    assert runner.numbers("orders") == [1]
    assert runner.bookmark("orders") is None
    assert "lines of the export are missing" in caplog.text


def test_a_line_that_cannot_be_read_goes_on_for_others_to_set_aside(tmp_path: Path) -> None:
    joined = Joined(tmp_path, "lineItems", 2)
    joined.take([b'{"id":"a"}', b'{"id', b'{"id":'])
    assert len([row for batch in joined.rows() for row in batch]) == 3


def test_leaves_no_file_behind(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "files"))
    (tmp_path / "files").mkdir()
    shop.read("orders", "customers")
    shop.vendor.scopes -= {"read_orders"}
    with pytest.raises(HopelessError):
        shop.read("orders")
    assert list((tmp_path / "files").glob("export-*")) == []


@settings(max_examples=60, deadline=None)
@given(shape=st.lists(st.integers(0, 4), max_size=12), order=st.randoms(use_true_random=False), parts=st.integers(1, 7))
def test_joins_lines_in_any_order(shape: list[int], order: Any, parts: int) -> None:
    rows = [{"id": f"gid://shopify/Order/{n}", "note": 'she said "__parentId":"x"'} for n in range(len(shape))]
    below = [
        {"id": f"gid://shopify/LineItem/{n}-{m}", "title": "\t\\", "__parentId": row["id"]}
        for n, (row, count) in enumerate(zip(rows, shape, strict=True))
        for m in range(count)
    ]
    lines = [json.dumps(each).encode() for each in [*rows, *below]]
    order.shuffle(lines)
    with tempfile.TemporaryDirectory() as folder:
        joined = Joined(Path(folder), "lineItems", parts, buffer_bytes=200)
        for start in range(0, len(lines), 3):
            joined.take(lines[start : start + 3])
        found = [json.loads(row) for batch in joined.rows() for row in batch]
    assert joined.orphans == 0
    for row in found:
        row["lineItems"].sort(key=lambda line: line["id"])
    wanted = [{**row, "lineItems": [each for each in below if each["__parentId"] == row["id"]]} for row in rows]
    assert sorted(found, key=lambda row: str(row["id"])) == sorted(wanted, key=lambda row: str(row["id"]))


def test_holds_no_more_than_its_buffer_and_one_part(tmp_path: Path) -> None:
    from tracemalloc import get_traced_memory, start, stop

    joined = Joined(tmp_path, "lineItems", 40)
    line = b'{"id":"gid://shopify/LineItem/1","title":"%s","__parentId":"gid://shopify/Order/%d"}'
    start()
    for number in range(100):
        parents = [b'{"id":"gid://shopify/Order/%d"}' % (number * 1000 + each) for each in range(1000)]
        joined.take(parents + [line % (b"x" * 600, number * 1000 + each) for each in range(1000)])
    count = sum(len(batch) for batch in joined.rows())
    peak = get_traced_memory()[1]
    stop()
    assert count == 100_000
    assert peak < 45_000_000


def test_reads_many_customers_by_an_export() -> None:
    with open_shop(storefront_customers=customers(600), storefront_orders=orders(3)) as shop:
        runner = shop.read("customers")
    assert sorted(runner.numbers("customers")) == list(range(9000, 9600))
