"""What Tilroy documents, row by row: the request, the status, and facts of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plugins.sandbox.tilroy.shop_floor import EVERYTHING, KEYS, SINCE, Answer, Clock, ask, stand_in

C, S, P, V = "/customerapi/production", "/saleapi/production", "/priceapi/production", "/voucherapi/production"
K, B, M, Q = "/stockapi/production", "/product-bulk/production", "/promotionapi/production", "/orderapi/production"
H, A = "/shopapi/production", "/authenticationapi/production"
Says = Callable[[Any], bool]

READS: list[tuple[str, int, Says]] = [
    # paging and parameters
    (f"{S}/export/sales?{SINCE}&count=101", 400, lambda body: body["code"] == "BadRequest"),
    (f"{S}/export/sales?{SINCE}&count=x", 400, lambda body: "count" in body["message"]),
    (f"{S}/export/sales?{SINCE}&page=0", 400, lambda body: "page" in body["message"]),
    (f"{S}/export/sales?{SINCE}&page=9", 200, lambda body: body == []),
    (f"{B}/products?count=1000", 200, lambda body: len(body) == 3),
    (f"{B}/products?count=1001", 400, lambda body: "1000" in body["message"]),
    (f"{S}/export/sales", 400, lambda body: "dateExportedSince" in body["message"]),
    (f"{S}/export/sales?dateExportedSince=yesterday", 400, lambda body: "valid date" in body["message"]),
    (f"{S}/export/sales?dateFrom=2026/03/05", 200, lambda body: [row["idTilroySale"] for row in body] == ["7004"]),
    (f"{S}/export/sales?{SINCE}&fields=idTilroySale,shop.number", 200,
     lambda body: body[0] == {"idTilroySale": "7001", "shop": {"number": 101}}),
    (f"{C}/export/customers", 400, lambda body: set(body) == {"code", "message"}),
    (f"{C}/export/deletedCustomers", 400, lambda body: body["code"] == "BadRequest"),
    (f"{B}/export/products", 400, lambda body: body["code"] == "BadRequest"),
    (f"{K}/export/stockdeltas", 400, lambda body: body["code"] == "BadRequest"),
    (f"{M}/export/promotions", 400, lambda body: body["code"] == "BadRequest"),
    (f"{Q}/export/orders", 400, lambda body: body["code"] == "BadRequest"),
    (f"{Q}/export/orders?{SINCE}", 200, lambda body: body == []),
    # customers
    (f"{C}/export/customers?{SINCE}", 200, lambda body: 880125 not in [row["tilroyId"] for row in body]),
    (f"{C}/export/customers?{SINCE}", 200, lambda body: {type(row["tilroyId"]) for row in body} == {int}),
    (f"{C}/export/customers?{SINCE}", 200,
     lambda body: all(row["doNotEmail"] is not row["bu"][0]["doEmail"] for row in body)),
    (f"{C}/export/customers?{SINCE}", 200,
     lambda body: (body[-1]["mergedId"], body[-1]["active"]) == ("880123", False)),
    (f"{C}/export/deletedCustomers?{SINCE}", 200,
     lambda body: body == [{"tilroyId": 880125, "sourceId": "WEB-1", "customerCode": "C880125",
                            "dateExported": "2026-03-08T12:00:00.000Z"}]),
    (f"{C}/customers", 400, lambda body: "required" in body["message"]),
    (f"{C}/customers?email=ELS@example.be", 200, lambda body: [row["tilroyId"] for row in body] == ["880123"]),
    (f"{C}/customers?card=2055500002", 200, lambda body: body[0]["notifications"]["newsletter"] is False),
    (f"{C}/customers?sourceId=WEB-1", 200, lambda body: body == []),
    (f"{C}/customers/880123", 200, lambda body: body["dateOfBirth"] == "14/02/1985"),
    (f"{C}/customers/880125", 404, lambda body: body["code"] == "NotFound"),
    (f"{C}/customers/nobody", 404, lambda body: set(body) == {"code", "message"}),
    (f"{C}/customers/880123/interests", 200, lambda body: body == []),
    (f"{C}/customers/880123/groups", 200, lambda body: body[0]["isDefault"] is True),
    # sales
    (f"{S}/sales", 400, lambda body: "page-based" in body["message"]),
    (f"{S}/sales?page=1", 400, lambda body: "required" in body["message"]),
    (f"{S}/sales?lastId=0&page=1", 400, lambda body: "together" in body["message"]),
    (f"{S}/sales?lastId=", 200, lambda body: len(body) == 4),
    (f"{S}/sales?lastId=0", 200, lambda body: len(body) == 4),
    (f"{S}/sales?lastId=x", 400, lambda body: body["code"] == "BadRequest"),
    (f"{S}/sales?lastId=7002&count=1", 200, lambda body: body[0]["idTilroySale"] == "7003"),
    (f"{S}/sales?lastId=0&dateFrom=2026-03-01", 400, lambda body: "dateTo" in body["message"]),
    (f"{S}/sales?lastId=0&dateFrom=2026-03-01&dateTo=2026-03-01", 200,
     lambda body: [row["idTilroySale"] for row in body] == ["7001", "7002"]),
    (f"{S}/sales?lastId=0&dateFrom=2026-03-02T23:00:00&dateTo=2026-03-02", 200,
     lambda body: [row["saleDate"] for row in body] == ["2026-03-02T00:01:00.000"]),
    (f"{S}/sales?lastId=0&dateFrom=0001-01-01&dateTo=9999-12-31", 200, lambda body: len(body) == 4),
    (f"{S}/sales?lastId=\u00b2", 400, lambda body: body["code"] == "BadRequest"),
    (f"{S}/sales?page=1&customerTilroyId=880123", 200, lambda body: len(body) == 2),
    (f"{S}/sales?page=1&customerSourceId=WEB-4711", 200, lambda body: len(body) == 2),
    (f"{S}/sales?lastId=7001&customerTilroyId=880123", 200, lambda body: len(body) == 1),
    (f"{S}/sales/7001", 200, lambda body: body["timestamp"] == "2026-03-01T10:00:00.000Z"),
    (f"{S}/sales/7001", 200, lambda body: body["saleDate"] == "2026-03-01T11:00:00.000"),
    (f"{S}/sales/7001", 200,
     lambda body: (body["lines"][0]["discountType"], body["lines"][0]["promoPrice"]) == (3, 19.99)),
    (f"{S}/sales/7001", 200, lambda body: body["vouchers"] == [{"voucher": "NSD-1", "isUsed": True}]),
    (f"{S}/sales/7002", 200, lambda body: (body["anonymous"], body["customerCard"]) == (True, "NA")),
    (f"{S}/sales/7002", 200, lambda body: (body["lines"][0]["discount"], body["lines"][0]["discountType"]) == (1.0, 2)),
    (f"{S}/sales/7002", 200, lambda body: body["lines"][0]["lineTotalSell"] == 8.99),
    (f"{S}/sales/7003", 200, lambda body: body["isReturn"] and body["lines"][0]["idSaleLineReturned"] == "1"),
    (f"{S}/sales/7003", 200, lambda body: body["totalAmountSell"] == -19.99),
    (f"{S}/sales/1", 404, lambda body: body["code"] == "NotFound"),
    # catalogue
    (f"{B}/products?skuSourceId=SOCK-1", 200, lambda body: body[0]["colours"][0]["skus"][0]["tilroyId"] == "1003"),
    (f"{B}/products?barcodes=5400000000024,5400000000017", 200, lambda body: len(body) == 1),
    (f"{B}/products?code=SHOE-77&colourCode=BLUE&sizeCode=43", 200, lambda body: body[0]["tilroyId"] == "501"),
    (f"{B}/products?code=SHOE-77&colourCode=BLUE&sizeCode=49", 200, lambda body: body == []),
    (f"{B}/products", 200, lambda body: "code" not in body[0]["colours"][0]["skus"][0]),
    (f"{B}/v2/products/501", 200, lambda body: body["colours"][0]["skus"][0]["code"] == "SHOE-77 BLU 42"),
    (f"{B}/v2/products/9", 404, lambda body: body["code"] == "NotFound"),
    (f"{B}/products/SOCK-1", 200, lambda body: body["tilroyId"] == "502"),
    (f"{B}/export/products?dateExportedSince=2026-03-04", 200, lambda body: len(body) == 1),
    (f"{B}/suppliers", 200, lambda body: body == [{"tilroyId": 1, "code": "ACME", "name": "ACME"}]),
    # prices and stock
    (f"{P}/price/rules/1003", 200,
     lambda body: [price["type"] for price in body[0]["prices"]] == ["standard", "promo"]),
    (f"{P}/price/rules/1004", 404, lambda body: body["code"] == "NotFound"),
    (f"{P}/price/rules/9", 404, lambda body: body["code"] == "NotFound"),
    (f"{P}/price/rules?dateModified=2026-03-04", 200,
     lambda body: [row["sku"]["tilroyId"] for row in body] == ["1003"]),
    (f"{P}/price/rules?lastId=&page=1", 400, lambda body: "together" in body["message"]),
    (f"{P}/price/rules?lastId=sku1001_countryNL&count=1", 200, lambda body: body[0]["sku"]["tilroyId"] == "1002"),
    (f"{P}/prices?shopId=87", 400, lambda body: "skuIds" in body["message"]),
    (f"{P}/prices?skuIds=1003", 400, lambda body: "shopId or shopNumber" in body["message"]),
    (f"{P}/prices?skuIds=1003&shopId=87", 200,
     lambda body: [price["price"] for price in body[0]["prices"]] == [9.99, 7.99]),
    (f"{P}/prices?skuIds={'1,' * 101}&shopId=87", 400, lambda body: "100" in body["message"]),
    (f"{K}/stock", 400, lambda body: "required" in body["message"]),
    (f"{K}/stock?shopNumber=101", 400, lambda body: "required" in body["message"]),
    (f"{K}/stock?skuTilroyId=1001,1002", 200, lambda body: [row["qty"]["available"] for row in body] == [5, 0, 2]),
    (f"{K}/stock?skuTilroyId=1001", 200,
     lambda body: "ordered" not in body[0]["qty"] and "transfered" in body[0]["qty"]),
    (f"{K}/stock?skuTilroyId=1001&withQtyOrdered=true", 200, lambda body: "ordered" in body[0]["qty"]),
    (f"{K}/stockchanges?dateFrom=2026-03-01", 400, lambda body: "required" in body["message"]),
    (f"{K}/stockchanges?dateFrom=2026-03-01&dateTo=2026-03-02&shopNumber=101", 200, lambda body: len(body) == 2),
    (f"{K}/stock/sku_1001_shop_87", 200, lambda body: body["qty"]["available"] == 5),
    # shops
    (f"{H}/shops", 200, lambda body: [shop["number"] for shop in body] == [101, 900]),
    (f"{H}/shops?page=1", 400, lambda body: body["code"] == "BadRequest"),
    (f"{H}/shops?sourceId=S900&number=101", 200, lambda body: [shop["number"] for shop in body] == [900]),
    # vouchers, points, promotions, orders
    (f"{V}/v2/vouchers", 400, lambda body: "required" in body["message"]),
    (f"{V}/v2/vouchers?type=voucher", 400, lambda body: "required" in body["message"]),
    (f"{V}/v2/vouchers?barcode=GIFT-1", 200, lambda body: body[0]["amounts"] == {"full": 50, "open": 20, "used": 30}),
    (f"{V}/v2/vouchers?barcode=SAME", 200, lambda body: [row["tilroyId"] for row in body] == ["32", "33"]),
    (f"{V}/v2/vouchers?customerId=880123&hasOpenAmount=true", 200, lambda body: len(body) == 1),
    (f"{V}/loyalty/balance", 400, lambda body: "required" in body["message"]),
    (f"{V}/loyalty/balance?customerId=880123", 200, lambda body: body["points"] == 120),
    (f"{V}/loyalty/balance?customerId=1", 404, lambda body: body["code"] == "NotFound"),
    (f"{V}/v2/loyalty/points?customerSourceId=WEB-4711", 200, lambda body: body[0]["saleId"] == "7001"),
    (f"{V}/v2/loyalty/points?customerId=880123&dateFrom=2026-03-01T22:59:00Z", 200, lambda body: len(body) == 1),
    (f"{V}/v2/loyalty/points?customerId=880123&dateFrom=2026-03-01T23:01:00Z", 200, lambda body: body == []),
    (f"{V}/v2/loyalty/points?customerId=1", 404, lambda body: body["code"] == "NotFound"),
    (f"{M}/v1/discountcodes", 200, lambda body: body == []),
    (f"{M}/export/promotions?{SINCE}", 200, lambda body: body[0]["name"] == "Promo"),
    (f"{Q}/v2/orders", 400, lambda body: "required" in body["message"]),
    ("/basketapi2/v1/abandonedcart?customerId=1", 400, lambda body: "shop" in body["message"]),
]  # fmt: skip

DAY = "2026-03-10T00:00:00.000Z"
PRICE = {"sku": {"tilroyId": "1003"}, "type": "promo", "price": 5.5, "startDate": DAY}
POINTS = {"customer": {"tilroyId": "880123"}, "shop": {"number": 101}, "amount": 0.05, "points": 5, "date": DAY,
          "dateExpired": DAY}  # fmt: skip
VOUCHER = {"barcode": "B1", "webcode": "1", "amounts": {"full": 5}, "type": "voucher", "startDate": "2026-03-10",
           "endDate": "2026-09-10", "shop": {"number": 101}}  # fmt: skip
MOVE = {"sourceId": "M1", "sku": {"sourceId": "SOCK-1"}, "shop": {"number": 101}, "reason": "count"}
ORDER = {"shop": {"number": 900}, "language": {"code": "NL"},
         "products": [{"qty": 2, "sku": {"tilroyId": "1003"}, "collectMethod": {
             "code": "home_delivery", "shopHandling": {"number": 900}, "shopStock": {"number": 900}}}]}  # fmt: skip
WRITES: list[tuple[str, str, Any, int, Says]] = [
    ("POST", f"{C}/customers", {"email": "an@example.be", "surName": "Maes"}, 201,
     lambda body: body["tilroyId"] == "880127"),
    ("POST", f"{C}/customers", {"email": "not an address"}, 400, lambda body: "email" in body["message"]),
    ("POST", f"{C}/customers", {"sourceId": "WEB-4711"}, 400, lambda body: "sourceId" in body["message"]),
    ("POST", f"{C}/customers", {"dateOfBirth": "1985-02-14"}, 400, lambda body: "dd/MM/yyyy" in body["message"]),
    ("POST", f"{C}/customers", {"language": {"code": "nl"}}, 400, lambda body: "language" in body["message"]),
    ("POST", f"{C}/customers", [], 400, lambda body: "object" in body["message"]),
    ("PUT", f"{C}/customers/880123", {"firstName": "Elsje"}, 200,
     lambda body: (body["firstName"], body["surName"]) == ("Elsje", "Peeters")),
    ("PUT", f"{C}/customers/880123", {"notifications": {"newsletter": "no"}}, 400,
     lambda body: "boolean" in body["message"]),
    ("PUT", f"{C}/customers/880123", {"notifications": {"sms": True, "mail": True}}, 200,
     lambda body: (body["notifications"]["newsletter"], body["notifications"]["sms"]) == (True, True)),
    ("PUT", f"{C}/customers/880123", {"comments": "Wacht op maat 42."}, 200,
     lambda body: (body["comments"], body["firstName"]) == ("Wacht op maat 42.", "Els")),
    ("PUT", f"{C}/customers/880123", {"comments": 42}, 400, lambda body: "comments" in body["message"]),
    ("PUT", f"{C}/customers/1", {"notifications": {"sms": True}}, 404, lambda body: body["code"] == "NotFound"),
    ("DELETE", f"{C}/customers/880123", None, 204, lambda body: body is None),
    ("DELETE", f"{C}/customers/880125", None, 404, lambda body: body["code"] == "NotFound"),
    ("POST", f"{C}/customers/880123/merge", {"customersToMerge": [{"tilroyId": "880124"}]}, 200,
     lambda body: body is None),
    ("POST", f"{C}/customers/880123/merge", {}, 400, lambda body: "customersToMerge" in body["message"]),
    ("POST", f"{C}/customers/880123/merge", {"customersToMerge": [{"tilroyId": "880123"}]}, 400, lambda body: True),
    ("POST", f"{C}/customers/880123/groups", {"code": "GOLD"}, 200, lambda body: body is None),
    ("POST", f"{C}/customers/880123/groups", {}, 400, lambda body: "code" in body["message"]),
    ("DELETE", f"{C}/customers/880123/groups/1", None, 404, lambda body: body["code"] == "NotFound"),
    ("POST", f"{C}/customers/880123/cards", {"card": "2055500009"}, 201, lambda body: body["isDefault"] is False),
    ("POST", f"{C}/subscriptions?tilroyId=880124", None, 201, lambda body: body is None),
    ("DELETE", f"{C}/subscriptions?sourceId=WEB-4711", None, 200, lambda body: body is None),
    ("DELETE", f"{C}/subscriptions", None, 400, lambda body: "required" in body["message"]),
    ("POST", f"{C}/subscriptions?tilroyId=1", None, 400, lambda body: "not found" in body["message"]),
    ("POST", f"{P}/import/prices", [PRICE], 202, lambda body: body is None),
    ("POST", f"{P}/import/prices", PRICE, 400, lambda body: "array" in body["message"]),
    ("POST", f"{P}/import/prices", [PRICE, {**PRICE, "type": "sale"}], 400, lambda body: "type" in body["message"]),
    ("POST", f"{P}/import/prices", [{**PRICE, "price": "5.50"}], 400, lambda body: "number" in body["message"]),
    ("POST", f"{K}/import/stock", {**MOVE, "quantity": 3}, 201, lambda body: body is None),
    ("POST", f"{K}/import/stock", MOVE, 400, lambda body: "quantity" in body["message"]),
    ("POST", f"{K}/import/stockcorrections", {**MOVE, "delta": -1}, 201, lambda body: body is None),
    ("POST", f"{B}/import/products", {"sourceId": "X"}, 400, lambda body: "required" in body["message"]),
    ("PUT", f"{B}/products/SOCK-1", {"visibleOnline": False}, 200, lambda body: body is None),
    ("POST", f"{V}/v2/vouchers", VOUCHER, 201, lambda body: body["amounts"]["open"] == 5),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "barcode": ""}, 400, lambda body: "barcode" in body["message"]),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "barcode": "", "options": {"generateBarcode": True}}, 201,
     lambda body: body["barcode"] != ""),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "type": "coupon"}, 400, lambda body: "type" in body["message"]),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "barcode": "GIFT-1"}, 201, lambda body: body["tilroyId"] == "31"),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "webcode": "", "options": {"generateWebcode": True}}, 201,
     lambda body: body["webcode"] != ""),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "webcode": ""}, 400, lambda body: "webcode" in body["message"]),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "endDate": None}, 400, lambda body: "endDate" in body["message"]),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "shop": {"number": 1}}, 400, lambda body: "shop" in body["message"]),
    ("POST", f"{V}/v2/vouchers", {**VOUCHER, "customer": {"tilroyId": "1"}}, 404,
     lambda body: body["code"] == "NotFound"),
    ("POST", f"{V}/linkcustomer", {"customer": {"id": "880124"}, "reference": "GIFT-1"}, 409, lambda body: True),
    ("POST", f"{V}/loyalty/points", POINTS, 201, lambda body: body["points"] == 5),
    ("POST", f"{V}/loyalty/points", {**POINTS, "date": None}, 400, lambda body: "date" in body["message"]),
    ("POST", f"{V}/loyalty/points", {**POINTS, "amount": None}, 400, lambda body: "amount" in body["message"]),
    ("POST", f"{V}/loyalty/points", {**POINTS, "points": None}, 400, lambda body: "points" in body["message"]),
    ("POST", f"{V}/loyalty/points", {**POINTS, "customer": {"tilroyId": "1"}}, 404,
     lambda body: body["code"] == "NotFound"),
    ("POST", f"{V}/loyalty/redeem", {**POINTS, "amount": None}, 400, lambda body: "amount" in body["message"]),
    ("POST", f"{V}/loyalty/redeem", {**POINTS, "amount": 0}, 400, lambda body: "positive" in body["message"]),
    ("POST", f"{V}/loyalty/redeem", {**POINTS, "amount": 1, "points": 121}, 400,
     lambda body: "enough" in body["message"]),
    ("POST", f"{V}/loyalty/redeem", {**POINTS, "amount": 1, "points": 120}, 200,
     lambda body: body[0]["points"] == -120),
    ("POST", f"{M}/v1/discountcodes", {"collection": {"code": "LOYALTY"}, "options": {"barcodes": ["A", "B"]}}, 201,
     lambda body: [code["status"] for code in body] == ["active", "active"]),
    ("POST", f"{M}/v1/discountcodes", {"options": {"barcodes": [str(at) for at in range(1001)]}}, 400,
     lambda body: True),
    ("POST", f"{M}/v1/discountcodes", {"options": {"qty": 3}, "status": "new"}, 201, lambda body: len(body) == 3),
    ("POST", f"{M}/v1/discountcodes", {"collection": {"code": "?"}}, 404, lambda body: body["code"] == "NotFound"),
    ("POST", f"{Q}/orders", ORDER, 201, lambda body: body[0]["totalAmountInclVAT"] == 19.98),
    ("POST", f"{Q}/orders", {**ORDER, "language": {"code": "nl"}}, 400, lambda body: "language" in body["message"]),
    ("POST", f"{A}/auth/tokens", {"login": "sandbox", "password": "wrong"}, 401,
     lambda body: body["code"] == "Unauthorized"),
    ("POST", f"{A}/tokens", {"user": {"tilroyId": "880123"}}, 200, lambda body: body["userId"] == 880123),
]  # fmt: skip


@pytest.mark.parametrize(("path", "status", "says"), READS, ids=[f"{at}:{row[0][:70]}" for at, row in enumerate(READS)])
def test_answers_a_read_as_documented(path: str, status: int, says: Says):
    answer = ask(stand_in(), path)
    assert (answer.status, says(answer.body)) == (status, True), answer.body


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"), WRITES, ids=[f"{at}:{row[1]}" for at, row in enumerate(WRITES)]
)
def test_answers_a_write_as_documented(method: str, path: str, body: Any, status: int, says: Says):
    answer = ask(stand_in(), path, method, body)
    assert (answer.status, says(answer.body)) == (status, True), answer.body


PERSONAL = [f"{C}/customers/880123", f"{C}/customers/880123/groups", f"{C}/export/customers?{SINCE}"]
OPEN = [f"{C}/customers?email=els@example.be", f"{S}/export/sales?{SINCE}"]


@pytest.mark.parametrize("path", PERSONAL)
def test_asks_for_a_bearer_where_personal_data_is_at_stake(path: str):
    assert ask(stand_in(), path, headers=KEYS).status == 401
    assert ask(stand_in(), path, headers=KEYS | {"Authorization": "Bearer other"}).status == 401


@pytest.mark.parametrize("path", OPEN)
def test_asks_for_no_bearer_elsewhere(path: str):
    assert ask(stand_in(), path, headers=KEYS).status == 200


def test_the_gateway_refuses_in_other_words_than_the_service():
    unknown = ask(stand_in(), f"{C}/nothing")
    no_gateway_key = ask(stand_in(), f"{H}/shops", headers={"Tilroy-Api-Key": "sandbox-tenant-key"})
    no_tenant_key = ask(stand_in(), f"{H}/shops", headers={"x-api-key": "sandbox-gateway-key"})
    assert (unknown.status, unknown.body) == (403, {"message": "Missing Authentication Token"})
    assert (no_gateway_key.status, no_gateway_key.body) == (403, {"message": "Forbidden"})
    assert (no_tenant_key.status, no_tenant_key.body["code"]) == (401, "Unauthorized")


def _as_customer(tilroy: Any, customer: str) -> dict[str, str]:
    token = ask(tilroy, f"{A}/tokens", "POST", {"user": {"tilroyId": customer}}).body["access"]
    return KEYS | {"Authorization": f"Bearer {token}"}


def test_a_customers_token_opens_their_own_record_only_and_not_for_long():
    clock = Clock()
    tilroy = stand_in(clock)
    mine = _as_customer(tilroy, "880123")
    assert ask(tilroy, f"{C}/customers/880123", headers=mine).status == 200
    other: Answer = ask(tilroy, f"{C}/customers/880124", headers=mine)
    assert (other.status, "has no permission" in other.body["message"]) == (403, True)
    clock.pass_by(3600)
    assert ask(tilroy, f"{C}/customers/880123", headers=mine).status == 401


def test_page_style_counts_in_headers_and_the_cursor_does_not():
    paged = ask(stand_in(), f"{S}/export/sales?{SINCE}&count=3").headers
    assert [paged[f"X-Paging-{name}"] for name in ("CurrentPage", "PageCount", "ItemsPerPage", "ItemCount")] == [
        "1", "2", "3", "4",
    ]  # fmt: skip
    assert 'rel="next"' in paged["Link"] and "page=2" in paged["Link-JSON"]
    cursor = ask(stand_in(), f"{S}/sales?lastId=0&count=3").headers
    assert not [name for name in cursor if name.startswith("X-Paging")]
    assert "lastId=7003" in cursor["Link-JSON"]


def test_counts_orders_right_on_the_last_page_only():
    tilroy = stand_in()
    for _ in range(5):
        ask(tilroy, f"{Q}/orders", "POST", ORDER, EVERYTHING)
    first, last = (ask(tilroy, f"{Q}/v2/orders?shopId=99&count=2&page={page}").headers for page in (1, 3))
    assert (first["X-Paging-ItemCount"], last["X-Paging-ItemCount"]) == ("3", "5")
    assert '"next": ""' in last["Link-JSON"]
