"""The Tilroy tap: every page once, every trap of the vendor, nothing private in an error."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from plugins.wire.retry import HopelessError, TransientError
from taps.tilroy.tap import TapTilroy

API = "https://tilroy.test"
CONFIG: dict[str, Any] = {
    "tenant_key": "tenant-secret",
    "gateway_key": "gateway-secret",
    "bearer_token": "bearer-secret",
    "api_url": API,
    "loyalty": False,
    "backoff_seconds": 0.001,
    "max_tries": 2,
}
PATHS = {
    "shops": "/shopapi/production/shops",
    "customers": "/customerapi/production/export/customers",
    "deleted_customers": "/customerapi/production/export/deletedCustomers",
    "products": "/product-bulk/production/products",
    "stock": "/stockapi/production/stock",
    "price_rules": "/priceapi/production/price/rules",
    "sales": "/saleapi/production/sales",
    "orders": "/orderapi/production/export/orders",
    "dispatches": "/orderapi/production/dispatches",
    "promotions": "/promotionapi/production/export/promotions",
    "vouchers": "/voucherapi/production/v2/vouchers",
    "loyalty_balance": "/voucherapi/production/loyalty/balance",
    "loyalty_points": "/voucherapi/production/v2/loyalty/points",
}
ANN = {"tilroyId": 1, "dateExported": "2026-03-02T10:12:00.000Z"}
BOB = {"tilroyId": 2.0, "dateExported": "2026-03-03T10:12:00.000Z"}
SALE = {"idTilroySale": "7", "saleDate": "2026-03-02T10:11:12", "customer": {"idTilroy": "9"}}


@pytest.fixture
def tilroy():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def answer(mock: responses.RequestsMock, stream: str, body: Any, **more: Any) -> None:
    mock.get(API + PATHS[stream], json=body, **more)


@dataclass
class Run:
    """What one run of the tap wrote."""

    messages: list[dict[str, Any]]

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [each["record"] for each in self.messages if each["type"] == "RECORD" and each["stream"] == stream]

    @property
    def bookmarks(self) -> dict[str, Any]:
        return [each["value"] for each in self.messages if each["type"] == "STATE"][-1]["bookmarks"]


def read(*streams: str, state: dict[str, Any] | None = None, **config: Any) -> Run:
    tap = TapTilroy(config=CONFIG | config, catalog=chosen(streams, CONFIG | config), state=state or {})
    with redirect_stdout(TextIOWrapper(BytesIO(), "utf-8")) as out:
        tap.sync_all()
        out.seek(0)
        return Run([json.loads(line) for line in out])


def chosen(streams: Collection[str], config: dict[str, Any]) -> dict[str, Any]:
    catalog = TapTilroy(config=config).catalog_dict
    for entry in catalog["streams"]:
        for mark in entry["metadata"]:
            if mark["breadcrumb"] in ([], ()):
                mark["metadata"]["selected"] = entry["stream"] in streams
    return catalog


def asked(mock: responses.RequestsMock, stream: str) -> list[dict[str, str]]:
    urls = [urlsplit(call.request.url or "") for call in mock.calls]
    return [
        {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        for url in urls
        if url.path == PATHS[stream]
    ]


def bookmark(stream: str, key: str, value: str) -> dict[str, Any]:
    return {"bookmarks": {stream: {"replication_key": key, "replication_key_value": value}}}


def ids(run: Run, stream: str, key: str = "tilroyId") -> list[Any]:
    return [record[key] for record in run.records(stream)]


def test_reads_every_page_that_the_header_counts(tilroy):
    pages = {"X-Paging-PageCount": "2"}
    answer(tilroy, "customers", [ANN], headers=pages)
    answer(tilroy, "customers", [BOB], headers=pages)
    assert ids(read("customers"), "customers") == [1, 2.0]
    assert [query["page"] for query in asked(tilroy, "customers")] == ["1", "2"]


def test_without_a_header_it_stops_at_an_empty_page(tilroy):
    answer(tilroy, "promotions", [ANN])
    answer(tilroy, "promotions", [])
    assert ids(read("promotions"), "promotions") == [1]
    assert len(asked(tilroy, "promotions")) == 2


ORDER = {
    "orderNumber": "A2K8290LP8", "externalReference": "channable:830011", "dateExported": "2026-03-02T10:12:00.000Z",
    "lines": [{"status": "R", "quantity": 1, "product": {"sku": {"tilroyId": "1858943"}}}],
}  # fmt: skip


def test_reads_orders_up_to_the_empty_page_whatever_the_header_counts(tilroy):
    for page in ([ORDER], [ORDER | {"orderNumber": "B"}], []):
        answer(tilroy, "orders", page, headers={"X-Paging-PageCount": "1"})
    assert ids(read("orders"), "orders", "orderNumber") == ["A2K8290LP8", "B"]
    assert [query["page"] for query in asked(tilroy, "orders")] == ["1", "2", "3"]


def test_reads_orders_exported_since_the_day_before_the_bookmark(tilroy):
    answer(tilroy, "orders", [ORDER])
    answer(tilroy, "orders", [])
    run = read("orders", state=bookmark("orders", "dateExported", "2026-03-02T09:00:00.000Z"))
    assert asked(tilroy, "orders")[0]["dateExportedSince"] == "2026-03-01T09:00:00.000Z"
    assert run.bookmarks["orders"]["replication_key_value"] == ORDER["dateExported"]


def test_who_ordered_never_leaves_the_tap(tilroy):
    els = {"firstName": "Els", "email": "els@example.be"}
    answer(tilroy, "orders", [ORDER | {"customer": els, "delivery": els, "payments": [{"paymentReference": "Els"}]}])
    answer(tilroy, "orders", [])
    assert read("orders").records("orders") == [ORDER]


SENT = ORDER | {"lines": [{"status": "D", "quantity": 1, "product": {"sku": {"tilroyId": "1858943"}}}]}


def test_an_order_of_another_system_comes_with_its_parcels_and_no_label(tilroy):
    label = {"url": "https://labels.example/els-peeters.pdf"}
    parcel = {"tracking": {"code": "3232", "url": "https://track.example/?postalCode=2000"}, "label": label}
    answer(tilroy, "orders", [SENT])
    answer(tilroy, "orders", [])
    answer(tilroy, "dispatches", [{"date": "2026-03-02", "method": {"code": "BPOST"}, "parcels": [parcel]}])
    (order,) = read("orders").records("orders")
    assert order["dispatches"] == [
        {"date": "2026-03-02", "method": {"code": "BPOST"}, "parcels": [{"tracking": {"code": "3232"}}]}
    ]
    assert asked(tilroy, "dispatches") == [{"orderNumber": "A2K8290LP8"}]


@pytest.mark.parametrize("order", [ORDER, SENT | {"externalReference": ""}], ids=["nothing sent", "of the till"])
def test_parcels_are_asked_for_only_of_what_was_sent_for_another_system(tilroy, order):
    answer(tilroy, "orders", [order])
    answer(tilroy, "orders", [])
    assert "dispatches" not in read("orders").records("orders")[0]


def test_an_order_of_whose_parcels_tilroy_knows_nothing_is_read_all_the_same(tilroy):
    answer(tilroy, "orders", [SENT])
    answer(tilroy, "orders", [])
    answer(tilroy, "dispatches", {"code": "NotFound", "message": ""}, status=404)
    assert read("orders").records("orders")[0]["dispatches"] == []


def test_asks_for_exports_from_one_day_before_the_bookmark(tilroy):
    answer(tilroy, "customers", [])
    read("customers", state=bookmark("customers", "dateExported", "2026-03-02T10:12:00.000Z"))
    assert asked(tilroy, "customers")[0]["dateExportedSince"] == "2026-03-01T10:12:00.000Z"


def test_never_reads_before_the_start_date(tilroy):
    answer(tilroy, "price_rules", [])
    state = bookmark("price_rules", "dateModified", "2026-03-02T10:12:00.000Z")
    read("price_rules", state=state, start_date="2026-03-02T00:00:00Z")
    assert asked(tilroy, "price_rules")[0]["dateModified"] == "2026-03-02T00:00:00.000Z"


def test_sends_both_keys_and_the_bearer_only_for_personal_data(tilroy):
    answer(tilroy, "customers", [])
    answer(tilroy, "shops", [])
    read("customers", "shops")
    headers = {urlsplit(call.request.url or "").path: call.request.headers for call in tilroy.calls}
    assert headers[PATHS["customers"]]["Tilroy-Api-Key"] == "tenant-secret"
    assert headers[PATHS["customers"]]["x-api-key"] == "gateway-secret"
    assert headers[PATHS["customers"]]["Authorization"] == "Bearer bearer-secret"
    assert "Authorization" not in headers[PATHS["shops"]]


def test_asks_for_shops_without_page_and_count_and_seals_them(tilroy):
    answer(tilroy, "shops", [{"tilroyId": "87", "number": 101}])
    run = read("shops")
    assert asked(tilroy, "shops") == [{}]
    assert [each["stream"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"] == ["shops"]


def test_a_customer_s_shop_comes_with_its_country_which_is_asked_for_once(tilroy):
    shops = [{"tilroyId": "87", "country": {"code": "BE"}}, {"tilroyId": "88", "country": {}}]
    answer(tilroy, "shops", shops)
    made_at = [{"shopCreated": {"tilroyId": 87}}, {"bu": [{"id": 1, "shopCreated": {"tilroyId": "87.0"}}]},
               {"shopCreated": {"tilroyId": 88}}, {"shopCreated": {"tilroyId": 99}}]  # fmt: skip
    answer(tilroy, "customers", [{**ANN, **each} for each in made_at], headers={"X-Paging-PageCount": "1"})
    read_there = read("customers").records("customers")
    assert read_there[1]["bu"][0]["shopCreated"]["country"] == {"code": "BE"}
    others = [read_there[place]["shopCreated"]["country"] for place in (0, 2, 3)]
    assert others == [{"code": "BE"}, {}, None]
    assert len(asked(tilroy, "shops")) == 1


@pytest.mark.parametrize(
    "nothing", [{"shopCreated": None, "bu": None}, {"shopCreated": {}, "bu": [None]}, {"bu": "NA"}]
)
def test_customers_of_no_shop_ask_for_no_shops(tilroy, nothing):
    answer(tilroy, "customers", [{**ANN, **nothing}], headers={"X-Paging-PageCount": "1"})
    assert ids(read("customers"), "customers") == [1]
    assert asked(tilroy, "shops") == []


def test_an_error_object_in_place_of_the_list_is_tried_again(tilroy):
    answer(tilroy, "shops", {"code": "InternalError", "message": "els.peeters@example.be"})
    answer(tilroy, "shops", [{"tilroyId": "87"}])
    assert ids(read("shops"), "shops") == ["87"]


def test_an_error_object_that_stays_stops_the_run_without_its_text(tilroy):
    answer(tilroy, "shops", {"code": "InternalError", "message": "els.peeters@example.be"})
    with pytest.raises(TransientError, match="shops: HTTP 200") as error:
        read("shops")
    assert "els" not in str(error.value)


@pytest.mark.parametrize("status", [401, 403])
def test_stops_at_once_when_a_key_is_refused(tilroy, status):
    answer(tilroy, "customers", {"message": "Forbidden"}, status=status)
    with pytest.raises(HopelessError, match=f"customers: HTTP {status}") as error:
        read("customers")
    assert len(tilroy.calls) == 1
    assert "dateExportedSince" not in str(error.value)


def test_prices_that_are_not_found_are_no_prices(tilroy):
    answer(tilroy, "price_rules", {"code": "NotFound", "message": ""}, status=404)
    assert ids(read("price_rules"), "price_rules") == []


def test_keeps_fields_that_the_schema_does_not_know(tilroy):
    answer(tilroy, "shops", [{"tilroyId": "87", "openingHours": {"monday": "9-18"}}])
    assert read("shops").records("shops")[0]["openingHours"] == {"monday": "9-18"}


def test_walks_sales_from_zero_by_the_last_id(tilroy):
    following = {"Link": f'<{API}/x?lastId=7>; rel="next"'}
    answer(tilroy, "sales", [SALE], headers=following)
    answer(tilroy, "sales", [SALE | {"idTilroySale": "8"}], headers={"Link": f'<{API}/x>; rel="first"'})
    assert ids(read("sales"), "sales", "idTilroySale") == ["7", "8"]
    queries = asked(tilroy, "sales")
    assert [query["lastId"] for query in queries] == ["0", "7"]
    assert all("page" not in query for query in queries)


def test_reads_sales_again_for_the_days_a_till_may_report_late(tilroy):
    answer(tilroy, "sales", [])
    read("sales", state=bookmark("sales", "saleDate", "2026-03-10T10:11:12"), lookback_days=3)
    assert asked(tilroy, "sales")[0]["dateFrom"] == "2026-03-07"
    assert asked(tilroy, "sales")[0]["dateTo"] > "2026-03-10"


def test_a_till_whose_clock_is_wrong_does_not_move_the_bookmark_into_the_future(tilroy):
    answer(tilroy, "sales", [SALE | {"saleDate": "2099-01-01T00:00:00"}])
    answer(tilroy, "sales", [])
    run = read("sales")
    assert run.bookmarks["sales"]["replication_key_value"] < "2098"


def test_a_record_without_its_date_is_read_and_moves_no_bookmark(tilroy):
    answer(tilroy, "customers", [ANN, {"tilroyId": 3}], headers={"X-Paging-PageCount": "1"})
    run = read("customers")
    assert ids(run, "customers") == [1, 3]
    assert run.bookmarks["customers"]["replication_key_value"] == ANN["dateExported"]


def test_reads_sales_by_the_week_when_the_gateway_gives_up(tilroy):
    def gateway(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = parse_qs(urlsplit(request.url or "").query)
        is_wide = query["dateFrom"][0] == "2026-03-01" and query["dateTo"][0] > "2026-03-09"
        rows = [] if is_wide or query["lastId"][0] != "0" else [SALE | {"idTilroySale": query["dateFrom"][0]}]
        return (504 if is_wide else 200), {}, json.dumps(rows)

    tilroy.add_callback("GET", API + PATHS["sales"], gateway)
    found = ids(read("sales", start_date="2026-03-01T00:00:00Z"), "sales", "idTilroySale")
    assert found[:3] == ["2026-03-01", "2026-03-09", "2026-03-17"]


def test_asks_for_stock_of_150_skus_at_a_time(tilroy):
    skus = [{"tilroyId": str(number)} for number in range(200)]
    answer(tilroy, "products", [{"tilroyId": "1", "colours": [{"skus": skus}]}], headers={"X-Paging-PageCount": "1"})
    answer(tilroy, "stock", [{"tilroyId": "sku_1_shop_2"}], headers={"X-Paging-PageCount": "1"})
    read("products", "stock")
    assert [len(query["skuTilroyId"].split(",")) for query in asked(tilroy, "stock")] == [150, 50]
    assert asked(tilroy, "products") == [{"page": "1", "count": "1000"}]


def test_stock_alone_looks_the_skus_up_itself(tilroy):
    products = [{"tilroyId": "1", "colours": [{"skus": [{"tilroyId": 5.0}]}]}, {"tilroyId": "2"}]
    answer(tilroy, "products", products, headers={"X-Paging-PageCount": "1"})
    answer(tilroy, "stock", [])
    read("stock")
    assert [query["skuTilroyId"] for query in asked(tilroy, "stock")] == ["5"]


def people(mock: responses.RequestsMock) -> None:
    answer(mock, "customers", [ANN, BOB], headers={"X-Paging-PageCount": "1"})
    answer(mock, "vouchers", [], headers={"X-Paging-PageCount": "0"})
    answer(mock, "loyalty_points", [{"tilroyId": "50", "points": 5}], headers={"X-Paging-PageCount": "1"})
    answer(mock, "loyalty_balance", {"amount": 5, "points": 500, "validUntil": ""})


LOYALTY = ("vouchers", "loyalty_balance", "loyalty_points")


def test_asks_for_points_of_each_customer_of_the_run(tilroy):
    people(tilroy)
    run = read("customers", *LOYALTY, loyalty=True)
    assert ids(run, "loyalty_balance", "customerId") == ["1", "2"]
    assert ids(run, "loyalty_points", "customerId") == ["1", "2"]
    assert [query["customerId"] for query in asked(tilroy, "vouchers")] == ["1", "2"]


def test_a_purchase_brings_its_buyer_s_points_too(tilroy):
    people(tilroy)
    answer(tilroy, "sales", [SALE, SALE | {"idTilroySale": "8", "customer": {"idTilroy": 1}}])
    answer(tilroy, "sales", [])
    run = read("customers", "sales", *LOYALTY, loyalty=True)
    assert ids(run, "loyalty_balance", "customerId") == ["1", "2", "9"]


def test_a_sale_that_is_read_again_brings_nobody_s_points(tilroy):
    answer(tilroy, "customers", [])
    answer(tilroy, "sales", [SALE])
    answer(tilroy, "sales", [])
    run = read("sales", *LOYALTY, loyalty=True, state=bookmark("sales", "saleDate", "2026-03-03T00:00:00"))
    assert ids(run, "loyalty_balance", "customerId") == []


def test_a_customer_without_a_balance_stops_nobody(tilroy):
    answer(tilroy, "customers", [ANN, BOB], headers={"X-Paging-PageCount": "1"})
    answer(tilroy, "loyalty_balance", {"code": "NotFound", "message": ""}, status=404)
    answer(tilroy, "loyalty_balance", {"points": 3})
    run = read("customers", "loyalty_balance", loyalty=True)
    assert ids(run, "loyalty_balance", "customerId") == ["2"]


def test_the_bookmark_of_customers_waits_for_their_points(tilroy):
    answer(tilroy, "customers", [ANN], headers={"X-Paging-PageCount": "1"})
    answer(tilroy, "loyalty_balance", {}, status=500)
    config = CONFIG | {"loyalty": True}
    tap = TapTilroy(config=config, catalog=chosen(("customers", "loyalty_balance"), config))
    with pytest.raises(TransientError):
        tap.sync_all()
    assert "replication_key_value" not in tap.state["bookmarks"]["customers"]


def test_without_loyalty_no_customer_is_asked_for(tilroy):
    assert not set(LOYALTY) & set(TapTilroy(config=CONFIG).streams)
