"""The stand-in against the vendor's own response schemas, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.plugins.sandbox.tilroy.shop_floor import SINCE, Clock, ask, stand_in

SPECS = Path(__file__).parents[5] / "shared" / "specs" / "tilroy"
DAY = "2026-03-10T00:00:00.000Z"
POINTS = {"customer": {"tilroyId": "880123"}, "shop": {"number": 101}, "amount": 1, "points": 5, "date": DAY,
          "dateExpired": DAY}  # fmt: skip
VOUCHER = {"barcode": "B1", "webcode": "1", "amounts": {"full": 5}, "type": "voucher", "startDate": "2026-03-10",
           "endDate": "2026-09-10", "shop": {"number": 101}}  # fmt: skip
ORDER = {"shop": {"number": 900}, "language": {"code": "NL"}, "customer": {"tilroyId": "880123"},
         "products": [{"qty": 2, "sku": {"tilroyId": "1003"}, "collectMethod": {
             "code": "home_delivery", "shopHandling": {"number": 900}, "shopStock": {"number": 900}}}]}  # fmt: skip

OPERATIONS: list[tuple[str, str, str, str, str, Any]] = [
    # file, base, method, path of the specification, what is asked, body
    ("customerapi", "customerapi/production", "get", "/customers", "/customers?email=els@example.be", None),
    ("customerapi", "customerapi/production", "post", "/customers", "/customers", {"surName": "Maes"}),
    ("customerapi", "customerapi/production", "get", "/customers/{customerId}", "/customers/880123", None),
    ("customerapi", "customerapi/production", "put", "/customers/{customerId}", "/customers/880123", {"code": "C1"}),
    ("customerapi", "customerapi/production", "get", "/customers/{customerId}/groups", "/customers/880123/groups",
     None),
    ("customerapi", "customerapi/production", "get", "/customers/{customerId}/cards", "/customers/880123/cards", None),
    ("customerapi", "customerapi/production", "post", "/customers/{customerId}/cards", "/customers/880123/cards",
     {"card": "2055500005"}),
    ("customerapi", "customerapi/production", "get", "/customers/{customerId}/interests", "/customers/880123/interests",
     None),
    ("customerapi", "customerapi/production", "get", "/export/customers", f"/export/customers?{SINCE}", None),
    ("customerapi", "customerapi/production", "get", "/export/deletedCustomers", f"/export/deletedCustomers?{SINCE}",
     None),
    ("saleapi", "saleapi/production", "get", "/sales", "/sales?lastId=0", None),
    ("saleapi", "saleapi/production", "get", "/sales/{saleId}", "/sales/7001", None),
    ("saleapi", "saleapi/production", "get", "/export/sales", f"/export/sales?{SINCE}", None),
    ("productapi", "product-bulk/production", "get", "/products", "/products", None),
    ("productapi", "product-bulk/production", "get", "/export/products", f"/export/products?{SINCE}", None),
    ("productapi", "product-bulk/production", "get", "/v2/products/{tilroyId}", "/v2/products/501", None),
    ("productapi", "product-bulk/production", "get", "/products/{sourceId}", "/products/SOCK-1", None),
    ("productapi", "product-bulk/production", "get", "/suppliers", "/suppliers", None),
    ("priceapi", "priceapi/production", "get", "/price/rules", "/price/rules", None),
    ("priceapi", "priceapi/production", "get", "/price/rules/{skuId}", "/price/rules/1003", None),
    ("priceapi", "priceapi/production", "get", "/prices", "/prices?skuIds=1003&shopId=87", None),
    ("priceapi", "priceapi/production", "get", "/prices/{skuId}", "/prices/1003?shopId=87", None),
    ("stockapi", "stockapi/production", "get", "/stock", "/stock?skuTilroyId=1001", None),
    ("stockapi", "stockapi/production", "get", "/stock/{stockTilroyId}", "/stock/sku_1001_shop_87", None),
    ("stockapi", "stockapi/production", "get", "/stockchanges",
     "/stockchanges?dateFrom=2026-03-01&dateTo=2026-03-02", None),
    ("stockapi", "stockapi/production", "get", "/export/stockdeltas", f"/export/stockdeltas?{SINCE}", None),
    ("shopapi", "shopapi/production", "get", "/shops", "/shops", None),
    ("shopapi", "shopapi/production", "get", "/shops/{shopId}", "/shops/87", None),
    ("voucherapi", "voucherapi/production", "get", "/v2/vouchers", "/v2/vouchers?customerId=880123", None),
    ("voucherapi", "voucherapi/production", "get", "/v2/vouchers/{voucherId}", "/v2/vouchers/31", None),
    ("voucherapi", "voucherapi/production", "post", "/v2/vouchers", "/v2/vouchers", VOUCHER),
    ("voucherapi", "voucherapi/production", "get", "/loyalty/balance", "/loyalty/balance?customerId=880123", None),
    ("voucherapi", "voucherapi/production", "get", "/v2/loyalty/points", "/v2/loyalty/points?customerId=880123", None),
    ("voucherapi", "voucherapi/production", "post", "/loyalty/points", "/loyalty/points", POINTS),
    ("voucherapi", "voucherapi/production", "post", "/loyalty/redeem", "/loyalty/redeem", POINTS),
    ("promotionapi", "promotionapi/production", "get", "/v1/discountcodes", "/v1/discountcodes", None),
    ("promotionapi", "promotionapi/production", "post", "/v1/discountcodes", "/v1/discountcodes",
     {"options": {"qty": 2}}),
    ("promotionapi", "promotionapi/production", "get", "/export/promotions", f"/export/promotions?{SINCE}", None),
    ("orderapi", "orderapi/production", "post", "/orders", "/orders", ORDER),
    ("orderapi", "orderapi/production", "get", "/v2/orders", "/v2/orders?shopId=99", None),
    ("orderapi", "orderapi/production", "get", "/export/orders", f"/export/orders?{SINCE}", None),
    ("orderapi", "orderapi/production", "get", "/dispatches", "/dispatches?orderNumber=SO0000001", None),
    ("authenticationapi", "authenticationapi/production", "post", "/auth/tokens", "/auth/tokens",
     {"login": "sandbox", "password": "sandbox-password"}),
    ("authenticationapi", "authenticationapi/production", "post", "/tokens", "/tokens",
     {"user": {"tilroyId": "880123"}}),
]  # fmt: skip
MAY_BE_NULL = {"mergedId", "source", "sourceId", "cardNumber", "barcode", "endDate", "promotionTilroyId", "promoPrice"}
"""Fields that Tilroy fills with null although the schema knows no null."""
WRITTEN_AS_TEXT = {"currency"}
"""A number in one answer, a text in the next."""


def lenient(schema: Any, spec: dict[str, Any], name: str = "") -> Any:
    """Turn an OpenAPI 3.0 schema into JSON Schema: references in place, null where it occurs, odd types dropped."""
    if isinstance(schema, list):
        return [lenient(each, spec) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target: Any = spec
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        found = lenient(target, spec, name)
        return {"type": "array", "items": found} if schema.get("type") == "array" else found
    plain: dict[str, Any] = {}
    for key in ("allOf", "oneOf", "anyOf", "items", "required", "enum"):
        if key in schema:
            plain[key] = schema[key] if key in ("required", "enum") else lenient(schema[key], spec)
    if "properties" in schema:
        plain["properties"] = {each: lenient(value, spec, each) for each, value in schema["properties"].items()}
    kind = schema.get("type")
    if kind in ("string", "number", "integer", "boolean", "object", "array") and name not in WRITTEN_AS_TEXT:
        plain["type"] = [kind, "null"] if schema.get("nullable") or name in MAY_BE_NULL else kind
    return plain


def response_schema(spec: dict[str, Any], path: str, method: str, status: int) -> Any:
    response = spec["paths"][path][method]["responses"][str(status)]
    if "$ref" in response:
        response = spec["components"]["responses"][response["$ref"].split("/")[-1]]
    return lenient(next(iter(response["content"].values()))["schema"], spec)


@pytest.mark.skipif(not SPECS.exists(), reason="the vendor's specifications are not at hand (../shared/specs/tilroy)")
def test_answers_fit_the_vendors_schemas(record_property: Any):
    tilroy, checked = stand_in(Clock()), 0
    tilroy.perform("sell", customer_id="880123", shop_id="87", sku_id="1001", quantity="2", unit_cents="7495")
    ask(tilroy, "/orderapi/production/orders", "POST", ORDER)
    tilroy.perform("dispatch_order", number="SO0000001", carrier="BPOST", tracking_code="3232")
    for file, base, method, path, asked, body in OPERATIONS:
        spec = json.loads((SPECS / f"{file}.openapi.json").read_text("utf-8"))
        answer = ask(tilroy, f"/{base}{asked}", method.upper(), body)
        assert answer.status in (200, 201), (path, answer.body)
        schema = response_schema(spec, path, method, answer.status)
        if isinstance(answer.body, list) and schema.get("type") != "array":  # one object where an array comes
            schema = {"type": "array", "items": schema}
        jsonschema.validate(answer.body, schema)
        checked += 1
    record_property("operations_checked", checked)
    assert checked == len(OPERATIONS) == 44


@pytest.mark.skipif(not SPECS.exists(), reason="the vendor's specifications are not at hand (../shared/specs/tilroy)")
def test_every_route_stands_in_the_vendors_specification():
    files = {"product-bulk": "productapi", "basketapi2": "basketapi"}
    for rule in stand_in().routes.iter_rules():
        base, _, path = str(rule.rule).lstrip("/").partition("/production" if "/production" in rule.rule else "/v1")
        path = path if "/production" in rule.rule else f"/v1{path}"
        spec = json.loads((SPECS / f"{files.get(base, base)}.openapi.json").read_text("utf-8"))
        shape = ["*" if part.startswith("<") else part for part in path.split("/")]
        known = {
            (method.upper(), tuple("*" if part.startswith("{") else part for part in each.split("/")))
            for each, methods in spec["paths"].items()
            for method in methods
        }
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert (method, tuple(shape)) in known, (base, method, path)
