"""Every call that the target makes is one that the vendor documents, where the specification lies beside us."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from plugins.sandbox.google_merchant import GoogleMerchant
from targets.google_merchant.attributes import TAKEN
from tests.plugins.sandbox.google_merchant.test_specification import V1, method_of, problems, specification
from tests.targets.google_merchant.stage import deliver, gone, item, promoted, promotion, shelf, told_shops
from tests.targets.google_merchant.test_attributes import SAID

__all__ = ["specification"]
BODIES = {
    "InsertProductInput": f"{V1.format('products')}ProductInput",
    "InsertPromotion": f"{V1.format('promotions')}InsertPromotionRequest",
    "InsertLocalInventory": f"{V1.format('inventories')}LocalInventory",
}


def test_every_call_is_one_that_the_vendor_documents(
    specification: dict[str, Any], vendor: GoogleMerchant, config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [item(f"WW{number}", **{name: text}) for number, (name, text, *_) in enumerate(SAID)]
    assert set(deliver(config, *rows, gone("WW1", key="gone")).states.values()) == {"accepted"}
    vendor.clock.forward(minutes=5)  # type: ignore[attr-defined]
    dates = "2026-11-20T00:00:00Z/2026-11-30T00:00:00Z"
    shops = [shelf("WW3", price="24.99 EUR", sale_price="19.99 EUR", sale_dates=dates), shelf("WW2", quantity=0),
             shelf("WW3", operation="remove", key="off")]  # fmt: skip
    assert set(told_shops(config, *shops).states.values()) == {"accepted"}
    local = promotion(places=["shop", "web"], page="https://shop.example", key="2", code="HERFST", from_minor=100)
    assert set(promoted(config, local, promotion(percent=None, minor=500)).states.values()) == {"accepted"}
    checked, wrong = set(), list[str]()
    for call in vendor.calls:
        if call.path == "/token":
            continue
        operation = method_of(specification, call.method, call.path)
        checked.add(operation["id"].rpartition(".")[2])
        assert call.status == 200
        if call.body:
            wrong += problems(specification, BODIES[operation["id"].rpartition(".")[2]], json.loads(call.body))
    assert wrong == []
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert checked == {
        "ListQuotaGroups", "InsertProductInput", "DeleteProductInput", "InsertLocalInventory", "DeleteLocalInventory",
        "InsertPromotion",
    }  # fmt: skip


def test_every_name_is_one_of_googles(specification: dict[str, Any]) -> None:
    documented = specification["schemas"][f"{V1.format('products')}ProductAttributes"]["properties"]
    assert {api for api, _ in TAKEN.values()} <= documented.keys()
