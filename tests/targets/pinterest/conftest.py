"""What every test of the target starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from tests.targets.pinterest.catalogue import Clock
from tests.targets.pinterest.stage import NOON


@pytest.fixture
def vendor() -> Pinterest:
    return Pinterest(retailer=EmptyRetailer(NOON))


@pytest.fixture
def clock(vendor: Pinterest) -> Clock:
    """Turn Pinterest's clock by hand."""
    vendor.clock = clock = Clock()
    return clock


@pytest.fixture
def config(vendor: Pinterest) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"pinterest": vendor})) as base:
        yield {
            "access_token": vendor.access_token, "ad_account_id": vendor.ad_account_id,
            "api_url": f"{base}/pinterest/v5", "max_tries": 3, "backoff_seconds": 0.0, "timeout_seconds": 5,
        }  # fmt: skip
