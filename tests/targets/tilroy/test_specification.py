"""What the target sends, against the vendor's own specification, where it is at hand."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import jsonschema
import pytest

from plugins.sandbox.stand_in import Call
from plugins.sandbox.tilroy import Tilroy
from tests.plugins.sandbox.tilroy.test_specification import SPECS, lenient
from tests.targets.tilroy.till import consent, deliver, erasure, movement, order, voucher

SENT = [
    consent("on", email=True),
    consent("off", email=False, sms=True, post=False),
    voucher(),
    voucher("open", ends_on=None, customer=None, type="loyaltyvoucher"),
    movement(25),
    movement(-25, "burn"),
    movement(-25, "again", since="2026-03-10T12:00:00+00:00", known=["42", "43"]),
    erasure(),
    order(),
    order("late", since="2026-03-10T12:00:00+00:00", number="N 2", reference="channable:2"),
]
SAID = {
    ("customerapi", "post", "/subscriptions"), ("customerapi", "delete", "/subscriptions"),
    ("customerapi", "put", "/customers/{customerId}"), ("customerapi", "delete", "/customers/{customerId}"),
    ("voucherapi", "post", "/v2/vouchers"), ("voucherapi", "post", "/loyalty/points"),
    ("voucherapi", "post", "/loyalty/redeem"), ("voucherapi", "get", "/v2/loyalty/points"),
    ("orderapi", "post", "/orders"), ("orderapi", "get", "/v2/orders"), ("orderapi", "get", "/export/orders"),
}  # fmt: skip
PAGING = {"page", "count"}
"""Said of the other searches of this service; this one says only that its answer counts pages."""


def resolved(node: Any, spec: dict[str, Any]) -> Any:
    """Follow references of one level."""
    if isinstance(node, dict) and "$ref" in node:
        for part in node["$ref"].removeprefix("#/").split("/"):
            spec = spec[part]
        return spec
    return node


def unknown(schema: Any, body: Any) -> list[str]:
    """Return the keys of a body, at any depth, that the schema does not know."""
    parts = [schema, *schema.get("allOf", ())]
    known = {name: each for part in parts for name, each in part.get("properties", {}).items()}
    if not isinstance(body, dict) or not known:
        return []
    deeper = [key for name in body.keys() & known.keys() for key in unknown(known[name], body[name])]
    return [*(body.keys() - known.keys()), *deeper]


def check(call: Call) -> tuple[str, str, str]:
    """Hold one call to its operation; returns file, method and path of the specification."""
    service, _, path = call.path.lstrip("/").partition("/production")
    spec = json.loads((SPECS / f"{service}.openapi.json").read_text("utf-8"))
    path = "/customers/{customerId}" if path.startswith("/customers/") else path
    operation = spec["paths"][path][call.method.lower()]
    known = {resolved(each, spec)["name"] for each in operation.get("parameters", ())}
    assert set(parse_qs(call.query)) - known <= PAGING
    assert str(call.status) in operation["responses"]
    if call.body:
        schema = lenient(operation["requestBody"]["content"]["application/json"]["schema"], spec)
        jsonschema.validate(json.loads(call.body), schema)
        assert unknown(schema, json.loads(call.body)) == []
    return service, call.method.lower(), path


@pytest.mark.skipif(not SPECS.exists(), reason="the vendor's specifications are not at hand (../shared/specs/tilroy)")
def test_every_call_is_one_that_the_vendor_documents(till: Tilroy, config: dict[str, Any]):
    outbox = deliver(till, config, *SENT)
    assert set(outbox.states.values()) == {"accepted"}
    assert {check(call) for call in till.calls} == SAID
