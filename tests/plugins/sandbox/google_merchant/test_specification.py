"""Every answer fits the vendor's own specification, where that lies beside the repository."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from plugins.sandbox.google_merchant.kinds import DESTINATIONS, ENUMS, KINDS, LOOSE_WORD_LISTS, LOOSE_WORDS, MESSAGES
from plugins.sandbox.google_merchant.products import FIELDS
from plugins.sandbox.google_merchant.promotions import GOES_WITH
from plugins.sandbox.google_merchant.stock import ATTRIBUTES, AVAILABILITIES, DAYS
from tests.plugins.sandbox.google_merchant.stage import (
    ACCOUNT,
    INPUTS,
    INSERT,
    PRODUCTS,
    PROMOTIONS,
    SOURCE,
    STOCK,
    Caller,
    product,
    promotion,
    stock,
)

FOLDER = Path(__file__).parents[5] / "shared/specs/google_merchant"
V1 = "google.shopping.merchant.{}.v1."
PLAIN = {
    "string": (str,), "bool": (bool,), "double": (float, int), "int32": (int,), "google.protobuf.Timestamp": (str,),
}  # fmt: skip
CALLS: list[tuple[str, str, Any]] = [
    ("GET", PRODUCTS, None),
    ("GET", f"{PRODUCTS}/nl~NL~SKU-1", None),
    ("POST", INSERT, {**product(gtins=[]), "versionNumber": "1", "customAttributes": [{"name": "a", "value": "b"}]}),
    ("DELETE", f"{INPUTS}/nl~NL~SKU-1?dataSource={SOURCE}", None),
    ("GET", STOCK, None),
    ("POST", f"{STOCK}:insert", stock(pickupMethod="BUY", pickupSla="SAME_DAY")),
    ("DELETE", f"{STOCK}/UTR-02", None),
    ("GET", PROMOTIONS, None),
    ("POST", f"{PROMOTIONS}:insert", promotion()),
    ("GET", f"{PROMOTIONS}/nl~NL~OUD", None),
    ("GET", f"/datasources/v1/{ACCOUNT}/dataSources", None),
    ("GET", f"/datasources/v1/{ACCOUNT}/dataSources/556", None),
    ("GET", f"/quota/v1/{ACCOUNT}/quotas", None),
]


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    files = sorted(FOLDER.glob("*.json"))
    if not files:
        pytest.skip("shared/specs/google_merchant is not beside the repository")
    merged: dict[str, Any] = {"methods": [], "schemas": {}, "enums": {}}
    for file in files:
        found = json.loads(file.read_text("utf-8"))
        merged["methods"] += found["methods"]
        merged["schemas"] |= found["schemas"]
        merged["enums"] |= found["enums"]
    return merged


def problems(specification: dict[str, Any], kind: str, value: Any, path: str = "$") -> Iterator[str]:
    """Give where a value leaves the message of that name."""
    if kind in PLAIN:
        if not isinstance(value, PLAIN[kind]):
            yield f"{path}: no {kind}"
    elif kind == "int64":
        if not (isinstance(value, str) and re.fullmatch(r"-?\d+", value)):
            yield f"{path}: int64 travels as text"
    elif kind in specification["enums"]:
        if value not in specification["enums"][kind]:
            yield f"{path}: no word of {kind}"
    elif kind in specification["schemas"]:
        yield from _inner(specification, specification["schemas"][kind]["properties"], value, path)


def _inner(specification: dict[str, Any], properties: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    for name, each in value.items():
        if name not in properties:
            yield f"{path}.{name}: not documented"
            continue
        for one in each if properties[name].get("repeated") else [each]:
            yield from problems(specification, properties[name]["type"], one, f"{path}.{name}")


def method_of(specification: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Return the documented method that a call is one of."""
    for each in specification["methods"]:
        template = re.sub(r"\{[\w.]+=([^}]+)\}", r"\1", each["path"])
        if each["httpMethod"] == method and re.fullmatch(re.escape(template).replace(r"\*", "[^/:]+"), path):
            found: dict[str, Any] = each
            return found
    raise AssertionError(f"{method} {path} is not documented")


