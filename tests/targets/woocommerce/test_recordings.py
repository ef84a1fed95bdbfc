"""The target against answers recorded from a running WooCommerce, and what that shop says it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import responses
from jsonschema import Draft4Validator

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import HopelessError, RefusedError
from targets.woocommerce.api import Api
from targets.woocommerce.calls import (
    DONE,
    NAMELESS,
    NO_CUSTOMER,
    TAKEN,
    Counted,
    blank,
    count,
    create,
    delete,
    hold,
    update,
)
from targets.woocommerce.payloads import Consent, Points, Voucher, meant
from tests.targets.woocommerce.shop import Kept, consent, deliver, erasure, points, stock, voucher

SPECS = Path(__file__).parents[4] / "shared/specs/woocommerce"
SHOP = "https://shop.example"
CONFIG = {"api_url": SHOP, "consumer_key": "ck_x", "consumer_secret": "cs_x", "max_tries": 1, "backoff_seconds": 0}

pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="the recordings are not in this checkout")


def recorded(name: str) -> dict[str, Any]:
    lines = (SPECS / "recordings.jsonl").read_text("utf-8").splitlines()
    found: dict[str, Any] = next(each for each in map(json.loads, lines) if each["name"] == name)
    return found


def answer(name: str) -> Any:
    return recorded(name)["response"]["body"]


def replay(name: str, path: str = "/x", method: str = "POST") -> None:
    """Let the shop say what it said."""
    told = recorded(name)["response"]
    responses.add(
        method, f"{SHOP}/wp-json/wc/v3{path}", json=told["body"], status=told["status"],
        content_type=told["headers"]["content-type"],
    )  # fmt: skip


def takes(path: str, method: str) -> dict[str, Any]:
    """Return the schema of what a resource of the shop takes; nothing else may be sent."""
    told = json.loads((SPECS / "schemas.json").read_text("utf-8"))[path]
    args = next(each["args"] for each in told["endpoints"] if method in each["methods"])
    plain = {name: {key: value for key, value in arg.items() if key != "required"} for name, arg in args.items()}
    return {"type": "object", "properties": plain, "additionalProperties": False}


def mistakes(body: Any, path: str, method: str = "POST") -> list[str]:
    return [each.message for each in Draft4Validator(takes(path, method)).iter_errors(body)]


def made(**more: Any) -> Voucher:
    payload = meant(voucher(**more))
    assert isinstance(payload, Voucher)
    return payload


def held(*rows: Any) -> dict[str, Consent | Points]:
    found = {row.key: meant(row) for row in rows}
    return {key: each for key, each in found.items() if isinstance(each, Consent | Points)}


def test_judges_each_item_of_a_recorded_batch() -> None:
    rows = points("4", 1), points("99999", 2), points("5", 3)
    judged = [hold(held(*rows)).judge(answer("customer batch partial failure"), row) for row in rows]
    assert judged[:2] == [DONE, Outcome("rejected", NO_CUSTOMER)]
    assert judged[2].state == "unknown"


def test_judges_each_item_of_a_recorded_batch_of_products() -> None:
    rows = {"a": 7, "b": 7, "c": 8}
    counted = dict(zip(rows, (Counted(10, 7), Counted(77777, 7), Counted(10, 8)), strict=True))
    judged = []
    for key, pieces in rows.items():
        step, row = count({key: counted[key]}, 0), stock(pieces=pieces, key=key)
        step.build([row])
        judged.append(step.judge(answer("product batch"), row))
    assert [each.state for each in judged] == ["accepted", "rejected", "rejected"]
    assert judged[1].reason == "woocommerce_rest_product_invalid_id"


@responses.activate
def test_finds_the_recorded_variation_by_its_sku() -> None:
    replay("product by sku", "/products", "GET")
    (found,) = Api(CONFIG).products(["TRUI-S"])
    assert (found["id"], found["parent_id"], found["type"], found["manage_stock"]) == (12, 11, "variation", True)


def test_reads_the_recorded_answers_about_coupons_accounts_and_orders() -> None:
    made_of, said = made(code="WELKOM10"), voucher("WELKOM10")
    assert create(made_of).judge(answer("coupon create"), said) == DONE
    assert update(made(code="OTHER"), 14).judge(answer("coupon create"), said).state == "unknown"
    assert delete("7").judge(answer("customer delete"), erasure("7")) == DONE
    assert blank(15).judge(answer("order update status"), erasure("7")) == DONE


REFUSED = [
    ("customer batch too big", "woocommerce_rest_request_entity_too_large"),
    ("coupon duplicate", TAKEN),
    ("customer not found", NO_CUSTOMER),
]


@responses.activate
@pytest.mark.parametrize(("name", "code"), REFUSED)
def test_knows_the_recorded_refusals(name: str, code: str) -> None:
    replay(name)
    with pytest.raises(RefusedError, match=f"^{code}$"):
        Api(CONFIG).send(Call("POST", "/x", b"{}"))


@responses.activate
@pytest.mark.parametrize("name", ["auth wrong key", "auth wrong secret", "auth none", "no route"])
def test_stops_at_the_recorded_answers_that_nothing_cures(name: str) -> None:
    replay(name, "/customers/batch")
    with pytest.raises(HopelessError):
        deliver(CONFIG, points("5", 1), outbox=Kept())


@responses.activate
def test_finds_the_recorded_coupon_and_currency() -> None:
    replay("coupon list by code", "/coupons", "GET")
    replay("currencies current", "/data/currencies/current", "GET")
    assert (Api(CONFIG).coupon("Welkom10"), Api(CONFIG).currency) == (14, "EUR")


def test_sends_only_what_the_shop_says_it_takes() -> None:
    for each in (made(), made(open_minor=0), made(email=None, ends_on=None)):
        assert mistakes({"code": each.code, **each.coupon()}, "coupons") == []
    assert mistakes(NAMELESS, "orders") == []
    rows = consent("5", email=True, sms=None), points("6", 5, None)
    for parent, path in ((0, "products"), (11, "products/11/variations")):
        step = count({"a": Counted(12, 4)}, parent)
        (item,) = json.loads(step.build([stock(key="a")]).body)["update"]
        assert mistakes({name: value for name, value in item.items() if name != "id"}, path) == []
    for item in json.loads(hold(held(*rows)).build(rows).body)["update"]:
        assert mistakes({"meta_data": item["meta_data"]}, "customers") == []


@responses.activate
def test_asks_only_what_the_shop_says_it_answers() -> None:
    questions = {
        "orders": lambda: Api(CONFIG).orders("5"),
        "coupons": lambda: Api(CONFIG).coupon("x"),
        "products": lambda: Api(CONFIG).products(["x"]),
    }
    for path, asked in questions.items():
        responses.add("GET", f"{SHOP}/wp-json/wc/v3/{path}", json=[])
        asked()
        schema = takes(path, "GET")["properties"]
        params = responses.calls[-1].request.params  # type: ignore[attr-defined]
        assert params.keys() - {"_fields"} <= schema.keys()
        status = schema.get("status", {"enum": ["any"]})
        assert params.get("status", "any") in status.get("items", status)["enum"]
