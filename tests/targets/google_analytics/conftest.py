"""What every test of the target starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from tests.targets.google_analytics.stage import NOON


@pytest.fixture
def vendor() -> GoogleAnalytics:
    return GoogleAnalytics(retailer=EmptyRetailer(NOON), clock=lambda: NOON)


@pytest.fixture
def config(vendor: GoogleAnalytics) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"google_analytics": vendor})) as base:
        yield {
            "measurement_id": vendor.measurement_id, "api_secret": vendor.api_secret,
            "api_url": f"{base}/google_analytics", "max_tries": 3, "backoff_seconds": 0.0, "timeout_seconds": 5,
        }  # fmt: skip