def ready() -> Caller:
    """Return a caller of an account that has one of everything."""
    caller = Caller()
    caller.vendor.perform("find_issue", offer_id="SKU-1", code="image_link_broken")
    for store in ("AMS-01", "UTR-02"):
        caller.post(f"{STOCK}:insert", stock(store))
    old = promotion()
    old["promotion"]["promotionId"] = "OUD"
    caller.post(f"{PROMOTIONS}:insert", old)
    caller.clock.forward(minutes=30)
    return caller


def test_every_answer_fits_the_specification(
    specification: dict[str, Any], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    checked, wrong = set(), []
    for method, path, body in CALLS:
        operation = method_of(specification, method, urlsplit(path).path)
        response = ready().call(method, path, body)
        assert response.status_code == 200, response.get_data(as_text=True)
        checked.add(operation["id"])
        if operation["response"].endswith("Empty"):
            assert response.json == {}
        else:
            found = problems(specification, operation["response"], response.json)
            wrong += [f"{operation['id']}: {each}" for each in found]
    assert not wrong, "\n".join(sorted(set(wrong)))
    record_property("operations checked", len(checked))
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) == 13


def test_knows_the_fields_and_words_of_the_specification(specification: dict[str, Any]) -> None:
    schemas, enums = specification["schemas"], specification["enums"]
    products, inventories = V1.format("products"), V1.format("inventories")
    assert set(schemas[f"{products}ProductAttributes"]["properties"]) == KINDS.keys()
    assert set(schemas[f"{products}ProductInput"]["properties"]) == FIELDS
    assert set(schemas[f"{inventories}LocalInventoryAttributes"]["properties"]) == ATTRIBUTES
    for name, words in ENUMS.items():
        kind = schemas[f"{products}ProductAttributes"]["properties"][name]["type"]
        assert words <= set(enums[kind]), name
    local = schemas[f"{inventories}LocalInventoryAttributes"]["properties"]
    assert set(enums[local["availability"]["type"]]) > AVAILABILITIES
    assert set(enums[local["pickupSla"]["type"]]) > set(DAYS)
    promotions = schemas[f"{V1.format('promotions')}Attributes"]["properties"]
    assert set(enums[promotions["couponValueType"]["type"]]) > set(GOES_WITH)


PLAINLY = {
    "string": str, "bool": bool, "int64": int, "double": float, "float": float, "google.protobuf.Timestamp": "moment",
    "google.shopping.type.Price": "price", "google.type.Interval": "Interval", "ShippingWeight": "Measure",
    "ShippingDimension": "Measure", "ProductDimension": "Measure", "ProductWeight": "Measure", "UnitPricingMeasure":
    "Measure", "UnitPricingBaseMeasure": "BaseMeasure", "StructuredTitle": "Structured", "StructuredDescription":
    "Structured",
}  # fmt: skip


def test_every_attribute_is_of_the_kind_that_the_specification_says(specification: dict[str, Any]) -> None:
    products = V1.format("products")
    documented = specification["schemas"][f"{products}ProductAttributes"]["properties"]
    wrong = []
    for name, kind in KINDS.items():
        said, inner = documented[name], kind[0] if isinstance(kind, list) else kind
        short = said["type"].removeprefix(products).removeprefix("ProductAttributes.")
        if bool(said.get("repeated")) is not isinstance(kind, list):
            wrong.append(name)
        elif isinstance(inner, set):
            wrong += [name] if not inner <= set(specification["enums"][said["type"]]) else []
        elif inner is dict:
            wrong += [name] if said["type"] not in specification["schemas"] else []
        elif name in (LOOSE_WORDS + " " + LOOSE_WORD_LISTS).split():
            wrong += [name] if said["type"] not in specification["enums"] else []
        elif inner != PLAINLY.get(short, short):
            wrong.append(name)
    assert wrong == []
    assert set(specification["enums"]["google.shopping.type.Destination.DestinationEnum"]) > DESTINATIONS
    for name in ("Shipping", "FreeShippingThreshold", "LoyaltyProgram", "ProductDetail", "ProductCertification"):
        assert set(specification["schemas"][products + name]["properties"]) == MESSAGES[name].keys()
