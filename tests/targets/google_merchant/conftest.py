"""The account behind the tests of the target, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from tests.targets.google_merchant.stage import NOON, Clock


@pytest.fixture
def vendor() -> GoogleMerchant:
    return GoogleMerchant(retailer=EmptyRetailer(NOON), clock=Clock())


@pytest.fixture
def config(vendor: GoogleMerchant) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"google_merchant": vendor})) as base:
        told = vendor.settings(f"{base}/google_merchant")
        mine = {name: value for name, value in told.items() if name.startswith("TARGET_")}
        own = {name.removeprefix("TARGET_GOOGLE_MERCHANT_").lower(): value for name, value in mine.items()}
        yield {**own, "max_tries": 3, "backoff_seconds": 0.0, "timeout_seconds": 5}
