"""Every document the target sends is valid by the vendor's own schema, where that lies beside the repository."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_variable_values, parse, validate

from plugins.sandbox.shopify import Shopify
from tests.targets.shopify.shop import AGREED, NEW, consent, deliver, erasure, offer, points, price, stock, voucher

FILE = Path(__file__).parents[4] / "shared/specs/shopify/admin_2026-10.introspection.json.gz"


@pytest.fixture(scope="module")
def real() -> GraphQLSchema:
    if not FILE.exists():
        pytest.skip("shared/specs/shopify is not beside the repository")
    with gzip.open(FILE) as told:
        return build_client_schema(json.load(told)["data"], assume_valid=True)


def test_every_document_with_its_variables_is_valid_by_the_vendors_schema(
    real: GraphQLSchema, shop: Shopify, config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    said = [consent(NEW, email=True), consent(AGREED, "remove", email=False, sms=False)]
    held = [points(NEW, 7, "gold"), points(AGREED, None)]
    codes = [voucher(), voucher(operation="change", email="jan@example.be")]
    deliver(config, *said, *held, *codes, offer(percent=5, minor=None, from_minor=100))
    deliver(config, voucher(operation="change", open_minor=0))
    deliver(config, erasure(NEW), erasure(AGREED), stock(), stock("WW2", 0))
    deliver(config, price(compare_at_minor=9999), price("WW2"))
    deliver(config, price(operation="remove"))
    sent = [json.loads(call.body) for call in shop.calls]
    names = set()
    for each in sent:
        document = parse(each["query"])
        assert validate(real, document) == []
        (operation,) = document.definitions
        given = get_variable_values(real, operation.variable_definitions or (), each["variables"])  # type: ignore[attr-defined]
        assert not isinstance(given, list), given
        names |= {field.name.value for field in operation.selection_set.selections}  # type: ignore[attr-defined]
    with capsys.disabled():
        sys.stdout.write(f"[{len(sent)} documents, {len(names)} operations checked]")
    assert len(names) >= 20
