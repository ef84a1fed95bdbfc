"""Every answer fits the vendor's own specification, where that lies beside the repository."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from tests.plugins.sandbox.channable.contract import ONE, ROWS
from tests.plugins.sandbox.channable.stage import OFFERS, OLD_ORDERS, OPEN, ORDERS, STOCK, Caller

FILE = Path(__file__).parents[5] / "shared/specs/channable/order-connection.condensed.openapi.json"
MORE = [
    ("GET", f"{ORDERS}/{OPEN}", None),
    ("GET", f"{OLD_ORDERS}/{OPEN}", None),
    ("POST", f"{OLD_ORDERS}/{OPEN}/cancel", {"order_item_ids": None}),
]


class Operation(NamedTuple):
    """One method on one path of the specification."""

    method: str
    template: str
    told: dict[str, Any]

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a call is one of this operation."""
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(self.template))
        return self.method == method and re.fullmatch(pattern, path) is not None


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not FILE.exists():
        pytest.skip("shared/specs/channable is not beside the repository")
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def operations(specification: dict[str, Any]) -> list[Operation]:
    return [
        Operation(method.upper(), template, told)
        for template, methods in specification["paths"].items()
        for method, told in methods.items()
    ]


def whole(schema: Any, root: dict[str, Any]) -> Any:
    """Put in what the schema points at, and forbid what the specification does not name."""
    if isinstance(schema, list):
        return [whole(each, root) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return whole(root["components"]["schemas"][schema["$ref"].rpartition("/")[2]], root)
    if "allOf" in schema:
        parts = [whole(each, root) for each in schema["allOf"]]
        together = {name: each for one in parts for name, each in one.get("properties", {}).items()}
        needed = [name for one in parts for name in one.get("required", ())]
        return {"type": "object", "properties": together, "required": needed, "additionalProperties": False}
    own = {key: whole(value, root) for key, value in schema.items()}
    if isinstance(own.get("properties"), dict):
        own.setdefault("additionalProperties", False)
    return own


def problems(operation: Operation, status: int, body: Any, root: dict[str, Any]) -> list[str]:
    """Return where an answer leaves the specification."""
    response = operation.told["responses"].get(str(status))
    if response is None:
        return [f"status {status} is not documented"]
    schema = whole(response["content"]["application/json"]["schema"], root)
    if "orders" in schema.get("properties", {}):
        body = {name: each for name, each in body.items() if name != "channels"}  # v1 has them besides
    found = Draft202012Validator(schema).iter_errors(body)
    return [f"{error.json_path}: {error.message[:120]}" for error in found]


UNDOCUMENTED = (403, 404, 405)
"""The specification names them for all paths, or for some only, and gives no shape."""


def test_every_answer_fits_the_specification(
    specification: dict[str, Any],
    operations: list[Operation],
    record_property: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    checked, wrong = set(), []
    for method, path, body in [*((row.method, row.path, row.body) for row in ROWS), *MORE]:
        operation = next((each for each in operations if each.covers(method, urlsplit(path).path)), None)
        if operation is None:
            continue
        response = Caller().call(method, path, body)
        is_told = str(response.status_code) in operation.told["responses"]
        if response.status_code in UNDOCUMENTED and not is_told:
            continue
        found = problems(operation, response.status_code, response.json, specification)
        wrong += [f"{method} {operation.template}: {each}" for each in found]
        if response.status_code < 400:
            checked.add((operation.method, operation.template))
    assert not wrong, "\n".join(sorted(set(wrong)))
    record_property("operations checked", len(checked))
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) == len(operations) == 13


def test_takes_what_the_specification_lets_one_send_and_refuses_the_rest(
    specification: dict[str, Any], operations: list[Operation], caller: Caller
) -> None:
    stock = next(each for each in operations if each.covers("POST", STOCK))
    schema = whole(stock.told["requestBody"]["content"]["application/json"]["schema"], specification)
    bodies = ([ONE], [ONE] * 50, [ONE] * 51, [{"id": "A"}], [{**ONE, "stock": "4"}], {"items": []})
    for body in bodies:
        fits = Draft202012Validator(schema).is_valid(body)
        assert (caller.call("POST", STOCK, body).status_code == 200) is fits, body


def test_a_busy_vendor_and_a_wiped_order_fit_too(
    specification: dict[str, Any], operations: list[Operation], caller: Caller
) -> None:
    caller.vendor.perform("hold_updates")
    stock = next(each for each in operations if each.covers("POST", OFFERS))
    assert problems(stock, 202, caller.call("POST", OFFERS, [ONE]).json, specification) == []
    caller.vendor.perform("fail", order=str(OPEN), reason="expired")
    caller.vendor.perform("obfuscate", order=str(OPEN))
    page = next(each for each in operations if each.covers("GET", ORDERS))
    assert problems(page, 200, caller.get(ORDERS), specification) == []
