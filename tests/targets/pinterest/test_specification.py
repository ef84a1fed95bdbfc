"""Every body that the target sends fits the vendor's own specification, where that lies beside the repository."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from targets.pinterest.attributes import WRITTEN
from targets.pinterest.target import TargetPinterest
from tests.plugins.sandbox.pinterest.test_specification import Specification, specification
from tests.targets.kept import Kept
from tests.targets.pinterest.catalogue import item
from tests.targets.pinterest.stage import row as person
from tests.targets.pinterest.test_purchases import bought

__all__ = ["specification"]
TEXTS = {"adult": "no", "free_shipping_label": "yes", "save_pin_disabled": "no", "availability": "in_stock"}


def _text(name: str) -> str:
    if name.startswith(("custom_number", "number_of", "average")):
        return "4"
    return TEXTS.get(name) or ("9.95 EUR" if "price" in name else "a, b")


def test_everything_that_is_sent_fits_the_specification(
    specification: Specification,
    vendor: Pinterest,
    config: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = {"catalog_country": "NL", "catalog_language": "nl", "conversion_token": vendor.conversion_token}
    delivery = TargetPinterest(config={**config, **settings}).carrier(Kept(), lambda: None)
    whole = item("B", **{name: _text(name) for name in WRITTEN})
    delivery.deliver([
        person("ann@example.org", tags_on=["gold"]), item("A"), whole, item("C", "remove"), bought(),
    ])  # fmt: skip
    delivery.deliver([person("ben@example.org", tags_on=["gold"])])
    checked, wrong = set(), list[str]()
    for call in vendor.calls:
        operation = specification.find(call.method, call.path)
        assert operation, call.path
        checked.add((operation.method, operation.template))
        if call.body:
            wrong += specification.request(operation, json.loads(call.body))
    assert wrong == []
    assert len(json.loads(_body(vendor, "/v5/catalogs/items/batch"))["items"][1]["attributes"]) == len(WRITTEN) + 1
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) == 7


def _body(vendor: Pinterest, path: str) -> bytes:
    return next(call.body for call in vendor.calls if call.path == path)
